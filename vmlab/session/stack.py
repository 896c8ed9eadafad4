"""The call stack: from the frame that runs, caller by caller.

A caller is found by what the compiler wrote down (call frame information), where there is some.
Else by convention: s0 points behind the saved ra and s0 of a function that keeps a frame pointer,
and a function that has saved nothing yet still has its caller in ra. Such a guess counts only if
the instruction before the address is a call, and the frame says which it was.

It stops where the truth does: at a trap handler's entry (what was interrupted is not its caller and
is shown as such), at a function without a caller, at memory that cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from vmlab.core.bits import MASK64
from vmlab.core.errors import VmlabError
from vmlab.core.events import TrapTaken
from vmlab.core.modes import Mode
from vmlab.guests.dwarf.frames import FrameRules, How
from vmlab.guests.dwarf.info import Place
from vmlab.isa.csrs import CSRS
from vmlab.session.look import read_virtual
from vmlab.session.sources import Function, Sources

if TYPE_CHECKING:
    from vmlab.session.session import Session

MOST_FRAMES: Final = 128
_RA, _SP, _S0 = 1, 2, 8
_WORD_BYTES: Final = 8
_JAL, _JALR, _C_JALR = 0x6F, 0x67, 0x9002
_LINKS: Final = (1, 5)


class By(Enum):
    """How a frame was found."""

    PC = "pc"
    INLINED = "inlined"
    """Not a frame of its own: the compiler put this function's code into its caller's."""
    CFI = "call frame information"
    FRAME_POINTER = "frame pointer"
    RA = "ra"


class End(Enum):
    """Why there are no more frames."""

    TRAP = "trap"
    """A trap handler's entry: `Stack.interrupted` says what ran before."""
    FIRST = "first"
    """A function that nobody called."""
    UNREADABLE = "unreadable"
    """The caller's address is in memory that cannot be read."""
    LOST = "lost"
    """Nothing that can be a caller was found."""
    MANY = "many"


@dataclass(frozen=True, slots=True)
class Frame:
    """One function that has been entered and not left. `pc` is where it goes on; `cfa` is what sp
    was before the call, None where nobody says."""

    pc: int
    sp: int
    function: str
    offset: int | None
    place: Place | None
    by: By
    mode: Mode
    cfa: int | None = None


@dataclass(frozen=True, slots=True)
class Interrupted:
    """What a trap interrupted: where, in which mode, by which cause."""

    pc: int
    mode: Mode
    virtual: bool
    cause: int
    interrupt: bool
    function: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Stack:
    """Frames, innermost first, and why they end."""

    frames: tuple[Frame, ...]
    end: End
    at: int = 0
    """The address that could not be read, if that is why."""
    interrupted: Interrupted | None = None


Read = Callable[[int], int | None]
"""A doubleword by virtual address; None where nothing can be read."""


@dataclass(slots=True)
class _Walker:
    """Registers of the frame that has been come to."""

    pc: int
    x: dict[int, int]
    by: By


def stack(
    pc: int, registers: Mapping[int, int], mode: Mode, read: Read, sources: Sources,
    handlers: tuple[int, ...], trap: TrapTaken | None,
) -> Stack:  # fmt: skip
    """The call stack of a hart that stands at `pc`. `handlers` are the trap vectors of the mode,
    `trap` is the last one that was taken to it."""
    here = _Walker(pc, dict(registers), By.PC)
    frames: list[Frame] = []
    entries = [sources.function(at, mode) for at in handlers]
    while len(frames) < MOST_FRAMES:
        # A return address may be the first of the next function: what called is before it.
        asked = here.pc if here.by is By.PC else here.pc - 1
        function = sources.function(asked, mode)
        frames += _frames(here, asked, mode, sources, function)
        if function is not None and function in entries:
            interrupted = _interrupted(trap, sources)
            return Stack(tuple(frames), End.TRAP, interrupted=interrupted)
        found = _caller(here, asked, mode, read, sources, function)
        if isinstance(found, tuple):
            return Stack(tuple(frames), *found)
        cfa = found.x[_SP]
        frames[-1] = _with_cfa(frames[-1], cfa)
        # A word that other code left in ra, firmware's say, is no caller.
        unknown = sources.function(found.pc - 1, mode) is None and sources.has_symbols(mode)
        if found.pc == 0 or unknown:
            return Stack(tuple(frames), End.FIRST)
        # A frame further out is further up: a loop would go on for ever.
        if cfa <= here.x[_SP] and here.by is not By.PC:
            return Stack(tuple(frames), End.LOST)
        here = found
    return Stack(tuple(frames), End.MANY)


def _with_cfa(frame: Frame, cfa: int) -> Frame:
    return Frame(
        frame.pc, frame.sp, frame.function, frame.offset, frame.place, frame.by, frame.mode, cfa
    )


