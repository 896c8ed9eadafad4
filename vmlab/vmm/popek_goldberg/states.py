"""The state of Popek and Goldberg's machine (CACM 17(7), 1974): S = (E, M, P, R).

R is what the monitor allocates. In the paper it is one relocation-bounds register; real machines
have more that a monitor must keep for itself (interrupt masks, table registers, timers, devices,
the clock), so here R also has `owned` words and a `clock`. They are treated as R is: to change them
is to be control sensitive, and a result that depends on them depends on the placement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum


class Mode(Enum):
    """M: which mode the processor is in. The values are the paper's letters."""

    SUPERVISOR = "s"
    USER = "u"


@dataclass(frozen=True, slots=True)
class State:
    """One state, concrete and whole. Words are unsigned; `mem` counts in words."""

    mem: tuple[int, ...]
    """E: real storage, as far as the search looks at it."""
    mode: Mode
    """M"""
    pc: int
    """P: the program counter, a virtual address."""
    base: int
    """R: where in `mem` the program's storage begins."""
    bound: int
    """R: how many words it has."""
    registers: tuple[int, ...] = ()
    """What belongs to the program besides its storage."""
    owned: tuple[int, ...] = ()
    """The rest of R: resources that whoever runs in supervisor mode gives and takes."""
    clock: int = 0
    """The rest of R: real time, which everybody shares."""
    operands: tuple[int, ...] = ()
    """The operand fields of the instruction at pc: they stand for E[P]."""


@dataclass(frozen=True, slots=True)
class TrapTaken:
    """The instruction trapped, and wrote nothing. A memory trap is about an address, in whatever
    mode; only the others tell something of the instruction."""

    cause: int
    memory: bool = False


Outcome = State | TrapTaken
Step = Callable[[State], Outcome]
Image = tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def image(s: State) -> Image:
    """What the program can see of itself: all of the state but the mode and the placement."""
    return s.pc, s.registers, s.mem[s.base : s.base + s.bound], s.operands


def others(s: State) -> tuple[int, ...]:
    """The storage that is not the program's."""
    return s.mem[: s.base] + s.mem[s.base + s.bound :]


def flip(s: State) -> State:
    """The state that differs only in the mode."""
    return replace(s, mode=Mode.USER if s.mode is Mode.SUPERVISOR else Mode.SUPERVISOR)


def relocate(s: State, base: int) -> State:
    """The state that differs only in the real place of the program's storage: what stood there
    changes places with it."""
    window = s.mem[s.base : s.base + s.bound]
    rest = others(s)
    return replace(s, mem=rest[:base] + window + rest[base:], base=base)
