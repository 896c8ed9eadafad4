"""Taking a trap and returning from one, in every state of the bits that matter (3.1.6.1, 3.3.2)."""

from __future__ import annotations

from itertools import product

import pytest

from tests.property.board import Board
from vmlab.core.modes import Mode
from vmlab.isa.causes import EXCEPTIONS, H_INTERRUPTS, INTERRUPTS
from vmlab.isa.layouts import MSTATUS

INTERRUPT = 1 << 63
OWN_INTERRUPTS = [number for number in INTERRUPTS if number not in H_INTERRUPTS]
CAUSES = [*EXCEPTIONS, *(INTERRUPT | number for number in OWN_INTERRUPTS)]
"""Those of the hypervisor have a test of their own: M cannot keep its interrupts."""
PC, TVAL = 0x8000_1234, 0xDEAD_BEEF_0000_0004
TVEC = {Mode.M: 0x8000_4000, Mode.S: 0x8000_8000}


def field(status: int, name: str) -> int:
    return MSTATUS[name].of(status)


def statuses(*names: str) -> list[int]:
    """mstatus in every state of the named one-bit fields, the others set where it can hurt."""
    rest = MSTATUS.mask("MPRV", "SUM", "MXR", "TVM", "FS")
    return [
        rest | sum(MSTATUS[name].mask for name, bit in zip(names, bits, strict=True) if bit)
        for bits in product((0, 1), repeat=len(names))
    ]


@pytest.mark.parametrize("mode", list(Mode), ids=lambda mode: mode.name)
@pytest.mark.parametrize("delegated", (False, True), ids=("kept", "delegated"))
@pytest.mark.parametrize("vectored", (0, 1), ids=("direct", "vectored"))
def test_a_trap_writes_what_the_manual_says(mode: Mode, delegated: bool, vectored: int) -> None:
    board = Board()
    hart = board.hart
    for cause, status in product(CAUSES, statuses("MIE", "SIE", "MPIE", "SPIE", "SPP")):
        number, is_interrupt = cause & ~INTERRUPT, cause >= INTERRUPT
        for name in ("medeleg", "mideleg"):
            wanted = (name == "mideleg") == is_interrupt
            hart.set_word(name, (1 << number) * (wanted == delegated))
        for name in ("mepc", "mcause", "mtval", "sepc", "scause", "stval"):
            hart.set_word(name, 0x55)
        hart.set_word("mtvec", TVEC[Mode.M] | vectored)
        hart.set_word("stvec", TVEC[Mode.S] | vectored)
        hart.set_word("mstatus", status)
        hart.pc = PC
        board.enter(mode)
        assert board.call("take_trap", cause, TVAL) == 0

        to = Mode.S if delegated and mode < Mode.M else Mode.M
        t, o = ("s", "m") if to is Mode.S else ("m", "s")
        assert hart.mode is to
        wrote = [hart.word(f"{t}{name}") for name in ("epc", "cause", "tval")]
        assert wrote == [PC, cause, TVAL]
        assert [hart.word(f"{o}{name}") for name in ("epc", "cause", "tval")] == [0x55] * 3
        assert hart.pc == TVEC[to] + (4 * number if vectored and is_interrupt else 0)
        new = hart.word("mstatus")
        ie, pie, pp = (name.format(t.upper()) for name in ("{}IE", "{}PIE", "{}PP"))
        assert (field(new, ie), field(new, pie), field(new, pp)) == (0, field(status, ie), mode)
        untouched = ~MSTATUS.mask(ie, pie, pp)
        assert new & untouched == status & untouched


@pytest.mark.parametrize("level", ("m", "s"))
def test_a_return_restores_what_the_trap_saved(level: str) -> None:
    board = Board()
    hart = board.hart
    ie, pie, pp = (name.format(level.upper()) for name in ("{}IE", "{}PIE", "{}PP"))
    previous = (Mode.U, Mode.S, Mode.M) if level == "m" else (Mode.U, Mode.S)
    names = ("MIE", "SIE", "MPIE", "SPIE", "MPRV", "TSR")
    for back, bits in product(previous, product((0, 1), repeat=len(names))):
        status = sum(MSTATUS[n].mask for n, bit in zip(names, bits, strict=True) if bit)
        status |= back << MSTATUS[pp].low
        hart.set_word("mstatus", status)
        hart.set_word(f"{level}epc", PC)
        board.enter(Mode.M)
        assert board.call(f"{level}ret") == PC
        assert hart.mode is back
        new = hart.word("mstatus")
        assert field(new, ie) == field(status, pie)
        assert field(new, pie) == 1
        assert field(new, pp) == Mode.U
        assert field(new, "MPRV") == (field(status, "MPRV") if back is Mode.M else 0)
        untouched = ~MSTATUS.mask(ie, pie, pp, "MPRV")
        assert new & untouched == status & untouched


@pytest.mark.parametrize("owner", list(Mode)[1:], ids=lambda mode: mode.name)
def test_a_trap_that_a_monitor_owns_writes_nothing(owner: Mode) -> None:
    """The intercept word is tested before anything is written."""
    board = Board()
    hart = board.hart
    hart.set_word("medeleg", 1 << 8)
    hart.set_word("intercepts", 1 << owner)
    hart.set_word("mtvec", TVEC[Mode.M])
    for cause in (8, 2):
        to = Mode.S if cause == 8 else Mode.M
        hart.pc = PC
        board.enter(Mode.U)
        before = board.machine.state_hash()
        assert board.call("take_trap", cause, TVAL) == (to is owner)
        assert (board.machine.state_hash() == before) == (to is owner)
