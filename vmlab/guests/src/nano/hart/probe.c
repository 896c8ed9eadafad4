/* Instructions of S, tried one at a time by the kernel. Those that S may not execute trap to the
 * kernel itself, which steps over them (trap.c) and leaves CAUGHT + cause in a0. */
#include "../kernel.h"
#include "csr.h"

#define TRY(text) ({ register long a0 asm("a0") = 0; asm volatile(text : "+r"(a0)::"memory"); a0; })

static long tried(u64 number) {
    switch (number) {
    case PROBE_SSTATUS: /* SPP: where the last trap came from */
        return (TRY("csrr a0, sstatus") & (long)SSTATUS_SPP) != 0;
    case PROBE_SSCRATCH:
        return TRY("csrr a0, sscratch");
    case PROBE_STVEC:
        return TRY("csrr a0, stvec") == (long)trap_entry;
    case PROBE_SATP: /* the mode and the address space, not where the table is */
        return (long)((u64)TRY("csrr a0, satp") >> SATP_ASID_SHIFT);
    case PROBE_SIE:
        return TRY("csrr a0, sie");
    case PROBE_SEPC: /* still the ecall that asked */
        return TRY("csrr a0, sepc") + 4 == (long)current->frame.pc;
    case PROBE_SCAUSE:
        return TRY("csrr a0, scause");
    case PROBE_TIME: {
        long before = TRY("csrr a0, time");
        return TRY("csrr a0, time") >= before;
    }
    case PROBE_FENCE:
        return TRY("sfence.vma");
    case PROBE_WFI: /* with an interrupt pending it does not wait */
        timer_set(0);
        long result = TRY("wfi");
        timer_resume();
        return result;
    case PROBE_MSTATUS:
        return TRY("csrr a0, mstatus");
    case PROBE_MRET:
        return TRY(".option push; .option norvc; mret; .option pop");
    case PROBE_NO_MEMORY: /* no entry maps it */
        return TRY("li a0, 1 << 32; ld a0, 0(a0)");
    }
    return -1;
}

long probe(u64 number) {
    kernel_may_fault = 1;
    long result = tried(number);
    kernel_may_fault = 0;
    return result;
}
