/* Host RAM that is given away by the frame, and never comes back. */
#pragma once
#include "riscv.h"

void frames_between(u64 first, u64 end);
u64 *frame_new(const u64 *content); /* a copy of that frame, or zeros for 0 */
