"""The museum's pages: the timeline, a page a stop, a page a concept, in each language.

What they say is web/museum (`exhibits`), how they look web/site/museum, what they play is made by
`recordings` and drawn by `pictures`, and their tables come from `measured`. Everything is in the
HTML: a program only plays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

import vmlab
from vmlab.cli.sitebuilder import header, languages, live, nav, pictures
from vmlab.cli.sitebuilder.exhibits import (
    LANES,
    LANGUAGES,
    Exhibit,
    Museum,
    museum,
    typographic,
)
from vmlab.cli.sitebuilder.measured import proof
from vmlab.cli.sitebuilder.pages.shell import KEEP_WORDS
from vmlab.cli.sitebuilder.recordings import Recording, Run, recorded
from vmlab.cli.sitebuilder.store import Store, digest
from vmlab.core.errors import BadInput
from vmlab.vmm.techniques import TECHNIQUES

HERO: Final = ("bare", "interpret", "trap_emulate", "paravirt", "hwassist")
"""The first picture's rows; those of them that are built."""
HERO_COMMAND: Final = "sys 10"
HERO_FOCUS: Final = (-5, -4)
PLAYER_WORDS: Final = ("play", "pause", "again", "at", "thinks", "is", "runs", "over", "modelled",
                       "because", "owner.U", "owner.K", "owner.V", "failed")  # fmt: skip
LINE_WORDS: Final = ("visited", "visited_of")
MOST_KEPT: Final = 200
"""Recordings and proofs that the cache keeps: of a handful of versions of the sources."""
_UNVERIFIED: Final = re.compile(r"\[\?\]([.,;。，；]?)")
_NAME: Final = re.compile(r"\{(\w+)\}")
_LINK: Final = re.compile(r'href="((?:stop|concept):[a-z0-9-]+)"')
HTML_LANG: Final = {"en": "en", "zh": "zh-CN"}


@dataclass(frozen=True, slots=True)
class Playing:
    """A recording on a page."""

    recording: Recording
    url: str
    """Seen from the site's root."""
    rows: Sequence[pictures.Row]
    close: pictures.Ribbon
    whole: pictures.Ribbon


@dataclass(frozen=True, slots=True)
class Opened:
    """What "Run live" opens."""

    fragment: str
    shown: live.Shown
    steps: Sequence[tuple[live.Step, Mapping[str, str]]]
    """Each with what was seen."""


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page lies, and in which language."""

    language: str
    path: str
    """Its folder, without the language's."""

    @property
    def folder(self) -> str:
        return f"zh/{self.path}" if self.language == "zh" else self.path

    @property
    def up(self) -> str:
        """From the page to the site's root."""
        return "../" * self.folder.count("/") or "./"

    @property
    def file(self) -> str:
        return f"{self.folder}index.html"


