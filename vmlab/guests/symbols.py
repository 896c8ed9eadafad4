"""Names for addresses, out of an ELF symbol table.

The entries are unpacked here and not by pyelftools: a kernel has a hundred thousand of them, and
a file in which every name is as long as the string table would take hours to read.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_ENTRY: Final = struct.Struct("<IBBHQQ")
"""st_name, st_info, st_other, st_shndx, st_value, st_size."""
_LONGEST_NAME: Final = 256
_UNDEFINED: Final = 0
_ABSOLUTE: Final = 0xFFF1
# The best name of an address has the highest rank: functions, then data, then labels without a
# type. These are all that assembly has, and the marks of linker scripts in a C program.
_RANK_OF_TYPE: Final = {2: 3, 1: 2, 0: 1}
_GLOBAL: Final = 1


def read_symbols(
    table: bytes, strings: bytes, *, tohost: str
) -> tuple[Mapping[int, str], int | None]:
    """Names by address, one an address, and the address of the symbol `tohost` if there is one.

    Left out: constants (absolute symbols, so that no address is called `SYS_EXIT`), undefined
    symbols, mapping symbols (`$x`) and assembler-made labels (`.L...`).
    """
    best: dict[int, tuple[int, int, str]] = {}
    tohost_address: int | None = None
    usable = len(table) - len(table) % _ENTRY.size
    for name_at, info, _, section, value, _ in _ENTRY.iter_unpack(table[:usable]):
        rank = _RANK_OF_TYPE.get(info & 0xF)
        if section == _UNDEFINED or rank is None:
            continue
        name = _name(strings, name_at)
        if name == tohost:
            tohost_address = value
        if section == _ABSOLUTE or not name or name.startswith(("$", ".L")):
            continue
        found = (rank, int(info >> 4 == _GLOBAL), name)
        if value not in best or found[:2] > best[value][:2]:
            best[value] = found
    names = {address: best[address][2] for address in sorted(best)}
    return MappingProxyType(names), tohost_address


def _name(strings: bytes, at: int) -> str:
    end = strings.find(b"\0", at, at + _LONGEST_NAME)
    raw = strings[at:end] if end >= 0 else strings[at : at + _LONGEST_NAME]
    return raw.decode("utf-8", "replace")
