"""A benchmark in the size that is wanted: the number of its rounds, written into its image.

Every benchmark has a doubleword `rounds` among its data (`src/bench/bench.h` says what a round
is). Its image is an ELF file like any other, so the same bytes can be timed on any machine.
"""

from __future__ import annotations

import io
import struct
from typing import Final

from elftools.elf.elffile import ELFFile

from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.guests.catalog import BENCHMARKS

SYMBOL: Final = "rounds"
MOST_ROUNDS: Final = 1 << 40
_DOUBLEWORD: Final = struct.Struct("<Q")


def sized(name: str, rounds: int) -> bytes:
    """The ELF file of a benchmark that does this many rounds."""
    if name not in BENCHMARKS:
        raise BadInput(f"expected a benchmark of {', '.join(BENCHMARKS)}, found {name!r}")
    if not 1 <= rounds <= MOST_ROUNDS:
        raise BadInput(f"expected 1 to {MOST_ROUNDS} rounds, found {rounds}")
    data = bytearray(BENCHMARKS[name].read())
    _DOUBLEWORD.pack_into(data, _place(bytes(data), name), rounds)
    return bytes(data)


def _place(data: bytes, name: str) -> int:
    """Where in the file the doubleword stands."""
    elf = ELFFile(io.BytesIO(data))
    table = elf.get_section_by_name(".symtab")
    symbols = table.get_symbol_by_name(SYMBOL) if table is not None else None
    if symbols:
        address = symbols[0]["st_value"]
        for segment in elf.iter_segments("PT_LOAD"):
            offset = address - segment["p_vaddr"]
            if 0 <= offset <= segment["p_filesz"] - _DOUBLEWORD.size:
                return int(segment["p_offset"] + offset)
    raise BrokenInvariant(f"{name}: its image has no {SYMBOL} to write to")