class Builder:
    """Makes all pages and recordings of one site."""

    def __init__(
        self, web: Path, store: Store, sheets: Sequence[str], scripts: tuple[str, str, str]
    ) -> None:
        """`sheets` are the style sheets in the site, in the order of the cascade; `scripts` are
        theme.js, museum.js and keep.js."""
        self.museum: Museum = museum(web / "museum")
        self._store, self._sheets, self._scripts = store, sheets, scripts
        self._files: dict[str, bytes] = {}
        self._players: dict[Run, Playing] = {}
        self._lab_words = languages.sentences(Path(vmlab.__file__).parent)
        icon = (web / "assets" / "favicon.svg").read_text("utf-8")
        self._icon = f"data:image/svg+xml,{quote(icon)}"
        """In the page: who turns pages quickly leaves no request behind."""
        self._looks = {one: Markup(header.looks(web, one)) for one in LANGUAGES}
        self._markdown = MarkdownIt("commonmark", {"html": False})
        self._jinja = Environment(
            loader=FileSystemLoader(web / "site" / "museum"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def files(self) -> dict[str, bytes]:
        """Every file by its place in the site."""
        for language in LANGUAGES:
            self._timeline(Page(language, ""))
            self._render("concepts.html", Page(language, "concepts/"), here="concepts/")
            for row, here in ((self.museum.stops, ""), (self.museum.concepts, "concepts/")):
                for at, one in enumerate(row):
                    near = (row[at - 1] if at else None, row[at + 1] if at + 1 < len(row) else None)
                    self._exhibit(Page(language, one.path), one, near, here)
        for kept in ("recordings", "proofs", "lives"):
            self._store.forget_old(f"{kept}/*.json", keep=MOST_KEPT)
        return self._files

    def _timeline(self, page: Page) -> None:
        stops = self.museum.stops
        columns = list(dict.fromkeys(one.column for one in stops if one.column))
        lanes = []
        for name in LANES:
            mine = [columns.index(one.column) for one in stops if one.lane == name]
            lanes.append((name, min(mine), max(mine)))
        runs = [
            self._playing(Run(name, HERO_COMMAND, HERO_FOCUS))
            for name in HERO
            if name in TECHNIQUES
        ]
        scale = max(one.close.insns for one in runs)
        hero = [
            (one.recording.run.technique,
             pictures.ribbon(one.recording, one.close.first, one.close.last, scale, labels=False))
            for one in runs
        ]  # fmt: skip
        prints = {one.slug: self._playing(one.runs[0]).close for one in stops if one.runs}
        years = [column[:4] for column in columns]
        self._render(
            "timeline.html",
            page,
            here="",
            columns=columns,
            years=[(year, years.index(year), years.count(year)) for year in dict.fromkeys(years)],
            lanes=lanes,
            lane_rows={name: row for row, name in enumerate(LANES, 2)},
            hero=hero,
            low=self._low(columns),
            prints=prints,
        )

    def _low(self, columns: Sequence[str]) -> set[str]:
        """The stops whose name goes a line lower: the one before it in its lane is right beside."""
        found: set[str] = set()
        for lane in LANES:
            last, was_low = -2, False
            for one in self.museum.stops:
                if one.lane == lane:
                    at = columns.index(one.column)
                    was_low = at - last == 1 and not was_low
                    last = at
                    if was_low:
                        found.add(one.slug)
        return found

    def _exhibit(
        self, page: Page, one: Exhibit, near: tuple[Exhibit | None, Exhibit | None], here: str
    ) -> None:
        self._render(
            "exhibit.html",
            page,
            here=here,
            one=one,
            before=near[0],
            after=near[1],
            players=[self._playing(run) for run in one.runs],
            opened=self._opened(one),
            proofs=[(name, proof(self._store, name)) for name in one.proofs],
        )

    def _opened(self, one: Exhibit) -> Opened | None:
        if one.live is None:
            return None
        try:
            shown = live.shown(self._store, one.live)
        except BadInput as refusal:
            raise BadInput(f"{one.slug}.toml: live: {refusal}") from None
        steps = tuple(zip(one.live.steps, shown.values, strict=True))
        return Opened(live.fragment(one.live, shown, one.path.rstrip("/")), shown, steps)

    def _playing(self, run: Run) -> Playing:
        if run not in self._players:
            recording = recorded(self._store, run)
            url = f"recordings/{run.name}-{digest([recording.file])}.json"
            self._files[url] = recording.file
            rows = pictures.rows(recording)
            close = pictures.ribbon(recording, *recording.content["focus"])
            whole = pictures.ribbon(recording, 0, len(rows), labels=False)
            self._players[run] = Playing(recording, url, rows, close, whole)
        return self._players[run]

    # A page's own vocabulary ------------------------------------------------------------------

    def _render(self, template: str, page: Page, here: str, **more: Any) -> None:
        museum, language = self.museum, page.language

        def word(key: str, **values: Any) -> str:
            return museum.word(key, language).format(**values)

        def to(target: Exhibit | str) -> str:
            path = target if isinstance(target, str) else target.path
            return page.up + Page(language, path).folder

        def cell(text: str) -> str:
            parts = (word(part[1:]) if part[:1] == "@" else part for part in text.split(" "))
            return " ".join(parts).replace("； ", "；").rstrip(";；")

        def known(kind: str, text: str) -> str:
            """A machine's word in the page's language, where there is one."""
            key = f"{kind}.{text.replace(' ', '_')}"
            return word(key) if key in museum.words else text

        def text(source: str) -> Markup:
            return self._text(source, to, word("unverified"))

        def seen(source: str, found: Mapping[str, str]) -> Markup:
            """What is seen after a step: Markdown, with the numbers filled in and marked."""
            html = self._text(typographic(source, language), to, word("unverified"))

            def got(at: re.Match[str]) -> str:
                value = found[at[1]]
                shown = known("mode", value) if at[1] == "real" else value
                return f'<b class="got">{escape(shown)}</b>'

            return Markup(_NAME.sub(got, html))

        def lab_says(english: str) -> str:
            """What the workbench says for this, in the page's language."""
            return self._lab_words.get(language, {}).get(english, english)

        def mark(source: str) -> Markup:
            """A line of text without Markdown, in which [?] is said."""
            return Markup(_tagged(escape(source), word("unverified")))

        values: dict[str, Any] = {
            "mark": mark,
            "seen": seen,
            "lab_says": lab_says,
            "choices": live.CHOICES,
            "icon": self._icon,
            "w": word,
            "to": to,
            "cell": cell,
            "known": known,
            "md": text,
            "page": page,
            "up": page.up,
            "museum": museum,
            "lang": language,
            "html_lang": HTML_LANG[language],
            "lab": nav.LAB.place(language),
            "looks": self._looks[language],
            "nav": Markup(nav.links(page.up, here, language)),
            "others": [(other, page.up + Page(other, page.path).folder) for other in LANGUAGES],
            "sheets": [page.up + sheet for sheet in self._sheets],
            "theme_script": page.up + self._scripts[0],
            "own_script": page.up + self._scripts[1],
            "keep_script": page.up + self._scripts[2],
            "keep_words": _json({key: museum.word(key, language) for key in KEEP_WORDS}),
            "player_words": _json({key: museum.word(key, language) for key in PLAYER_WORDS}),
            "line_words": _json({key: museum.word(key, language) for key in LINE_WORDS}),
            "reason_words": _json(self._names("reason", language)),
            "why_words": _json(self._names("why", language)),
        }
        html = self._jinja.get_template(template).render(values | more)
        self._files[page.file] = html.encode()

    def _names(self, kind: str, language: str) -> dict[str, str]:
        """What machines say, in a language: by what they say."""
        found = self.museum.words
        return {
            key.removeprefix(f"{kind}.").replace("_", " "): text[language]
            for key, text in found.items()
            if key.startswith(f"{kind}.")
        }

    def _text(self, source: str, to: Any, unverified: str) -> Markup:
        """Markdown of ours as HTML. `stop:SLUG` and `concept:SLUG` are links; [?] is said."""
        html = self._markdown.render(source)
        html = _LINK.sub(lambda at: f'href="{to(self.museum.find(at[1]))}"', html)
        return Markup(_tagged(html, unverified))


def _tagged(html: str, text: str) -> str:
    """HTML with each [?] as a tag, which the full stop after it does not leave."""
    tag = Markup('<span class="nobr"><span class="tag model">{}</span>{{}}</span>').format(text)
    return _UNVERIFIED.sub(lambda at: tag.format(at[1]), html)


def _json(value: Mapping[str, str]) -> Markup:
    """JSON that may stand inside a script element."""
    return Markup(json.dumps(value, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c"))
