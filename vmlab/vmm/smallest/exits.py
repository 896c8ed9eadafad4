"""Exits: why a monitor gets the hart, and how it gives it back."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.core.modes import Mode


@dataclass(frozen=True, slots=True)
class TrapExit:
    """A trap that would go to the level that the monitor owns. Nothing has been written: pc is
    still at the instruction, and no CSR knows of the trap."""

    cause: int
    """As in xcause, without the interrupt bit."""
    interrupt: bool
    tval: int
    pc: int
    mode: Mode
    """The mode that trapped."""


@dataclass(frozen=True, slots=True)
class Enter:
    """Go on with the guest, at its pc."""


@dataclass(frozen=True, slots=True)
class Halt:
    """End the virtual machine."""

    code: int = 0


Decision = Enter | Halt
