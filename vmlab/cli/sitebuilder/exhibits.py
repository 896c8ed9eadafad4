"""What the museum shows, read from web/museum: a TOML file a stop, one a concept, and the words.

Both languages stand in one file, so that who changes one sees the other. Bad content is refused
with the file's name and what is missing: an exhibit is complete, or the site is not built.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vmlab.cli.sitebuilder import live
from vmlab.cli.sitebuilder.live import Live
from vmlab.cli.sitebuilder.measured import PROOFS
from vmlab.cli.sitebuilder.recordings import Run
from vmlab.core.errors import BadInput
from vmlab.core.fields import Fields
from vmlab.vmm.techniques import TECHNIQUES

LANGUAGES: Final = ("en", "zh")
LANES: Final = ("trap", "theory", "translate", "para", "hardware", "oneos", "fleet")
STOP_TEXTS: Final = ("name", "title", "caption", "insight", "story", "notice")
CONCEPT_TEXTS: Final = ("title", "said", "lede", "story", "evidence")
MORE_TEXTS: Final = ("told", "record", "when")
"""That a stop may have."""
SAID: Final = ("differs", "agrees", "omits")
"""How short histories tell it: otherwise, alike, or not at all."""

_TECHNIQUE: Final = "technique."
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
    live: Live | None = None
    """What can be run in the workbench; None if it can not."""
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
    words = _flat(tomllib.loads((folder / "words.toml").read_text("utf-8")))
    named = [key.removeprefix(_TECHNIQUE) for key in words if key.startswith(_TECHNIQUE)]
    parts = {
        kind: sorted(
            (_exhibit(kind, path, named) for path in (folder / kind).glob("*.toml")),
            key=lambda one: one.order,
        )
        for kind in ("stops", "concepts")
    }
    found = Museum(tuple(parts["stops"]), tuple(parts["concepts"]), words)
    for one in (*found.stops, *found.concepts):
        try:
            if one.nearest:
                found.find(one.nearest)
        except BadInput as refusal:
            raise BadInput(f"{one.slug}.toml: nearest: {refusal}") from None
        if not one.nearest and not one.built:
            raise BadInput(f"{one.slug}.toml: expected nearest, a page that runs, found none")
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


def _exhibit(kind: str, path: Path, techniques: Sequence[str]) -> Exhibit:
    """`techniques` are all that have a name, built or not."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path.name}: expected TOML, found: {error}") from None
    fields = Fields(path.name, data)
    needed, more = (STOP_TEXTS, MORE_TEXTS) if kind == "stops" else (CONCEPT_TEXTS, ())
    said = fields.one_of("said", SAID, SAID[0])
    if said == "differs" and kind == "stops":
        needed = (*needed, "told", "record")
    found = Exhibit(
        slug=path.stem,
        kind=kind,
        order=fields.whole("order"),
        texts={one: _texts(fields.table(one), one, needed, more) for one in LANGUAGES},
        sources=tuple(map(_source, fields.tables("sources"))),
        runs=tuple(run for one in fields.tables("play") if (run := _run(one, techniques))),
        technique=fields.one_of("technique", ("", *techniques), ""),
        nearest=fields.text("nearest", ""),
        proofs=_proofs(fields),
        live=live.read(fields.table("live"), LANGUAGES, techniques),
        when=fields.text("when", ""),
        column=fields.text("column", ""),
        lane=fields.one_of("lane", LANES, LANES[0]),
        said=said,
    )
    fields.end()
    for name, lacks in (("sources", not found.sources),
                        ("column", kind == "stops" and not found.column)):  # fmt: skip
        if lacks:
            raise fields.refuse(name, "to say something", "none")
    return found


def _texts(
    fields: Fields, language: str, needed: tuple[str, ...], more: tuple[str, ...]
) -> dict[str, str]:
    found = {
        name: typographic(text, language)
        for name in dict.fromkeys((*needed, *more))
        if (text := fields.text(name, "").strip())
    }
    fields.end()
    missing = [name for name in needed if name not in found]
    if missing:
        raise fields.refuse(", ".join(missing), "as text", "none")
    return found


def _source(fields: Fields) -> Source:
    found = Source(fields.text("text"), fields.text("url", ""), fields.flag("secondary"))
    fields.end()
    if found.url and not found.url.startswith("https://"):
        raise fields.refuse("url", "to begin with https://", repr(found.url))
    return found


def _proofs(fields: Fields) -> tuple[str, ...]:
    found = fields.many("proofs", str)
    for name in found:
        if name not in PROOFS:
            raise fields.refuse("proofs", f"of {', '.join(PROOFS)}", repr(name))
    return found


def _run(fields: Fields, techniques: Sequence[str]) -> Run | None:
    """A recording; None if its technique is not built."""
    ends = fields.many("focus", int)
    if len(ends) not in (1, 2):
        raise fields.refuse("focus", "as one or two whole numbers", repr(list(ends)))
    focus = (ends[0], ends[1] if len(ends) > 1 else None)
    technique = fields.one_of("technique", techniques, "")
    run = Run(technique, fields.text("append"), focus, fields.whole("disk_sectors", 0))
    fields.end()
    return run if run.technique in TECHNIQUES else None
