/* The kernel's part of every address space, in two tables that all spaces share:
 *
 *     root[0]                                 a process's own: see ../vm.c
 *     root[2] -> ram[]      2 MiB, S, global  va 0x80000000: all RAM, each byte at its pa
 *     root[3] -> devices[]  2 MiB, S, global  va 0xd0000000: the UART and virtio, of pa 0x10000000
 *
 * So the kernel is there whichever process is, and a system call changes no satp.
 */
#include "platform.h"

#define MEGAPAGE (2ul << 20)
#define ASIDS 0x1ful /* enough numbers for all processes */

static pte_t ram[512] __attribute__((aligned(4096)));
static pte_t devices[512] __attribute__((aligned(4096)));
static pte_t kernel_root[512] __attribute__((aligned(4096))); /* until there is a process */

int has_asids;

void root_make(pte_t *root) {
    pte_set(&root[pte_index(RAM_BASE, 2)], pte_make(frame_of(ram), PTE_G));
    pte_set(&root[pte_index(DEVICES, 2)], pte_make(frame_of(devices), PTE_G));
}

void kernel_map(u64 ram_bytes) {
    u64 flags = PTE_G | PTE_R | PTE_W | PTE_A | PTE_D;
    for (u64 va = RAM_BASE; va < RAM_BASE + ram_bytes; va += MEGAPAGE)
        pte_set(&ram[pte_index(va, 1)], pte_make(frame_of((void *)va), flags | PTE_X));
    pte_set(&devices[pte_index(DEVICES + UART_PA, 1)], pte_make(UART_PA >> 12, flags));
    root_make(kernel_root);
    /* Bits of the number that do not exist read as 0 (privileged manual, satp). */
    csr_write(satp, SATP_SV39 | ASIDS << SATP_ASID_SHIFT | frame_of(kernel_root));
    fence_all();
    has_asids = (csr_read(satp) >> SATP_ASID_SHIFT & ASIDS) == ASIDS;
}
