"""Resource control: what a guest can reach is its own, and the hart comes back.

At every entry and every exit the gate looks at the real hart (`gate`). Beside the guest runs a
neighbour, in short slices that the real timer must end: while one runs, not a byte of the other
may change, and at its end the neighbour must be what it is beside a guest that does nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vmlab.core.errors import BrokenInvariant
from vmlab.machine.platform import Platform
from vmlab.vmm.common.direct import DirectMonitor
from vmlab.vmm.common.scheduler import next_to_run
from vmlab.vmm.common.subject import Monitored, Subject
from vmlab.vmm.common.vm import Payload, State
from vmlab.vmm.laws.gate import Gate
from vmlab.vmm.laws.hostile import Hostile
from vmlab.vmm.techniques import Technique

SLICE_INSNS: Final = 600
MOST_SLICES: Final = 160
"""A guest that never ends is left after so many slices in all."""
PATIENT_SLICES: Final = 3
"""A guest that never ends gets so many more once its neighbour is over."""


@dataclass(frozen=True, slots=True)
class Controlled:
    """What was seen of one guest beside a neighbour."""

    told: tuple[str, ...]
    """What was wrong; empty if control held."""
    looks: int
    """Entries and exits that were looked at."""
    neighbour: str
    """The neighbour's state hash at its end."""


Guest = tuple[Platform, Payload]


def beside(
    technique: Technique,
    guest: Guest,
    neighbour: Guest,
    engine: str = "auto",
    slice_insns: int = SLICE_INSNS,
) -> Controlled:
    """Run both, and look."""
    subjects = technique.start((guest, neighbour), engine)
    gate = _gate(subjects)
    told: list[str] = []
    try:
        told += _run(subjects, slice_insns)
    except BrokenInvariant as error:
        told.append(f"the monitor gave up: {error}")
    if gate is not None:
        told += gate.told
    if subjects[1].state is not State.ENDED:
        told.append(f"the neighbour has not come to its end: it is {subjects[1].state.value}")
    hashed = subjects[1].machine.state_hash()
    return Controlled(tuple(told), 0 if gate is None else gate.looks, hashed)


def _gate(subjects: Sequence[Subject]) -> Gate | None:
    """A gate, where there is a monitor that lets the guest have the real hart."""
    for subject in subjects:
        if isinstance(subject, Monitored) and isinstance(subject.monitor, DirectMonitor):
            return Gate(subject.monitor)
    return None


def _run(subjects: Sequence[Subject], slice_insns: int) -> list[str]:
    """In turns; what changed though it was not its turn."""
    told = []
    before = [_digest(subject) for subject in subjects]
    left = MOST_SLICES
    while left and (running := next_to_run(subjects)) is not None:
        left -= 1
        if not subjects[1].runnable:
            left = min(left, PATIENT_SLICES)
        running.run_slice(slice_insns)
        for number, subject in enumerate(subjects):
            subject.settle()
            now = _digest(subject)
            if subject is not running and now != before[number]:
                told.append(f"virtual machine {number} changed while the other ran")
            before[number] = now
    return told


def _digest(subject: Subject) -> int:
    """Of a machine's words and its memory, and of what it has printed."""
    return zlib.crc32(subject.output, zlib.crc32(subject.machine.arena.bytes))


NOTHING: Final = Hostile("nothing", "do nothing", "    li a7, 8\n    ecall\n").payload()
"""A guest that ends at once, by SBI's legacy shutdown."""
