"""A lesson's text as the parts of its page: steps of prose, questions, cells, and an exercise.

A step begins at each `## ` of the text; what stands before the first one opens the page. Steps and
cells have the same anchors in every language, so that an address leads to the same place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Final

from vmlab.cli.sitebuilder.pages.markdown import Target, highlighted, parser, render
from vmlab.core.errors import BadInput
from vmlab.course.lesson import Lesson, Question
from vmlab.course.text import Cell, Prose, read_blocks

LONG_LINES: Final = 14
"""Code of more lines is folded: a lesson is prose first."""
MOST_HEADINGS: Final = 40
_TITLE: Final = re.compile(r"\A\s*<h1>.*?</h1>\s*", re.DOTALL)
_BEGINS: Final = re.compile(r"\bbegin\(")

Follow = Callable[[str], Target | None]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing within a step: prose, a question, a cell, the exercise or its check."""

    kind: str
    html: str = ""
    """Of prose; of a cell, its code by its parts of speech."""
    number: int = 0
    """The cell's."""
    lines: int = 0
    folded: bool = False
    begins: bool = False
    """True for the cell that only begins the lesson."""
    question: Question | None = None
    needs: tuple[str, ...] = ()
    """Ids of the questions that stand before it."""


@dataclass(slots=True)
class Step:
    """What stands under one `## `."""

    number: int
    title: str = ""
    """HTML of a line."""
    plain: str = ""
    parts: list[Part] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        return f"step-{self.number}"

    @property
    def cells(self) -> tuple[int, ...]:
        """Numbers of the cells that run, in order."""
        return tuple(one.number for one in self.parts if one.kind == "cell")


@dataclass(frozen=True, slots=True)
class Written:
    """A lesson's text in one language."""

    opening: tuple[Part, ...]
    """Before the first step."""
    steps: tuple[Step, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        return (*self.opening, *(part for step in self.steps for part in step.parts))

    @property
    def cells(self) -> tuple[int, ...]:
        """Numbers of all cells that run."""
        return tuple(one.number for one in self.parts if one.kind == "cell")

    @property
    def questions(self) -> tuple[str, ...]:
        """Ids of what it asks, in order."""
        return tuple(one.question.id for one in self.parts if one.question)


def written(
    lesson: Lesson, language: str, follow: Follow, finish: Callable[[str], str] = str
) -> Written:
    """The text in a language; `finish` makes the last change to its prose, as HTML. Raises
    `BadInput` if it asks what lesson.toml does not have."""
    steps = [Step(0)]
    asked: list[str] = []
    for block in read_blocks(lesson.path(language)):
        if isinstance(block, Prose):
            for title, prose in _cut(block.markdown):
                if title is not None:
                    html = parser().renderInline(title)
                    steps.append(Step(len(steps), html, re.sub(r"<[^>]+>", "", html)))
                if prose:
                    made = _prose(prose, steps[-1], follow)
                    steps[-1].parts.append(Part("prose", finish(made)))
        else:
            part = _cell(lesson, block, tuple(asked))
            if part.question:
                asked.append(part.question.id)
            steps[-1].parts.append(part)
    return Written(tuple(steps[0].parts), tuple(steps[1:]))


def _cut(markdown: str) -> Iterator[tuple[str | None, str]]:
    """A piece of prose at its second-level headings: each one's title, and what follows it."""
    lines = markdown.splitlines()
    starts = [
        (token.map[0], token.map[1])
        for token in parser().parse(markdown)
        if token.type == "heading_open" and token.tag == "h2" and token.map
    ]
    at, title = 0, None
    for begin, end in starts:
        if title is not None or begin > at:
            yield title, "\n".join(lines[at:begin]).strip()
        title, at = lines[begin].lstrip("# ").strip(), end
    yield title, "\n".join(lines[at:]).strip()


def _prose(markdown: str, step: Step, follow: Follow) -> str:
    stem = f"{step.anchor}-{len(step.parts)}"
    names = [f"{stem}-{n}" for n in range(1, MOST_HEADINGS)]
    return _TITLE.sub("", render(markdown, follow, names).html)


def _cell(lesson: Lesson, cell: Cell, asked: tuple[str, ...]) -> Part:
    if cell.predicts is not None:
        question = lesson.by_id.get(cell.predicts)
        if question is None:
            known = ", ".join(lesson.by_id) or "none"
            raise BadInput(
                f"{lesson.text}: expected a question of lesson.toml ({known}) in cell "
                f"{cell.number}, found {cell.predicts!r}"
            )
        return Part("question", number=cell.number, question=question)
    if cell.checks or cell.is_exercise:
        if lesson.exercise is None:
            raise BadInput(
                f"{lesson.text}: expected exercise.toml for cell {cell.number}, found none"
            )
        return Part("check" if cell.checks else "exercise", number=cell.number, needs=asked)
    code = cell.source + "\n"
    lines = cell.source.count("\n") + 1
    begins = cell.number == 1 and bool(_BEGINS.search(cell.source))
    return Part(
        "cell",
        highlighted(code, "python", "") or escape(code, quote=False),
        cell.number,
        lines,
        begins or lines > LONG_LINES,
        begins,
        needs=asked,
    )
