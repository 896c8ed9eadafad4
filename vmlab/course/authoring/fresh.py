"""A new lesson's folder: small, whole and true from its first minute, to be written over.

It opens a guest, asks one question whose answer the machine gives, and has an exercise with a
starter, a solution, a grader and a wrong program. `vmlab lesson check` passes on it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.course.authoring import templates
from vmlab.course.lesson import read_lessons

_SLUG: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST: Final = 40


def make(root: Path, slug: str, number: int | None = None) -> Path:
    """Make lessons/NN_slug below `root`; returns the folder. Raises `BadInput` for a slug that is
    none, or that is taken, and for a number that is taken."""
    if not _SLUG.fullmatch(slug) or len(slug) > LONGEST:
        raise BadInput(
            f"expected a slug of lower-case words and hyphens, such as two-stage, found {slug!r}"
        )
    if not root.is_dir() and (root.exists() or not root.absolute().parent.is_dir()):
        raise BadInput(f"expected a folder of lessons at {root}, or a place for one, found neither")
    lessons = read_lessons(root) if root.is_dir() else ()
    taken = {one.number: one.name for one in lessons}
    if number is None:
        number = max(taken, default=0) + 1
    if slug in {one.slug for one in lessons}:
        raise BadInput(f"expected a slug that is new, found {slug!r}, which is there already")
    if number in taken or not 0 <= number < 100:
        why = f"which is that of {taken[number]}" if number in taken else "which is no such number"
        raise BadInput(f"expected a number from 0 to 99 that is free, found {number}, {why}")
    folder = root / f"{number:02d}_{slug}"
    exercise = slug.replace("-", "_")
    (folder / "wrong").mkdir(parents=True)
    for name, text in templates.FILES.items():
        filled = text.replace("SLUG", slug).replace("EXERCISE", exercise)
        filled = filled.replace("NUMBER", f"E{number:02d}")
        (folder / name).write_text(filled, encoding="utf-8")
    return folder
