"""Exits: what a monitor is told when the hart comes to it, and what an exit turned out to be for.

`TrapExit` is what the hart says; `Reason` is what the monitor finds when it has looked. Counters,
pictures and bounds go by the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """Why the guest could not go on by itself. Every exit has exactly one."""

    SENSITIVE = "sensitive instruction"
    """The guest's kernel executed what only the monitor may: a CSR, sret, sfence.vma."""
    SYSTEM_CALL = "system call"
    """The guest's user called the guest's kernel, and the monitor had to pass that on."""
    EXCEPTION = "exception"
    """Any other exception that the guest's kernel is to handle."""
    HIDDEN_FAULT = "hidden fault"
    """A page fault that only the monitor's tables caused; the guest never learns of it."""
    TRUE_FAULT = "true fault"
    """A page fault that the guest's own tables cause; its kernel gets it."""
    TABLE_WRITE = "table write"
    """A store to a page table of the guest, which the monitor traces."""
    GSTAGE_FAULT = "G-stage fault"
    """A guest-physical page that the monitor had not mapped yet."""
    DEVICE = "device"
    """A load or store of a device register, which the monitor emulates."""
    FIRMWARE_CALL = "SBI call"
    """The guest's kernel called its firmware, whose place the monitor takes."""
    HYPERCALL = "hypercall"
    """A guest that knows its monitor asked for something."""
    TIMER = "timer"
    """The real timer: the guest's deadline, or the end of its slice."""
    IDLE = "idle"
    """The guest has nothing to do: wfi."""


@dataclass(frozen=True, slots=True)
class TrapExit:
    """A trap that would go to the level that the monitor owns. Nothing has been written: pc is
    still at the instruction, and no CSR knows of the trap."""

    cause: int
    """As in xcause, without the interrupt bit."""
    interrupt: bool
    tval: int
    pc: int
