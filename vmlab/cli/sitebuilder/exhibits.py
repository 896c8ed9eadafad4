"""What the museum shows, read from web/museum: a TOML file a stop, one a concept, and the words.

Both languages stand in one file, so that who changes one sees the other. Bad content is refused
with the file's name and what is missing: an exhibit is complete, or the site is not built.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vmlab.cli.sitebuilder.recordings import Run
from vmlab.core.errors import BadInput
from vmlab.vmm.techniques import TECHNIQUES

LANGUAGES: Final = ("en", "zh")
LANES: Final = ("trap", "theory", "translate", "para", "hardware", "oneos", "fleet")
STOP_TEXTS: Final = ("name", "title", "caption", "insight", "story", "notice")
CONCEPT_TEXTS: Final = ("title", "said", "lede", "story", "evidence")
SAID: Final = ("differs", "agrees", "omits")
"""How the history that this museum began with tells it: otherwise, alike, or not at all."""

_QUOTED: Final = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Source:
    """Where a page has it from."""

    text: str
    url: str = ""
    secondary: bool = False


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A stop of the timeline, or a concept."""

    slug: str
    kind: str
    """stops or concepts."""
    order: int
    texts: Mapping[str, Mapping[str, str]]
    """By language, then by name; each is complete."""
    sources: tuple[Source, ...]
    runs: tuple[Run, ...]
    """What can be played: only techniques that are built."""
    technique: str = ""
    nearest: str = ""
    """The page to go to where the technique is not built: `stop:SLUG` or `concept:SLUG`."""
    proofs: tuple[str, ...] = ()
    live: str = ""
    """The fragment that opens it in the workbench; empty if the workbench can not."""
    when: str = ""
    column: str = ""
    lane: str = ""
    said: str = "differs"

    @property
    def path(self) -> str:
        """Its folder in the site."""
        return f"{'museum' if self.kind == 'stops' else 'concepts'}/{self.slug}/"

    @property
    def built(self) -> bool:
        """True if its technique is one of the lab's, or it needs none."""
        return not self.technique or self.technique in TECHNIQUES


@dataclass(frozen=True, slots=True)
class Museum:
    """All of it."""

    stops: tuple[Exhibit, ...]
    concepts: tuple[Exhibit, ...]
    words: Mapping[str, Mapping[str, str]]
    """By key, then by language."""

    def word(self, key: str, language: str) -> str:
        """What a page says in a language. Raises `BadInput` for a key that there is not."""
        try:
            return self.words[key][language]
        except KeyError:
            raise BadInput(f"words.toml: expected {key} in {language}, found none") from None

    def find(self, link: str) -> Exhibit:
        """The page that `stop:SLUG` or `concept:SLUG` names."""
        kind, _, slug = link.partition(":")
        for one in self.stops if kind == "stop" else self.concepts:
            if one.slug == slug and kind in ("stop", "concept"):
                return one
        raise BadInput(f"expected stop:SLUG or concept:SLUG of a page that there is, found {link}")


def museum(folder: Path) -> Museum:
    """Read web/museum. Raises `BadInput` with the file's name where something is missing."""
    parts = {
        kind: sorted(
            (_exhibit(kind, path) for path in (folder / kind).glob("*.toml")),
            key=lambda one: one.order,
        )
        for kind in ("stops", "concepts")
    }
    words = tomllib.loads((folder / "words.toml").read_text("utf-8"))
    found = Museum(tuple(parts["stops"]), tuple(parts["concepts"]), _flat(words))
    for one in (*found.stops, *found.concepts):
        if one.nearest:
            found.find(one.nearest)
        elif not one.built:
            raise BadInput(f"{one.slug}.toml: expected the nearest page that runs, found none")
    return found


def typographic(text: str, language: str) -> str:
    """English is typed with plain quotes and shown with curly ones. Chinese is typed as it is."""
    if language != "en":
        return text
    return _QUOTED.sub("\u201c\\1\u201d", text).replace("'", "\u2019")


def _flat(words: Mapping[str, Any], above: str = "") -> dict[str, dict[str, str]]:
    """{"col": {"vm": {"en": .., "zh": ..}}} as {"col.vm": {...}}."""
    found: dict[str, dict[str, str]] = {}
    for key, value in words.items():
        name = f"{above}{key}"
        if set(value) == set(LANGUAGES) and all(isinstance(one, str) for one in value.values()):
            found[name] = {one: typographic(text, one) for one, text in value.items()}
        else:
            found |= _flat(value, f"{name}.")
    return found


def _exhibit(kind: str, path: Path) -> Exhibit:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path.name}: expected TOML, found: {error}") from None
    needed = STOP_TEXTS if kind == "stops" else CONCEPT_TEXTS
    if data.get("said", "differs") == "differs" and kind == "stops":
        needed = (*needed, "told", "record")
    texts = {language: _texts(path, data, language, needed) for language in LANGUAGES}
    try:
        return Exhibit(
            slug=path.stem,
            kind=kind,
            order=data["order"],
            texts=texts,
            sources=tuple(Source(**source) for source in data["sources"]),
            runs=tuple(run for run in map(_run, data.get("play", ())) if run),
            technique=data.get("technique", ""),
            nearest=data.get("nearest", ""),
            proofs=tuple(data.get("proofs", ())),
            live=data.get("live", ""),
            when=data.get("when", ""),
            column=str(data.get("column", "")),
            lane=_one_of(path, "lane", data.get("lane", LANES[0]), LANES),
            said=_one_of(path, "said", data.get("said", SAID[0]), SAID),
        )
    except (KeyError, TypeError) as error:
        raise BadInput(
            f"{path.name}: expected order, sources and their text, found {error}"
        ) from None


def _one_of(path: Path, name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise BadInput(f"{path.name}: expected {name} of {', '.join(choices)}, found {value!r}")
    return value


def _texts(
    path: Path, data: Mapping[str, Any], language: str, needed: tuple[str, ...]
) -> dict[str, str]:
    found = {
        name: typographic(str(text).strip(), language)
        for name, text in data.get(language, {}).items()
    }
    missing = [name for name in needed if not found.get(name)]
    if missing:
        raise BadInput(f"{path.name}: expected {', '.join(missing)} in [{language}], found none")
    return found


def _run(data: Mapping[str, Any]) -> Run | None:
    """A recording; None if its technique is not built."""
    if data["technique"] not in TECHNIQUES:
        return None
    first, *rest = data["focus"]
    focus = (first, rest[0] if rest else None)
    return Run(data["technique"], data["append"], focus, data.get("disk_sectors", 0))
