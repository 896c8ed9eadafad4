/* nano: a small kernel, to be read, run and virtualized.
 *
 * It runs in S under SBI and gives its programs, in U, processes with an address space each
 * (Sv39, filled on demand, copied on write), time slices, a console and a disk. The kernel itself
 * has one stack and no threads: it enters by a trap, does what is to be done, and leaves to a
 * process; a call that can not be done yet is done anew later. So nothing here runs twice at once.
 */
#include "kernel.h"

void __attribute__((noreturn)) kernel_main(u64 hart, const u8 *tree) {
    struct boot_facts facts;
    (void)hart;
    platform_start();
    fdt_read(tree, &facts);
    pages_start(facts.ram_bytes);
    kernel_map(facts.ram_bytes);
    print("nano: %lu KiB of memory, %lu pages free\n", facts.ram_bytes >> 10, pages_free());
    process_start(facts.command);
    traps_go_to(trap_entry);
    timer_resume();
    schedule();
    resume(&current->frame);
}
