"""From what a user names to what a virtual machine starts with: a guest of the catalogue, an ELF
file, or a raw kernel, all of them for S under SBI."""

from __future__ import annotations

from pathlib import Path

from vmlab.core.errors import BadInput, Unsupported
from vmlab.guests import catalog
from vmlab.guests.extensions import describe, missing
from vmlab.guests.loader import load_elf
from vmlab.isa.extensions import extensions_of
from vmlab.vmm.common.vm import (
    DEFAULT_GUEST_RAM_BYTES,
    GUEST_ISA,
    KERNEL_ENTRY,
    Payload,
)


def raw_kernel(
    name: str, data: bytes, append: str | None = None, disk: bytes | None = None
) -> Payload:
    """A raw kernel, such as U-Boot's: placed and started where firmware expects one."""
    if not data:
        raise BadInput(f"{name}: expected a raw kernel, found an empty file")
    return Payload(name, ((KERNEL_ENTRY, data),), append=append, disk=disk)


def source_of(spec: str | bytes | Path) -> catalog.Source:
    """The ELF file of a guest that starts in S under SBI. Raises `BadInput` for one of the
    catalogue that starts in M."""
    named = isinstance(spec, str) and spec in (*catalog.GUESTS, *catalog.BENCHMARKS)
    if named and not catalog.find(str(spec)).needs_sbi:
        names = [name for name, row in catalog.GUESTS.items() if row.needs_sbi]
        raise BadInput(
            f"expected a guest that starts in S under SBI ({', '.join(names)}), found {spec!s}, "
            "which starts in M and brings its own firmware"
        )
    return catalog.resolve(spec, monitored=True)


def payload_of(
    spec: str | bytes | Path,
    *,
    append: str | None = None,
    disk: bytes | None = None,
    ram_bytes: int = DEFAULT_GUEST_RAM_BYTES,
    isa: str = GUEST_ISA,
) -> Payload:
    """A guest by its name in the catalogue, the path of an ELF file or an ELF file's bytes. Raises
    `BadInput` for one that starts in M, `Unsupported` for one that needs more than its hart has."""
    source = source_of(spec)
    image = load_elf(source.data, name=source.name, ram_size=ram_bytes)
    lacking = missing(image.isa, extensions_of(isa))
    if lacking:
        raise Unsupported(f"{image.name}: its hart has no {describe(lacking)}")
    segments = tuple((segment.pa, segment.content) for segment in image.segments)
    return Payload(image.name, segments, image.entry, append, disk, image.symbols)
