"""Exercise `classify`: the machine of Popek and Goldberg (CACM 17(7), 1974), and what is asked.

A state is S = (E, M, P, R): storage, mode, program counter, relocation-bounds register. The
program's storage is `mem[base : base + bound]`; it and the registers are all that the program can
see of itself. The other words of `mem` are other people's, or devices.
"""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.core.modes import Mode
from vmlab.lab.wire import live, record


@record
@dataclass(frozen=True, slots=True)
class State:
    """One state, whole. Two states are equal if all of it is; a state can be a dictionary's key."""

    mem: tuple[int, ...]
    """E: real storage, in words."""
    mode: Mode
    """M: Mode.S (supervisor) or Mode.U (user)."""
    pc: int
    """P: a virtual address."""
    base: int
    """R: where in `mem` the program's storage begins."""
    bound: int
    """R: how many words it has."""
    registers: tuple[int, ...] = ()
    """The program's registers."""
    operands: tuple[int, ...] = ()
    """The operands of the instruction at pc."""


@record
@dataclass(frozen=True, slots=True)
class TrapTaken:
    """The instruction trapped and wrote nothing. `memory`: because of an address out of bounds."""

    memory: bool = False


@record
@dataclass(frozen=True, slots=True)
class Verdict:
    """What an instruction is, with the states that show it."""

    privileged: bool
    control: State | None
    """A state in which it changes the mode, R, or storage that is not the program's."""
    behaviour: tuple[State, State] | None
    """Two states with equal images, alike but for the mode or but for the place, in neither of
    which it traps, and whose results a program can tell apart."""


@live("__call__")
class Step:
    """`step(state)` executes the instruction in a state: a `State` or a `TrapTaken` comes out."""

    def __call__(self, state: State) -> State | TrapTaken:
        raise NotImplementedError


def image(s: State) -> tuple[object, ...]:
    """What the program can see of itself: all of the state but the mode and the place."""
    return s.pc, s.registers, s.mem[s.base : s.base + s.bound], s.operands
