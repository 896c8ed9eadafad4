"""The page tables that a random kernel starts with, and where their entries stand.

Each space has a root for each format: that of Sv48 leads to that of Sv39, and that of Sv57 to that
of Sv48, so the same addresses mean the same through all. The kernel's tables are shared.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final

from vmlab.core.units import MIB, PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.layouts import PTE, SATP
from vmlab.isa.system.walk import BY_NAME, FORMATS, INDEX_BITS
from vmlab.machine import memmap
from vmlab.vmm.laws.kernels.operations import Slot
from vmlab.vmm.laws.kernels.places import (
    GIGA_WINDOW,
    MEGA_WINDOW,
    PAGE_COUNT,
    PAGES,
    TABLES,
    USER_TEXT,
    USER_TEXT_AT,
    USER_TEXT_PAGES,
    WINDOW,
)

SPACES: Final = 2
_ROOT, _SV48, _SV57, _LOW, _WINDOWS, _TEXT, _SPLIT, _PAGES_EACH_SPACE = range(8)
_KERNEL: Final = TABLES + SPACES * _PAGES_EACH_SPACE * PAGE_SIZE_BYTES
"""The kernel's table of 2 MiB leaves."""
POINTER: Final = PTE.mask("V")
DONE: Final = PTE.mask("A", "D")
KERNEL_LEAF: Final = PTE.mask("V", "R", "W", "X")
_DEVICE: Final = PTE.mask("V", "R", "W", "A", "D")
"""Devices are the kernel's in one space, and the user's in the other."""
_DEVICE_BASES: Final = (0, memmap.CLINT, memmap.PLIC, memmap.UART)


def pte(pa: int, bits: int) -> int:
    """An entry for a physical page."""
    return pa >> PAGE_BITS << PTE["PPN"].low | bits


def _table(space: int, which: int) -> int:
    return TABLES + (space * _PAGES_EACH_SPACE + which) * PAGE_SIZE_BYTES


def _index(va: int, level: int) -> int:
    return va >> PAGE_BITS + INDEX_BITS * level & (1 << INDEX_BITS) - 1


def entry(space: int, slot: Slot, index: int) -> int:
    """The physical address of an entry."""
    match slot:
        case Slot.WINDOW:
            return _table(space, _WINDOWS) + 8 * (_index(WINDOW, 0) + index)
        case Slot.USER_TEXT:
            return _table(space, _TEXT) + 8 * (_index(USER_TEXT, 0) + index)
        case Slot.MEGA:
            return _table(space, _LOW) + 8 * _index(MEGA_WINDOW, 1)
        case Slot.GIGA:
            return _table(space, _ROOT) + 8 * _index(GIGA_WINDOW, 2)
        case Slot.KERNEL:
            return _KERNEL + 8 * index


def covered(slot: Slot, index: int) -> int:
    """A virtual address that the entry translates."""
    starts = {
        Slot.WINDOW: WINDOW,
        Slot.USER_TEXT: USER_TEXT,
        Slot.MEGA: MEGA_WINDOW,
        Slot.GIGA: GIGA_WINDOW,
        Slot.KERNEL: memmap.RAM,
    }
    return starts[slot] + index * (2 * MIB if slot is Slot.KERNEL else PAGE_SIZE_BYTES)


def windows_page(space: int) -> int:
    """The physical address of the table that holds a space's 4 KiB windows: to be mapped itself."""
    return _table(space, _WINDOWS)


def split_pointer(space: int) -> int:
    """An entry that replaces the 2 MiB leaf by 4 KiB leaves."""
    return pte(_table(space, _SPLIT), POINTER)


def satp(space: int, format_number: int, asid: int | None = None) -> int:
    """satp of a space, under its own number unless another is given."""
    which = {BY_NAME["sv39"].number: _ROOT, BY_NAME["sv48"].number: _SV48}
    root = _table(space, which.get(format_number, _SV57))
    number = asid_of(space) if asid is None else asid
    return (
        format_number << SATP["MODE"].low
        | number << SATP["ASID"].low
        | root >> PAGE_BITS << SATP["PPN"].low
    )


def asid_of(space: int) -> int:
    """A space's own number."""
    return space + 1


FORMAT_NUMBERS: Final = tuple(fmt.number for fmt in FORMATS)


def own_pages(space: int) -> tuple[int, ...]:
    """The pages of a space's tables, as far as 4 KiB leaves and one format need them."""
    return tuple(_table(space, which) for which in (_ROOT, _LOW, _WINDOWS, _TEXT))


def root(space: int) -> int:
    """The physical address of a space's root for Sv39."""
    return _table(space, _ROOT)


def words(leaves: Mapping[tuple[int, Slot, int], int], devices: bool = True) -> dict[int, int]:
    """The entries of all spaces, by their addresses: but for the kernel's own map, and that of
    devices and what belongs to other formats only if `devices`."""
    made: dict[int, int] = {}
    for space in range(SPACES):
        made[root(space)] = pte(_table(space, _LOW), POINTER)
        low = _table(space, _LOW)
        for start, table in ((WINDOW, _WINDOWS), (USER_TEXT, _TEXT)):
            made[low + 8 * _index(start, 1)] = pte(_table(space, table), POINTER)
        for page in range(USER_TEXT_PAGES):
            at = USER_TEXT_AT + page * PAGE_SIZE_BYTES
            made[entry(space, Slot.USER_TEXT, page)] = pte(at, PTE.mask("V", "R", "X", "U"))
        if devices:
            made |= _native(space)
    return made | {entry(*where): value for where, value in leaves.items()}


def _native(space: int) -> dict[int, int]:
    """What a space has on a machine of its own: devices, longer formats, superpages in pieces."""
    made = {
        _table(space, _SV57): pte(_table(space, _SV48), POINTER),
        _table(space, _SV48): pte(root(space), POINTER),
        root(space) + 8 * _index(memmap.RAM, 2): pte(_KERNEL, POINTER),
    }
    for base in _DEVICE_BASES:
        made[_table(space, _LOW) + 8 * _index(base, 1)] = pte(base, _DEVICE | PTE.mask("U") * space)
    for page in range(PAGE_COUNT + 1):
        whole = PTE.mask("V", "R", "W", "X", "U")
        made[_table(space, _SPLIT) + 8 * page] = pte(PAGES + page * PAGE_SIZE_BYTES, whole)
    return made


def initial(leaves: Mapping[tuple[int, Slot, int], int]) -> tuple[tuple[int, bytes], ...]:
    """The tables at their addresses; `leaves` gives the entries that programs choose."""
    made = words(leaves)
    for index in range(2):
        kernel = pte(memmap.RAM + index * 2 * MIB, KERNEL_LEAF | DONE)
        made.setdefault(entry(0, Slot.KERNEL, index), kernel)
    content = bytearray(_KERNEL + PAGE_SIZE_BYTES - TABLES)
    for address, value in made.items():
        struct.pack_into("<Q", content, address - TABLES, value)
    return ((TABLES, bytes(content)),)
