"""Hostile paravirtual guests, one a class: each is refused, the wall stays whole, and the neighbour
does not notice (`script.Pair.run` looks after that each time)."""

from __future__ import annotations

import struct

import pytest

from tests.unit.vmm.paravirt.script import (
    BATCH,
    FOUND,
    FREE,
    JUMP,
    LEVELS,
    LIST,
    LOAD,
    RAM_BYTES,
    SPIN,
    STORE,
    TRAPPED,
    Pair,
    Step,
    call,
    errors,
)
from vmlab.core.errors import Unsupported
from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.causes import ILLEGAL_INSTRUCTION, LOAD_PAGE_FAULT, STORE_PAGE_FAULT
from vmlab.machine import memmap
from vmlab.vmm.common.subject import host_for
from vmlab.vmm.common.vm import State, guest_platform
from vmlab.vmm.paravirt.abi import (
    BLOCK_VA,
    CONSOLE_VA,
    MOST_OPS,
    OUT_BYTES,
    SHARED_VA,
    BlockRing,
    Call,
    ConsoleRing,
    Error,
    Event,
    Op,
    Shared,
)
from vmlab.vmm.paravirt.audit import is_guarded
from vmlab.vmm.paravirt.frametable import Use
from vmlab.vmm.paravirt.level_u import ParavirtU
from vmlab.vmm.paravirt.monitor import Paravirt
from vmlab.vmm.paravirt.tables import leaf, pointer, slot_of

A, B, C = (FREE + page * PAGE_SIZE_BYTES for page in range(3))
"""Pages of the guest's to do something with."""


