"""Ways through the lessons: a single session, four weeks, alone (web/site/lesson/paths.toml).

A way names lessons that may not be written yet: it goes as far as there are lessons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vmlab.cli.sitebuilder.exhibits import Exhibit, Museum
from vmlab.core.fields import Fields
from vmlab.course.exercise import both
from vmlab.course.files import read_toml
from vmlab.course.lesson import Lesson

_NOTHING: Final[Mapping[str, str]] = {"en": "", "zh": ""}


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a way: lessons, or a page of the museum."""

    lessons: tuple[Lesson, ...]
    stop: Exhibit | None
    minutes: int
    week: int
    """0: it belongs to no week."""
    note: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Way:
    """One way."""

    id: str
    title: Mapping[str, str]
    about: Mapping[str, str]
    legs: tuple[Leg, ...]

    @property
    def minutes(self) -> int:
        return sum(leg.minutes for leg in self.legs)


def ways(file: Path, lessons: Sequence[Lesson], museum: Museum) -> tuple[Way, ...]:
    """Those of a file that lead to a lesson. Raises `BadInput` naming the file and field."""
    there = {one.slug: one for one in lessons}
    facts = Fields(str(file), read_toml(file))
    found = []
    for one in facts.tables("paths"):
        every = one.flag("every")
        legs = [_leg(part, there, museum) for part in one.tables("parts")]
        if every:
            legs = [Leg((each,), None, each.minutes, 0, _NOTHING) for each in lessons]
        way = Way(
            one.text("id"),
            both(one, "title"),
            both(one, "about"),
            tuple(leg for leg in legs if leg.lessons or leg.stop),
        )
        one.end()
        if any(leg.lessons for leg in way.legs):
            found.append(way)
    facts.end()
    return tuple(found)


def _leg(facts: Fields, there: Mapping[str, Lesson], museum: Museum) -> Leg:
    lessons = tuple(there[slug] for slug in facts.many("lessons", str) if slug in there)
    stop = facts.text("stop", "")
    minutes = facts.whole("minutes", 0) or sum(one.minutes for one in lessons)
    note = facts.table("note")
    said = {language: note.text(language, "") for language in _NOTHING}
    note.end()
    made = Leg(lessons, museum.find(stop) if stop else None, minutes, facts.whole("week", 0), said)
    facts.end()
    return made
