"""A lesson: a folder `lessons/NN_slug/`.

    lesson.toml                facts, questions (this file)
    lesson.md, lesson.zh.md    the text: MyST Markdown notebooks, the same cells (`course.text`)
    exercise.toml, starter.py, solution.py, grade.py, wrong/*.py    an exercise (`course.exercise`)

Notebooks, pages of the site and packages for other systems are made from it; nothing is ever
written twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import vmlab
from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.core.fields import Fields
from vmlab.course.exercise import LANGUAGES, Exercise, both, identifier, read_exercise
from vmlab.course.files import read_toml

_FOLDER: Final = re.compile(r"(\d\d)_([a-z0-9-]+)")
INSIDE: Final = "_lessons"
"""The lessons' folder inside an installed package."""
TEXTS: Final = {"en": "lesson.md", "zh": "lesson.zh.md"}


@dataclass(frozen=True, slots=True)
class Question:
    """Something to predict before it is run. The machine gives the answer, not this file: `answer`
    is what the lesson's own cells observe, which a test compares."""

    id: str
    answer: str
    """The option that the run shows."""
    ask: Mapping[str, str]
    """By language, one line of Markdown."""
    options: Mapping[str, Mapping[str, str]]
    """Each option's id to its text by language, in the order in which they are shown."""
    why: Mapping[str, str]
    """What to say once it has been observed, Markdown, by language."""


@dataclass(frozen=True)
class Lesson:
    """The facts of one lesson."""

    folder: Path
    number: int
    slug: str
    title: Mapping[str, str]
    idea: Mapping[str, str]
    """The one new idea, as a sentence, by language."""
    goals: Mapping[str, tuple[str, ...]]
    """What a student can do afterwards, by language."""
    minutes: int
    guests: tuple[str, ...]
    """Catalogue names of the guests that its cells open."""
    needs: tuple[str, ...]
    """Slugs of the lessons that come before."""
    stops: tuple[str, ...]
    """Pages of the museum that belong to it: `stop:SLUG` or `concept:SLUG`."""
    prints: tuple[str, ...]
    """What its cells print: regular expressions, each of which matches somewhere."""
    questions: tuple[Question, ...]
    exercise: Exercise | None

    @property
    def name(self) -> str:
        """The folder's name, which is also the notebook's: `00_tour`."""
        return self.folder.name

    def path(self, language: str = "en") -> Path:
        """The text in a language."""
        return self.folder / TEXTS[language]

    @property
    def text(self) -> Path:
        """The English text."""
        return self.path()

    @cached_property
    def by_id(self) -> Mapping[str, Question]:
        return {one.id: one for one in self.questions}


def read_lesson(folder: Path) -> Lesson:
    """The lesson in a folder. Raises `BadInput` naming the file and what it lacks."""
    match = _FOLDER.fullmatch(folder.name)
    if match is None:
        raise BadInput(f"expected a lesson folder named NN_slug, found {folder.name!r}")
    path = folder / "lesson.toml"
    facts = Fields(str(path), read_toml(path))
    goals = facts.table("goals")
    lesson = Lesson(
        folder=folder,
        number=int(match[1]),
        slug=match[2],
        title=both(facts, "title"),
        idea=both(facts, "idea"),
        goals={language: goals.many(language, str) for language in LANGUAGES},
        minutes=facts.whole("minutes"),
        guests=facts.many("guests", str),
        needs=facts.many("needs", str),
        stops=facts.many("stops", str),
        prints=facts.many("prints", str),
        questions=tuple(_question(one) for one in facts.tables("questions")),
        exercise=read_exercise(folder),
    )
    goals.end()
    facts.end()
    if len(lesson.by_id) != len(lesson.questions):
        raise facts.refuse("questions", "with an id of its own each", "two of the same")
    for name in TEXTS.values():
        if not (folder / name).is_file():
            raise BadInput(f"{folder / name}: the lesson's text is missing")
    return lesson


def _question(facts: Fields) -> Question:
    options = {}
    for one in facts.tables("options"):
        options[identifier(one, "id")] = {language: one.text(language) for language in LANGUAGES}
        one.end()
    made = Question(
        identifier(facts, "id"),
        facts.text("answer"),
        both(facts, "ask"),
        options,
        both(facts, "why"),
    )
    if made.answer not in options:
        raise facts.refuse("answer", f"of {', '.join(options)}", repr(made.answer))
    facts.end()
    return made


def read_lessons(root: Path) -> tuple[Lesson, ...]:
    """All lessons below `root`, by number. Two lessons may not share a number or a slug."""
    lessons = tuple(read_lesson(folder) for folder in _folders(root))
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


def _folders(root: Path) -> list[Path]:
    if not root.is_dir():
        found = "a file" if root.exists() else "none"
        raise BadInput(f"expected a folder of lessons at {str(root)!r}, found {found}")
    return sorted(each for each in root.iterdir() if (each / "lesson.toml").exists())


def check_any(lessons: Sequence[object], root: Path) -> None:
    """Raises `BadInput` if a folder that was named has no lessons at all."""
    if not lessons:
        raise BadInput(
            f"expected lessons in {str(root)!r}, folders named NN_slug with a lesson.toml, "
            "found none"
        )


def lessons_folder() -> Path:
    """Where the lessons are: in a checkout beside the package, in a wheel inside it."""
    package = Path(vmlab.__file__).parent
    for folder in (package / INSIDE, package.parent / "lessons"):
        if folder.is_dir():
            return folder
    raise BrokenInvariant(
        f"expected lessons in {package / INSIDE} or {package.parent}/lessons, found neither; "
        "install vmlab again, or work in a checkout"
    )


def find_lesson(slug: str, root: Path | None = None) -> Lesson:
    """A lesson by its slug (`shadow`), its folder's name (`06_shadow`) or its exercise's slug or
    number (`shadow_fill`, `E05`). Raises `BadInput` naming those there are."""
    root = root or lessons_folder()
    known = []
    for folder in _folders(root):
        lesson = read_lesson(folder)
        exercise = lesson.exercise
        names = {lesson.slug, lesson.name}
        names |= {exercise.slug, exercise.number} if exercise else set()
        if slug in names:
            return lesson
        known.append(lesson.slug)
    check_any(known, root)
    raise BadInput(f"expected a lesson ({', '.join(known)}), found {slug!r}")
