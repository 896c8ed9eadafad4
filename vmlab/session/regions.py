"""What lies where in the physical address space: devices, and what is in RAM."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby, pairwise

from vmlab.core.events import Access
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.engine.api import Engine
from vmlab.guests.loader import Image
from vmlab.isa.registers import ABI_NAMES
from vmlab.machine import memmap
from vmlab.machine.platform import Machine
from vmlab.session.opening import KERNEL_ADDRESS, Setup, initrd_address

_SP = ABI_NAMES.index("sp")


class Kind(Enum):
    """What a region is."""

    DEVICE = "device"
    ROM = "ROM"
    IMAGE = "image"
    DEVICE_TREE = "device tree"
    TABLES = "page tables"
    STACK = "stack"
    FREE = "free RAM"


@dataclass(frozen=True, slots=True)
class Region:
    """From `first` to `last`, both included. `name` is a device's, or the part of the image's."""

    first: int
    last: int
    kind: Kind
    name: str = ""
    has_pc: bool = False
    """The next instruction is fetched from here."""
    has_sp: bool = False
    """The stack pointer points here."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something in RAM that is known to be there."""

    first: int
    end: int
    kind: Kind
    name: str = ""


def loaded(setup: Setup, machine: Machine, image: Image | None) -> tuple[Part, ...]:
    """What the machine was loaded with: the image's segments, raw files, the device tree."""
    parts = [
        Part(int(part.pa), int(part.pa) + part.mem_size, Kind.IMAGE, setup.name)
        for part in (image.segments if image is not None else ())
    ]
    raw = (("bios", setup.bios, memmap.RAM), ("kernel", setup.kernel, KERNEL_ADDRESS))
    for name, data, address in raw:
        if data is not None:
            parts.append(Part(address, address + len(data), Kind.IMAGE, name))
    tree = machine.tree_address
    # The header of ours holds its size (Devicetree Specification, 5.2); one given may be anything.
    given = setup.dtb
    size = int.from_bytes(machine.read(tree + 4, 4), "big") if given is None else len(given)
    if setup.initrd:
        start = initrd_address(tree, len(setup.initrd))
        parts.append(Part(start, start + len(setup.initrd), Kind.IMAGE, "initrd"))
    return (*parts, Part(tree, tree + size, Kind.DEVICE_TREE))


def _runs(pages: Iterable[int], kind: Kind) -> list[Part]:
    """Neighbouring pages as one part."""
    ordered = sorted(pages)
    numbered = groupby(enumerate(ordered), lambda pair: pair[1] - PAGE_SIZE_BYTES * pair[0])
    groups = [[page for _, page in group] for _, group in numbered]
    return [Part(group[0], group[-1] + PAGE_SIZE_BYTES, kind) for group in groups]


def regions(
    machine: Machine, engine: Engine, parts: Sequence[Part], tables: frozenset[int]
) -> tuple[Region, ...]:
    """The whole map, by address. `parts` are what was loaded, `tables` the pages that walks have
    read. Where two lie over each other, page tables win, then the stack, then what was loaded."""
    pc = engine.peek(machine.hart.pc & -PAGE_SIZE_BYTES, Access.FETCH)
    sp = engine.peek(machine.hart.x[_SP] & -PAGE_SIZE_BYTES, Access.LOAD)
    end = memmap.RAM + machine.platform.ram_bytes
    stack = [sp] if sp is not None and memmap.RAM <= sp < end else []
    known = [*_runs(tables, Kind.TABLES), *_runs(stack, Kind.STACK), *parts]
    found = [
        Region(
            device.base,
            device.base + device.size_bytes - 1,
            Kind.ROM if device is machine.rom else Kind.DEVICE,
            device.name,
        )
        for device in machine.bus.devices
    ]
    found += _cut(known, memmap.RAM, end)
    return tuple(
        _with_marks(region, pc, sp) for region in sorted(found, key=lambda region: region.first)
    )


def _with_marks(region: Region, pc: int | None, sp: int | None) -> Region:
    return Region(
        region.first, region.last, region.kind, region.name,
        has_pc=pc is not None and _touches(region, pc),
        has_sp=sp is not None and _touches(region, sp),
    )  # fmt: skip


def _touches(region: Region, page: int) -> bool:
    return region.first < page + PAGE_SIZE_BYTES and region.last >= page


def _cut(parts: Sequence[Part], start: int, end: int) -> list[Region]:
    """RAM from `start` to `end` as regions without gaps; earlier parts lie on top."""
    edges = {start, end}
    for part in parts:
        edges |= {min(max(edge, start), end) for edge in (part.first, part.end)}
    ordered = sorted(edges)
    pieces: list[tuple[int, int, Kind, str]] = []
    for first, after in pairwise(ordered):
        top = next((part for part in parts if part.first <= first < part.end), None)
        kind, name = (Kind.FREE, "") if top is None else (top.kind, top.name)
        if pieces and pieces[-1][2:] == (kind, name):
            pieces[-1] = (pieces[-1][0], after, kind, name)
        else:
            pieces.append((first, after, kind, name))
    return [Region(first, after - 1, kind, name) for first, after, kind, name in pieces]
