"""The documents of web/docs: which there are, in which order, and in which languages.

    web/docs/NAME.md              English
    web/docs/zh/NAME.md           the same in Chinese, where somebody has translated it
    web/docs/decisions/NNNN-*.md  a group of their own
    web/docs/documents.toml       the groups

A new file is found by itself. Nothing about a document is said twice: its title and its first
sentence are its own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from vmlab.cli.sitebuilder import nav
from vmlab.core.errors import BadInput

DECISIONS: Final = "decisions"
_DECISION_NAMES: Final = {"en": "Decisions", "zh": "设计决定"}
_NO_DOCUMENTS: Final = {"README"}
"""What is made from the documents, and is none."""


@dataclass(frozen=True, slots=True)
class More:
    """Where a document leads to elsewhere in the site."""

    museum: tuple[str, ...] = ()
    """`stop:SLUG` or `concept:SLUG`."""
    lab: str = ""
    """The fragment that opens the workbench."""


@dataclass(frozen=True, slots=True)
class Document:
    """One text."""

    name: str
    """With the folder, if it is in one: decisions/0001-record-decisions."""
    sources: Mapping[str, Path]
    """By language; English is always there."""
    more: More = More()

    @property
    def path(self) -> str:
        """Its page in the site, without the language's folder."""
        return f"docs/{self.name}.html"

    def shown_in(self, language: str) -> str:
        """The language that somebody who reads `language` gets."""
        return language if language in self.sources else nav.LANGUAGES[0]

    def text(self, language: str) -> str:
        """The Markdown in a language that there is."""
        return self.sources[language].read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Group:
    """Documents that belong together."""

    key: str
    names: Mapping[str, str]
    documents: tuple[Document, ...]


class Library:
    """All documents below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = tomllib.loads((folder / "documents.toml").read_text("utf-8"))

    @cached_property
    def _files(self) -> Mapping[str, Document]:
        found = {}
        paths = [*self.folder.glob("*.md"), *(self.folder / DECISIONS).glob("*.md")]
        for path in sorted(paths):
            name = path.relative_to(self.folder).with_suffix("").as_posix()
            if name in _NO_DOCUMENTS:
                continue
            sources = {nav.LANGUAGES[0]: path}
            for language in nav.LANGUAGES[1:]:
                other = self.folder / language / f"{name}.md"
                if other.is_file():
                    sources[language] = other
            more = self._data.get("more", {}).get(name, {})
            found[name] = Document(
                name, sources, More(tuple(more.get("museum", ())), more.get("lab", ""))
            )
        return found

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """In the order of reading. What no group names is at the end of the last one."""
        rows = self._data["group"]
        made = [
            Group(
                row["key"],
                row["names"],
                tuple(self._files[one] for one in row["documents"] if one in self._files),
            )
            for row in rows
        ]
        last = made[-1]
        stray = tuple(self._files[name] for name in self.without_group())
        made[-1] = Group(last.key, last.names, last.documents + stray)
        decisions = tuple(one for name, one in self._files.items() if name.startswith(DECISIONS))
        return (*made, Group(DECISIONS, _DECISION_NAMES, decisions))

    @property
    def documents(self) -> tuple[Document, ...]:
        """All of them, in the order of reading."""
        return tuple(one for group in self.groups for one in group.documents)

    def find(self, name: str) -> Document:
        """The document of this name. Raises `BadInput` that lists what there is."""
        if name not in self._files:
            raise BadInput(
                f"expected a document of {', '.join(self._files)}, found {name} in web/docs"
            )
        return self._files[name]

    def without_group(self) -> list[str]:
        """The documents that documents.toml forgets."""
        named = {name for row in self._data["group"] for name in row["documents"]}
        return [
            name for name in self._files if name not in named and not name.startswith(DECISIONS)
        ]

    def complaints(self) -> list[str]:
        """What is wrong with documents.toml and the translations, a sentence each."""
        found = [
            f"web/docs/{name}.md is in no group: add {name!r} to one in web/docs/documents.toml"
            for name in self.without_group()
        ]
        named = [name for row in self._data["group"] for name in row["documents"]]
        found += [
            f"documents.toml names {name} {named.count(name)} times: keep one"
            for name in sorted(set(named))
            if named.count(name) > 1
        ]
        asked = {*named, *self._data.get("more", {})}
        found += [
            f"documents.toml names {name}, but there is no web/docs/{name}.md"
            for name in sorted(asked - set(self._files))
        ]
        for language in nav.LANGUAGES[1:]:
            for path in sorted((self.folder / language).rglob("*.md")):
                name = path.relative_to(self.folder / language).with_suffix("").as_posix()
                if name not in self._files:
                    found.append(f"{path.name} in {language}/ translates no document: remove it")
        return found
