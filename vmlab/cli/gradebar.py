"""How far the grading of a class has come, on standard error: a bar, or plain lines in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from vmlab.course.grading.work import Outcome

EVERY_S: Final = 10.0
"""Between two lines where there is no terminal."""

Seen = Callable[[Outcome], None]


@contextmanager
def progress(total: int, stream: TextIO | None = None) -> Iterator[Seen]:
    """Within, what it gives is to be called with each outcome."""
    stream = stream or sys.stderr
    if stream.isatty():
        with _bar(total) as seen:
            yield seen
    else:
        yield _lines(total, stream)


def _lines(total: int, stream: TextIO) -> Seen:
    done = bad = 0
    began = said = time.monotonic()

    def seen(outcome: Outcome) -> None:
        nonlocal done, bad, said
        done += 1
        bad += bool(outcome.failure)
        now = time.monotonic()
        if done == total or now - said >= EVERY_S:
            said = now
            rate = done / max(now - began, 1e-3)
            failed = f", {bad} not graded" if bad else ""
            stream.write(f"graded {done} of {total}{failed}; {rate:.2f} a second\n")
            stream.flush()

    return seen


@contextmanager
def _bar(total: int) -> Iterator[Seen]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        TextColumn("{task.fields[bad]}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task("grading", total=total, bad="")
        bad = 0

        def seen(outcome: Outcome) -> None:
            nonlocal bad
            bad += bool(outcome.failure)
            shown.update(task, advance=1, bad=f"{bad} not graded" if bad else "")

        yield seen
