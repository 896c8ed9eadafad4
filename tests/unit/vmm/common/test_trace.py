"""Traced shadows: each store to a page table is seen once, and the shadow follows."""

from __future__ import annotations

import pytest

from tests.unit.vmm.common.tables import Tables, placed
from tests.unit.vmm.common.test_shadow import fault, spa
from tests.unit.vmm.guests import PAGED, SHUTDOWN, TABLES, guest
from tests.unit.vmm.lanes import BOARD, alone, facts, in_step
from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.layouts import PTE
from vmlab.machine import memmap
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.common.subject import Monitored
from vmlab.vmm.common.trace import PATIENCE, Traced
from vmlab.vmm.trap_emulate.monitor import TrapAndEmulate

ALL = PTE.mask("V", "R", "W", "X")
VA, OTHER_VA, WINDOW = 0x40_0000, 0x80_0000, 0xC0_0000
EDITS = 10
# Maps the page at 0x40001000 to `data` and to `second` in turn. No fence is for the whole space.
SWITCHES = f"""
    {PAGED}
    la s1, leaf
    ld s2, 8(s1)
    la s3, second
    srli s3, s3, 2
    ori s3, s3, 0xc7
    li s0, 0x40001000
    li s4, {EDITS}
1:  sd s4, 0(s0)
    sd s3, 8(s1)
    sfence.vma s0, zero
    ld t0, 0(s0)
    add s5, s5, t0
    mv t0, s2
    mv s2, s3
    mv s3, t0
    addi s4, s4, -1
    bnez s4, 1b
    {SHUTDOWN}
    {TABLES}
second: .zero 4096
"""
READS_INTO_ITS_TABLE = f"""
    {PAGED}
    la t0, second
    li t1, 7
    sd t1, 0(t0)
    li s0, 0x40001000
    ld s1, 0(s0)
    li a7, 0x4442434e       # the console's next eight bytes
    li a6, 1
    li a0, 8
    la a1, leaf + 8
    li a2, 0
    ecall
    sfence.vma
    ld s1, 0(s0)
    {SHUTDOWN}
    {TABLES}
second: .zero 4096
"""


def traced(subject: Monitored) -> Traced:
    monitor = subject.monitor
    assert isinstance(monitor, TrapAndEmulate)
    shadow = monitor.shadows[subject.vm.number]
    assert isinstance(shadow, Traced)
    return shadow


def mapped() -> tuple[Monitored, Tables, Traced]:
    """A guest with two pages mapped by one table, and a window onto that table."""
    subject = placed("traced")
    tables = Tables(subject)
    tables.map(VA, memmap.RAM, ALL)
    tables.map(VA + PAGE_SIZE_BYTES, memmap.RAM + PAGE_SIZE_BYTES, ALL)
    tables.map(OTHER_VA, memmap.RAM + 2 * PAGE_SIZE_BYTES, ALL)
    tables.map(WINDOW, tables.entry(VA, 0) & ~0xFFF, ALL)
    tables.use(Mode.S)
    return subject, tables, traced(subject)


def test_what_was_walked_is_traced_and_nothing_else() -> None:
    subject, tables, shadow = mapped()
    fault(subject, VA, Access.LOAD)
    for level in range(3):
        assert shadow.is_traced(tables.entry(VA, level))
    assert not shadow.is_traced(memmap.RAM)
    assert not shadow.is_traced(tables.entry(OTHER_VA, 0)), "no walk came by"


def test_a_store_to_an_entry_takes_away_what_was_made_from_it_and_no_more() -> None:
    subject, tables, shadow = mapped()
    for va in (VA, VA + PAGE_SIZE_BYTES, OTHER_VA):
        fault(subject, va, Access.LOAD)
    shadow.written(tables.entry(VA, 0), 8)
    root = shadow.root()
    assert {va for va, _ in shadow.leaves(root)} == {VA + PAGE_SIZE_BYTES, OTHER_VA}
    shadow.written(tables.entry(VA, 1), 8)
    assert {va for va, _ in shadow.leaves(root)} == {OTHER_VA}
    shadow.written(tables.entry(VA, 2), 8)
    assert not dict(shadow.leaves(root))


