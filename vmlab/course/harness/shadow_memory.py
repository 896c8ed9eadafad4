"""A guest's memory twice: where a VMM keeps it, and as it would be without one.

    the VMM's machine    real memory; the guest's pages lie in it in no order at all
    the twin             a machine of the guest's own: gpa is pa, and the hart sets A and D

Whatever the guest does is done to both. What the twin's hart then makes of an address, by the
machine's own description of a page walk, is what a guest under the VMM must see as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from vmlab.core.events import Access as Hardware
from vmlab.core.events import Event, EventKind, PteRead, Walk
from vmlab.core.units import MIB, PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.causes import ACCESS_FAULTS
from vmlab.isa.layouts import ENVCFG, PTE
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.state import MENVCFG, MSTATUS, SATP
from vmlab.lab import GPA, SPA, Access, Ctx, Flags, Guest, Pte
from vmlab.machine import memmap
from vmlab.machine.platform import Machine, Platform
from vmlab.vmm.common.vhart import VirtualHart

VMM_BYTES: Final = 4 * MIB
"""The beginning of real memory is the VMM's own; where the guest believes its memory to be."""
GUEST_BYTES: Final = 4 * MIB
REAL_BYTES: Final = 12 * MIB
FIRST: Final = memmap.RAM >> PAGE_BITS
"""The number of the first page of memory: of the real one, and of the guest's."""
PAGES: Final = GUEST_BYTES >> PAGE_BITS
HARDWARE: Final = {
    Access.FETCH: Hardware.FETCH,
    Access.LOAD: Hardware.LOAD,
    Access.STORE: Hardware.STORE,
}
_PPN_AT: Final = PTE["PPN"].low
_MOST_PPN: Final = PTE.mask("PPN") >> _PPN_AT
_FLAGS: Final = 0xFF


def machine(ram_bytes: int) -> VirtualHart:
    """The hart of a new machine, ready to walk tables."""
    hart = VirtualHart(Machine(Platform(ram_bytes, translation="sv39")))
    hart.hand_over(memmap.RAM, 0)
    return hart


class Memory(Guest):
    """The guest's memory in the VMM's machine."""

    def __init__(self, real: VirtualHart, rng: Random) -> None:
        frames = range(FIRST + (VMM_BYTES >> PAGE_BITS), FIRST + (REAL_BYTES >> PAGE_BITS))
        self._machine = real.machine
        self._frame = dict(enumerate(rng.sample(frames, PAGES), FIRST))
        self.frames = frozenset(self._frame.values())
        """Numbers of the real pages that are this guest's."""

    def spa(self, gpa: GPA) -> SPA | None:
        frame = self._frame.get(_whole(gpa) >> PAGE_BITS)
        return None if frame is None else SPA(frame << PAGE_BITS | gpa & PAGE_SIZE_BYTES - 1)

    def pte(self, gpa: GPA) -> Pte | None:
        spa = self._entry(gpa)
        return None if spa is None else decoded(self._machine.read(spa, 8))

    def set_pte(self, gpa: GPA, pte: Pte) -> None:
        spa = self._entry(gpa)
        if not isinstance(pte, Pte):
            raise ValueError(f"expected a Pte, found {type(pte).__name__}")
        if spa is None:
            raise ValueError(f"expected an address in the guest's memory, found gpa {gpa:#x}")
        self._machine.write(spa, encoded(pte))

    def _entry(self, gpa: GPA) -> SPA | None:
        if _whole(gpa) % 8:
            raise ValueError(f"expected the address of an entry, a multiple of 8, found {gpa:#x}")
        return self.spa(gpa)

    def page(self, number: int) -> bytes:
        """The bytes of a guest-physical page."""
        return self._machine.read(self._frame[number] << PAGE_BITS, PAGE_SIZE_BYTES)

    def put_page(self, number: int, content: bytes) -> None:
        """Write a guest-physical page."""
        self._machine.write(self._frame[number] << PAGE_BITS, content)


def _whole(gpa: GPA) -> int:
    if not isinstance(gpa, int):
        raise ValueError(f"expected a guest-physical address, found {type(gpa).__name__}")
    return gpa


