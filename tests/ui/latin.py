"""Finds English that should have been translated: two words in a row that are no names.

Names are what a manual or an assembler would print: mnemonics, registers, CSRs and their fields,
extensions, devices, units, symbols of the guest. Everything with a Chinese character counts as
translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from vmlab.guests.catalog import GUESTS
from vmlab.isa.csrs import CSRS
from vmlab.isa.extensions import ROWS
from vmlab.isa.registers import ABI_NAMES, FLOAT_NAMES
from vmlab.isa.table import INSTRUCTIONS

_CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
_WORD = re.compile(r"(?<![\w.])[A-Za-z]?[a-z]{2,}(?![\w.])")
_ANY_WORD = re.compile(r"(?<![\w.])[A-Za-z]{2,}(?:[_.][A-Za-z]+)*(?![\w.])")
_FLAGS = re.compile(r"[DAGUXWRV]+")
"""Of a page-table entry."""
_HEX = re.compile(r"(?:[0-9a-f]{2}){1,2}")
_PLAIN = frozenset(
    {"pc", "va", "pa", "gpa", "gva", "spa", "asid", "vmid", "tval", "epc", "hart", "hypervisor"}
    | {"vmlab", "numpy", "true", "false", "direct"}
)
"""Terms that Chinese writing about RISC-V keeps, and words of JSON."""


@cache
def _names() -> frozenset[str]:
    found = {insn.name for insn in INSTRUCTIONS} | set(CSRS) | {row.name for row in ROWS}
    found |= {*ABI_NAMES, *FLOAT_NAMES, *GUESTS}
    return frozenset(part for name in found for part in re.split(r"[._]", name)) | found


def words_in(text: str, terms: Iterable[str] = ()) -> list[str]:
    """The English words of `text`, whatever stands beside them: stricter than `english_in`, for
    sentences with values, where one word alone may be what somebody forgot. `terms` may stand."""
    known = _names() | _PLAIN | set(terms)
    words = [one for one in _ANY_WORD.findall(text) if one not in known]
    return [one for one in words if not (_HEX.fullmatch(one) or _FLAGS.fullmatch(one))]


def english_in(text: str, symbols: Iterable[str] = ()) -> list[str]:
    """The lines (or cells, which two spaces part) of `text` that are English sentences."""
    known = _names() | _PLAIN | set(symbols)
    found = []
    for cell in re.split(r"\n|\t| {2,}", text):
        words = [
            word
            for word in _WORD.findall(cell)
            if word.lower() not in known and not _HEX.fullmatch(word)
        ]
        if len(words) >= 2 and not _CHINESE.search(cell):
            found.append(cell.strip())
    return found
