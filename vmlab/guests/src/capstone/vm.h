/* A virtual machine: the registers of its hart while the hypervisor has it, its memory, its UART. */
#pragma once
#include "riscv.h"

/* The guest's physical address space: what it believes the board to be. */
#define GUEST_RAM 0x80000000ul
#define GUEST_ENTRY 0x80200000ul
#define GUEST_UART 0x10000000ul
#define GUEST_SLOTS 0x10001000ul /* of virtio, all empty */
#define GUEST_SLOTS_BYTES (8 * PAGE_BYTES)
#define TREE_BYTES (4 * PAGE_BYTES)

/* The host's: its RAM, where the guest's kernel was loaded, and where frames to give away begin.
 * The bytes between these two are what guest RAM from GUEST_ENTRY on holds at first. */
#define RAM 0x80000000ul
#define PAYLOAD 0x80200000ul
#define PAYLOAD_BYTES (2ul << 20)
#define FRAMES (PAYLOAD + PAYLOAD_BYTES)

/* What a trap to HS overwrites and world.S keeps. Its offsets are written there too. */
struct world {
    u64 x[32]; /* x[0] is never used */
    u64 sepc, sstatus, hstatus;
};

struct vm {
    struct world world; /* first: one address means both */
    u64 *gstage;        /* the root of the G-stage's tables */
    u64 ram_end;        /* its RAM is from GUEST_RAM to here */
    u8 uart[8];         /* what the guest wrote into its UART's registers */
    int is_off;         /* it asked to be switched off, ... */
    u64 status;         /* ... and says how it ended: 0 is well */
};

/* Go on in the guest; returns by the next exit only. (world.S) */
void world_enter(struct world *world) __attribute__((noreturn));
void exit_enter(void);
