"""A lesson: a folder `lessons/NN_slug/` with `lesson.toml` (facts) and `lesson.md` (the text).

The text is a MyST Markdown notebook: prose and `{code-cell}` blocks. Notebooks are made from it
(`course.notebooks`); nothing is ever written twice.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vmlab.core.errors import BadInput

_FOLDER = re.compile(r"(\d\d)_([a-z0-9-]+)")
_KEYS: Final = {
    "title": str,
    "idea": str,
    "minutes": int,
    "guests": list,
    "needs": list,
    "prints": list,
}


@dataclass(frozen=True, slots=True)
class Lesson:
    """The facts of one lesson."""

    folder: Path
    number: int
    slug: str
    title: str
    idea: str
    """The one new idea, as a sentence."""
    minutes: int
    guests: tuple[str, ...]
    """Catalogue names of the guests that its cells open."""
    needs: tuple[str, ...]
    """Slugs of the lessons that come before."""
    prints: tuple[str, ...]
    """What its cells print: regular expressions, each of which matches somewhere."""

    @property
    def name(self) -> str:
        """The folder's name, which is also the notebook's: `00_tour`."""
        return self.folder.name

    @property
    def text(self) -> Path:
        """The MyST Markdown notebook."""
        return self.folder / "lesson.md"


def read_lesson(folder: Path) -> Lesson:
    """The lesson in a folder. Raises `BadInput` naming the file and what it lacks."""
    match = _FOLDER.fullmatch(folder.name)
    if match is None:
        raise BadInput(f"expected a lesson folder named NN_slug, found {folder.name!r}")
    path = folder / "lesson.toml"
    try:
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path}: expected the lesson's facts as TOML: {error}") from None
    _check(path, facts)
    lesson = Lesson(
        folder=folder,
        number=int(match[1]),
        slug=match[2],
        title=facts["title"],
        idea=facts["idea"],
        minutes=facts["minutes"],
        guests=tuple(facts["guests"]),
        needs=tuple(facts["needs"]),
        prints=tuple(facts["prints"]),
    )
    if not lesson.text.is_file():
        raise BadInput(f"{lesson.text}: the lesson's text is missing")
    return lesson


def _check(path: Path, facts: Mapping[str, object]) -> None:
    """Exactly the known keys, each of its type: a misspelt key must not be ignored."""
    for key, kind in _KEYS.items():
        found = facts.get(key)
        if not isinstance(found, kind):
            raise BadInput(f"{path}: expected {key} of type {kind.__name__}, found {found!r}")
    unknown = sorted(facts.keys() - _KEYS.keys())
    if unknown:
        raise BadInput(f"{path}: unknown keys {', '.join(unknown)}; known are {', '.join(_KEYS)}")


def read_lessons(root: Path) -> tuple[Lesson, ...]:
    """All lessons below `root`, by number. Two lessons may not share a number or a slug."""
    folders = sorted(each for each in root.iterdir() if (each / "lesson.toml").exists())
    lessons = tuple(read_lesson(folder) for folder in folders)
    for fact in ("number", "slug"):
        values = [getattr(lesson, fact) for lesson in lessons]
        if len(set(values)) != len(values):
            raise BadInput(f"{root}: two lessons have the same {fact}: {values}")
    slugs = {lesson.slug for lesson in lessons}
    for lesson in lessons:
        for need in lesson.needs:
            if need not in slugs:
                raise BadInput(f"{lesson.folder}: needs {need!r}, which is no lesson")
    return lessons
