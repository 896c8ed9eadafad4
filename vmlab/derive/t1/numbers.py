"""Numbers that the kernels, the loop and the engine share: handlers, and why a run ends."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

# Handlers of the loop's own. An entry that is all zero has not been decoded.
UNDECODED: Final = 0
REENTER: Final = 1
STRADDLES: Final = 2
BREAK_HERE: Final = 3
ILLEGAL: Final = 4
REGION: Final = 5
"""A place where a translated page (`derive.t2`) may be entered: the entry's `a` is the label, its
number the place in the table of regions."""
FIRST_INSTRUCTION: Final = 8


class Out(IntEnum):
    """What a kernel tells the loop. GO goes on; AGAIN asks what comes between instructions; the
    others end the run."""

    GO = 0
    AGAIN = 1
    BUDGET = 2
    BREAKPOINT = 3
    WATCHPOINT = 4
    TRAP = 5
    MODE = 6
    REQUEST = 7
    WAITING = 8
    TRAP_LOOP = 9
    INTERCEPT = 10
    HOT = 11
    """Nothing has ended: jumps came often enough to HOT_ENTRY to translate what is there."""


class Drop(IntEnum):
    """Why a region is no longer entered."""

    WRITTEN = 1
    SLOT_TAKEN = 2
