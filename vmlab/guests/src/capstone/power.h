/* The end of the machine, on purpose or not. */
#pragma once
#include "riscv.h"

void power_off(u64 status) __attribute__((noreturn)); /* 0: the guest ended well */

/* Say why nothing can go on, with a number that tells more, and end as failed. */
void give_up(const char *why, u64 number) __attribute__((noreturn));
