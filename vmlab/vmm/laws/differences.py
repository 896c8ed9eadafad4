"""How two machines differ: word by word, device by device, page by page, in words for a reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.isa.registers import ABI_NAMES
from vmlab.isa.state import ARRAYS, FIELDS, UNHASHED
from vmlab.machine import memmap
from vmlab.machine.platform import Machine

MOST_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same on both."""

    what: str
    bare: str
    subject: str

    def __str__(self) -> str:
        return f"{self.what}: bare {self.bare}, here {self.subject}"


def differences(bare: Machine, subject: Machine) -> tuple[Difference, ...]:
    """What differs of that which decides what a guest can see: empty exactly if the state hashes
    are equal. At most `MOST_SHOWN`."""
    found = []
    for one in _all(bare, subject):
        found.append(one)
        if len(found) == MOST_SHOWN:
            break
    return tuple(found)


def _all(bare: Machine, subject: Machine) -> Iterator[Difference]:
    ours, theirs = bare.arena.words, subject.arena.words
    for name, word in FIELDS.items():
        if name not in UNHASHED and ours[word.slot] != theirs[word.slot]:
            yield Difference(name, hex(ours[word.slot]), hex(theirs[word.slot]))
    for name, array in ARRAYS.items():
        if name in UNHASHED:
            continue
        for index in range(array.length):
            at = array.slot + index
            if ours[at] != theirs[at]:
                label = ABI_NAMES[index] if name == "x" else f"{name}[{index}]"
                yield Difference(label, hex(ours[at]), hex(theirs[at]))
    for one, other in zip(bare.bus.devices, subject.bus.devices, strict=True):
        if one.state() != other.state():
            yield Difference(f"the device {one.name}", one.state().hex(), other.state().hex())
    yield from _pages(bare, subject)
    disks = [[] if one.disk is None else list(one.disk.state()) for one in (bare, subject)]
    if disks[0] != disks[1]:
        yield Difference("the disk", "its content", "another")


def _pages(bare: Machine, subject: Machine) -> Iterator[Difference]:
    for page in sorted(bare.used_pages() | subject.used_pages()):
        ours, theirs = bare.arena.ram_page(page), subject.arena.ram_page(page)
        if ours == theirs:
            continue
        mine, yours = ours.cast("Q"), theirs.cast("Q")
        for index in range(PAGE_SIZE_BYTES // 8):
            if mine[index] != yours[index]:
                gpa = memmap.RAM + page * PAGE_SIZE_BYTES + 8 * index
                yield Difference(f"memory at gpa {gpa:#x}", hex(mine[index]), hex(yours[index]))
