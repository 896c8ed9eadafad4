/* The G-stage: from guest-physical to physical addresses, filled in when the guest gets there. */
#pragma once
#include "vm.h"

/* An empty space for this VM: nothing is mapped. */
void gstage_new(struct vm *vm);

/* Give the page of this address a frame. 1 if it has one now, 0 if it is not the guest's RAM. */
int gstage_fill(struct vm *vm, u64 gpa);

/* Where the host finds this byte of the guest's RAM, filled in if need be; 0 for any other gpa. */
u8 *gstage_byte(struct vm *vm, u64 gpa);
