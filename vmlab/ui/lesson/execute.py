"""Runs one step of a lesson in a namespace, as Jupyter would: what it prints, and how it ends."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from enum import Enum
from types import CodeType
from typing import Any

from vmlab.core.errors import VmlabError
from vmlab.ui.i18n import t
from vmlab.ui.lesson.printed import Printed
from vmlab.views.phrase import heard


class Ended(Enum):
    """How a step ended."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """By the reader."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended, and why."""

    ended: Ended
    error: Callable[[], str] = str
    """In the language that is spoken when it is asked."""
    line: int | None = None
    """Where in the step."""


def execute(source: str, file: str, space: dict[str, Any], printed: Printed) -> Outcome:
    """Run `source` in `space`. A last line that is an expression shows its value, unless that is
    None or something that is drawn elsewhere."""
    try:
        with redirect_stdout(printed), redirect_stderr(printed):
            body, last = _compiled(source, file)
            exec(body, space)
            if last is not None:
                value = eval(last, space)
                if value is not None and not hasattr(value, "__panel__"):
                    printed.write(f"{value!r}\n")
    except KeyboardInterrupt:
        return Outcome(Ended.STOPPED)
    except VmlabError as error:
        return Outcome(Ended.FAILED, lambda said=str(error): t(heard(said)), line_of(error, file))  # type: ignore[misc]
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a step raises is its own
        said = _last_line(error)
        return Outcome(Ended.FAILED, lambda: said, line_of(error, file))
    return Outcome(Ended.DONE)


def _compiled(source: str, file: str) -> tuple[CodeType, CodeType | None]:
    tree = ast.parse(source, file)
    last = None
    shown = tree.body and isinstance(tree.body[-1], ast.Expr)
    if shown and not source.rstrip().endswith(";"):
        expression = tree.body.pop()
        assert isinstance(expression, ast.Expr), expression
        last = compile(ast.Expression(expression.value), file, "eval", dont_inherit=True)
    return compile(tree, file, "exec", dont_inherit=True), last


def _last_line(error: BaseException) -> str:
    """What Python itself says in the last line of a traceback."""
    return traceback.format_exception_only(error)[-1].strip()


def line_of(error: BaseException, file: str) -> int | None:
    """The line of `file` that an error came through last; of a mistake in writing, its own."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno
    lines = [
        one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename == file
    ]
    return lines[-1] if lines else None
