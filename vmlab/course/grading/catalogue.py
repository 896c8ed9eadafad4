"""The exercises that there are, by all the names that a file or a folder may call them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vmlab.core.errors import BadInput, VmlabError
from vmlab.course.authoring import blame
from vmlab.course.authoring.within import within
from vmlab.course.exercise import Exercise, load_grader
from vmlab.course.lesson import Lesson, check_any, read_lessons
from vmlab.course.timelimit import TimeUp

GRADER_SECONDS: Final = 60.0
"""As long as a grade.py may take to be loaded."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a file's name says: `ada_shadow` speaks of `shadow`, and is Ada's."""

    exercise: Exercise | None
    before: str
    after: str = ""

    @property
    def around(self) -> bool:
        """Whether there is something on both sides of the exercise's name: `ada_shadow_v2`."""
        return bool(self.before and self.after)


@dataclass(frozen=True)
class Catalogue:
    """The lessons that there are, and those of them that are graded."""

    lessons: tuple[Lesson, ...]
    wanted: tuple[Lesson, ...]

    @classmethod
    def of(cls, root: Path, wanted: Sequence[str] = ()) -> Catalogue:
        """The lessons below a folder. `wanted` names those that are graded; all if it is empty."""
        lessons = read_lessons(root)
        check_any(lessons, root)
        every = cls(lessons, lessons)
        chosen: dict[str, Lesson] = {}
        for name in wanted:
            lesson = every.lesson(name)
            if lesson is None:
                known = ", ".join(one.slug for one in lessons)
                raise BadInput(f"--lesson: expected one of {known}, found {name!r}")
            chosen[lesson.name] = lesson
        return cls(lessons, tuple(chosen.values())) if wanted else every

    @property
    def exercises(self) -> dict[str, Exercise]:
        """Those that are graded, by slug."""
        found = (one.exercise for one in self.wanted)
        return {one.slug: one for one in found if one is not None}

    def check_graders(self, seconds: float = GRADER_SECONDS) -> None:
        """Raises `BadInput` for a grade.py that cannot be loaded: no class is begun with it."""
        for exercise in self.exercises.values():
            try:
                with within(seconds):
                    load_grader(exercise.folder)
            except TimeUp:
                raise BadInput(
                    f"{exercise.folder}: expected a grader that loads, found it loading after "
                    f"{seconds:g} seconds"
                ) from None
            except VmlabError:
                raise
            except (Exception, SystemExit) as error:  # noqa: BLE001  # an author's program
                raise BadInput(
                    f"{exercise.folder}: expected a grader that loads, found "
                    f"{blame.told(error, exercise.folder)}"
                ) from None

    @property
    def known(self) -> frozenset[str]:
        """The slugs of all exercises."""
        return frozenset(one.exercise.slug for one in self.lessons if one.exercise is not None)

    @property
    def only(self) -> Exercise | None:
        """The exercise that is graded, if it is just one."""
        found = tuple(self.exercises.values())
        return found[0] if len(found) == 1 else None

    def lesson(self, name: str) -> Lesson | None:
        """The lesson that a name means: its own names, or those of its exercise."""
        wanted = _plain(name)
        return next((one for one in self.lessons if wanted in _names(one)), None)

    def exercise(self, name: str) -> Exercise | None:
        """The exercise that a name means."""
        lesson = self.lesson(name)
        return None if lesson is None else lesson.exercise

    def within(self, stem: str) -> Named:
        """The exercise that a file's name speaks of, and what is left of the name. One at an end
        of it wins, then the longest."""
        found: list[tuple[bool, int, Named]] = []
        for lesson in self.lessons:
            for name in _names(lesson) if lesson.exercise else ():
                pattern = name.replace("-", "[-_ .]")
                match = re.fullmatch(
                    rf"(?:(.+)[-_ .])?{pattern}(?:[-_ .](.+))?", stem, re.IGNORECASE
                )
                if match:
                    named = Named(lesson.exercise, match[1] or "", match[2] or "")
                    found.append((not named.around, len(name), named))
        return max(found, key=lambda one: one[:2])[2] if found else Named(None, stem)


def _names(lesson: Lesson) -> set[str]:
    names = {lesson.slug, lesson.name}
    if lesson.exercise is not None:
        names |= {lesson.exercise.slug, lesson.exercise.number}
    return {_plain(name) for name in names}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())
