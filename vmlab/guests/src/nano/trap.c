/* Every trap to the kernel: what a process asks for, needs or does wrong, and the clock. */
#include "kernel.h"

int kernel_may_fault;

/* The right that an access of this cause takes, or 0 for another cause. */
static u64 right_of(u64 cause) {
    switch (cause) {
    case FETCH_PAGE_FAULT:
        return PTE_X;
    case LOAD_PAGE_FAULT:
        return PTE_R;
    case STORE_PAGE_FAULT:
        return PTE_W;
    }
    return 0;
}

/* The bytes of an instruction, by its first one (unprivileged manual, 1.5). */
static u64 length_of(u8 first_byte) { return (first_byte & 3) == 3 ? 4 : 2; }

/* A process did what it may not. It ends, or skips the instruction if it said that it would. A
 * fetch that failed has no instruction to skip: it was a jump, and returns to where ra says. */
static void fault(struct process *process, u64 cause, u64 value) {
    struct frame *frame = &process->frame;
    if (!process->catching) {
        print("nano: process %ld ends: cause %lu, pc 0x%lx, value 0x%lx\n", process->pid, cause,
              frame->pc, value);
        process_exit(-1);
        return;
    }
    u8 *instruction = user_bytes(&process->space, frame->pc, PTE_X);
    frame->pc = instruction ? frame->pc + length_of(*instruction) : frame->x[RA];
    frame->x[A0] = CAUGHT + cause;
}

struct frame *trap_from_user(void) {
    u64 cause = trap_cause();
    if (cause == ECALL_FROM_U) {
        struct process *caller = current;
        caller->frame.pc += 4;
        u64 result = system_call(caller->frame.x);
        if (caller->state == READY) /* else it has ended, or is done anew: process_block */
            caller->frame.x[A0] = result;
    } else if (cause == TIMER_INTERRUPT) {
        if (tick())
            schedule();
    } else {
        u64 value = trap_value(), right = right_of(cause);
        if (!right || !page_fault(&current->space, value, right))
            fault(current, cause, value);
    }
    if (current->state != READY)
        schedule();
    return &current->frame;
}

/* The kernel is interrupted only where it turns interrupts on, and faults only where it probes. */
void trap_from_kernel(struct frame *frame) {
    u64 cause = trap_cause();
    if (cause == TIMER_INTERRUPT) {
        tick();
        return;
    }
    if (!kernel_may_fault)
        panic("cause %lu in the kernel, pc 0x%lx, value 0x%lx", cause, frame->pc, trap_value());
    frame->pc += length_of(*(u8 *)frame->pc);
    frame->x[A0] = CAUGHT + cause;
}
