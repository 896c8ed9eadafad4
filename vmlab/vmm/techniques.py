"""The techniques, by name: what each runs, how one is started, and what it promises.

Techniques do not know of each other; this table knows them all, and everything above reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.machine.platform import Platform
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.direct import DirectMonitor
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.subject import Subject, admitted, host_for
from vmlab.vmm.common.vm import Payload
from vmlab.vmm.hwassist.monitor import HardwareAssist
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


@dataclass(frozen=True, slots=True)
class Technique:
    """A row. `monitor` makes the monitor of a host; None where no monitor owns a hart."""

    name: str
    title: str
    mechanism: str
    profiles: frozenset[Profile]
    promise: Promise
    monitor: Callable[[Host], DirectMonitor] | None
    alone: Callable[[Platform, Payload, str], Subject]
    """One guest, on an engine of this name."""


def _under(make: Callable[[Host], DirectMonitor]) -> Callable[[Platform, Payload, str], Subject]:
    def start(platform: Platform, payload: Payload, engine: str) -> Subject:
        return admitted(make(host_for((platform,), engine)), platform, payload)

    return start


_NATIVE: Final = frozenset({Profile.NATIVE, Profile.NATIVE_FLAT})


def _row(
    name: str,
    title: str,
    mechanism: str,
    monitor: Callable[[Host], DirectMonitor],
    profiles: frozenset[Profile] = _NATIVE,
    promise: Promise = Promise(),
) -> Technique:
    return Technique(name, title, mechanism, profiles, promise, monitor, _under(monitor))


_ALL: Final = (
    Technique(
        "bare",
        "No monitor",
        "the guest is alone on the machine; firmware in M answers its SBI calls",
        _NATIVE,
        Promise(),
        None,
        BareMachine,
    ),
    _row(
        "trap_emulate",
        "Trap and emulate, shadow page tables",
        "the guest's kernel runs in U; what needs S traps to a monitor that owns S",
        TrapAndEmulate,
    ),
    _row(
        "trap_emulate_traced",
        "Trap and emulate, traced shadow page tables",
        "the same, with the guest's tables read-only, so that each store to one is seen",
        lambda host: TrapAndEmulate(host, "traced"),
    ),
    _row(
        "hwassist",
        "Hardware assistance, two stages",
        "the guest's kernel runs in VS with registers and tables of its own; the G-stage bounds it",
        HardwareAssist,
    ),
)

TECHNIQUES: Final[Mapping[str, Technique]] = MappingProxyType({row.name: row for row in _ALL})


def find(name: str) -> Technique:
    """The technique of this name. Raises `BadInput` that lists those that there are."""
    if name not in TECHNIQUES:
        raise BadInput(f"expected a technique of {', '.join(TECHNIQUES)}, found {name!r}")
    return TECHNIQUES[name]
