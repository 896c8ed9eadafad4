/* Nanobenchmarks that only a kernel can do, and the marks of all of them.
 *
 * A tool that counts has breakpoints at `bench_begin` and `bench_end`, and subtracts what a
 * benchmark of half as many times does in between; what is left is the operations, and nothing
 * else: the clock does not tick meanwhile. user/bench.c has the benchmarks' names.
 */
#include "kernel.h"

#define BENCH_VA 0x30000000ul /* no area has it: the kernel's, for as long as a benchmark runs */
#ifndef PTE_KERNEL /* a platform says if its kernel needs a bit more than S does to use a page */
#define PTE_KERNEL 0
#endif
#define IDLE_TICKS 1000
#define MOST_TIMES 1000000ul /* nobody interrupts the kernel */

void __attribute__((noinline)) bench_begin(void) { asm volatile("" ::: "memory"); }
void __attribute__((noinline)) bench_end(void) { asm volatile("" ::: "memory"); }

long mark(u64 end) {
    if (end) {
        bench_end();
        timer_resume();
    } else {
        timer_pause();
        bench_begin();
    }
    return 0;
}

static u64 asid;
static pte_t *slots; /* 512 entries that all map one page */
static pte_t forms[2];

/* What was edited is used: only then does anybody learn of it. */
static void touch(void) { (void)*(volatile u8 *)BENCH_VA; }

static void one_entry(u64 times) {
    for (u64 i = 0; i < times; i++) {
        pte_set(slots, forms[i & 1]);
        fence_page(BENCH_VA, asid);
        touch();
    }
}

static void many_entries(u64 times) {
    for (u64 i = 0; i < times; i++) {
        for (int slot = 0; slot < 512; slot++)
            pte_set(&slots[slot], forms[i & 1]);
        fence_space(asid);
        touch();
    }
}

static void scratch_csr(u64 times) {
    while (times--)
        scratch_write(scratch_read());
}

static void interrupt_switch(u64 times) {
    while (times--) {
        interrupts_on();
        interrupts_off();
    }
}

static void mmio_read(u64 times) {
    volatile u8 *at = scratch_register();
    while (times--)
        (void)*at;
}

static void mmio_write(u64 times) {
    volatile u8 *at = scratch_register();
    while (times--)
        *at = (u8)times;
}

static void wait_for_timer(u64 times) {
    while (times--) {
        u64 when = time_now() + IDLE_TICKS;
        timer_set(when);
        while (time_now() < when) /* a hart may end its wait at any time */
            idle();
    }
}

static void (*const benches[])(u64 times) = {
    [BENCH_CSR] = scratch_csr,       [BENCH_SIE] = interrupt_switch,
    [BENCH_PTE] = one_entry,         [BENCH_PTE512] = many_entries,
    [BENCH_MMIO_READ] = mmio_read,   [BENCH_MMIO_WRITE] = mmio_write,
    [BENCH_IDLE] = wait_for_timer,
};

/* A table of level 0 whose entries all map a page that is the process's own. */
static int entries_start(void) {
    u8 *page = page_zeroed();
    slots = page ? leaf_slot(&current->space, BENCH_VA, 1) : 0;
    if (!slots) {
        if (page)
            page_drop(page);
        return 0;
    }
    asid = current->space.asid;
    forms[0] = pte_make(frame_of(page), PTE_KERNEL | PTE_R | PTE_A);
    forms[1] = pte_make(frame_of(page), PTE_KERNEL | PTE_R | PTE_W | PTE_A | PTE_D);
    for (int slot = 0; slot < 512; slot++) {
        pte_set(&slots[slot], forms[1]);
        if (slot)
            page_share(page);
    }
    fence_space(asid);
    touch();
    return 1;
}

long bench(u64 number, u64 times) {
    if (number >= sizeof benches / sizeof *benches || times > MOST_TIMES || !entries_start())
        return -1;
    mark(0);
    benches[number](times);
    mark(1);
    space_unmap(&current->space, BENCH_VA, BENCH_VA + 512 * PAGE);
    return 0;
}
