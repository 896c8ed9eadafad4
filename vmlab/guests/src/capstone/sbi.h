/* The SBI as the guest finds it: we are its firmware. */
#pragma once
#include "vm.h"

/* An ecall from VS: the extension in a7, the function in a6, arguments from a0 on. */
void sbi_call(struct vm *vm);
