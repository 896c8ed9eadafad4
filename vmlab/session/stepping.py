"""Steps that are larger than an instruction: over a call, to the next line, out of a function.

Each is a plan that drives the run in pieces, so that Pause is heard and breakpoints on the way
count. A call is run until it has come back to the same frame: sp tells a recursive call's return
from this one's. Traps on the way are run through, since their handler is not what is stepped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vmlab.core.errors import BadInput
from vmlab.core.events import TrapTaken
from vmlab.core.modes import Mode
from vmlab.derive.decoder import size_of
from vmlab.engine.api import Halt, StopAt
from vmlab.session.look import read_virtual
from vmlab.session.stack import follows_call
from vmlab.session.until import Until

if TYPE_CHECKING:
    from vmlab.session.driving import Driver
    from vmlab.session.session import Session

_SP: Final = 2
STEPS_A_LOOK: Final = 64
"""Single steps before others get their turn."""


@dataclass(slots=True)
class Return:
    """Run until `pc` is next in the same mode, with sp at least `sp`: a frame that is left."""

    pc: int
    sp: int
    mode: Mode

    def go(self, driver: Driver, most: int) -> Halt:
        """As far as that, or as `most`."""
        hart = driver.machine.hart
        stop = StopAt(driver.breakpoints | {self.pc}, watches=driver.watches, began=driver.began)
        halt = driver.advance_past(most, stop, own=(self.pc,))
        if halt is not Halt.BREAKPOINT or driver.met_breakpoint:
            return halt
        if hart.mode is self.mode and int(hart.x[_SP]) >= self.sp:
            return halt
        driver.pass_over()
        return Halt.BUDGET


class Line:
    """Run to where another line begins; `over` runs what is called through, else a function with
    lines of its own is stepped into."""

    def __init__(self, session: Session, over: bool) -> None:
        hart = session.machine.hart
        self._sources, self._over = session.sources, over
        self._mode, self._place = hart.mode, session.sources.place(hart.pc, hart.mode)
        self._through: Return | None = None

    def go(self, driver: Driver, most: int) -> Halt:
        """Some steps, or a piece of a call."""
        hart = driver.machine.hart
        if self._through is not None:
            halt = self._through.go(driver, most)
            if halt is not Halt.BREAKPOINT or driver.met_breakpoint:
                return halt
            self._through = None
            if self._arrived(hart.pc):
                return halt
        for _ in range(STEPS_A_LOOK):
            before, sp = hart.pc, int(hart.x[_SP])
            halt = driver.one_step()
            if halt is not Halt.BUDGET:
                return halt
            if hart.mode is not self._mode:
                return self._other_mode(driver, before, sp)
            after = self._call(driver, before)
            called = after is not None and hart.pc != after
            if called and (self._over or self._sources.place(hart.pc, hart.mode) is None):
                assert after is not None
                self._through = Return(after, sp, self._mode)
                return Halt.BUDGET
            if self._arrived(hart.pc):
                return Halt.BREAKPOINT
            if driver.at_breakpoint:
                driver.met_breakpoint = True
                return Halt.BREAKPOINT
        return Halt.BUDGET

    def _other_mode(self, driver: Driver, before: int, sp: int) -> Halt:
        hart = driver.machine.hart
        if hart.mode < self._mode:
            return Halt.BREAKPOINT  # an xRET: this code goes on at the next trap
        word = read_word(driver, before)
        size = 4 if word is None else size_of(word)
        is_call = word is not None and word == _ECALL
        self._through = Return(before + size if is_call else before, sp, self._mode)
        return Halt.BUDGET

    def _arrived(self, pc: int) -> bool:
        span = self._sources.span(pc, self._mode)
        if span is None or span.place is None:
            return False
        return span.low == pc and span.is_statement and span.place != self._place

    @staticmethod
    def _call(driver: Driver, before: int) -> int | None:
        """The return address of a call that stood there."""
        word = read_word(driver, before)
        if word is None:
            return None
        after = before + size_of(word)
        return after if is_call(driver, after) else None


_ECALL: Final = 0x73


def read_word(driver: Driver, va: int) -> int | None:
    """The four bytes at a virtual address."""
    data = read_virtual(driver.machine, driver.engine, va, 4)
    return None if data is None else int.from_bytes(data, "little")


def is_call(driver: Driver, after: int) -> bool:
    """Whether the instruction before an address is a call."""

    def read(va: int) -> int | None:
        data = read_virtual(driver.machine, driver.engine, va, 8)
        return None if data is None else int.from_bytes(data, "little")

    return follows_call(after, read)


def over_instruction(session: Session) -> Until | None:
    """Over the next instruction if it is a call or an `ecall`; None: it is a step like any."""
    hart = session.machine.hart
    word = read_word(session, hart.pc)
    if word is None:
        return None
    after = hart.pc + size_of(word)
    if word != _ECALL and not is_call(session, after):
        return None
    return Until(plan=Return(after, int(hart.x[_SP]), hart.mode))


def line(session: Session, over: bool) -> Until | None:
    """To the next line; None where nobody knows the lines: a step over the instruction then."""
    hart = session.machine.hart
    if session.sources.place(hart.pc, hart.mode) is None:
        return None
    return Until(plan=Line(session, over))


def finish(session: Session) -> Until:
    """To where the function returns; a trap's handler to where what it interrupted goes on. Raises
    `BadInput` where nobody is known to have called."""
    stack = session.stack()
    hart = session.machine.hart
    outer = [frame for frame in stack.frames if frame.pc != stack.frames[0].pc]
    if outer:
        here = next(frame for frame in reversed(stack.frames) if frame.pc == stack.frames[0].pc)
        return Until(plan=Return(outer[0].pc, here.cfa or here.sp, hart.mode))
    # No caller, but a trap that has not returned: this is the code of its handler.
    for event in reversed(session.last_traps()):
        if isinstance(event, TrapTaken) and event.to_mode is hart.mode:
            return Until(at_mode=event.from_mode)
        if not isinstance(event, TrapTaken) and event.from_mode is hart.mode:
            break
    raise BadInput("expected a function that was called, found no caller to run to")
