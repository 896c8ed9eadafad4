"""The programs in a notebook that a student handed in.

A program is what stands in the cells that the lesson marked for it: the tag `exercise`, the
metadata `vmlab.exercise` (true, or an exercise's slug), or nbgrader's own mark for a solution.
Nothing else of the notebook is looked at, and nothing of it is run here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from vmlab.core.errors import BadInput
from vmlab.course import schema
from vmlab.course.submission import LARGEST_PROGRAM_BYTES
from vmlab.course.text import EXERCISE

LARGEST_BYTES: Final = 16 << 20
"""Notebooks hold pictures."""
MOST_CELLS: Final = 5_000
_MAGIC: Final = re.compile(r"^([ \t]*)(?:%{1,2}[a-z]|!|\?).*$", re.MULTILINE)
UNNAMED: Final = ""
"""The slug of a program whose cells do not say for which exercise it is."""


def read_notebook(data: bytes, where: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The lesson that a notebook says it is ("" if it says none), and its marked cells: the slug
    that each names (`UNNAMED` if none), and its source. Raises `BadInput`."""
    found = schema.parse(data, where)
    if not isinstance(found, dict) or not isinstance(found.get("cells"), list):
        raise BadInput(f"{where}: expected a notebook (nbformat 4), found other JSON")
    if len(found["cells"]) > MOST_CELLS:
        raise BadInput(f"{where}: expected at most {MOST_CELLS:,} cells, found more")
    marked = tuple(_solutions(found["cells"]))
    if not marked:
        raise BadInput(
            f"{where}: expected a cell tagged {EXERCISE} (or one that nbgrader marks as a "
            "solution), found none"
        )
    if sum(len(source.encode("utf-8", "replace")) for _, source in marked) > LARGEST_PROGRAM_BYTES:
        most = LARGEST_PROGRAM_BYTES >> 10
        raise BadInput(f"{where}: expected a program of at most {most} KiB, found more")
    lesson = _inside(found, "metadata", "vmlab", "lesson")
    return lesson if isinstance(lesson, str) else "", marked


def programs(cells: Iterable[tuple[str, str]], slug: str) -> dict[str, str]:
    """The cells of each exercise as one program. `slug` is that of cells which name none."""
    found: dict[str, list[str]] = {}
    for named, source in cells:
        found.setdefault(named or slug, []).append(source.strip("\n"))
    return {name: _python("\n\n".join(parts) + "\n") for name, parts in found.items()}


def _solutions(cells: list[Any]) -> Iterator[tuple[str, str]]:
    for cell in cells:
        if _inside(cell, "cell_type") != "code":
            continue
        named = _inside(cell, "metadata", "vmlab", "exercise")
        tags = _inside(cell, "metadata", "tags")
        solution = _inside(cell, "metadata", "nbgrader", "solution") is True
        if named or solution or (isinstance(tags, list) and EXERCISE in tags):
            source = cell.get("source", "")
            parts = source if isinstance(source, list) else [source]
            if all(isinstance(part, str) for part in parts):
                yield named if isinstance(named, str) else UNNAMED, "".join(parts)


def _inside(found: Any, *names: str) -> Any:
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _python(source: str) -> str:
    """Without the lines that only a notebook understands: `%timeit f()`, `!ls`, `?f`."""
    return _MAGIC.sub(r"\1pass", source)