def test_a_page_that_is_walked_can_be_written_no_more_by_whatever_mapped_it() -> None:
    subject, _, shadow = mapped()
    fault(subject, WINDOW, Access.STORE)
    root = shadow.root()
    assert shadow.leaf(root, WINDOW) & PTE.mask("W")
    fault(subject, VA, Access.LOAD)
    assert not shadow.leaf(root, WINDOW), "the page behind the window is a table now"
    fault(subject, WINDOW, Access.LOAD)
    assert shadow.leaf(root, WINDOW) & PTE.mask("R", "W") == PTE.mask("R")


def test_a_fence_is_nothing_to_a_traced_shadow() -> None:
    subject, _, shadow = mapped()
    fault(subject, VA, Access.LOAD)
    shadow.fence(None, None)
    assert shadow.leaf(shadow.root(), VA)


def test_a_page_written_again_and_again_without_a_walk_is_no_table_any_more() -> None:
    subject, tables, shadow = mapped()
    fault(subject, VA, Access.LOAD)
    entry = tables.entry(VA, 0)
    for _ in range(PATIENCE):
        shadow.written(entry, 8)
    assert shadow.is_traced(entry)
    shadow.written(entry, 8)
    assert not shadow.is_traced(entry)
    assert fault(subject, VA, Access.LOAD) is Reason.HIDDEN_FAULT
    assert shadow.is_traced(entry), "it was one all the time"


def test_what_a_device_writes_into_a_table_is_seen_too() -> None:
    subject, tables, shadow = mapped()
    fault(subject, VA, Access.LOAD)
    pte = (memmap.RAM + 5 * PAGE_SIZE_BYTES) >> 2 | ALL
    subject.machine.dma.write(memmap.RAM, bytes(8))
    assert shadow.leaf(shadow.root(), VA)
    subject.machine.dma.write(tables.entry(VA, 0), pte.to_bytes(8, "little"))
    assert not shadow.leaf(shadow.root(), VA)
    assert fault(subject, VA, Access.LOAD) is Reason.HIDDEN_FAULT
    leaf = shadow.leaf(shadow.root(), VA)
    found = leaf >> PTE["PPN"].low << PAGE_BITS
    assert found == spa(subject, memmap.RAM + 5 * PAGE_SIZE_BYTES)


def test_a_device_that_writes_past_an_untraced_page_does_not_make_it_a_table() -> None:
    subject, tables, shadow = mapped()
    fault(subject, VA, Access.LOAD)
    before = tables.root - PAGE_SIZE_BYTES
    subject.machine.dma.write(before, bytes(PAGE_SIZE_BYTES) + subject.vm.read(tables.root, 8))
    assert shadow.is_traced(tables.root)
    assert not shadow.is_traced(before)


@pytest.mark.parametrize("technique", ["trap_emulate", "trap_emulate_traced"])
def test_a_guest_that_edits_its_table_is_in_step_and_traced_stores_are_counted(
    technique: str,
) -> None:
    subject = in_step(technique, guest(SWITCHES), [10_000])
    s5 = subject.machine.hart.x[21]
    assert s5 == sum(range(2, EDITS + 1)), "it read what it had stored the time before"
    seen = EDITS if technique == "trap_emulate_traced" else 0
    assert subject.counters.guest_pt_writes == seen
    assert subject.counters.exits[Reason.TABLE_WRITE] == seen


@pytest.mark.parametrize("technique", ["trap_emulate", "trap_emulate_traced"])
def test_firmware_that_reads_the_console_into_a_table_changes_the_mapping(technique: str) -> None:
    source = guest(READS_INTO_ITS_TABLE)
    first, data = source.segments[-1]
    second = first + len(data) - PAGE_SIZE_BYTES
    subject, bare = alone(technique, source), alone("bare", source)
    for each in (subject, bare):
        each.type((second >> 2 | ALL | PTE.mask("A", "D")).to_bytes(8, "little"))
        each.run(BOARD.ram_bytes)
    assert facts(subject) == facts(bare)
    assert subject.machine.hart.x[9] == 7
