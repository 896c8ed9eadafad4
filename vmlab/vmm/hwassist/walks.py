"""How long a walk in two stages is: a guest that misses the TLB for every page, and a count.

(n+1)(m+1)-1 entries, where the VS-stage reads n tables and the G-stage m: each of the n entries
stands at a guest-physical address, and so does the page itself.
"""

from __future__ import annotations

from typing import Final

from vmlab.core.errors import BrokenInvariant
from vmlab.isa.system.walk import BARE
from vmlab.vmm.common.assembled import assembled
from vmlab.vmm.common.host import Host, ram_for
from vmlab.vmm.common.vm import Payload, guest_platform
from vmlab.vmm.hwassist.gstage import BIG_PAGE_BYTES, FORMAT
from vmlab.vmm.hwassist.monitor import HardwareAssist

WALKS: Final = """
    # 2 MiB from the start of RAM, mapped to themselves by leaves of level LEVEL of Sv39
    la t0, leaves
    la t1, middle
    la t2, root
    srli t3, t1, 12
    slli t3, t3, 10
    ori t3, t3, 1
    sd t3, 16(t2)
    srli t3, t0, 12
    slli t3, t3, 10
    ori t3, t3, 1
    sd t3, 0(t1)
    li t3, (0x80000 << 10) | 0xcf
    li t4, LEVEL
    beqz t4, small
    addi t4, t4, -1
    beqz t4, big
    sd t3, 16(t2)
    j on
big:
    sd t3, 0(t1)
    j on
small:
    li t4, 512
1:  sd t3, 0(t0)
    addi t0, t0, 8
    addi t3, t3, 1 << 10
    addi t4, t4, -1
    bnez t4, 1b
on:
    la t0, root
    srli t0, t0, 12
    li t1, MODE
    slli t1, t1, 60
    or t0, t0, t1
    csrw satp, t0
again:
    sfence.vma
    la t0, data
    li t1, 32
    li t2, 4096
2:  ld t3, 0(t0)
    sd t3, 8(t0)
    add t0, t0, t2
    addi t1, t1, -1
    bnez t1, 2b
    j again
.balign 4096
root: .zero 4096
middle: .zero 4096
leaves: .zero 4096
data: .zero 4096 * 32
"""
PAGES: Final = 32
LOOP_INSNS: Final = 5 * PAGES + 4
WARM_UP_INSNS: Final = 5_000
"""Until the guest's tables are made and the G-stage holds all of its pages."""
LOOPS: Final = 20
RAM_BYTES: Final = 2 * BIG_PAGE_BYTES


def walker(leaf_level: int | None) -> Payload:
    """The guest, whose leaves are of this level; None: it does not translate."""
    mode = BARE if leaf_level is None else FORMAT.number
    source = WALKS.replace("LEVEL", str(leaf_level or 0)).replace("MODE", str(mode))
    return assembled(source, "walks", RAM_BYTES)


def reads_a_miss(leaf_level: int | None, big_pages: bool = False) -> float:
    """Entries read for a TLB miss, measured once the G-stage holds all of the guest's pages.
    `leaf_level` is that of the guest's leaves (0 is 4 KiB; None: no translation); with `big_pages`
    the G-stage's have 2 MiB."""
    host = Host(ram_for(1, RAM_BYTES) + BIG_PAGE_BYTES, "t0")
    monitor = HardwareAssist(host, big_pages)
    vm = host.place(guest_platform(RAM_BYTES), walker(leaf_level), BIG_PAGE_BYTES)
    monitor.admit(vm)
    monitor.run(vm, WARM_UP_INSNS)
    counters = vm.counters
    exits, misses, reads = counters.exits_total, counters.tlb_misses, counters.pte_reads
    monitor.run(vm, LOOPS * LOOP_INSNS)
    if counters.exits_total != exits or counters.tlb_misses < misses + LOOPS * PAGES:
        raise BrokenInvariant(
            f"expected a loop with misses and no exits, found {counters.tlb_misses - misses} and "
            f"{counters.exits_total - exits}"
        )
    return (counters.pte_reads - reads) / (counters.tlb_misses - misses)
