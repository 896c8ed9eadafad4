"""Where an author's mistake is: the place in the lesson's folder that an exception comes from.

A grader is a program that its author is still writing. What it raises is told like any other thing
that is wrong with a lesson, and is no bug of vmlab's.
"""

from __future__ import annotations

import traceback
from pathlib import Path


def told(error: BaseException, folder: Path) -> str:
    """An exception as a sentence, with the last place in the folder that it went through; where it
    went through none, the last place of all."""
    frames = [(Path(one.filename), one.lineno) for one in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append((Path(error.filename), error.lineno))
    inside = [one for one in frames if folder in one[0].parents] or frames
    place = f"{inside[-1][0].name}, line {inside[-1][1]}: " if inside else ""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{place}{type(error).__name__}: {text}"
