"""Giving addresses: sections of one use lie together, each use on pages of its own.

First code, then constants, then data, then zeros. So a kernel can give each of them the permissions
that it needs, and the ELF file's segments say the same.
"""

from __future__ import annotations

from typing import Final

from vmlab.core.bits import align_up
from vmlab.derive.asm.builder import Builder, SectionDraft
from vmlab.derive.asm.expressions import Relocation, evaluate
from vmlab.derive.asm.fragments import MOST_BYTES, Fragment
from vmlab.derive.asm.problems import Wrong
from vmlab.derive.asm.symbols import Symbols

PAGE_BYTES: Final = 4096
_MOST_ROUNDS: Final = 64
"""Layouts until sizes settle. Two or three are usual; each round can make branches longer."""


def ordered(sections: list[SectionDraft]) -> list[list[SectionDraft]]:
    """Loaded sections by use; within one use in the order of the source, zeros at the end."""
    groups: dict[tuple[bool, bool], list[SectionDraft]] = {}
    for section in sections:
        if section.flags.is_loaded:
            key = (not section.flags.is_executable, section.flags.is_writable)
            groups.setdefault(key, []).append(section)
    return [
        sorted(groups[key], key=lambda section: section.flags.is_zero) for key in sorted(groups)
    ]


def lay_out(builder: Builder, text_base: int) -> None:
    """Set every fragment's address. Raises `Wrong` if the image is too large or never settles."""
    symbols = builder.symbols
    sections = list(builder.sections.values())
    before: list[int] = []
    pieces = [piece for section in sections for piece in section.fragments]
    for _ in range(_MOST_ROUNDS):
        _place(sections, text_base, symbols)
        symbols.forget_values()
        # Not a generator: every fragment that is too small grows in this round.
        grown = [piece.grow(symbols) for piece in pieces]
        after = [piece.address for piece in pieces]
        if not any(grown) and after == before:
            _pair(sections, symbols)
            return
        before = after
    _place(sections, text_base, symbols)
    moved = [at for at, piece in enumerate(pieces) if piece.address != before[at]]
    guilty = pieces[max(moved[0] - 1, 0)] if moved else pieces[0]
    raise Wrong(
        guilty.at, "expected sizes that settle, found this one changing with its own result"
    )


def _place(sections: list[SectionDraft], text_base: int, symbols: Symbols) -> None:
    address = text_base
    for group in ordered(sections):
        address = align_up(address, PAGE_BYTES) if address != text_base else address
        for section in group:
            address = align_up(address, section.alignment)
            _place_section(section, address, symbols)
            address += section.size_bytes
    for section in sections:
        if not section.flags.is_loaded:
            _place_section(section, 0, symbols)
    total = sum(section.size_bytes for section in sections)
    if total > MOST_BYTES:
        at = max(sections, key=lambda s: s.size_bytes).fragments[-1].at
        raise Wrong(at, f"expected an image of at most {MOST_BYTES:#x} bytes, found {total:#x}")


def _place_section(section: SectionDraft, address: int, symbols: Symbols) -> None:
    section.address = address
    for fragment in section.fragments:
        fragment.address = address
        address += _size(fragment, symbols)
    section.size_bytes = address - section.address


def _size(fragment: Fragment, symbols: Symbols) -> int:
    """A size that is not known yet counts as nothing; `emit` tells if it never will be."""
    try:
        return fragment.size(symbols)
    except Wrong:
        return 0


def _pair(sections: list[SectionDraft], symbols: Symbols) -> None:
    """Note where each `%pcrel_hi` leads, for the `%pcrel_lo` that name its instruction."""
    for section in sections:
        for fragment in section.fragments:
            try:
                for address, code in fragment.codes(symbols):
                    for value in code.values.values():
                        if isinstance(value, Relocation) and value.operator == "%pcrel_hi":
                            target = evaluate(value.of, symbols, address)
                            symbols.pairs[address] = target - address
            except Wrong:
                continue  # `emit` meets the same mistake and reports it
