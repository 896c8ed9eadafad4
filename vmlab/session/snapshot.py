"""What a session shows of itself at one moment: the only thing that views read.

A `Snapshot` is a value: it does not change when the machine goes on, it can be compared with
an earlier one, and every picture is a pure function of it. It is not a keyframe (those hold
RAM, and live in `session.keyframes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from vmlab.core.events import TrapReturn, TrapTaken, Walk
from vmlab.core.modes import Mode
from vmlab.engine.api import Watch, WatchHit
from vmlab.session.history import NOTHING, History
from vmlab.session.points import Point
from vmlab.session.regions import Region
from vmlab.session.virtual import Beside, VirtualSide

SCHEMA: Final = "vmlab/snapshot/1"


class Status(Enum):
    """What the session is doing."""

    PAUSED = "paused"
    RUNNING = "running"
    WAITING = "waiting"
    """The hart is in WFI, nothing is pending and no deadline is set: only input can wake it."""
    ENDED = "ended"
    """The guest ended the machine (finisher, `tohost`) or fell into a trap loop."""


class Reason(Enum):
    """Why the machine stopped."""

    STEP = "step"
    TRAP = "trap"
    BREAKPOINT = "breakpoint"
    WATCHPOINT = "watchpoint"
    """The instruction before pc, or one that jumped here, accessed watched memory."""
    PC = "pc"
    COUNT = "count"
    MODE = "mode"
    CONSOLE = "console"
    LIMIT = "limit"
    PAUSE = "pause"
    WAITING = "waiting"
    PASSED = "passed"
    FAILED = "failed"
    TRAP_LOOP = "trap loop"
    STOPPED = "stopped by its monitor"


ENDINGS: Final = frozenset({Reason.PASSED, Reason.FAILED, Reason.TRAP_LOOP, Reason.STOPPED})


@dataclass(frozen=True, slots=True)
class Stop:
    """Why the machine stopped, and where: `retired` is the position, `code` the guest's own."""

    reason: Reason
    retired: int
    pc: int
    code: int = 0
    detail: str = ""
    hit: WatchHit | None = None
    """What met a watchpoint."""


@dataclass(frozen=True, slots=True)
class Registers:
    """The part of the hart's state that changes marks are made from."""

    mode: Mode
    pc: int
    x: tuple[int, ...]
    csrs: Mapping[str, int]
    f: tuple[int, ...] = ()
    """The floating-point registers; none where there are none, or while mstatus.FS is Off."""
    virtual: bool = False
    """V: the hart is in VS or VU. The CSRs are the real ones all the same: `sstatus` is HS's, and
    what VS takes for it is `vsstatus`."""


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One instruction of the code window. `label` is the symbol that starts here, if one does."""

    address: int
    word: int
    size_bytes: int
    text: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceState:
    """A device: its name, where it stands, and what it holds (label and value)."""

    name: str
    base: int
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a screen shows. `version` rises with each change of the session."""

    version: int
    status: Status
    stop: Stop | None
    guest: str
    isa: str
    engine: str
    position: int
    """Instructions retired since reset."""
    virtual_time: int
    recorded: int
    """The furthest position reached in this run: stepping forward replays up to it."""
    now: Registers
    before: Registers | None
    """The registers at the previous stop (None at reset): changed marks compare with it."""
    traps: tuple[TrapTaken | TrapReturn, ...]
    """The last trap events up to `position`, oldest first (at most 512)."""
    walk: Walk | None
    """The last page-table walk up to `position`."""
    console: bytes
    code: tuple[CodeLine, ...]
    """A window of instructions around pc, by address; empty when pc cannot be fetched."""
    breakpoints: frozenset[int]
    symbols: Mapping[int, str]
    counters: Mapping[str, int]
    """The arena's event counters: tlb_misses, pte_reads, ..."""
    steps: int = 0
    """Instructions retired plus traps taken: what stepping forward and back counts in."""
    ips: float = 0.0
    """Instructions a second of host time in the last slice: measured, 0 when paused."""
    devices: tuple[DeviceState, ...] = ()
    """The devices, by address."""
    regions: tuple[Region, ...] = ()
    """The map of the physical address space."""
    message: str | None = None
    """The sentence to show the user when something was refused."""
    engine_asked: str = "auto"
    """The engine that was asked for; `engine` is the tier that runs."""
    engine_note: str | None = None
    """Why a slower tier runs than `auto` stands for, if one does."""
    watches: tuple[Watch, ...] = ()
    """What memory is watched."""
    points: tuple[Point, ...] = ()
    """All breakpoints and watchpoints, those that are off too, with conditions and counts."""
    history: History = field(default=NOTHING, compare=False)
    """Who had the hart over the whole run, also in what is recorded ahead."""
    virtual: VirtualSide | None = None
    """Under a technique: what is real. All else here is what the guest believes."""
    before_beside: tuple[Beside, ...] = ()
    """Under a technique: `virtual.beside` at the previous stop."""
