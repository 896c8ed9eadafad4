"""What U has seen of a random kernel's run: the traps that it took, and the pages it can reach.

That is what is compared where the kernel was built anew for its monitor: the kernel's own path and
its memory are another's then, but its user must not be able to tell.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.isa.layouts import MSTATUS
from vmlab.isa.registers import REGISTER_NUMBERS
from vmlab.vmm.common.subject import Subject
from vmlab.vmm.laws.kernels.handler import FUEL_TRAPS
from vmlab.vmm.laws.kernels.places import FUEL, LOG, PAGE_COUNT, PAGES

_ENTRY: Final = struct.Struct("<4Q")
_SPP: Final = MSTATUS.mask("SPP")
_FOLDED: Final = REGISTER_NUMBERS["s2"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What U has seen of a whole run."""

    traps: tuple[tuple[int, int, int], ...]
    """(scause, sepc, stval) of each trap from U."""
    pages: tuple[bytes, ...]
    folded: int
    """What S and U have read, folded together (s2)."""


def seen(subject: Subject) -> Seen:
    """From the memory of a guest that has run."""
    subject.settle()
    machine = subject.machine
    pages = tuple(
        machine.read(PAGES + page * PAGE_SIZE_BYTES, PAGE_SIZE_BYTES) for page in range(PAGE_COUNT)
    )
    return Seen(tuple(_traps(subject)), pages, machine.hart.x[_FOLDED])


def _traps(subject: Subject) -> Iterator[tuple[int, int, int]]:
    left = int.from_bytes(subject.machine.read(FUEL, 8), "little")
    log = subject.machine.read(LOG, _ENTRY.size * (FUEL_TRAPS - left))
    for cause, pc, tval, status in _ENTRY.iter_unpack(log):
        if not status & _SPP:
            yield cause, pc, tval


def first_difference(bare: Seen, subject: Seen) -> str | None:
    """Where two runs differ for their user, or None."""
    for number, (mine, theirs) in enumerate(zip(bare.traps, subject.traps, strict=False)):
        if mine != theirs:
            told = [f"cause {one[0]} at va {one[1]:#x}, tval {one[2]:#x}" for one in (mine, theirs)]
            return f"trap {number} from U: {told[0]}; {told[1]}"
    if len(bare.traps) != len(subject.traps):
        return f"{len(bare.traps)} traps from U, and {len(subject.traps)}"
    for page in range(PAGE_COUNT):
        if bare.pages[page] != subject.pages[page]:
            return f"the page at gpa {PAGES + page * PAGE_SIZE_BYTES:#x} ends otherwise"
    if bare.folded != subject.folded:
        return f"what was read: {bare.folded:#x}, and {subject.folded:#x}"
    return None
