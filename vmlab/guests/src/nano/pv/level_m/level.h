/* The kernel in S, the monitor in M: S's own CSRs and sret are the kernel's. ecall from U comes
 * here without the monitor; what the monitor passes on looks as if the hart had brought it. */
#pragma once

#ifdef __ASSEMBLER__

.macro TRAP_SWAP_SP
        csrrw   sp, sscratch, sp
.endm
.macro TRAP_SWAP_BACK           /* where sp turns out to be 0 */
        csrrw   sp, sscratch, sp
.endm
.macro TRAP_TAKE_SP reg
        csrrw   \reg, sscratch, zero
.endm
.macro TRAP_PC reg
        csrr    \reg, sepc
.endm
.macro RETURN_PC reg
        csrw    sepc, \reg
.endm
.macro RETURN_FRAME reg
        csrw    sscratch, \reg
.endm
.macro RETURN_TO_USER
        RESTORE
        sret
.endm
.macro RETURN_TO_KERNEL         /* with the mask as it was: no two instructions can do that */
        mv      a0, sp
        li      a2, 0
        li      a6, CALL_IRET
        li      a7, HYPERCALL
        ecall
.endm

#else

#include "../../hart/csr.h"

#define PTE_KERNEL_MAP PTE_G /* what entries of the kernel's map have besides rights */

void operate_all(void);

static inline void traps_go_to(void (*entry)(void)) {
    csr_write(stvec, entry);
    csr_clear(sstatus, SSTATUS_SPP);
    csr_write(scounteren, 0);
    csr_set(sie, SIE_SOFTWARE); /* an event that waits for U */
}
static inline u64 level_cause(void) { return csr_read(scause); }
static inline u64 trap_value(void) { return csr_read(stval); }
static inline void event_heard(void) { csr_clear(sip, SIE_SOFTWARE); }
static inline u64 scratch_read(void) { return csr_read(sscratch); }
static inline void scratch_write(u64 value) { csr_write(sscratch, value); }

/* sret takes nothing with it: what waits is done now. */
static inline void before_return(void) { operate_all(); }

/* The user sees the kernel's root, and U keeps it out. */
static inline void show_user_root(const pte_t *root) { (void)root; }
static inline void user_root_make(const pte_t *root) { (void)root; }
static inline void user_root_drop(const pte_t *root) { (void)root; }
static inline pte_t *user_root_slot(const pte_t *slot) { (void)slot; return 0; }

#endif
