/* What the RISC-V manuals name, the same however this kernel is run: page-table entries and causes.
 * How the hart is told about them is the platform's (native/platform.h).
 *
 *     63      54 53            10 9 8  7 6 5 4 3 2 1 0
 *    +----------+----------------+----+-+-+-+-+-+-+-+-+
 *    |    0     |  frame number  |COW |D|A|G|U|X|W|R|V|      A frame is a page of memory.
 *    +----------+----------------+----+-+-+-+-+-+-+-+-+
 */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

typedef u64 pte_t;
enum {
    PTE_V = 1 << 0,
    PTE_R = 1 << 1,
    PTE_W = 1 << 2,
    PTE_X = 1 << 3,
    PTE_U = 1 << 4,
    PTE_G = 1 << 5,
    PTE_A = 1 << 6,
    PTE_D = 1 << 7,
};
#define PTE_FLAGS 0x3fful

static inline pte_t pte_make(u64 frame, u64 flags) { return frame << 10 | flags | PTE_V; }
static inline u64 pte_frame(pte_t pte) { return pte << 10 >> 20; }
static inline int pte_is_table(pte_t pte) { return (pte & (PTE_V | PTE_R | PTE_W | PTE_X)) == PTE_V; }

/* The index of an address in the table of a level; 2 is the root of Sv39. */
static inline u64 pte_index(u64 va, int level) { return va >> (12 + 9 * level) & 511; }

/* scause */
enum cause {
    FETCH_ACCESS_FAULT = 1,
    ILLEGAL_INSTRUCTION = 2,
    ECALL_FROM_U = 8,
    FETCH_PAGE_FAULT = 12,
    LOAD_PAGE_FAULT = 13,
    STORE_PAGE_FAULT = 15,
};
#define INTERRUPT (1ul << 63)
#define TIMER_INTERRUPT (INTERRUPT | 5)

/* Registers by their number. */
enum { RA = 1, SP = 2, A0 = 10, A1 = 11, A2 = 12, A7 = 17 };
