#include "timer.h"

static int has_sstc;

/* The guest's time is ours plus htimedelta: it begins at 0. */
void timer_start(void) {
    csr_write(htimedelta, -csr_read(time));
    csr_write(hcounteren, COUNTEREN_CY | COUNTEREN_TM | COUNTEREN_IR);
    csr_write(henvcfg, ENVCFG_STCE);
    has_sstc = csr_read(henvcfg) >> 63;
    if (has_sstc)
        csr_write(vstimecmp, -1ul);
}

/* Ask M for an interrupt of ours (start.S). */
static void ask_firmware(u64 when) {
    register u64 a0 asm("a0") = when;
    asm volatile("ecall" ::"r"(a0) : "t0", "memory");
}

void timer_set(u64 when) {
    if (has_sstc) {
        csr_write(vstimecmp, when);
        return;
    }
    csr_clear(hvip, INTERRUPTS_VSTI);
    u64 ours = when - csr_read(htimedelta);
    ask_firmware(ours < when ? -1ul : ours); /* our time is ahead: -1 stays never */
    csr_set(sie, INTERRUPTS_STI);
}

/* Our timer's interrupt becomes the guest's, and is quiet until the guest sets it anew. */
void timer_rang(void) {
    csr_clear(sie, INTERRUPTS_STI);
    csr_set(hvip, INTERRUPTS_VSTI);
}
