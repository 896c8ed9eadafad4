"""The page-walk picture: levels, flags, and the step that refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.views.make import registers, snapshot
from vmlab.core.events import Access, PteRead, Walk
from vmlab.core.modes import Mode
from vmlab.isa import causes
from vmlab.isa.layouts import MSTATUS
from vmlab.views import walk
from vmlab.views.walk import Kind

VA = 0x4A3C_6F18
POINTERS = (PteRead(2, 0x8004_1008, 0x2001_0801), PteRead(1, 0x8004_2288, 0x2001_5C01))
V, R, W, X, U, A, D = 1, 2, 4, 8, 16, 64, 128
PPN = 0x2004_E800


def made(
    pte: int,
    level: int = 0,
    access: Access = Access.LOAD,
    mode: Mode = Mode.U,
    fault: int | None = None,
    va: int = VA,
) -> Walk:
    reads = (*POINTERS[: 2 - level], PteRead(level, 0x8005_7E30, pte))
    return Walk(900, va, access, mode, 0x8004_1000, reads, None if fault else 0x8013_AF18, fault)


def picture(found: Walk, mstatus: int = 0) -> walk.WalkPicture:
    shown = walk.picture(snapshot(walk=found, now=registers(mstatus=mstatus)))
    assert shown is not None
    return shown


def test_the_indices_are_those_of_the_virtual_address() -> None:
    shown = picture(made(PPN | V | R | U | A))
    assert [(row.level, row.index) for row in shown.levels] == [(2, 1), (1, 81), (0, 454)]
    assert shown.offset == 0xF18


def test_a_walk_that_succeeds_ends_in_a_leaf() -> None:
    shown = picture(made(PPN | V | R | W | U | A | D))
    assert [row.kind for row in shown.levels] == [Kind.POINTER, Kind.POINTER, Kind.LEAF]
    flags = "".join(letter for letter, on in shown.levels[-1].flags if on)
    assert flags == "DAUWRV"
    assert str(shown.verdict) == "load allowed"


def test_a_superpage_leaves_levels_unread() -> None:
    shown = picture(made(V | R | U | A, level=1))
    assert [row.kind for row in shown.levels] == [Kind.POINTER, Kind.LEAF, Kind.NOT_READ]
    assert "20 to 0" in str(shown.reason)


SUM, MXR = MSTATUS.mask("SUM"), MSTATUS.mask("MXR")
LOAD, STORE, FETCH = Access.LOAD, Access.STORE, Access.FETCH


@pytest.mark.parametrize(
    ("pte", "level", "access", "mode", "said"),
    [
        (0, 0, LOAD, Mode.U, "Step 3: V is 0"),
        (PPN | V | W, 0, LOAD, Mode.U, "Step 3: W without R"),
        (1 << 54 | V | R, 0, LOAD, Mode.U, "Step 3: a reserved bit"),
        (PPN | V, 0, LOAD, Mode.U, "Step 4: there is no level below"),
        (PPN | V | A, 1, LOAD, Mode.U, "Step 4: D, A and U are reserved"),
        (PPN | V | X | U | A, 0, LOAD, Mode.U, "Step 5: a load needs R"),
        (PPN | V | R | U | A, 0, STORE, Mode.U, "Step 5: a store needs W"),
        (PPN | V | R | U | A, 0, FETCH, Mode.U, "Step 5: a fetch needs X"),
        (PPN | V | R | A, 0, LOAD, Mode.U, "Step 5: U is 0, and the hart is in U"),
        (PPN | V | R | U | A, 0, LOAD, Mode.S, "sstatus.SUM is 0"),
        (PPN | V | X | U | A, 0, FETCH, Mode.S, "S never fetches"),
        (1 << 10 | V | R | U | A, 1, LOAD, Mode.U, "Step 6: the superpage is misaligned"),
        (PPN | V | R | U, 0, LOAD, Mode.U, "Step 7: A is 0"),
        (PPN | V | R | W | U | A, 0, STORE, Mode.U, "Step 7: a store needs D"),
    ],
)
def test_the_step_that_refused_is_named(
    pte: int, level: int, access: Access, mode: Mode, said: str
) -> None:
    cause = causes.PAGE_FAULTS[access.value]
    shown = picture(made(pte, level, access, mode, cause))
    assert said in str(shown.reason)
    assert shown.levels[2 - level].kind is Kind.FAULT
    assert causes.EXCEPTIONS[cause].name in str(shown.verdict)


def test_mxr_and_sum_change_the_verdict() -> None:
    found = made(PPN | V | X | U, 0, Access.LOAD, Mode.U, causes.LOAD_PAGE_FAULT)
    assert "needs R" in str(picture(found).reason)
    assert "Step 7" in str(picture(found, MXR).reason)
    found = made(PPN | V | R | U, 0, Access.LOAD, Mode.S, causes.LOAD_PAGE_FAULT)
    assert "Step 7" in str(picture(found, SUM).reason)


def test_a_non_canonical_address_is_refused_first() -> None:
    found = replace(made(0, va=1 << 39, fault=causes.LOAD_PAGE_FAULT), reads=())
    shown = picture(found)
    assert "Step 1" in str(shown.reason)
    assert all(row.kind is Kind.NOT_READ for row in shown.levels)


def test_an_entry_that_may_not_be_read_is_an_access_fault() -> None:
    assert "Step 2" in str(picture(made(0, fault=causes.LOAD_ACCESS_FAULT)).reason)


def test_the_text_has_the_same_rows() -> None:
    state = snapshot(walk=made(0, fault=causes.LOAD_PAGE_FAULT))
    text = walk.text(state)
    for row in walk.rows(state):
        assert str(row.index) in text
        assert str(row.note) in text
    assert "V is 0" in text


def test_no_walk_says_so() -> None:
    assert walk.rows(snapshot()) == ()
    assert "No page walk yet" in walk.text(snapshot())
