/* The kernel in U like its programs, the monitor in S: every trap goes to the monitor, which makes
 * an upcall of it; what CSRs say elsewhere stands in the shared page. IRET goes back. */
#pragma once

#ifdef __ASSEMBLER__

.macro TRAP_SWAP_SP             /* the monitor has exchanged them: no register is free for it */
.endm
.macro TRAP_SWAP_BACK
        ld      sp, SHARED_SCRATCH(zero)
        sd      zero, SHARED_SCRATCH(zero)
.endm
.macro TRAP_TAKE_SP reg
        ld      \reg, SHARED_SCRATCH(zero)
        sd      zero, SHARED_SCRATCH(zero)
.endm
.macro TRAP_PC reg
        ld      \reg, SHARED_PC(zero)
.endm
.macro RETURN_PC reg            /* it is in the frame */
.endm
.macro RETURN_FRAME reg
        sd      \reg, SHARED_SCRATCH(zero)
.endm
.macro RETURN_TO_USER           /* with the frame at sp, and all operations that wait */
        mv      a0, sp
        la      a1, operations
        la      t0, operations_waiting
        ld      a2, 0(t0)
        sd      zero, 0(t0)
        sd      zero, 8(t0)             # operations_touch
        li      a6, CALL_IRET
        li      a7, HYPERCALL
        ecall
        tail    operation_refused
.endm
.macro RETURN_TO_KERNEL
        mv      a0, sp
        li      a2, 0
        li      a6, CALL_IRET
        li      a7, HYPERCALL
        ecall
.endm

#else

#define PTE_KERNEL PTE_U     /* what it takes that the kernel can use a page */
#define PTE_KERNEL_MAP PTE_U /* what entries of the kernel's map have besides rights */

static inline void traps_go_to(void (*entry)(void)) { hypercall(CALL_SET_ENTRY, (u64)entry, 0); }
static inline u64 level_cause(void) { return SHARED->cause; }
static inline u64 trap_value(void) { return SHARED->value; }
static inline void event_heard(void) {}
static inline u64 scratch_read(void) { return SHARED->scratch; }
static inline void scratch_write(u64 value) { SHARED->scratch = value; }

/* What waits goes with the return. */
static inline void before_return(void) {}

/* The user is shown a root of its own, without the kernel (roots.c). */
void show_user_root(const pte_t *root);
void user_root_make(const pte_t *root);
void user_root_drop(const pte_t *root);
pte_t *user_root_slot(const pte_t *slot); /* of an entry of a kernel's root: the user's, or 0 */

#endif
