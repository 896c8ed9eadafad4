"""What T2 has translated: pages, blocks, the guest's code beside its WebAssembly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import param

from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.derive.t2.facts import Block
from vmlab.session.snapshot import Snapshot
from vmlab.session.translations import TranslatedPage, Translations
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.ui.widgets.page_tree import moment
from vmlab.views import translated_code, translation, translation_twin
from vmlab.views.names import Symbols, short_hex
from vmlab.views.table import Table

_PARTS: Final = 1000
_MOST_PAGES: Final = 1 << 40
FOLLOW: Final = -1
"""Of a page or a block: the one that the hart stands in, else the hottest."""


class Translation(Widget):
    """The pages that the engine has translated, and what was made of one of them."""

    page = param.Integer(
        default=FOLLOW, bounds=(FOLLOW, _MOST_PAGES),
        doc="The page of RAM that is taken apart; -1: the one that the hart stands in.",
    )  # fmt: skip
    block = param.Integer(
        default=FOLLOW, bounds=(FOLLOW, PAGE_SIZE_BYTES - 1),
        doc="The block whose code is shown, by its offset in the page; -1: as the hart goes.",
    )  # fmt: skip
    pages = param.Integer(default=48, bounds=(1, 256), doc="How many pages are listed.")
    blocks = param.Integer(default=48, bounds=(1, 256), doc="How many blocks are drawn at a time.")
    instructions = param.Integer(
        default=32, bounds=(1, 256), doc="How many instructions are shown at a time."
    )
    events = param.Integer(default=30, bounds=(1, 256), doc="How many of the last events.")

    kind: ClassVar[str] = "translation"
    doc: ClassVar[str] = "workbench#translation"
    on_demand: ClassVar[bool] = True
    live: ClassVar[bool] = True

    def __init__(self, controller: Any, **params: Any) -> None:
        super().__init__(controller, **params)
        self._start = 0
        """The first instruction of the block that is shown."""
        self._apart: tuple[Any, ...] | None = None
        """What was last taken apart, which the page keeps while the guest runs."""

    def labels(self) -> Mapping[str, Any]:
        return {
            **panel_words(t("Translation")),
            "counters": [[name, t(title)] for name, title in translation.COUNTERS],
            "measured": t("measured"),
            "page_columns": [t("Page"), t("Entered"), t("Jumps seen")],
            "pages": t("Translated pages, the busiest first"),
            "choose_page": t("Show the blocks of this page"),
            "here": t("the hart is here"),
            "follow": t("Follow pc"),
            "follow_hint": t("Show the page and the block that the hart stands in"),
            "blocks": t("Blocks of {page}, by address"),
            "choose_block": t("Show the code of this block"),
            "entry": t("entry point"),
            "entry_hint": t("The interpreter may come in here"),
            "instructions": t("instructions: {n}"),
            "loops": t("loops around it: {n}"),
            "code_columns": [t("Guest instruction"), t("WebAssembly made of it")],
            "code": t("Guest code and its WebAssembly"),
            "log": t("What happened, newest first"),
            "log_columns": [t("#"), t("Page"), t("What, and why")],
            "earlier": t("Earlier"),
            "later": t("Later"),
        }

    def _asked(self) -> int | None:
        return None if self.page == FOLLOW else self.page

    def _shown(
        self, snapshot: Snapshot, found: Translations
    ) -> tuple[TranslatedPage | None, Block | None]:
        """The page and the block that are taken apart."""
        page = translation.followed(snapshot, found, self._asked())
        if page is None:
            return None, None
        asked = None if self.block == FOLLOW else self.block
        return page, translated_code.chosen(page, asked)

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        engine = (snapshot.engine_asked, snapshot.engine_note)
        return (
            *moment(snapshot),
            self.controller.drawn,
            engine,
            self.page,
            self.block,
            self._start,
        )

    def changes(self, snapshot: Snapshot, full: bool) -> Payload | None:
        """A page that draws all anew has kept nothing."""
        if full:
            self._apart = None
        return super().changes(snapshot, full)

    def payload(self, snapshot: Snapshot) -> Payload:
        found = self.controller.session.translations()
        page, block = self._shown(snapshot, found)
        return {
            "sub": t(translation.summary(found)) if found.pages else "",
            "counters": [f"{count:,}" for *_, count in translation.counts(found.counters)],
            "pages": [
                [
                    row.page, row.name, short_hex(row.pa), int(row.is_live), int(row.is_here),
                    t(row.state), f"{row.runs:,}", round(_PARTS * row.ran), f"{row.jumps:,}",
                    round(_PARTS * row.heat),
                ]
                for row in translation.rows(snapshot, found, self.pages)
            ],
            "page": FOLLOW if page is None else page.made.page,
            "follows": int(self.page == FOLLOW and self.block == FOLLOW),
            "log": [
                [f"#{row.retired:,}", row.name, row.change.name, t(row.did), t(row.why)]
                for row in translation.events(snapshot, found, self.events)
            ],
            "instead": t(translation.instead(snapshot, found)),
            **self._news(snapshot, page, block),
        }  # fmt: skip

    def _news(
        self, snapshot: Snapshot, page: TranslatedPage | None, block: Block | None
    ) -> Payload:
        """The page and the block taken apart. While the guest runs faster than anybody can read,
        only if they are others than before."""
        region = None if page is None else page.made.region
        apart = (region, block, self._start, self.blocks, self.instructions)
        if not self.controller.drawn and self._apart == apart:
            return {}
        self._apart = apart
        return self._taken_apart(snapshot, page, block)

    def _taken_apart(
        self, snapshot: Snapshot, page: TranslatedPage | None, block: Block | None
    ) -> Payload:
        """The blocks of a page and the code of one of them: as much as is shown."""
        if page is None or block is None:
            return {"of": "", "blocks": [], "arcs": [], "range": "", "edges": [0, 0], "code": []}
        symbols = Symbols(snapshot.symbols)
        rows = translated_code.blocks(snapshot, page)
        at = next(n for n, row in enumerate(rows) if row.offset == block.offset)
        first = max(0, min(at - self.blocks // 2, len(rows) - self.blocks))
        last = min(len(rows), first + self.blocks) - 1
        start = self._start if self._start < block.instructions else 0
        code = translated_code.lines(snapshot, page, block, start, self.instructions)
        end = start + len(code)
        return {
            "of": t("Blocks of {page}, by address", page=translation.name_of(page, symbols)),
            "blocks": [
                [
                    row.offset, translated_code.place(row.offset), row.name, row.instructions,
                    row.depth, int(row.is_entry), int(row.is_here), f"{row.jumps:,}",
                    round(_PARTS * row.heat), int(row.offset == block.offset),
                    [[kind, t(words)] for kind, words in row.edges],
                ]
                for row in rows[first : last + 1]
            ],
            "arcs": [
                [arc.start, arc.end, arc.lane, arc.kind]
                for arc in translated_code.arcs(page.made.region, first, last)
            ],
            "range": t("{first} to {last} of {all}", first=start + 1, last=end,
                       all=block.instructions)
            if len(code) < block.instructions else "",
            "edges": [int(start > 0), int(end < block.instructions)],
            "code": [
                [
                    short_hex(line.address), line.text, int(line.is_here),
                    [[one.depth, one.text] for one in line.wasm],
                ]
                for line in code
            ],
        }  # fmt: skip

    def table(self, snapshot: Snapshot) -> Table:
        found = self.controller.session.translations()
        return translation_twin.table(snapshot, found, *self._shown(snapshot, found))

    def act(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"command": "page", "page": int(page)} if 0 <= page <= _MOST_PAGES:
                self.param.update(page=page, block=FOLLOW)
                self._start = 0
            case {"command": "block", "page": int(page), "block": int(block)} if (
                0 <= page <= _MOST_PAGES and 0 <= block < PAGE_SIZE_BYTES
            ):
                self.param.update(page=page, block=block)
                self._start = 0
            case {"command": "follow"}:
                self.param.update(page=FOLLOW, block=FOLLOW)
                self._start = 0
            case {"command": "turn", "by": -1 | 1 as by}:
                start = self._start + by * self.instructions
                self._start = min(max(0, start), PAGE_SIZE_BYTES)
            case _:
                return
        self.controller.changed()
