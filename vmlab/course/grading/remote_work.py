"""What a worker of a cluster does: it grades as a teacher's own machine would, in children of its
own, one for each of its threads (`pool`).

A task is a value and its outcome another, so it does not matter where it is done, nor how often.
"""

from __future__ import annotations

import atexit
import dataclasses
import hashlib
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vmlab import __version__
from vmlab.course.grading.pool import Lost, Pool
from vmlab.course.grading.work import Task
from vmlab.course.sandbox import Distribution

Prepare = Callable[[], Distribution]
"""Gets a sandbox ready on the machine where it is called."""
Files = Mapping[str, bytes]


class LostThere(Lost):
    """`Lost`, and on which worker."""

    def __init__(self, text: str, where: str) -> None:
        super().__init__(text, where)
        self.where = where

    def __str__(self) -> str:
        return str(self.args[0])


class _Here:
    """What a worker keeps from task to task."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._sandboxes: dict[Prepare, str] = {}
        self._lessons: dict[str, str] = {}

    def pool(self) -> Pool:
        with self._lock:
            if self._pool is None:
                self._pool = Pool()
                atexit.register(self._pool.close)
            return self._pool

    def sandbox(self, prepare: Prepare | None) -> str:
        """The folder that a sandbox starts from; "" for none."""
        if prepare is None:
            return ""
        with self._lock:
            if prepare not in self._sandboxes:
                self._sandboxes[prepare] = str(prepare().folder)
            return self._sandboxes[prepare]

    def lesson(self, files: Files) -> str:
        """A folder with the grader's files, as the teacher's machine has them."""
        name = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest()
        with self._lock:
            if name not in self._lessons:
                folder = Path(tempfile.mkdtemp(prefix="vmlab-lesson-"))
                atexit.register(shutil.rmtree, folder, ignore_errors=True)
                for file, data in files.items():
                    (folder / Path(file).name).write_bytes(data)
                self._lessons[name] = str(folder)
            return self._lessons[name]


_here = _Here()


def same(files: Files) -> Files:
    """A lesson's files as a task's result: it is made anew if the worker that held it dies."""
    return files


def grade(text: str, files: Files, prepare: Prepare | None, deadline_s: float | None) -> str:
    """Grade one on this worker. Raises `LostThere`."""
    task = dataclasses.replace(
        Task.of(text), folder=_here.lesson(files), sandbox=_here.sandbox(prepare)
    )
    try:
        return _here.pool().run(task, deadline_s).text()
    except Lost as error:
        raise LostThere(str(error), _address()) from None


def _address() -> str:
    from distributed import get_worker

    worker: Any = get_worker()
    return str(worker.address)


def probe(prepare: Prepare | None) -> str:
    """The version of vmlab here, once a sandbox is ready."""
    _here.sandbox(prepare)
    return __version__
