"""Which trap comes first: every combination, against the manual's own words."""

from __future__ import annotations

from itertools import product

import pytest

from tests.property import manual
from tests.property.board import Board
from vmlab.core.modes import Mode
from vmlab.isa.causes import EXCEPTIONS, INTERRUPTS
from vmlab.isa.layouts import MSTATUS

MTI = 7
DELEGABLE = (1, 5, 9)


def subsets(numbers: tuple[int, ...]) -> list[int]:
    """Every set of bits."""
    return [
        sum(1 << number for number, chosen in zip(numbers, choice, strict=True) if chosen)
        for choice in product((0, 1), repeat=len(numbers))
    ]


@pytest.mark.parametrize("mode", list(Mode), ids=lambda mode: mode.name)
@pytest.mark.parametrize("mideleg", subsets(DELEGABLE), ids=hex)
def test_the_interrupt_taken_is_the_manuals(mode: Mode, mideleg: int) -> None:
    """All 64 sets pending, all 64 enabled, MIE and SIE: 16,384 cases a mode and delegation."""
    board = Board()
    hart = board.hart
    interrupt = board.engine.kernel("interrupt")
    wakes = board.engine.kernel("wakes")
    every = subsets(tuple(INTERRUPTS))
    board.enter(mode)
    hart.set_word("mideleg", mideleg)
    for mie_bit, sie_bit in product((False, True), repeat=2):
        hart.set_word("mstatus", MSTATUS["MIE"].mask * mie_bit | MSTATUS["SIE"].mask * sie_bit)
        for pending in every:
            # MTI is no stored bit: it is pending while mtime has reached mtimecmp.
            hart.set_word("mip", pending & ~(1 << MTI))
            hart.set_word("mtimecmp", 0 if pending >> MTI & 1 else (1 << 64) - 1)
            for enabled in every:
                hart.set_word("mie", enabled)
                expected = manual.interrupt_to_take(
                    mode, mie_bit, sie_bit, pending, enabled, mideleg
                )
                assert interrupt() == expected, f"pending {pending:#x} enabled {enabled:#x}"
                assert wakes() == (pending & enabled != 0)


def test_the_table_of_interrupts_is_in_the_manuals_order() -> None:
    assert sorted(INTERRUPTS, key=lambda n: INTERRUPTS[n].priority) == list(manual.ORDER)


# Exceptions (3.1.15, table "Synchronous exception priority") -------------------------------

MANUAL_ORDER = ((3,), (12,), (1,), (2,), (0,), (8, 9, 11), (3,), (4, 6), (13, 15), (5, 7))
"""Highest first; a misaligned access may stand before or after page and access faults: before,
as in Spike. An address breakpoint (the first) is not built, so 3 means ebreak."""


def test_the_table_of_exceptions_is_in_the_manuals_order() -> None:
    place = {cause: at for at, causes in enumerate(MANUAL_ORDER) for cause in causes}
    assert set(place) == set(EXCEPTIONS)
    # ecall and ebreak cannot meet: they share a place in our table.
    place[3] = place[8]
    for a, b in product(EXCEPTIONS, repeat=2):
        ours = EXCEPTIONS[a].priority - EXCEPTIONS[b].priority
        theirs = place[a] - place[b]
        assert (ours > 0) == (theirs > 0), f"{EXCEPTIONS[a].name} and {EXCEPTIONS[b].name}"


def board_with_faults() -> Board:
    """S under Sv39. Gigabyte n of the address space has, at its first page: 0 a sound page, 1 a
    page of U, 2 a sound page that PMP shuts, 3 a page of U that PMP shuts, 4 a table that PMP
    shuts. Gigabyte 5 is empty."""
    board = Board()
    base = board.ram_base

    def page(number: int) -> int:
        return base + 4096 * number

    def pointer(number: int) -> int:
        return page(number) >> 12 << 10 | 1

    for gigabyte in range(5):
        board.put(page(0) + 8 * gigabyte, pointer(1 + gigabyte))
        board.put(page(1 + gigabyte), pointer(8 + gigabyte))
    for gigabyte, (number, flags) in enumerate(
        ((16, 0xCF), (16, 0xDF), (17, 0xCF), (17, 0xDF), (16, 0xCF))
    ):
        board.put(page(8 + gigabyte), page(number) >> 12 << 10 | flags)
    for entry, number in enumerate((17, 12)):
        board.write_csr(f"pmpaddr{entry}", page(number) >> 2 | 0x1FF)
    board.write_csr("pmpcfg0", 0x1818)
    board.write_csr("pmpaddr15", (1 << 54) - 1)
    board.write_csr("pmpcfg2", 0x1F << 56)
    board.write_csr("satp", 8 << 60 | page(0) >> 12)
    board.enter(Mode.S)
    return board


EXPECTED = {0: None, 1: manual.PAGE_FAULT, 2: manual.ACCESS_FAULT, 3: manual.PAGE_FAULT,
            4: manual.ACCESS_FAULT, 5: manual.PAGE_FAULT}  # fmt: skip


@pytest.mark.parametrize("gigabyte", EXPECTED)
@pytest.mark.parametrize("access", (manual.FETCH, manual.LOAD, manual.STORE))
@pytest.mark.parametrize("misaligned", (False, True))
def test_of_several_faults_the_first_is_raised(
    gigabyte: int, access: int, misaligned: bool
) -> None:
    board = board_with_faults()
    va = (gigabyte << 30) + misaligned * 4
    if access == manual.FETCH:
        cause, _ = board.call("fetch", va)
    elif access == manual.LOAD:
        cause, _ = board.call("load", va, 8)
    else:
        cause, _ = board.call("store", va, 8, 0)
    causes = EXPECTED[gigabyte]
    expected = 0 if causes is None else causes[access]
    if misaligned and access == manual.LOAD:
        expected = 4
    if misaligned and access == manual.STORE:
        expected = 6
    assert cause == expected
