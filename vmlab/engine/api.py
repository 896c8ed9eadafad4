"""What a session asks of an engine, whatever its tier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from vmlab.core.events import Access, Event, EventKind
from vmlab.core.modes import Mode
from vmlab.trace.batch import Batch

ENGINES: Final = ("auto", "t0", "t1", "t2")
"""What a user may ask for: a tier by name, or the fastest that does what is needed."""


class Halt(Enum):
    """Why `run` came back."""

    BUDGET = "budget"
    BREAKPOINT = "breakpoint"
    WATCHPOINT = "watchpoint"
    """The instruction that has just retired accessed watched memory (`Engine.watch_hit`)."""
    TRAP = "trap"
    MODE = "mode"
    REQUEST = "request"
    """Somebody asked (`request_stop`): a console match, a device, `tohost`."""
    WAITING = "waiting"
    TRAP_LOOP = "trap loop"
    INTERCEPT = "intercept"
    """A monitor owns the mode that this trap would go to: nothing was written."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Virtual addresses first..last, both included. `accesses` has a bit for each access that
    counts: `1 << Access.LOAD`, `1 << Access.STORE`, or both."""

    first: int
    last: int
    accesses: int


@dataclass(frozen=True, slots=True)
class WatchHit:
    """An access to watched memory: what `watch` met, at which address, by the instruction at pc.
    An atomic operation that loads and stores is told as a store if stores are watched."""

    watch: Watch
    address: int
    size_bytes: int
    access: Access
    pc: int


@dataclass(slots=True)
class StopAt:
    """What ends a run besides its budget."""

    breakpoints: frozenset[int] = frozenset()
    trap: bool = False
    mode: Mode | None = None
    """Stop when the hart comes into this mode from another; V is not asked."""
    began: tuple[int, int] | None = None
    """The pc and the count of retired instructions where the run began, if that was before this
    call: only there is a breakpoint passed over."""
    watches: tuple[Watch, ...] = ()
    """A run ends after the instruction that accessed one of these, once it has retired. Walks,
    fetches, devices and a store-conditional that fails access nothing."""


@dataclass(frozen=True, slots=True)
class PendingTrap:
    """A trap that a monitor takes instead of the hart: cause with interrupt bit, tval, epc."""

    cause: int
    tval: int
    epc: int


class Listeners:
    """Who listens to what. With nobody listening nothing is recorded."""

    __slots__ = ("_kinds", "batch", "emit", "retires")

    def __init__(self) -> None:
        self.kinds = EventKind(0)
        self.emit: Callable[[Event], None] = lambda event: None
        self.batch: Callable[[Batch], None] = lambda batch: None
        """Many records at once, from an engine that collects them. What `emit` and `batch` are
        given, in turn, is in the order of the run."""

    @property
    def kinds(self) -> EventKind:
        """What is listened to."""
        return self._kinds

    @kinds.setter
    def kinds(self, kinds: EventKind) -> None:
        self._kinds = kinds
        self.retires = EventKind.RETIRE in kinds
        """An engine asks this before each instruction: a flag's `&` takes longer than some."""


class Engine(Protocol):
    """Runs one machine. Between calls the arena holds all state."""

    @property
    def name(self) -> str:
        """The tier that ran last, or will run."""

    listeners: Listeners
    pending_trap: PendingTrap | None
    watch_hit: WatchHit | None
    """Of the run that ended with `Halt.WATCHPOINT`."""

    def run(self, budget: int, stop: StopAt) -> Halt:
        """Run until `budget` more instructions have retired or something in `stop` happens."""
        ...

    def go_on(self, budget: int) -> Halt:
        """`run` once more, with the stops of the last time: the way back in after an exit, with
        as little as can be in between."""
        ...

    def device_wrote(self, offset: int, length: int) -> None:
        """So many bytes of RAM from its start on are about to be written from outside, between two
        instructions: by a device, or by a monitor."""
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

    def write_csr(self, number: int, value: int) -> None:
        """Write a CSR as a guest in M writes it, legalised: a debugger does, between two
        instructions. The CSR exists and is not read-only."""
        ...

    def take_dirty_pages(self) -> set[int]:
        """Pages of RAM (numbers from RAM's start) written since the last call."""
        ...