def encoded(pte: Pte) -> bytes:
    """An entry as memory has it. Raises `ValueError` if the page's number is too large."""
    if not 0 <= pte.ppn <= _MOST_PPN:
        raise ValueError(f"expected a page number of 44 bits, found {pte.ppn:#x}")
    return (pte.ppn << _PPN_AT | int(pte.flags) & _FLAGS).to_bytes(8, "little")


def decoded(entry: bytes) -> Pte:
    """An entry from its eight bytes."""
    word = int.from_bytes(entry, "little")
    return Pte(PTE["PPN"].of(word), Flags(word & _FLAGS))


@dataclass(frozen=True, slots=True)
class Walked:
    """What the twin's hart makes of an access."""

    cause: int
    """0 if it is carried out."""
    gpa: int
    """The page's guest-physical address."""
    allowed: int
    """A bit for each access that needs no further walk (`core.events.Access`): a store only once
    D is set."""
    level: int
    is_outside: bool
    """The tables lead to an address where nothing answers."""


class Twin:
    """The guest alone on a machine."""

    def __init__(self) -> None:
        self.hart = machine(GUEST_BYTES)
        self._kernel = self.hart.kernel("walk")

    def page(self, number: int) -> bytes:
        """The bytes of a page."""
        return self.hart.machine.read(number << PAGE_BITS, PAGE_SIZE_BYTES)

    def set_pte(self, pa: int, pte: Pte) -> None:
        """Write an entry."""
        self.hart.machine.write(pa, encoded(pte))

    def walk(self, ctx: Ctx, va: int, acc: Access, commit: bool = True) -> Walked:
        """Make an access. With `commit` False nothing is written: A and D stay as they are."""
        return self._walk(ctx, va, acc, int(commit), ENVCFG.mask("STCE", "ADUE"))

    def walk_unaided(self, ctx: Ctx, va: int, acc: Access) -> Walked:
        """The same with a hart that sets neither A nor D (Svade): what passes needs no update."""
        return self._walk(ctx, va, acc, 0, ENVCFG.mask("STCE"))

    def _walk(self, ctx: Ctx, va: int, acc: Access, commit: int, environment: int) -> Walked:
        words = self.hart.words
        words[SATP.slot], words[MENVCFG.slot] = ctx.satp, environment
        kept = words[MSTATUS.slot] & ~STATUS.mask("SUM", "MXR")
        sum_, mxr = ctx.sum * STATUS.mask("SUM"), ctx.mxr * STATUS.mask("MXR")
        words[MSTATUS.slot] = kept | sum_ | mxr
        access = HARDWARE[acc].value
        cause, page, allowed, level = self._kernel(va, access, ctx.mode.value, commit)
        is_outside = not cause and not FIRST <= page >> PAGE_BITS < FIRST + PAGES
        return Walked(
            ACCESS_FAULTS[access] if is_outside else cause, page, allowed, level, is_outside
        )

    def last_read(self, ctx: Ctx, va: int, acc: Access) -> PteRead | None:
        """The entry at which a walk ends; None if it reads none."""
        heard: list[Event] = []
        listeners = self.hart.listeners
        listeners.kinds, listeners.emit = EventKind.WALK, heard.append
        try:
            self.walk(ctx, va, acc, commit=False)
        finally:
            listeners.kinds = EventKind(0)
        walk = heard[-1]
        assert isinstance(walk, Walk)
        return walk.reads[-1] if walk.reads else None


def different_entries(
    twin: Twin, memory: Memory, pages: set[int]
) -> Iterator[tuple[int, Pte, Pte]]:
    """Entries of tables that are not the same in both: (gpa, the twin's, the guest's)."""
    for number in sorted(pages):
        expected, found = twin.page(number), memory.page(number)
        if expected == found:
            continue
        for at in range(0, PAGE_SIZE_BYTES, 8):
            one, other = expected[at : at + 8], found[at : at + 8]
            if one != other:
                yield number << PAGE_BITS | at, decoded(one), decoded(other)
