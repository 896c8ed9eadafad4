"""A lesson's text taken apart: prose, and cells of code.

The text is a MyST Markdown notebook. Jupytext reads it where notebooks are made; this reader needs
markdown-it-py alone, so that the site can be built without Jupyter. A test compares the two.

A cell is told by its code: `lesson.predict("id")` asks a question, `lesson.check(globals())` checks
the exercise; the tag `exercise` marks the cell that is the starter (its text is written nowhere but
in starter.py: the cell in the lesson's text holds a comment alone). All others are steps to run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

from vmlab.core.errors import BadInput
from vmlab.course.files import read_text

_OPTION: Final = re.compile(r":([a-z-]+): *(.*)")
_PREDICT: Final = re.compile(r'lesson\.predict\("([a-z0-9-]+)"\)')
_CHECK: Final = re.compile(r"lesson\.check\(globals\(\)\)")
EXERCISE: Final = "exercise"
"""The tag of the cell that becomes the starter."""


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown between two cells."""

    markdown: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of code."""

    number: int
    """From 1, in the order of the text."""
    source: str
    tags: tuple[str, ...] = ()

    @property
    def predicts(self) -> str | None:
        """The id of the question that it asks, if it does nothing else."""
        found = _PREDICT.fullmatch(self.source.strip())
        return found[1] if found else None

    @property
    def checks(self) -> bool:
        """Whether it checks the exercise."""
        return _CHECK.fullmatch(self.source.strip()) is not None

    @property
    def is_exercise(self) -> bool:
        """Whether a student writes it."""
        return EXERCISE in self.tags


Block = Prose | Cell


def read_blocks(path: Path) -> tuple[Block, ...]:
    """The blocks of a lesson's text. Raises `BadInput` if it is not such a text."""
    lines = read_text(path).splitlines()
    start = 0
    if lines and lines[0] == "---":
        try:
            start = lines.index("---", 1) + 1
        except ValueError:
            raise BadInput(f"{path}: expected the header to end with ---, found no end") from None
    return tuple(_blocks(path, lines[start:]))


def _blocks(path: Path, lines: list[str]) -> Iterator[Block]:
    number, at = 0, 0
    for token in MarkdownIt("commonmark").parse("\n".join(lines)):
        if token.type != "fence" or not token.info.startswith("{code-cell}"):
            continue
        assert token.map is not None, token
        begin, end = token.map
        if prose := "\n".join(lines[at:begin]).strip():
            yield Prose(prose)
        number += 1
        yield _cell(path, number, token.content)
        at = end
    if prose := "\n".join(lines[at:]).strip():
        yield Prose(prose)


def _cell(path: Path, number: int, content: str) -> Cell:
    lines, tags = content.rstrip("\n").split("\n"), ()
    while lines and (found := _OPTION.fullmatch(lines[0])):
        if found[1] != "tags":
            raise BadInput(f"{path}: expected the option tags in cell {number}, found {found[1]}")
        tags = tuple(re.findall(r"[a-z-]+", found[2]))
        lines.pop(0)
    return Cell(number, "\n".join(lines).strip("\n"), tags)


def cells(path: Path) -> tuple[Cell, ...]:
    """The cells of a lesson's text, in order."""
    return tuple(block for block in read_blocks(path) if isinstance(block, Cell))
