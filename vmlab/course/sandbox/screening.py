"""Looks at a program's text before it runs: its size, its form, and what it imports.

This spares a student a start to learn that `numpy` is not there, and a teacher some nonsense. It is
no wall and needs to be none: names can be built at run time, and the sandbox does not count on it.
"""

from __future__ import annotations

import ast
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.course.imports import check_tree

MOST_BYTES: Final = 256 << 10
LONGEST_LINE: Final = 2_000
"""Characters. What is built by hand is shorter; what is meant to break a parser is often longer."""
DEEPEST: Final = 60
"""Brackets that are open at one place, and blocks within blocks."""


def screen(source: bytes | str, file: str = "student.py") -> str:
    """The program's text, if it is worth a start. Raises `BadInput` with a sentence.

    A syntax error is none of its business: the Python that runs the program tells of it, and may
    be newer than ours.
    """
    text = _text(source, file)
    _check_shape(text, file)
    try:
        tree = ast.parse(text, file)
    except SyntaxError:
        return text
    except (RecursionError, MemoryError, ValueError):
        raise BadInput(f"{file}: expected a program, found one nested too deeply") from None
    check_tree(tree, file)
    return text


def _text(source: bytes | str, file: str) -> str:
    if isinstance(source, str):
        source = source.encode("utf-8", "surrogatepass")
    if len(source) > MOST_BYTES:
        most = MOST_BYTES >> 10
        raise BadInput(f"{file}: expected at most {most} KiB, found {len(source) >> 10} KiB")
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{file}: expected text in UTF-8, found other bytes at {error.start}"
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise BadInput(f"{file}: expected text, found a null character in line {line}")
    return text


def _check_shape(text: str, file: str) -> None:
    """Refuse what is only there to exhaust a parser, before one sees it."""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST_LINE:
            raise BadInput(
                f"{file}: expected lines of at most {LONGEST_LINE:,} characters, "
                f"found {len(line):,} in line {number}"
            )
    # Brackets in text and comments are counted too: no honest program comes near the limit.
    depth = 0
    for character in text:
        if character in "([{":
            depth += 1
            if depth > DEEPEST:
                raise BadInput(f"{file}: expected at most {DEEPEST} open brackets, found more")
        elif character in ")]}":
            depth = max(0, depth - 1)
