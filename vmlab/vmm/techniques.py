"""The techniques, by name: what each runs, how one is started, and what it promises.

Techniques do not know of each other; this table knows them all, and everything above reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final, Protocol

from vmlab.core.errors import BadInput, Unsupported
from vmlab.isa.extensions import ISA_STRING
from vmlab.machine.platform import Platform
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.capstone.machine import CapstoneMachine
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.path import GuestPath
from vmlab.vmm.common.subject import Subject, Vmm, admitted, host_for
from vmlab.vmm.common.vm import GUEST_ISA, Payload
from vmlab.vmm.hwassist.bound import most_exits as hardware_exits
from vmlab.vmm.hwassist.monitor import HardwareAssist
from vmlab.vmm.interpret.monitor import Interpreter
from vmlab.vmm.paravirt.bound import most_exits as paravirtual_exits
from vmlab.vmm.paravirt.bound import most_exits_u as paravirtual_exits_u
from vmlab.vmm.paravirt.level_u import ParavirtU
from vmlab.vmm.paravirt.monitor import Paravirt
from vmlab.vmm.trap_emulate.bound import most_exits, most_exits_traced
from vmlab.vmm.trap_emulate.monitor import TrapAndEmulate


class Profile(Enum):
    """How a guest's kernel is built."""

    NATIVE = "native"
    """For the bare machine, with page tables of its own."""
    NATIVE_FLAT = "native-flat"
    """For the bare machine, without translation."""
    PARAVIRTUAL = "pv"
    """From the same sources, for a monitor that it knows."""


class Verdict(Enum):
    """What a law comes to."""

    HOLDS = "holds"
    FAILS = "fails"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Promise:
    """The verdicts that a technique declares."""

    equivalence: Verdict = Verdict.HOLDS
    control: Verdict = Verdict.HOLDS
    efficiency: Verdict = Verdict.HOLDS


Guests = Sequence[tuple[Platform, Payload]]


class Start(Protocol):
    """Starts guests on one real machine, on an engine of this name; `choices` are freedoms of the
    manual that the real machine decides, where there is one beside the guest's (`Host`)."""

    def __call__(self, guests: Guests, engine: str, **choices: str) -> tuple[Subject, ...]: ...


Bound = Callable[[GuestPath], int]
"""From what a guest does on the bare machine to the exits that it may cost."""


@dataclass(frozen=True, slots=True)
class Technique:
    """A row."""

    name: str
    title: str
    mechanism: str
    profiles: frozenset[Profile]
    promise: Promise
    start: Start
    build: str = ""
    """What is added to the name of a guest of the catalogue for the build that this runs."""
    divides: bool = True
    """False if there is nobody who could divide the machine among several guests."""

    bound: Bound | None = None
    """How many exits a guest may cost, by its own path; None: nothing is promised."""
    counting: Start | None = None
    """The same, with the monitor's own operations counted, where that has to be asked for."""

    def alone(
        self, platform: Platform, payload: Payload, engine: str = "auto", counting: bool = False
    ) -> Subject:
        """One guest, on an engine of this name; with everything counted if `counting`."""
        start = (self.counting if counting else None) or self.start
        return start(((platform, payload),), engine)[0]


def under(make: Callable[[Host], Vmm], isa: str = ISA_STRING) -> Start:
    """Guests under one monitor, on a real hart with this ISA."""

    def start(guests: Guests, engine: str, **choices: str) -> tuple[Subject, ...]:
        boards = tuple(platform for platform, _ in guests)
        monitor = make(host_for(boards, engine, **{"isa": isa, **choices}))
        return tuple(admitted(monitor, platform, payload) for platform, payload in guests)

    return start


def _only(guests: Guests) -> tuple[Platform, Payload]:
    """The guest, where nobody is there to divide the machine."""
    if len(guests) != 1:
        raise Unsupported(
            f"expected one guest where nobody divides the machine, found {len(guests)}"
        )
    return guests[0]


def _bare(guests: Guests, engine: str, **choices: str) -> tuple[Subject, ...]:
    return (BareMachine(*_only(guests), engine),)


_NATIVE: Final = frozenset({Profile.NATIVE, Profile.NATIVE_FLAT})
_PARAVIRTUAL: Final = frozenset({Profile.PARAVIRTUAL})


def _capstone(guests: Guests, engine: str, **choices: str) -> tuple[Subject, ...]:
    return (CapstoneMachine(*_only(guests), engine),)


def _row(
    name: str,
    title: str,
    mechanism: str,
    monitor: Callable[[Host], Vmm],
    profiles: frozenset[Profile] = _NATIVE,
    promise: Promise = Promise(),
    counting: Callable[[Host], Vmm] | None = None,
    bound: Bound | None = None,
) -> Technique:
    return Technique(
        name,
        title,
        mechanism,
        profiles,
        promise,
        under(monitor),
        bound=bound,
        counting=None if counting is None else under(counting),
    )


_ALL: Final = (
    Technique(
        "bare",
        "No monitor",
        "the guest is alone on the machine; firmware in M answers its SBI calls",
        _NATIVE,
        Promise(control=Verdict.OPEN),
        _bare,
        divides=False,
    ),
    _row(
        "interpret",
        "Pure interpretation",
        "a program carries out every instruction; the guest never has the hart",
        Interpreter,
        promise=Promise(efficiency=Verdict.FAILS),
        counting=lambda host: Interpreter(host, count_ops=True),
    ),
    _row(
        "trap_emulate",
        "Trap and emulate, shadow page tables",
        "the guest's kernel runs in U; what needs S traps to a monitor that owns S",
        TrapAndEmulate,
        bound=most_exits,
    ),
    _row(
        "trap_emulate_traced",
        "Trap and emulate, traced shadow page tables",
        "the same, with the guest's tables read-only, so that each store to one is seen",
        lambda host: TrapAndEmulate(host, "traced"),
        bound=most_exits_traced,
    ),
    _row(
        "hwassist",
        "Hardware assistance, two stages",
        "the guest's kernel runs in VS with registers and tables of its own; the G-stage bounds it",
        HardwareAssist,
        bound=hardware_exits,
    ),
    Technique(
        "paravirt",
        "Paravirtualization, the kernel in S",
        "the guest's kernel asks a monitor that owns M; its page tables are the hart's, validated; "
        "system calls go to it directly",
        _PARAVIRTUAL,
        Promise(),
        # With H the real S would be HS, whose loads reach past validated tables.
        under(Paravirt, GUEST_ISA),
        build="_pv",
        bound=paravirtual_exits,
    ),
    Technique(
        "paravirt_u",
        "Paravirtualization, the kernel in U",
        "the same, where the monitor owns S and nothing can be delegated to a kernel in U: each "
        "system call goes through the monitor, and each return",
        _PARAVIRTUAL,
        Promise(),
        under(ParavirtU),
        build="_pvu",
        bound=paravirtual_exits_u,
    ),
)

CAPSTONE: Final = Technique(
    "capstone",
    "A hypervisor of RISC-V code, two stages",
    "the monitor is code in HS on the guest's own hart: what an exit costs is counted",
    frozenset({Profile.NATIVE}),
    Promise(),
    _capstone,
    divides=False,
)
"""A column of the comparison. It is no row of the table: its guest's time is the hart's."""

TECHNIQUES: Final[Mapping[str, Technique]] = MappingProxyType({row.name: row for row in _ALL})


def find(name: str) -> Technique:
    """The technique of this name. Raises `BadInput` that lists those that there are."""
    if name not in TECHNIQUES:
        raise BadInput(f"expected a technique of {', '.join(TECHNIQUES)}, found {name!r}")
    return TECHNIQUES[name]
