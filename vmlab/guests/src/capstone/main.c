/* capstone: a hypervisor. It gives one virtual machine to a kernel that knows nothing of it.
 *
 * start.S is in M and comes here in HS; main makes the VM and enters it, and from then on all that
 * happens here begins in exits.c.
 */
#include "console.h"
#include "frames.h"
#include "gstage.h"
#include "timer.h"
#include "tree.h"

static struct vm vm;

#define BIT(cause) (1ul << (cause))

/* What the guest's kernel handles itself, without an exit. */
#define ITS_OWN                                                                                    \
    (BIT(INSTRUCTION_ADDRESS_MISALIGNED) | BIT(INSTRUCTION_ACCESS_FAULT) |                         \
     BIT(ILLEGAL_INSTRUCTION) | BIT(BREAKPOINT) | BIT(LOAD_ADDRESS_MISALIGNED) |                   \
     BIT(LOAD_ACCESS_FAULT) | BIT(STORE_ADDRESS_MISALIGNED) | BIT(STORE_ACCESS_FAULT) |            \
     BIT(ECALL_FROM_U) | BIT(INSTRUCTION_PAGE_FAULT) | BIT(LOAD_PAGE_FAULT) |                      \
     BIT(STORE_PAGE_FAULT))

void main(u64 hart, const void *tree) {
    csr_write(stvec, exit_enter);
    csr_write(sie, 0);
    u64 ram_bytes = tree_read(tree);
    frames_between(FRAMES, RAM + ram_bytes);

    vm.ram_end = GUEST_RAM + (ram_bytes / 2 & -PAGE_BYTES); /* the guest's is half of the host's */
    gstage_new(&vm);
    csr_write(hedeleg, ITS_OWN);
    csr_write(hideleg, INTERRUPTS_VSSI | INTERRUPTS_VSTI | INTERRUPTS_VSEI);
    csr_write(hvip, 0);
    csr_write(hie, 0);
    csr_write(vsstatus, 0);
    csr_write(vsatp, 0);
    timer_start();

    vm.world.sepc = GUEST_ENTRY;
    vm.world.x[A0] = hart;
    vm.world.x[A1] = tree_give(&vm);
    /* As after an exit from VS, with interrupts off in HS; and wfi exits. */
    vm.world.sstatus = MSTATUS_SPP | MSTATUS_FS;
    vm.world.hstatus = HSTATUS_SPV | HSTATUS_SPVP | HSTATUS_VTW;
    console_text("capstone: a machine of ");
    console_number((vm.ram_end - GUEST_RAM) >> 20);
    console_text(" MiB, entered in VS\n");
    world_enter(&vm.world);
}
