"""web/docs as pages: an index by groups with a search, and a page a document, in each language.

A document that is not translated has its English page only; the Chinese index leads there and says
so. Links between documents lead to pages; one that leads nowhere loses its link and is listed in
`dead`, which a test wants empty.
"""

from __future__ import annotations

import json
import posixpath
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final

from vmlab.cli.sitebuilder import nav
from vmlab.cli.sitebuilder.exhibits import Museum
from vmlab.cli.sitebuilder.pages import terms
from vmlab.cli.sitebuilder.pages.library import Document, Library
from vmlab.cli.sitebuilder.pages.markdown import Target, Text, render
from vmlab.cli.sitebuilder.pages.shell import Shell, below
from vmlab.cli.sitebuilder.store import digest

HERE: Final = "docs/"
"""Its part of the site."""
ENGLISH: Final = nav.LANGUAGES[0]


class Documents:
    """Makes the pages."""

    def __init__(self, folder: Path, shell: Shell, museum: Museum) -> None:
        """`folder` is web/docs."""
        self.library = Library(folder)
        self._shell, self._museum = shell, museum
        self._texts: dict[tuple[str, str], Text] = {}
        self.dead: list[str] = []
        """Links of documents that lead nowhere: in which file, and where to."""

    def files(self) -> dict[str, bytes]:
        """Every file by its place in the site."""
        made: dict[str, bytes] = {}
        for language in nav.LANGUAGES:
            rows = self.library.documents
            for at, one in enumerate(rows):
                if language in one.sources:
                    near = (rows[at - 1] if at else None, rows[at + 1 : at + 2])
                    place, page = self._page(one, language, near[0], next(iter(near[1]), None))
                    made[place] = page
            search = self._search(language)
            name = f"docs/search-{digest([search])}.json"
            made[below(language, name)] = search
            place, page = self._shell.page(
                "documents.html",
                language,
                f"{HERE}index.html",
                HERE,
                groups=[
                    (group, [(one, self.text(one, language)) for one in group.documents])
                    for group in self.library.groups
                ],
                href=lambda one, language=language: self._href(one, language, f"{HERE}index.html"),
                search=posixpath.basename(name),
            )
            made[place] = page
        return made

    def text(self, document: Document, language: str) -> Text:
        """A document as somebody who reads `language` gets it."""
        shown = document.shown_in(language)
        key = (document.name, shown)
        if key not in self._texts:
            english = () if shown == ENGLISH else self.text(document, ENGLISH).anchors
            words = (self._shell.word("table", shown), self._shell.word("link_to", shown))
            made = render(
                document.text(shown),
                lambda href: self._follow(document, shown, href),
                english,
                words,
            )
            if document.name == terms.GLOSSARY:
                names = terms.anchors(document.text(ENGLISH))
                made = replace(made, html=terms.anchored(made.html, names))
            self._texts[key] = made
        return self._texts[key]

    def _page(
        self, one: Document, language: str, before: Document | None, after: Document | None
    ) -> tuple[str, bytes]:
        text = self.text(one, language)
        group = next(group for group in self.library.groups if one in group.documents)
        return self._shell.page(
            "document.html",
            language,
            one.path,
            HERE,
            only="" if len(one.sources) == len(nav.LANGUAGES) else language,
            text=text,
            group=group,
            near=[
                (key, self.text(other, language).title, self._href(other, language, one.path),
                 other.shown_in(language))
                for key, other in (("previous", before), ("next", after))
                if other is not None
            ],
            museum=[self._museum.find(link) for link in one.more.museum],
            lab=one.more.lab,
        )  # fmt: skip

    def _href(self, to: Document, language: str, path: str) -> str:
        """From the page at `path` in a language to a document."""
        target = below(to.shown_in(language), to.path)
        return posixpath.relpath(target, posixpath.dirname(below(language, path)))

    @cached_property
    def _by_file(self) -> dict[str, Document]:
        return {f"{one.name}.md": one for one in self.library.documents}

    def _follow(self, document: Document, language: str, href: str) -> Target | None:
        """Where a link of a document's Markdown leads in the site."""
        if href.startswith(("https://", "#")):
            return Target(href)
        if href.startswith(("stop:", "concept:")):
            path = self._museum.find(href).path
            up = posixpath.relpath(".", posixpath.dirname(below(language, document.path)))
            return Target(f"{up}/{below(language, path)}")
        place, mark, anchor = href.partition("#")
        # A translation names documents as the English text does: those of the same folder.
        found = posixpath.normpath(posixpath.join(posixpath.dirname(document.name), place))
        if place.endswith("/") and found == "decisions":
            up = posixpath.relpath("docs", posixpath.dirname(document.path))
            return Target(f"{up}/index.html#decisions")
        to = self._by_file.get(found)
        if to is None or (anchor and anchor not in self._anchors(to)):
            self.dead.append(f"{document.name} ({language}): {href}")
            return None
        shown = to.shown_in(language)
        return Target(
            self._href(to, language, document.path) + mark + anchor,
            shown if shown != language else "",
        )

    def _anchors(self, document: Document) -> tuple[str, ...]:
        """Without its links, so that two documents may name each other."""
        return render(document.text(ENGLISH)).anchors

    def _search(self, language: str) -> bytes:
        """What the index page looks through: place, title, and the sections of each document."""
        rows = []
        for one in self.library.documents:
            text = self.text(one, language)
            sections = [[part.anchor, part.heading, part.text] for part in text.sections]
            rows.append([self._href(one, language, f"{HERE}index.html"), text.title, sections])
        return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
