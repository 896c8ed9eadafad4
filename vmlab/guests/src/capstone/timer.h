/* The guest's timer: Sstc's if the hart has it, without any exit; else ours, one for another. */
#pragma once
#include "vm.h"

void timer_start(void);
void timer_set(u64 when); /* in the guest's time */
void timer_rang(void);
