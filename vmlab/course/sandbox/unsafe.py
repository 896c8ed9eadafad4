"""Runs a program in a plain Python process, with every right that we have: no sandbox at all.

For a teacher who knows every student, on a machine with no deno. The program may read every file,
the key of the private seeds included, and send it anywhere; it may leave processes behind. Time
and memory of the process are limited as in the sandbox, and the answers are believed as little.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from vmlab.course.sandbox.box import READY, Sandbox, opened
from vmlab.course.sandbox.distribution import VMLAB
from vmlab.course.sandbox.limits import Limits
from vmlab.course.sandbox.process import Process
from vmlab.lab.serve import Served

START: Final = "from vmlab.course.sandbox.unsafe import serve_here; serve_here()"


@contextmanager
def open_unsafe_no_sandbox(limits: Limits | None = None) -> Iterator[Sandbox]:
    """As `open_sandbox`, and nothing keeps the program from doing what it likes."""
    limits = limits or Limits()
    found = [str(VMLAB.parent), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, found)),
                                "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8"}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-c", START]
        with opened(Process(words, limits, environment, Path(folder)), limits) as box:
            yield box


def serve_here() -> None:
    """The other process: what is printed goes to standard error, as in the sandbox."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    questions = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(2, 1)
    sys.stdin = io.StringIO()

    def write(line: str) -> None:
        answers.write(line + "\n")
        answers.flush()

    write(READY)
    Served(questions.readline, write).run()
