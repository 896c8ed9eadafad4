"""The text twin: counters, pages, the blocks and the code of one page, what happened."""

from __future__ import annotations

from vmlab.derive.t2.facts import Block
from vmlab.session.snapshot import Snapshot
from vmlab.session.translations import TranslatedPage, Translations
from vmlab.views import translated_code, translation
from vmlab.views.names import short_hex
from vmlab.views.phrase import NOTHING, Phrase, say
from vmlab.views.table import Cell, Table, Translate, render

_COLUMNS = (Phrase("Kind"), Phrase("Where"), Phrase("What"), Phrase("More"))
MOST_PAGES = 64
MOST_EVENTS = 50


def table(
    snapshot: Snapshot, found: Translations, page: TranslatedPage | None, block: Block | None
) -> Table:
    """All rows of the picture for this page and this block of it."""
    instead = translation.instead(snapshot, found)
    made: list[tuple[Cell, ...]] = []
    if not instead or any(count for *_, count in translation.counts(found.counters)):
        made += (
            (Phrase("counter"), name, f"{count:,}", title)
            for name, title, count in translation.counts(found.counters)
        )
    made += (_page(row) for row in translation.rows(snapshot, found, MOST_PAGES))
    if page is not None:
        made += (_block(row) for row in translated_code.blocks(snapshot, page))
        if block is not None:
            made += (_line(row) for row in translated_code.lines(snapshot, page, block))
    made += (
        (Phrase("event"), f"#{row.retired:,}", say("{name}: {did}", name=row.name, did=row.did),
         row.why)
        for row in translation.events(snapshot, found, MOST_EVENTS)
    )  # fmt: skip
    current = next((at for at, row in enumerate(made) if row[0] == _HERE), None)
    return Table(Phrase("Translation"), _COLUMNS, tuple(made), instead or Phrase(""), current)


_HERE = Phrase("instruction, next")


def _page(row: translation.PageRow) -> tuple[Cell, ...]:
    kind = Phrase("page, the hart is in it") if row.is_here else Phrase("page")
    more = say(
        "{state}; entered {runs} times; {jumps} jumps seen; {n} instructions in {k} blocks, "
        "{bytes} bytes of WebAssembly made in {us} µs",
        state=row.state, runs=f"{row.runs:,}", jumps=f"{row.jumps:,}", n=f"{row.instructions:,}",
        k=f"{row.blocks:,}", bytes=f"{row.wasm_bytes:,}", us=f"{row.made_us:,}",
    )  # fmt: skip
    return kind, short_hex(row.pa), row.name, more


def _block(row: translated_code.BlockRow) -> tuple[Cell, ...]:
    where = f"{translated_code.place(row.offset)} {row.name}".rstrip()
    more: Phrase = NOTHING
    for _, words in row.edges:
        more = say("{before}; {edge}", before=more, edge=words) if more else words
    what = say("instructions: {n}; loops around it: {depth}", n=row.instructions, depth=row.depth)
    return Phrase("entry point") if row.is_entry else Phrase("block"), where, what, more


def _line(row: translated_code.LineRow) -> tuple[Cell, ...]:
    kind = _HERE if row.is_here else Phrase("instruction")
    return kind, short_hex(row.address), row.text, " ".join(one.text for one in row.wasm)


def text(snapshot: Snapshot, found: Translations, translate: Translate = str) -> str:
    """The translation as lines of text, for the page that the hart is in, else the busiest."""
    page = translation.followed(snapshot, found, None)
    block = None if page is None else translated_code.chosen(page, None)
    return render(table(snapshot, found, page, block), translate)
