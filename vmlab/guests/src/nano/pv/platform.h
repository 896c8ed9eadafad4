/* The platform of nano under a monitor that it knows, as in Xen. Beside native/platform.h this is
 * what paravirtualization changes; the rest of nano is the same source.
 *
 * The monitor lets nano see the real page tables, and not write them: entries hold machine frames,
 * which are scattered, and every change is an operation that is checked. What a trap does depends
 * on where the kernel may run: level_m/level.h or level_u/level.h.
 */
#pragma once

#include "hypervisor.h"
#include "level.h"

#ifndef __ASSEMBLER__

/* Memory. The kernel's addresses are pseudo-physical ones. */
#define RAM_BASE 0x80000000ul /* the machine's memory begins there, too */
#define RAM_MOST_BYTES (1ul << 30)

static inline u64 frame_of(const void *kernel_va) {
    return PFN_TO_MFN[((u64)kernel_va - RAM_BASE) >> 12];
}
static inline void *va_of(u64 frame) {
    return (void *)(RAM_BASE + ((u64)MFN_TO_PFN[frame - (RAM_BASE >> 12)] << 12));
}
static inline u64 machine_address(const void *kernel_va) {
    return frame_of(kernel_va) << 12 | ((u64)kernel_va & 4095);
}

/* Page tables (tables.c). Operations wait for each other, so that one hypercall does many: a fence
 * or a switch is the last of them. */
pte_t pte_get(const pte_t *slot);
void pte_set(pte_t *slot, pte_t pte);
void operate(enum op op, u64 address, u64 value);
void operate_all(void);
void table_begin(const pte_t *page, int level);
void table_end(const pte_t *table);

static inline void fence_page(u64 va, u64 asid) {
    (void)asid;
    operate(OP_FLUSH_VA, va, 0);
    operate_all();
}
/* The same, if it is early enough when U goes on. */
static inline void fence_user_page(u64 va, u64 asid) {
    (void)asid;
    operate(OP_FLUSH_VA, va, 0);
    before_return();
}
static inline void fence_space(u64 asid) {
    (void)asid;
    operate(OP_FLUSH, 0, 0);
    operate_all();
}

/* From now on the hart is in this space. */
static inline void space_enter(const pte_t *root, u64 asid) {
    operate(OP_SWITCH, machine_address(root), asid);
    show_user_root(root);
    before_return();
}

/* The root of a new space gets the kernel's part, which is the same in all; and a page that was a
 * root, and that the hart is no longer in, becomes a page like any other. */
void root_make(pte_t *root);
void root_drop(pte_t *root);
/* Translation has been on from the beginning. */
static inline void kernel_map(u64 ram_bytes) { (void)ram_bytes; }

/* Interrupts are events: a bit in a word, and an upcall unless the mask is set. */
static inline void events_take(void) {
    event_heard();
    __atomic_exchange_n((u64 *)&SHARED->pending, 0, __ATOMIC_RELAXED);
}
/* They are all the clock to nano, which looks at it, and at the console with it. */
static inline u64 trap_cause(void) {
    u64 cause = level_cause();
    if (!(cause & INTERRUPT))
        return cause;
    events_take();
    return TIMER_INTERRUPT;
}
static inline void interrupts_on(void) {
    SHARED->mask = 0;
    if (SHARED->pending)
        hypercall(CALL_UNMASK, 0, 0);
}
static inline void interrupts_off(void) { SHARED->mask = 1; }

static inline void idle(void) {
    hypercall(CALL_BLOCK, 0, 0);
    events_take();
}

/* What a benchmark measures: here a device's registers are words of its ring. */
static inline volatile u8 *scratch_register(void) { return CONSOLE->spare; }

#define NEVER (~0ul)
static inline u64 time_now(void) { return hypercall(CALL_GET_TIME, 0, 0).value; }
static inline void timer_set(u64 when) { hypercall(CALL_SET_TIMER, when, 0); }

/* The console, the disk (rings.c), the end. */
static inline void platform_start(void) {}
void console_put(const u8 *bytes, u64 length);
int console_get(void); /* a byte, or -1 */
int block_read(u64 sector, u8 *to); /* 0, or -1 without a disk or without such a sector */
static inline void __attribute__((noreturn)) power_off(int failed) {
    for (;;)
        hypercall(CALL_SHUTDOWN, failed ? SHUTDOWN_FAILED : SHUTDOWN_OFF, 0);
}

/* Try one of `enum probe` in the kernel: what it read, or CAUGHT + cause. */
long probe(u64 number);

#endif