@pytest.fixture(params=LEVELS)
def level(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def pair(level: str) -> Pair:
    return Pair(level)


def kernel(pair: Pair) -> tuple[str, ...]:
    return pair.monitor.kernel_flags


def read_only(pair: Pair, gpa: int) -> tuple[Op, int, int]:
    return Op.WRITE_VA, gpa, leaf(pair.frame(gpa), "R", *kernel(pair))


def writable(pair: Pair, gpa: int) -> tuple[Op, int, int]:
    return Op.WRITE_VA, gpa, leaf(pair.frame(gpa), "R", "W", *kernel(pair))


def spa(pair: Pair, gpa: int) -> int:
    return pair.frame(gpa) << PAGE_BITS


def test_a_page_becomes_a_table_when_nothing_can_store_to_it(pair: Pair) -> None:
    found = pair.run(
        pair.batch((Op.PIN, spa(pair, A), 0)),
        pair.batch(read_only(pair, A), (Op.PIN, spa(pair, A), 0)),
        Step(STORE, 0, A, leaf(pair.frame(A), "R", "W", *kernel(pair))),
        pair.batch((Op.UNPIN, spa(pair, A), 0), writable(pair, A)),
        Step(STORE, 0, A, 7),
    )
    assert found[0] == (Error.DENIED, 0)
    assert found[1] == (Error.NONE, 2)
    assert found[2][0] == TRAPPED + STORE_PAGE_FAULT
    assert found[3] == (Error.NONE, 2)
    assert found[4] == (A, 7)


def test_the_frame_of_another_guest_can_not_be_mapped(pair: Pair) -> None:
    theirs = pair.frame(A, pair.other())
    found = pair.run(
        pair.batch((Op.WRITE_VA, A, leaf(theirs, "R", *kernel(pair)))),
        pair.batch((Op.WRITE_VA, A, leaf(theirs, "R", "W", *kernel(pair)))),
        pair.batch((Op.SWITCH, theirs << PAGE_BITS, 1)),
        pair.batch((Op.PIN, theirs << PAGE_BITS, 0)),
        pair.batch((Op.UNPIN, pair.other().root << PAGE_BITS, 0)),
        pair.batch((Op.WRITE, slot_of(pair.other().root, A, 2), 0)),
    )
    assert errors(found) == [Error.DENIED] * 6


def test_neither_is_the_monitor_s_nor_a_device(pair: Pair) -> None:
    wanted = (memmap.RAM, memmap.UART, memmap.FINISHER, memmap.CLINT, 0, 0xFFF_FFFF_F000)
    found = pair.run(
        *(
            pair.batch((Op.WRITE_VA, A, leaf(pa >> PAGE_BITS, "R", "W", *kernel(pair))))
            for pa in wanted
        )
    )
    assert errors(found) == [Error.DENIED] * len(wanted)


def test_the_hart_itself_guards_what_is_the_monitor_s_and_nothing_of_a_guest_s(pair: Pair) -> None:
    """Between guests only the tables stand: their frames lie mixed."""
    for pa in (memmap.RAM, pair.domain.ram_at - 1, memmap.UART, memmap.CLINT, 0):
        assert is_guarded(pair.monitor, pa)
    for frame in (*pair.domain.frames, *pair.other().frames):
        assert not is_guarded(pair.monitor, frame << PAGE_BITS)
    own, other = set(pair.domain.frames), set(pair.other().frames)
    beside = sum(frame + 1 in other or frame - 1 in other for frame in own)
    assert beside > 0.9 * len(own)


def test_a_table_can_not_be_mapped_for_stores(pair: Pair) -> None:
    table = pair.domain.root
    found = pair.run(
        pair.batch((Op.WRITE_VA, A, leaf(table, "R", "W", *kernel(pair)))),
        pair.batch((Op.WRITE_VA, A, leaf(table, "R", *kernel(pair)))),
        Step(STORE, 0, A + 8, 1),
        Step(LOAD, 0, A + 8 * 2),
    )
    assert errors(found[:2]) == [Error.DENIED, Error.NONE]
    assert found[2][0] == TRAPPED + STORE_PAGE_FAULT
    assert found[3][0] == pair.domain.shared(Shared.RAM_ENTRY)


def test_a_table_is_executed_and_does_no_harm(pair: Pair) -> None:
    table = pair.domain.root
    pair.run(
        pair.batch((Op.WRITE_VA, A, leaf(table, "R", "X", *kernel(pair)))),
        Step(JUMP, 0, A),
        most=20_000,
    )
    assert pair.monitor.tables.frames.use(table) is Use.TABLE_2


def test_a_page_that_maps_itself_for_stores_is_no_table(pair: Pair) -> None:
    """The check must count the page as a table while it looks at the page's own entries."""
    pair.put(A, struct.pack("<Q", leaf(pair.frame(A), "R", "W", *kernel(pair))))
    pair.put(B, struct.pack("<Q", pointer(pair.frame(B))))
    found = pair.run(
        pair.batch(read_only(pair, A), (Op.PIN, spa(pair, A), 0)),
        *(pair.batch(read_only(pair, B), (Op.PIN, spa(pair, B), level)) for level in (1, 2)),
    )
    assert found == [(Error.DENIED, 1)] * 3
    assert not pair.monitor.tables.frames.is_table(pair.frame(A))


@pytest.mark.parametrize(
    ("name", "level_of_table", "entry"),
    [
        ("a superpage", 1, lambda frame: leaf(frame, "R", "W", "X")),
        ("written and not read", 0, lambda frame: leaf(frame, "W")),
        ("a reserved bit", 0, lambda frame: leaf(frame, "R") | 1 << 54),
        ("a table below level 0", 0, pointer),
        ("a table with A set", 1, lambda frame: pointer(frame) | 1 << 6),
    ],
)
def test_an_entry_that_no_table_may_have(
    pair: Pair,
    name: str,
    level_of_table: int,
    entry: object,
) -> None:
    assert callable(entry)
    pair.put(A, struct.pack("<Q", entry(pair.frame(B))))
    found = pair.run(
        pair.batch(read_only(pair, A), read_only(pair, B), (Op.PIN, spa(pair, A), level_of_table))
    )
    assert found == [(Error.DENIED, 2)], name
    assert pair.domain.refused


def test_the_kernel_s_global_entries_are_refused_where_its_user_would_see_them(level: str) -> None:
    pair = Pair(level)
    found = pair.run(pair.batch((Op.WRITE_VA, A, leaf(pair.frame(A), "R", "G"))))
    assert errors(found) == [Error.NONE if level == "m" else Error.DENIED]


def test_a_hypercall_is_forged(pair: Pair) -> None:
    huge = 1 << 63
    found = pair.run(
        call(huge),
        call(0xFFFF),
        call(Call.MMU, BATCH, huge),
        call(Call.MMU, BATCH, MOST_OPS + 1),
        call(Call.MMU, huge, 1),
        call(Call.MMU, memmap.RAM - 8, 1),
        call(Call.MMU, memmap.RAM + 4 * 1024 * 1024 - 8, 1),
        call(Call.NOTIFY, huge),
        call(Call.SHUTDOWN, huge),
        call(Call.IRET, huge),
        call(Call.IRET, BATCH, BATCH, huge),
        pair.batch((Op.SWITCH, pair.domain.root << PAGE_BITS, huge)),
        pair.batch((Op.PIN, spa(pair, A), huge)),
        pair.batch((Op.WRITE, huge, 0)),
        pair.batch((Op.WRITE_VA, huge, 0)),
    )
    assert errors(found[:11]) == [
        *[Error.NOT_SUPPORTED] * 2,
        *[Error.INVALID] * 2,
        *[Error.ADDRESS] * 3,
        *[Error.INVALID] * 2,
        Error.ADDRESS,
        Error.INVALID,
    ]
    assert all(error is not Error.NONE for error in errors(found[11:]))
    assert pair.subject.state is State.ENDED


def test_a_table_in_use_is_unpinned_and_stays_one(pair: Pair) -> None:
    """The hart walks it: its frame must not become anything else."""
    pair.put(A, pair.domain._host.machine.read(pair.domain.root << PAGE_BITS, PAGE_SIZE_BYTES))
    root = spa(pair, A)
    found = pair.run(
        pair.batch(read_only(pair, A), (Op.PIN, root, 2), (Op.SWITCH, root, 1)),
        pair.batch((Op.UNPIN, root, 0)),
        pair.batch((Op.UNPIN, root, 0)),
        pair.batch(writable(pair, A)),
        Step(STORE, 0, A, 1),
    )
    assert errors(found[:4]) == [Error.NONE, Error.NONE, Error.DENIED, Error.DENIED]
    assert found[4][0] == TRAPPED + STORE_PAGE_FAULT


def test_what_the_tlb_still_knows_of_a_page_is_gone_when_it_becomes_a_table(pair: Pair) -> None:
    """The guest stores to the page, so the TLB has it; no fence is asked for."""
    found = pair.run(
        Step(STORE, 0, A, 0),
        pair.batch(read_only(pair, A), (Op.PIN, spa(pair, A), 0)),
        Step(STORE, 0, A, leaf(memmap.RAM >> PAGE_BITS, "R", "W")),
    )
    assert errors(found[1:2]) == [Error.NONE]
    assert found[2][0] == TRAPPED + STORE_PAGE_FAULT


def test_a_batch_races_itself(pair: Pair) -> None:
    """One entry twice, and operations that write over the operations: what was given counts."""
    twice = slot_of(pair.domain.root, A, 2)
    assert twice
    at = pair.operations(
        read_only(pair, A),
        (Op.PIN, spa(pair, A), 0),
        # The batch's own page would become a table that maps another's frame for stores.
        (Op.WRITE_VA, BATCH, leaf(pair.frame(B), "R", "W", *kernel(pair))),
        (Op.WRITE, spa(pair, A), leaf(pair.frame(C), "R")),
        (Op.WRITE, spa(pair, A), leaf(pair.frame(C, pair.other()), "R", "W")),
        (Op.WRITE, spa(pair, A), 0),
    )
    found = pair.run(call(Call.MMU, at, 6), Step(LOAD, 0, A))
    assert found[0] == (Error.DENIED, 4)
    assert found[1][0] == leaf(pair.frame(C), "R")


def test_a_guest_that_spins_with_interrupts_masked_loses_the_hart_all_the_same(pair: Pair) -> None:
    pair.put(LIST, Step(SPIN).words())
    for _ in range(200):
        for subject in (pair.subject, pair.neighbour):
            if subject.runnable:
                subject.run_slice(5_000)
    assert pair.subject.state is State.READY
    assert b"the end, status 0" in pair.neighbour.output


def test_rings_are_scribbled_on(pair: Pair) -> None:
    every = (1 << 64) - 1
    found = pair.run(
        Step(STORE, 0, CONSOLE_VA + ConsoleRing.OUT_TAKEN, every),
        call(Call.NOTIFY, Event.CONSOLE),
        Step(STORE, 0, CONSOLE_VA + ConsoleRing.OUT_TAKEN, (OUT_BYTES + 1) << 32),
        call(Call.NOTIFY, Event.CONSOLE),
        Step(STORE, 0, CONSOLE_VA + ConsoleRing.IN_TAKEN, 0x7FFF_FFFF_0000_0000),
        Step(STORE, 0, BLOCK_VA + BlockRing.GIVEN, every),
        call(Call.NOTIFY, Event.BLOCK),
        Step(STORE, 0, BLOCK_VA + BlockRing.GIVEN, 3),
        call(Call.NOTIFY, Event.BLOCK),
        Step(STORE, 0, SHARED_VA + Shared.PENDING, every),
        Step(STORE, 0, SHARED_VA + Shared.MASK, every),
        call(Call.GET_TIME),
    )
    assert found[-1][0] == Error.NONE
    assert pair.subject.state is State.ENDED
    assert not pair.subject.output


def test_a_shared_page_never_becomes_a_table(pair: Pair) -> None:
    """The monitor writes there what the guest may choose: the value of a trap, the mask."""
    for at in (pair.domain.shared_at, pair.domain.console_at, pair.domain.block_at):
        assert pair.monitor.tables.frames.use(at >> PAGE_BITS) is Use.WRITABLE
    va, shared = BLOCK_VA, pair.domain.block_at
    found = pair.run(
        pair.batch((Op.WRITE_VA, va, leaf(shared >> PAGE_BITS, "R", *kernel(pair)))),
        pair.batch((Op.PIN, shared, 0)),
    )
    assert errors(found) == [Error.NONE, Error.DENIED]


@pytest.mark.parametrize("target", ["a table", "the neighbour", "nowhere"])
def test_the_disk_is_told_to_write_where_the_guest_may_not(level: str, target: str) -> None:
    pair = Pair(level, disk=b"\xff" * 4096)
    gpa = {"a table": A, "the neighbour": 1 << 40, "nowhere": memmap.RAM - 256}[target]
    slot = BLOCK_VA + BlockRing.SLOTS
    found = pair.run(
        pair.batch(read_only(pair, A), (Op.PIN, spa(pair, A), 0)),
        Step(STORE, 0, slot, 0),
        Step(STORE, 0, slot + 8, 0),
        Step(STORE, 0, slot + 16, gpa),
        Step(STORE, 0, BLOCK_VA + BlockRing.GIVEN, 1),
        call(Call.NOTIFY, Event.BLOCK),
        Step(LOAD, 0, slot + 24),
        Step(LOAD, 0, A),
    )
    assert found[6][0] == -1
    assert found[7][0] == 0


def test_all_memory_is_made_tables_and_the_largest_batches_are_asked_for(pair: Pair) -> None:
    """Nothing of the monitor's grows: a count stands for each frame from the beginning."""
    pages = [FREE + number * PAGE_SIZE_BYTES for number in range(600)]
    each = [
        operation
        for page in pages
        for operation in (read_only(pair, page), (Op.PIN, spa(pair, page), 0))
    ]
    found = pair.run(
        pair.batch(*each),
        pair.batch(*[(Op.FLUSH_VA, 0, 0)] * MOST_OPS),
        pair.batch(*[(Op.PIN, spa(pair, pages[0]), 0)] * MOST_OPS),
    )
    assert found == [(Error.NONE, len(each)), (Error.NONE, MOST_OPS), (Error.DENIED, 0)]


def test_instructions_that_would_change_the_translation_are_the_monitor_s(pair: Pair) -> None:
    code = {"csrw satp, zero": 0x18001073, "sfence.vma": 0x12000073, "wfi": 0x10500073}
    steps = []
    for number, word in enumerate(code.values()):
        pair.put(FREE + 16 * number, struct.pack("<II", word, 0x00008067))  # and ret
        steps.append(Step(JUMP, 0, FREE + 16 * number))
    found = pair.run(*steps)
    assert [a for a, _ in found] == [TRAPPED + ILLEGAL_INSTRUCTION] * len(code)


def test_a_page_that_is_refused_as_a_table_leaves_no_trace(pair: Pair) -> None:
    """Its first entry is right and was counted before the second one was found wrong."""
    right, wrong = leaf(pair.frame(C), "R", "W"), leaf(pair.frame(C, pair.other()), "R")
    pair.put(A, struct.pack("<2Q", right, wrong))
    found = pair.run(pair.batch(read_only(pair, A), (Op.PIN, spa(pair, A), 0)))
    assert found == [(Error.DENIED, 1)]
    assert pair.monitor.tables.frames.count(pair.frame(C)) == 1


def test_what_is_not_mapped_traps_to_the_guest_itself(pair: Pair) -> None:
    found = pair.run(Step(LOAD, 0, 0x4000_0000), Step(LOAD, 0, FOUND))
    assert found[0][0] == TRAPPED + LOAD_PAGE_FAULT
    assert found[1][0] == found[0][0]


def test_a_hart_with_h_is_refused_where_the_kernel_would_have_its_s() -> None:
    """There S is HS, and hlv reads what no table of the kernel's maps."""
    board = guest_platform(RAM_BYTES)
    with pytest.raises(Unsupported, match="hlv"):
        Paravirt(host_for((board,)))
    ParavirtU(host_for((board,)))
