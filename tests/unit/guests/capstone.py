"""The capstone with its test guest, for tests: how to run the two, and what to read off them."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from enum import IntEnum
from functools import cache
from typing import Any

import vmlab
from vmlab.guests import build
from vmlab.guests.loader import Image, load_elf
from vmlab.isa.layouts import PTE
from vmlab.session.session import Session

SOURCES = build.SOURCES / "capstone"
ELF = build.IMAGES / "capstone.elf"
KERNEL = 0x8020_0000
"""Where the guest's kernel is loaded, and where the guest believes it to be."""
FRAMES = 0x8040_0000
RAM = "16M"
"""The host's; the guest has half of it, which its own source says too."""
GUEST_RAM = range(0x8000_0000, 0x8080_0000)
LIMIT = 2_000_000


class Deed(IntEnum):
    """`enum deed` of guest.c."""

    GOOD = 0
    LOAD_NOTHING = 1
    LOAD_BEYOND = 2
    STORE_FINISHER = 3
    JUMP_BEYOND = 4
    WORD_OF_UART = 5
    PRINT_BEYOND = 6
    WRITE_HGATP = 7
    TABLE_BEYOND = 8
    NO_HANDLER = 9
    IMAGE_OF_HOST = 10
    EMPTY_SLOT = 11
    STALE_CODE = 12
    TABLE_IN_SLOT = 13


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the test guest is to do how often: `wanted` of start.S, with its values."""

    calls: int = 10
    pages: int = 4
    registers: int = 3
    prints: int = 2
    naps: int = 1
    deed: Deed = Deed.GOOD
    fresh: int = 0x8060_0000


@cache
def image(name: str) -> Image:
    """An image by name, loaded."""
    return load_elf((build.IMAGES / f"{name}.elf").read_bytes(), name=name, ram_size=64 << 20)


@cache
def symbols(name: str = "capstone") -> dict[str, int]:
    """Its addresses by name."""
    return {name: address for address, name in image(name).symbols.items()}


def kernel(wanted: Wanted) -> bytes:
    """The test guest as a raw file, told what to do."""
    (segment,) = image("testguest").segments
    at = symbols("testguest")["wanted"] - KERNEL
    words = struct.pack("<7Q", *astuple(wanted))
    return segment.data[:at] + words + segment.data[at + len(words) :]


USUAL = Wanted()


def opened(wanted: Wanted = USUAL, ram: str = RAM, **options: Any) -> Session:
    """A session in which the guest has not begun yet."""
    return vmlab.open(str(ELF), kernel=kernel(wanted), ram=ram, **options)


@cache
def ran(wanted: Wanted = USUAL, **options: Any) -> Session:
    """A session that has come to its end. To be looked at only: others look at it, too."""
    session = opened(wanted, **options)
    session.run(limit=LIMIT)
    return session


def names() -> list[str]:
    """The reasons of exits.c, in their order."""
    text = (SOURCES / "exits.c").read_text(encoding="utf-8")
    found = re.search(r"names\[REASONS\] = \{(.*?)\}", text, re.DOTALL)
    assert found
    return re.findall(r'"(.*?)"', found[1])


def words(session: Session, name: str, count: int) -> tuple[int, ...]:
    """Doublewords of the hypervisor's memory, from a symbol on."""
    return struct.unpack(f"<{count}Q", session.memory(symbols()[name], 8 * count))


def reasons(session: Session) -> dict[str, int]:
    """How many exits of each reason the hypervisor has counted."""
    return dict(zip(names(), words(session, "exit_reasons", len(names())), strict=True))


def causes(session: Session) -> dict[int, int]:
    """How many exits of each cause; interrupts from 32 on."""
    return {at: n for at, n in enumerate(words(session, "exit_counts", 64)) if n}


def _entries(session: Session, table: int, count: int) -> Iterator[tuple[int, int]]:
    raw = struct.unpack(f"<{count}Q", session.memory(table, 8 * count))
    return ((at, pte) for at, pte in enumerate(raw) if pte & PTE.mask("V"))


def mapped(session: Session) -> dict[int, int]:
    """The G-stage's leaves, read out of memory: the frame's address by the page's."""
    root = symbols()["root"]
    found = {}
    for two, upper in _entries(session, root, 2048):
        for one, middle in _entries(session, frame(upper), 512):
            for zero, leaf in _entries(session, frame(middle), 512):
                found[two << 30 | one << 21 | zero << 12] = frame(leaf)
    return found


def frame(pte: int) -> int:
    """The frame that an entry names."""
    return (pte & PTE.mask("PPN")) >> PTE["PPN"].low << 12


def guest_bytes(session: Session, gpa: int, length: int) -> bytes:
    """The guest's memory, through the G-stage's tables; what was never touched is missing."""
    leaves = mapped(session)
    pages = range(gpa & -4096, gpa + length, 4096)
    data = b"".join(session.memory(leaves[page], 4096) for page in pages if page in leaves)
    return data[gpa & 4095 :][:length]
