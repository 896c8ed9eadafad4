"""What hlv and hsv see is another's memory: no engine may take it for its own."""

from __future__ import annotations

import pytest

from tests.property.board import Board
from tests.property.test_two_stages import stage_of
from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.isa.layouts import HSTATUS, MSTATUS

FULL = 0xDF
VA = 0x4000_0000
"""A gigabyte that the guest maps to a page of RAM, and HS does not map at all."""


def board_with_guest() -> Board:
    """HS under a Sv39 that maps RAM onto itself; a guest whose va 0x4000_0000 is RAM's page 40."""
    board = Board()
    board.open_memory()
    base = board.ram_base
    stage_of(board, 0, 3, 2, 1)
    board.write_csr("satp", 8 << 60 | base >> 12)
    for page, entry in ((20, base + 21 * 4096), (21, base + 22 * 4096)):
        board.put(base + 4096 * page + (8 if page == 20 else 0), entry >> 12 << 10 | 1)
    board.put(base + 4096 * 22, (base + 40 * 4096) >> 12 << 10 | FULL)
    board.write_csr("vsatp", 8 << 60 | (base >> 12) + 20)
    board.hart.set_word("hstatus", HSTATUS.mask("SPVP"))
    board.hart.set_word("vsstatus", MSTATUS.mask("SUM"))
    board.hart.set_word("mstatus", MSTATUS.mask("SUM"))
    board.enter(Mode.S)
    return board


@pytest.mark.parametrize("name", ("guest_load", "guest_load_code"))
def test_a_load_of_a_guest_teaches_no_page(name: str) -> None:
    board = board_with_guest()
    told: list[tuple[int, ...]] = []
    board.engine._functions["hook_page"] = lambda *args: told.append(args)
    board.put(board.ram_base + 40 * 4096, 0x1234)
    if name == "guest_load":
        assert board.call(name, VA, 8) == (0, 0x1234)
    else:
        board.put(board.ram_base + 4096 * 22, (board.ram_base + 40 * 4096) >> 12 << 10 | 0xCF)
        assert board.call(name, VA, 4) == (0, 0x1234)
    assert told == []
    assert board.call("load", board.ram_base, 8)[0] == 0
    assert len(told) == 1  # an ordinary load does tell


def test_hs_does_not_see_what_its_hlv_saw() -> None:
    """The TLB has the guest's page by then; an ordinary load at the same address still faults."""
    board = board_with_guest()
    assert board.call("guest_store", VA, 8, 0x77) == (0, 0)
    assert board.word(board.ram_base + 40 * 4096) == 0x77
    assert board.call("load", VA, 8)[0] != 0
    board.hart.set_word("virtual", 1)
    assert board.call("load", VA, 8) == (0, 0x77)


def test_a_fault_of_hlv_says_that_its_address_is_a_guests() -> None:
    board = board_with_guest()
    missing = VA + 0x20_0000
    assert board.call("guest_load", missing, 8) == (13, missing)
    assert board.hart.word("trap_virtual") == 1
    board.call("take_trap", 13, missing)
    assert MSTATUS["GVA"].of(board.hart.word("mstatus")) == 1
    board.enter(Mode.S)
    board.call("load", 1 << 40, 8)
    board.call("take_trap", 13, 1 << 40)
    assert MSTATUS["GVA"].of(board.hart.word("mstatus")) == 0


def test_peek_walks_two_stages_without_a_trace() -> None:
    board = board_with_guest()
    board.hart.set_word("virtual", 1)
    before = board.machine.state_hash(), board.hart.word("pte_reads")
    assert board.engine.peek(VA + 8, Access.LOAD) == board.ram_base + 40 * 4096 + 8
    assert board.engine.peek(VA + 0x20_0000, Access.LOAD) is None
    assert (board.machine.state_hash(), board.hart.word("pte_reads")) == before