def _frames(
    here: _Walker, asked: int, mode: Mode, sources: Sources, function: Function | None
) -> list[Frame]:
    sp, made = here.x[_SP], []
    calls = sources.calls(asked, mode)
    name, low = (function.name, function.low) if function is not None else ("", None)
    if not calls:
        offset = None if low is None else here.pc - low
        return [Frame(here.pc, sp, name, offset, sources.place(asked, mode), here.by, mode)]
    for call in calls:
        by = By.INLINED if call.inlined else here.by
        shown = call.function or name
        offset = here.pc - (call.low if call.inlined or low is None else low)
        made.append(Frame(here.pc, sp, shown, offset, call.place, by, mode))
    return made


def _caller(
    here: _Walker, asked: int, mode: Mode, read: Read, sources: Sources, function: Function | None
) -> _Walker | tuple[End, int]:
    try:
        rules = sources.frame(asked, mode)
    except VmlabError:
        rules = None
    if rules is not None and rules.cfa is not None:
        return _by_rules(here, rules, read)
    return _by_convention(here, mode, read, sources, function)


def _by_rules(here: _Walker, rules: FrameRules, read: Read) -> _Walker | tuple[End, int]:
    assert rules.cfa is not None
    register, offset = rules.cfa
    base = here.x.get(register)
    if base is None:
        return End.LOST, 0
    cfa = base + offset & MASK64
    x = dict(here.x)
    for number, (how, value) in rules.registers.items():
        if how is How.AT_OFFSET:
            word = read(cfa + value & MASK64)
            if word is None and number == rules.return_register:
                return End.UNREADABLE, cfa + value & MASK64
            x.pop(number, None)
            if word is not None:
                x[number] = word
        elif how is How.IS_OFFSET:
            x[number] = cfa + value & MASK64
        elif how is How.REGISTER and value in here.x:
            x[number] = here.x[value]
        elif how is not How.SAME:
            x.pop(number, None)
    if rules.registers.get(rules.return_register, (How.SAME, 0))[0] is How.UNDEFINED:
        return End.FIRST, 0
    pc = x.get(rules.return_register)
    if pc is None:
        return End.LOST, 0
    x[_SP] = cfa
    if here.by is not By.PC and rules.return_register not in rules.registers:
        return End.LOST, 0  # it has called, and says that ra is still its own
    return _Walker(pc, x, By.CFI)


def _by_convention(
    here: _Walker, mode: Mode, read: Read, sources: Sources, function: Function | None
) -> _Walker | tuple[End, int]:
    """Without anything written down: ra in a function that has not called yet, else s0."""
    ra, s0, sp = here.x.get(_RA, 0), here.x.get(_S0, 0), here.x[_SP]
    inside = function is not None and function.low <= ra < function.high
    if here.by is By.PC and not inside and follows_call(ra, read):
        return _Walker(ra, dict(here.x), By.RA)
    if here.by is By.PC and ra == 0:
        return End.FIRST, 0
    if s0 & (_WORD_BYTES - 1) == 0 and s0 > sp:
        back, old = read(s0 - 8), read(s0 - 16)
        if back is None or old is None:
            return End.UNREADABLE, s0 - 8
        if follows_call(back, read):
            return _Walker(back, {_RA: back, _SP: s0, _S0: old}, By.FRAME_POINTER)
        if back == 0:
            return End.FIRST, 0
    return (End.FIRST if s0 == 0 else End.LOST), 0


def follows_call(address: int, read: Read) -> bool:
    """Whether the instruction before an address is a call: a jump that leaves its return address in
    ra or t0 (unprivileged manual, 2.5.1)."""
    if address < 4 or address & 1:
        return False
    word = read(address - 4)
    if word is None:
        return False
    wide, narrow = word & 0xFFFF_FFFF, word >> 16 & 0xFFFF
    is_jump = wide & 0x7F in (_JAL, _JALR) and wide >> 7 & 31 in _LINKS
    return is_jump or (narrow & 0xF07F == _C_JALR and narrow & 0xF80 != 0)


def _interrupted(trap: TrapTaken | None, sources: Sources) -> Interrupted | None:
    if trap is None:
        return None
    function = sources.function(trap.epc, trap.from_mode)
    return Interrupted(
        trap.epc,
        trap.from_mode,
        trap.from_virtual,
        trap.cause,
        trap.interrupt,
        "" if function is None else function.name,
        sources.place(trap.epc, trap.from_mode),
    )


def stack_of(session: Session) -> Stack:
    """The call stack of a session, where it stands."""
    machine, engine = session.machine, session.engine
    hart = machine.hart

    def read(address: int) -> int | None:
        data = read_virtual(machine, engine, address, _WORD_BYTES)
        return None if data is None else int.from_bytes(data, "little")

    name = {Mode.M: "mtvec", Mode.S: "vstvec" if hart.virtual else "stvec"}.get(hart.mode)
    handlers = () if name is None else (engine.read_csr(CSRS[name].number) & ~3,)
    here = (hart.mode, bool(hart.virtual))
    taken = (
        event
        for event in reversed(session.last_traps())
        if isinstance(event, TrapTaken) and (event.to_mode, event.to_virtual) == here
    )
    registers = {number: int(hart.x[number]) for number in range(32)}
    trap = next(taken, None)
    return stack(hart.pc, registers, hart.mode, read, session.sources, handlers, trap)
