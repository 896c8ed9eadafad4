"""Lists of address ranges: `.debug_rnglists` of version 5, `.debug_ranges` of those before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vmlab.core.errors import Unsupported
from vmlab.guests.dwarf.forms import Form, Forms
from vmlab.guests.dwarf.scan import Budget, Scan

Range = tuple[int, int]
"""First address, and the one behind the last."""
(_END, _BASEX, _STARTX_ENDX, _STARTX_LENGTH, _OFFSETS, _BASE, _START_END, _START_LENGTH) = range(8)


def ranges(
    sections: Mapping[str, bytes], forms: Forms, version: int, base: int, lists_at: int,
    form: int, value: int, budget: Budget,
) -> list[Range]:  # fmt: skip
    """The ranges that an attribute DW_AT_ranges names; `base` is the unit's address."""
    if version < 5:
        found = _old(sections, forms, base, value)
    else:
        at = value
        if form == Form.RNGLISTX:
            table = Scan(sections.get(".debug_rnglists", b""), ".debug_rnglists")
            table.skip(lists_at + value * forms.offset_bytes)
            at = lists_at + table.u(forms.offset_bytes)
        found = _new(sections, forms, base, at)
    made = []
    for low, high in found:
        budget.spend()
        if low < high:
            made.append((low, high))
    return made


def _old(sections: Mapping[str, bytes], forms: Forms, base: int, at: int) -> Iterator[Range]:
    scan = Scan(sections.get(".debug_ranges", b""), ".debug_ranges", at)
    size = forms.address_bytes
    other_base = (1 << 8 * size) - 1
    while True:
        low, high = scan.u(size), scan.u(size)
        if low == high == 0:
            return
        if low == other_base:
            base = high
        else:
            yield base + low, base + high


def _new(sections: Mapping[str, bytes], forms: Forms, base: int, at: int) -> Iterator[Range]:
    scan = Scan(sections.get(".debug_rnglists", b""), ".debug_rnglists", at)
    size = forms.address_bytes
    while (kind := scan.u(1)) != _END:
        if kind == _BASEX:
            base = forms.indexed(scan.uleb())
        elif kind == _STARTX_ENDX:
            yield forms.indexed(scan.uleb()), forms.indexed(scan.uleb())
        elif kind == _STARTX_LENGTH:
            low = forms.indexed(scan.uleb())
            yield low, low + scan.uleb()
        elif kind == _OFFSETS:
            yield base + scan.uleb(), base + scan.uleb()
        elif kind == _BASE:
            base = scan.u(size)
        elif kind == _START_END:
            yield scan.u(size), scan.u(size)
        elif kind == _START_LENGTH:
            low = scan.u(size)
            yield low, low + scan.uleb()
        else:
            raise Unsupported(f"expected a range of DWARF 5, found kind {kind}")
