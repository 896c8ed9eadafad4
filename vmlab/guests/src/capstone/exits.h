/* Exits: why the guest stopped running, and what was done about it. */
#pragma once
#include "vm.h"

/* What the trap to HS said: scause, stval, the guest-physical address, the instruction (or 0). */
struct exit {
    u64 cause, tval, gpa, inst;
};

/* What an exit turned out to be. The names are printed at the end (exits.c), in this order. */
enum reason { FILL, MMIO_LOAD, MMIO_STORE, SBI, IDLE, TIMER, INJECTED, AGAIN, REASONS };

enum { INTERRUPTS = 32 }; /* interrupt n is counted as cause 32 + n */

extern u64 exit_counts[2 * INTERRUPTS];
extern u64 exit_reasons[REASONS];

void exits_print(void);

/* Let the guest's kernel take this exception, as its hart would have done. */
void inject(struct vm *vm, u64 cause, u64 tval);

/* The guest's instruction at sepc, or 0 if it cannot be fetched any more. */
u32 guest_instruction(struct vm *vm);

/* Go on behind this instruction. */
void skip(struct vm *vm, u32 instruction);
