"""A benchmark in the size that is wanted: the number of its rounds, written into its image.

Every benchmark has a doubleword `rounds` among its data (`src/bench/bench.h` says what a round
is). Its image is an ELF file like any other, so the same bytes can be timed on any machine.
"""

from __future__ import annotations

import struct
from typing import Final

from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.guests import elf
from vmlab.guests.catalog import BENCHMARKS
from vmlab.guests.loader import load_elf

SYMBOL: Final = "rounds"
MOST_ROUNDS: Final = 1 << 40
RAM_BYTES: Final = 1 << 20
"""Each of them fits."""
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
    names = load_elf(data, ram_size=RAM_BYTES).symbols
    address = next((address for address, symbol in names.items() if symbol == SYMBOL), None)
    head = elf.header(data)
    for nth in range(0 if address is None else head.e_phnum):
        part = elf.program(data, head.e_phoff + nth * head.e_phentsize)
        offset = (address or 0) - part.p_vaddr
        if part.p_type == elf.PT_LOAD and 0 <= offset <= part.p_filesz - _DOUBLEWORD.size:
            return part.p_offset + offset
    raise BrokenInvariant(f"{name}: its image has no {SYMBOL} to write to")
