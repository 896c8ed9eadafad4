"""What is graded already: a file beside the tables, so that an interrupted run goes on.

    {"schema": "vmlab/grading-journal/1"}
    {"key": "…", "outcome": {…}}          a line for each program, as soon as it is graded

A key stands for all that an outcome follows from: the program, the exercise with its grader, the
private key, how many seeds, the version of vmlab, and how the program was run. Seeds themselves do
not stand in it. What could not be graded is not kept: it is tried again.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from vmlab import __version__
from vmlab.core.errors import BadInput
from vmlab.course.exercise import Exercise
from vmlab.course.grading.work import Outcome

SCHEMA: Final = "vmlab/grading-journal/1"
NAME: Final = ".vmlab-grade.jsonl"
_PARTS: Final = ("exercise.toml", "grade.py", "grade.pyc")


def key(exercise: Exercise, source: str, key_id: str, seeds: int, sandboxed: bool) -> str:
    """What stands for one program's outcome."""
    how = "sandbox" if sandboxed else "no sandbox"
    total = hashlib.sha256()
    for part in (source, exercise.slug, digest(exercise.folder), key_id, str(seeds), __version__,
                 how):  # fmt: skip
        data = part.encode("utf-8", "surrogatepass")
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()


@functools.cache
def digest(folder: Path) -> str:
    """Of what an exercise's outcome follows from, beside vmlab itself."""
    total = hashlib.sha256()
    for name in _PARTS:
        if (folder / name).is_file():
            total.update(name.encode() + hashlib.sha256((folder / name).read_bytes()).digest())
    return total.hexdigest()


class Journal:
    """The outcomes so far, by key, and the file that keeps them."""

    def __init__(self, path: Path, fresh: bool = False) -> None:
        """Read what is there, or begin anew. Raises `BadInput` if it cannot be written."""
        self.path = path
        self.known: dict[str, Outcome] = {}
        mode = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if fresh else 0)
        try:
            if not fresh and path.exists():
                self._read()
            self._file = os.fdopen(os.open(path, mode, 0o600), "a", encoding="utf-8")
        except OSError as error:
            raise BadInput(f"expected to write {str(path)!r}, found: {error.strerror}") from None
        # After a line that was cut, a new one begins; an empty line means nothing.
        self._file.write("\n" if path.stat().st_size else json.dumps({"schema": SCHEMA}) + "\n")

    def _read(self) -> None:
        with self.path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                try:
                    found = json.loads(line)
                    if "key" in found:
                        self.known[str(found["key"])] = Outcome.of(json.dumps(found["outcome"]))
                except (ValueError, KeyError, TypeError):
                    continue  # cut short, or of another version: it is graded again

    def add(self, key: str, outcome: Outcome) -> None:
        """Keep an outcome, if it is one: on the disk when this returns."""
        if outcome.failure:
            return
        self.known[key] = outcome
        line = {"key": key, "outcome": json.loads(outcome.text())}
        self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._file.close()
