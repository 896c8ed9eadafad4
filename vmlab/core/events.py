"""Records of what the machine did, for whoever listens.

Engines and sessions emit these; pictures, recorders and graders subscribe, and change nothing.
`count` is always the number of instructions retired before the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, IntEnum, auto

from vmlab.core.modes import Mode


class EventKind(Flag):
    """What a listener may subscribe to."""

    RETIRE = auto()
    TRAP = auto()
    TRAP_RETURN = auto()
    WALK = auto()
    MMIO = auto()
    CONSOLE = auto()


class Access(IntEnum):
    """Why memory is accessed. The kernels use the values; an allowed access is bit `1 << value`."""

    FETCH = 0
    LOAD = 1
    STORE = 2


class Stage(IntEnum):
    """A stage of translation. With V = 1 the VS-stage makes guest-physical addresses of virtual
    ones, and the G-stage physical addresses of those."""

    ONE = 0
    VS = 1
    G = 2


@dataclass(frozen=True, slots=True)
class Retired:
    """One instruction retired (or trapped: then a `TrapTaken` with the same count follows)."""

    count: int
    pc: int
    insn: int
    mode: Mode
    virtual: bool = False


@dataclass(frozen=True, slots=True)
class TrapTaken:
    """The hart took a trap. `cause` has no interrupt bit; `interrupt` says that instead."""

    count: int
    from_mode: Mode
    to_mode: Mode
    cause: int
    interrupt: bool
    epc: int
    tval: int
    from_virtual: bool = False
    to_virtual: bool = False
    tval2: int = 0
    """Of a guest-page fault: the guest-physical address >> 2."""
    tinst: int = 0


@dataclass(frozen=True, slots=True)
class TrapReturn:
    """An xRET retired: the hart left a handler."""

    count: int
    from_mode: Mode
    to_mode: Mode
    pc: int
    from_virtual: bool = False
    to_virtual: bool = False


@dataclass(frozen=True, slots=True)
class PteRead:
    """One page-table entry read during a walk. Level 0 is the leaf level of 4 KiB pages."""

    level: int
    address: int
    pte: int
    stage: Stage = Stage.ONE
    entry: int | None = None
    """The entry's address as its stage names it: for the VS-stage it is guest-physical."""
    of: int | None = None
    """The address that this stage translates: the G-stage's is guest-physical."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One page-table walk: the entries read and either a physical address or a cause.

    `fault` is the exception cause, or None; `pa` is None when there is a fault. `levels` is how
    many tables a walk of this format reads at most (Sv39: 3).
    """

    count: int
    va: int
    access: Access
    mode: Mode
    root: int
    reads: tuple[PteRead, ...]
    pa: int | None
    fault: int | None
    levels: int = 3
    virtual: bool = False
    """In two stages; `levels` and `root` are the VS-stage's (0 levels: it is Bare)."""
    guest_levels: int = 0
    """Levels of the G-stage's tables; 0: it is Bare."""
    stage: Stage = Stage.ONE
    """Which stage refused, if one did."""
    gpa: int | None = None
    """The guest-physical address that the walk ended with: what the access came to, or what the
    G-stage refused."""


@dataclass(frozen=True, slots=True)
class Mmio:
    """A device register was read or written."""

    count: int
    address: int
    size_bytes: int
    value: int
    is_store: bool


@dataclass(frozen=True, slots=True)
class ConsoleOutput:
    """The guest's console printed bytes."""

    count: int
    data: bytes


Event = Retired | TrapTaken | TrapReturn | Walk | Mmio | ConsoleOutput
