"""`vmlab disasm`: the instructions of an ELF file."""

from __future__ import annotations

import io
from typing import Annotated, Final

import typer

from vmlab.core.errors import BadImage

_ALL_MEMORY: Final = 1 << 64
_EXECUTABLE_SECTION: Final = 0x4
_EXECUTABLE_SEGMENT: Final = 0x1


def disasm(
    image: Annotated[
        str, typer.Argument(help="A guest's name (see vmlab guests), else the path of an ELF file.")
    ],
) -> None:
    """Print the instructions of an ELF file, with its symbols.

    A word that is no instruction which vmlab knows is printed as data: text and tables stand
    between instructions.

    Examples:

      vmlab disasm tour

      vmlab disasm build/hello.elf | less
    """
    from vmlab.derive.objdump import listing
    from vmlab.guests.catalog import resolve
    from vmlab.guests.loader import load_elf

    source = resolve(image)
    # Where it would be loaded does not matter here, so all of memory will do.
    symbols = load_elf(source.data, ram_base=0, ram_size=_ALL_MEMORY, name=source.name).symbols
    try:
        parts = executable_parts(source.data)
    except Exception as error:  # noqa: BLE001  pyelftools answers damage with whatever it meets
        raise BadImage(
            f"{source.name}: expected section headers that can be read, found damage "
            f"({type(error).__name__}: {str(error)[:120]})"
        ) from None
    for name, address, code in parts:
        typer.echo(f"section {name}")
        for line in listing([(address, code)], symbols):
            typer.echo(line)


def executable_parts(data: bytes) -> list[tuple[str, int, bytes]]:
    """Name, address and bytes of each executable section, or segment if there are no sections."""
    from elftools.elf.elffile import ELFFile

    elf = ELFFile(io.BytesIO(data))
    sections = [
        (section.name, section["sh_addr"], section.data())
        for section in elf.iter_sections("SHT_PROGBITS")
        if section["sh_flags"] & _EXECUTABLE_SECTION
    ]
    return sections or [
        (f"of segment {number}", segment["p_vaddr"], segment.data())
        for number, segment in enumerate(elf.iter_segments("PT_LOAD"))
        if segment["p_flags"] & _EXECUTABLE_SEGMENT
    ]
