/* probe: each instruction that a virtual machine monitor has to care about, once in U by the program
 * and once in S by the kernel. The same lines mean the same machine, as far as a guest can see. */
#include "user.h"

#define TRY(text) ({ register long a0 asm("a0") = 0; asm volatile(text : "+r"(a0)::"memory"); a0; })
#define WIDE(text) ".option push; .option norvc; " text "; .option pop"

static void report(char mode, const char *what, long result) {
    if (result >= CAUGHT && result < CAUGHT + 64)
        say("%c %s: %s\n", mode, what, cause_name(result));
    else
        say("%c %s: 0x%lx\n", mode, what, (u64)result);
}

static const char *const in_kernel[] = {
    [PROBE_SSTATUS] = "csrr sstatus, SPP", [PROBE_SSCRATCH] = "csrr sscratch",
    [PROBE_STVEC] = "csrr stvec, as set",  [PROBE_SATP] = "csrr satp, mode and ASID",
    [PROBE_SIE] = "csrr sie",              [PROBE_SEPC] = "csrr sepc, the ecall",
    [PROBE_SCAUSE] = "csrr scause",        [PROBE_TIME] = "csrr time, goes on",
    [PROBE_FENCE] = "sfence.vma",          [PROBE_WFI] = "wfi, interrupt pending",
    [PROBE_MSTATUS] = "csrr mstatus",      [PROBE_MRET] = "mret",
    [PROBE_NO_MEMORY] = "ld from nowhere",
};

long main_probe(const char *argument) {
    (void)argument;
    catch(1);
    report('U', "csrr sstatus", TRY("csrr a0, sstatus"));
    report('U', "csrw sscratch", TRY("csrw sscratch, a0"));
    report('U', "csrr stvec", TRY("csrr a0, stvec"));
    report('U', "csrr satp", TRY("csrr a0, satp"));
    report('U', "csrr sie", TRY("csrr a0, sie"));
    report('U', "csrr mstatus", TRY("csrr a0, mstatus"));
    report('U', "csrr time", TRY("csrr a0, time"));
    report('U', "csrr cycle", TRY("csrr a0, cycle"));
    report('U', "sfence.vma", TRY("sfence.vma"));
    report('U', "sret", TRY(WIDE("sret")));
    report('U', "mret", TRY(WIDE("mret")));
    report('U', "unimp", TRY("unimp"));
    report('U', "ld from the kernel", TRY("li a0, 0x80200000; ld a0, 0(a0)"));
    for (u64 i = 0; i < PROBE_PANIC; i++)
        report('S', in_kernel[i], call(SYS_PROBE, i, 0));
    return 0;
}
