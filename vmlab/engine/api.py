"""What a session asks of an engine, whatever its tier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from vmlab.core.events import Access, Event, EventKind
from vmlab.core.modes import Mode


class Halt(Enum):
    """Why `run` came back."""

    BUDGET = "budget"
    BREAKPOINT = "breakpoint"
    TRAP = "trap"
    MODE = "mode"
    REQUEST = "request"
    """Somebody asked (`request_stop`): a console match, a device, `tohost`."""
    WAITING = "waiting"
    TRAP_LOOP = "trap loop"
    INTERCEPT = "intercept"
    """A monitor owns the mode that this trap would go to: nothing was written."""


@dataclass(slots=True)
class StopAt:
    """What ends a run besides its budget."""

    breakpoints: frozenset[int] = frozenset()
    trap: bool = False
    mode: Mode | None = None
    """Stop when the hart comes into this mode from another."""
    began: tuple[int, int] | None = None
    """The pc and the count of retired instructions where the run began, if that was before this
    call: only there is a breakpoint passed over."""


@dataclass(frozen=True, slots=True)
class PendingTrap:
    """A trap that a monitor takes instead of the hart: cause with interrupt bit, tval, epc."""

    cause: int
    tval: int
    epc: int


@dataclass(slots=True)
class Listeners:
    """Who listens to what. With nobody listening nothing is recorded."""

    kinds: EventKind = field(default_factory=lambda: EventKind(0))
    emit: Callable[[Event], None] = field(default=lambda event: None)


class Engine(Protocol):
    """Runs one machine. Between calls the arena holds all state."""

    name: str
    listeners: Listeners
    pending_trap: PendingTrap | None

    def run(self, budget: int, stop: StopAt) -> Halt:
        """Run until `budget` more instructions have retired or something in `stop` happens."""
        ...

    def request_stop(self) -> None:
        """Make `run` come back after the instruction that is running now."""
        ...

    def forget(self, pages: set[int] | None = None) -> None:
        """Drop what was derived from the arena: the hart and these pages of RAM (None: any)
        have been written from outside."""
        ...

    def peek(self, va: int, access: Access) -> int | None:
        """The physical address that the hart would access now, or None where it would fault.
        No effect on the machine, its TLB and its counters; protection (PMP) is not asked."""
        ...

    def read_csr(self, number: int) -> int:
        """A CSR as a guest in M reads it; no effect on the machine."""
        ...

    def take_dirty_pages(self) -> set[int]:
        """Pages of RAM (numbers from RAM's start) written since the last call."""
        ...
