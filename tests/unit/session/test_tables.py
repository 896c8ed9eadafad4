"""Page tables, TLB and frames as a session tells them, against a reading of RAM by other means."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import pytest

import vmlab
from tests.unit.session.monitored import nano
from vmlab.core.events import Access
from vmlab.session import Session
from vmlab.session.frames import Use
from vmlab.session.tables import Of, Tree

RUN: Final = 30_000
"""By then nano runs its first process."""
TECHNIQUES: Final = ("trap_emulate", "hwassist", "paravirt", "interpret")


@pytest.fixture(scope="module", params=TECHNIQUES)
def ran(request: pytest.FixtureRequest) -> Session:
    session = nano(request.param)
    session.run(limit=RUN)
    return session


def in_memory(ram: bytes, root: int, levels: int, wide: bool) -> Iterator[tuple[int, int, int]]:
    """(address, entry, level) of every leaf of a table in RAM that begins at 2**31: read entry by
    entry, without a line of the session's."""

    def below(table: int, level: int, base: int, count: int) -> Iterator[tuple[int, int, int]]:
        for number in range(count):
            at = table - 0x8000_0000 + 8 * number
            entry = int.from_bytes(ram[at : at + 8], "little")
            if not entry & 1:
                continue
            address = base + (number << 12 + 9 * level)
            if entry & 0b1110:
                yield address, entry, level
            else:
                yield from below((entry >> 10 & (1 << 44) - 1) << 12, level - 1, address, 512)

    yield from below(root, levels - 1, 0, 2048 if wide else 512)


def test_leaves_are_those_that_stand_in_memory(ran: Session) -> None:
    trees = ran.trees()
    assert trees
    for tree in trees:
        # A guest's own tables stand where the guest has them, a monitor's in real memory.
        ram = bytes(ran.machine.arena.ram if tree.of is Of.GUEST else tree.arena.ram)
        wanted = list(in_memory(ram, tree.root, tree.levels, tree.of is Of.GSTAGE))
        found, _ = tree.leaves(1 << 20)
        assert [(at & (1 << tree.bits) - 1, pte, level) for at, pte, level in found] == wanted


def test_steps_lead_where_the_hart_goes(ran: Session) -> None:
    """What the tree says of pc is what a fetch finds."""
    pc = ran.machine.hart.pc
    for tree in ran.trees():
        if tree.of is Of.GUEST:
            assert tree.translate(pc) == ran._engine.peek(pc, Access.FETCH)


def test_a_shadow_is_the_two_maps_one_after_the_other() -> None:
    session = nano("trap_emulate")
    session.run(limit=RUN)
    guest, shadow = session.trees()
    assert [guest.of, shadow.of] == [Of.GUEST, Of.SHADOW]
    leaves, _ = shadow.leaves(1 << 20)
    assert leaves
    for va, _, _ in leaves:
        gpa, spa = guest.translate(va), shadow.translate(va)
        assert gpa is not None
        assert session._carrier.gpa(spa or 0) == gpa


def test_a_live_entry_of_the_tlb_agrees_with_the_tables(ran: Session) -> None:
    """nano fences as it should: nothing in the TLB contradicts the tables."""
    alive = [entry for entry in ran.tlb() if not entry.flushes_ago]
    assert alive
    assert all(entry.agrees is not False for entry in alive)
    assert any(entry.agrees for entry in alive)


def test_an_entry_whose_leaf_was_changed_without_a_fence_is_stale() -> None:
    session = vmlab.open("tour")
    session.run(limit=900)
    entry = next(entry for entry in session.tlb() if entry.agrees)
    (tree,) = session.trees()
    leaf = tree.leaf(entry.va)
    assert leaf is not None
    assert leaf.address is not None
    tree.arena.ram8[leaf.address - 0x8000_0000 >> 3] = leaf.pte ^ 1 << 10 + 9 * leaf.level
    assert next(one for one in session.tlb() if one.index == entry.index).agrees is False


def test_looking_leaves_no_trace(ran: Session) -> None:
    before = ran.state_hash(), dict(ran.snapshot().counters)
    ran.trees(), ran.tlb(), ran.frames()
    assert (ran.state_hash(), dict(ran.snapshot().counters)) == before


def test_frames_have_no_gap_and_the_tables_are_among_them(ran: Session) -> None:
    runs = ran.frames()
    assert all(one.last + 1 == after.first for one, after in pairwise(runs))
    real = ran.snapshot().virtual
    assert real is not None
    assert (runs[0].first, runs[-1].last) == (real.memory[0].first, real.memory[-1].last)

    def use_at(address: int) -> Use:
        return next(run.use for run in runs if run.first <= address <= run.last)

    for tree in ran.trees():
        wanted = Use.MONITOR_TABLES if tree.of in (Of.SHADOW, Of.GSTAGE) else Use.TABLES
        place = tree.root if tree.locate is None else tree.locate(tree.root)
        assert place is not None
        assert use_at(place) is wanted
    monitors = [one for one in real.memory if one.owner == "monitor"]
    assert all(use_at(one.first) in (Use.MONITOR, Use.MONITOR_TABLES) for one in monitors)


def test_bare_frames_know_firmware_user_and_tables() -> None:
    session = vmlab.open("tour")
    session.run(limit=900)
    uses = {run.use for run in session.frames()}
    assert {Use.TABLES, Use.USER, Use.KERNEL, Use.FREE} <= uses


def test_the_previous_stop_has_its_real_registers() -> None:
    session = nano("trap_emulate")
    session.run(limit=100)
    before = session.snapshot().virtual
    session.step()
    assert before is not None
    assert session.snapshot().before_beside == before.beside


def test_a_path_that_leads_to_no_table_gives_none() -> None:
    session = vmlab.open("tour")
    session.run(limit=900)
    (tree,) = session.trees()
    assert isinstance(tree, Tree)
    assert tree.table(()) is not None
    assert tree.table((511,)) is None
    assert tree.table((4096,)) is None
    assert tree.table((-1,)) is None
