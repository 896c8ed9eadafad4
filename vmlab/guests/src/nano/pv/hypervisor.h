/* What nano and its monitor agree on. vmlab/vmm/paravirt/abi.py is the monitor's copy, which says
 * what each of these does; a test holds the two together.
 *
 *     a7 HYPERCALL   a6 the call   a0, a1, a2 arguments   ecall   ->   a0 error, a1 value
 *
 * Addresses that nano gives are pseudo-physical: its own counting of memory, from RAM_BASE on. Only
 * page-table entries, and the addresses of entries, are the machine's.
 */
#pragma once

#define HYPERCALL 0x0a6c6162
#define CALL_IRET 8 /* the assembler needs it, too */

/* Words that both see, at the very end of every address space: the assembler reaches them without
 * a register. */
#define SHARED_SCRATCH (-2048 + 24)
#define SHARED_PC (-2048 + 32)

#ifndef __ASSEMBLER__
#include "../riscv.h"

enum call {
    CALL_MMU = 0,    /* (operations, how many): how many were done */
    CALL_SET_TIMER,  /* (when) */
    CALL_GET_TIME,   /* (): now */
    CALL_NOTIFY,     /* (event): look at that ring */
    CALL_UNMASK,     /* (): mask = 0, and what is pending comes at once */
    CALL_BLOCK,      /* (): until an event is pending */
    CALL_YIELD,      /* (): somebody else may have the rest of the slice */
    CALL_SHUTDOWN,   /* (reason) */
    CALL_SET_ENTRY = 9, /* (address): where traps go; level u */
};

/* Page-table operations: the low bits of the address say which. */
enum op {
    OP_WRITE,     /* (machine address of an entry, entry) */
    OP_WRITE_VA,  /* (page, entry): the entry of level 0 that maps it */
    OP_PIN,       /* (machine address of a page, level) */
    OP_UNPIN,     /* (machine address of a page) */
    OP_SWITCH,    /* (machine address of a root, number of the space) */
    OP_USER_ROOT, /* (machine address of a root): what U sees; level u */
    OP_FLUSH_VA,  /* (page) */
    OP_FLUSH,
};
struct operation {
    u64 address, value;
};

enum event { EVENT_TIMER, EVENT_CONSOLE, EVENT_BLOCK };
enum shutdown { SHUTDOWN_OFF, SHUTDOWN_FAILED, SHUTDOWN_REBOOT };

struct shared {
    u64 pending; /* a bit an event */
    u64 mask;    /* 1: no upcalls while the kernel runs */
    u64 time;
    u64 scratch, pc, cause, value; /* level u: instead of sscratch, sepc, scause, stval */
    u64 ram_entry, window_entry;   /* for every root */
};
#define SHARED ((volatile struct shared *)-2048l)

/* Machine frames by pseudo-physical page, and back. */
#define PFN_TO_MFN ((const u32 *)(0ul - (2ul << 20)))
#define MFN_TO_PFN ((const u32 *)(0ul - (1ul << 20)))

enum { IN_BYTES = 1024, OUT_BYTES = 2048, SLOTS = 32 };
struct console_ring {
    u32 in_taken, in_given, out_taken, out_given; /* count on; modulo the size they are places */
    u8 spare[1008];
    u8 in[IN_BYTES], out[OUT_BYTES];
};
#define CONSOLE ((volatile struct console_ring *)(0ul - 2 * 4096))

enum block_op { BLOCK_READ, BLOCK_WRITE };
struct block_ring {
    u32 given, answered;
    u8 spare[56];
    struct {
        u32 operation, id;
        u64 sector, address;
        long status;
    } slots[SLOTS];
};
#define BLOCK ((volatile struct block_ring *)(0ul - 3 * 4096))

struct answer {
    long error;
    u64 value;
};
static inline struct answer hypercall(enum call call, u64 a, u64 b) {
    register u64 a0 asm("a0") = a;
    register u64 a1 asm("a1") = b;
    register u64 a6 asm("a6") = call;
    register u64 a7 asm("a7") = HYPERCALL;
    asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
    return (struct answer){(long)a0, a1};
}

#endif
