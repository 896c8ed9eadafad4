"""A process that grades: a line with a task comes in, a line with its outcome goes out.

    python -m vmlab.course.grading.child

A process of its own, so that a grader which hangs, crashes or eats the memory takes nothing with it
but the one submission; `pool` starts a new one then.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from types import FrameType

from vmlab.course.grading.work import Task, grade
from vmlab.course.sandbox import NotStarted


def main() -> None:
    """Answer until there is nothing more to read."""
    # Ctrl-C is for the process that started us: it ends us, and our sandbox with us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a grader prints is no answer
    for line in sys.stdin:
        try:
            said = {"outcome": grade(Task.of(line)).text()}
        except NotStarted as error:
            said = {"lost": str(error)}
        answers.write(json.dumps(said) + "\n")
        answers.flush()


def _end(number: int, frame: FrameType | None) -> None:
    """An exception, so that the sandbox that is open is closed."""
    del number, frame
    raise SystemExit(143)


if __name__ == "__main__":
    main()
