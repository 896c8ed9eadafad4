"""Translations for made-up sessions: a page with loops, which the hart is in, and one that was
dropped."""

from __future__ import annotations

from functools import cache
from typing import Final

from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.derive.asm.assembler import assemble
from vmlab.derive.t2.region import Region, translate
from vmlab.engine.translations import (
    Change,
    Translated,
    TranslationCounters,
    TranslationEvent,
    Why,
)
from vmlab.machine import memmap
from vmlab.session.translations import TranslatedPage, Translations

FIRST: Final = 0x100
SOURCE: Final = """
outer:  li      t0, 0
inner:  sd      zero, 0(a0)
        ld      t1, 8(a0)
        addi    t0, t0, 1
        bne     t0, a1, inner
        addi    a2, a2, -1
        beqz    a2, done
        mul     t1, t1, a2
        j       outer
done:   ecall
        ret
"""
OTHER: Final = 5


@cache
def region() -> Region:
    """A loop in a loop."""
    base = memmap.RAM + FIRST
    (segment,) = assemble(SOURCE, text_base=base).segments
    code = b"".join(section.data for section in segment)
    content = code.rjust(FIRST + len(code), b"\0").ljust(PAGE_SIZE_BYTES, b"\0")
    made = translate(content, (FIRST, FIRST + 4))
    assert made is not None
    return made


def translations(position: int, pc: int) -> Translations:
    """Of a run that stands here."""
    page = pc - memmap.RAM >> PAGE_BITS
    heat = ((FIRST + 4, 40 * position), (FIRST, position))
    live = Translated(
        page, region(), memmap.RAM, 3, 7 * position, heat, 0.002, 0.0005, 1234, True, Why.HOT
    )
    gone = Translated(OTHER, region(), 0x40_0000, 0, 2, (), 0.001, 0.0005, 999, False, Why.WRITTEN)
    at = memmap.RAM + (OTHER << PAGE_BITS)
    return Translations(
        (
            TranslatedPage(gone, at, 0x40_0000, None),
            TranslatedPage(live, memmap.RAM, memmap.RAM, pc % PAGE_SIZE_BYTES),
        ),
        TranslationCounters(3, 7 * position + 4, 2 * position, 1, 1234),
        (
            TranslationEvent(3, Change.TRANSLATED, OTHER, Why.HOT),
            TranslationEvent(5, Change.LINKED, OTHER, Why.SAME_CONTENT),
            TranslationEvent(9, Change.DROPPED, OTHER, Why.WRITTEN),
            TranslationEvent(10, Change.TRANSLATED, page, Why.HOT),
        ),
    )
