#include "gstage.h"
#include "frames.h"

/* Sv39x4: as Sv39, with two more bits of address on top, hence a root of four pages. A leaf is a
 * user's page, whatever mode the guest is in. A and D are set beforehand: nobody asks for them. */
enum { LEVELS = 3, ROOT_ENTRIES = 2048 };
#define LEAF (PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D)

static u64 root[ROOT_ENTRIES] __attribute__((aligned(ROOT_ENTRIES * 8)));

void gstage_new(struct vm *vm) {
    vm->gstage = root;
    csr_write(hgatp, HGATP_MODE | HGATP_VMID | (u64)root / PAGE_BYTES);
    asm volatile("hfence.gvma" ::: "memory");
}

static u64 entry(const u64 *frame, u64 flags) { return (u64)frame / PAGE_BYTES << 10 | flags; }
static u64 *frame_of(u64 entry) { return (u64 *)(entry >> 10 << 12); }

/* The leaf's place for this address; tables on the way are made. */
static u64 *leaf_of(struct vm *vm, u64 gpa) {
    u64 *slot = &vm->gstage[gpa >> 30];
    for (int level = LEVELS - 2; level >= 0; level--) {
        if (!(*slot & PTE_V))
            *slot = entry(frame_new(0), PTE_V);
        slot = &frame_of(*slot)[gpa >> (12 + 9 * level) & 511];
    }
    return slot;
}

static int is_ram(struct vm *vm, u64 gpa) { return gpa >= GUEST_RAM && gpa < vm->ram_end; }

/* A frame with what this page of RAM holds before the guest runs: its kernel, or zeros. */
static u64 *new_page(u64 gpa) {
    u64 offset = (gpa & -PAGE_BYTES) - GUEST_ENTRY;
    return frame_new(offset < PAYLOAD_BYTES ? (const u64 *)(PAYLOAD + offset) : 0);
}

int gstage_fill(struct vm *vm, u64 gpa) {
    if (!is_ram(vm, gpa))
        return 0;
    u64 *leaf = leaf_of(vm, gpa);
    if (*leaf & PTE_V) /* the hart remembered that it was not: it may, until it is told */
        asm volatile("hfence.gvma %0, zero" ::"r"(gpa >> 2) : "memory");
    else
        *leaf = entry(new_page(gpa), LEAF);
    return 1;
}

u8 *gstage_byte(struct vm *vm, u64 gpa) {
    if (!is_ram(vm, gpa))
        return 0;
    u64 *leaf = leaf_of(vm, gpa);
    if (!(*leaf & PTE_V))
        *leaf = entry(new_page(gpa), LEAF);
    return (u8 *)frame_of(*leaf) + gpa % PAGE_BYTES;
}
