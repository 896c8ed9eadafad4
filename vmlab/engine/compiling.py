"""Compiling beside the run, where the host can.

wasmtime compiles without Python's lock, so one thread does it for all machines of the process while
the guest goes on (`on_thread`). A browser compiles beside us by itself (`hosts.browser_host`).
`on_the_spot` is for whoever does not want to wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from queue import SimpleQueue
from threading import Thread
from typing import Any, Protocol

Work = Callable[[], Any]


class Compiling(Protocol):
    """Code that is being compiled."""

    @property
    def seconds(self) -> float:
        """How long it took, once it is there; with all waiting where a browser did it."""

    def done(self) -> bool:
        """Whether it is there, or will never be."""

    def result(self) -> Any:
        """The code. Raises what compiling it raised."""


class Job:
    """Code that is compiled here, by whoever calls `do`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._result: Any = None
        self._failure: Exception | None = None
        self._done = False
        self.seconds = 0.0

    def do(self) -> None:
        began = time.perf_counter()
        try:
            self._result = self._work()
        except Exception as failure:  # noqa: BLE001 (whoever asks for the result gets it)
            self._failure = failure
        self.seconds = time.perf_counter() - began
        self._done = True

    def done(self) -> bool:
        return self._done

    def result(self) -> Any:
        assert self._done
        if self._failure is not None:
            raise self._failure
        return self._result


@cache
def _jobs() -> SimpleQueue[Job]:
    """What the thread has to do. It does not keep a process that is over from ending."""
    jobs: SimpleQueue[Job] = SimpleQueue()

    def work() -> None:
        while True:
            jobs.get().do()

    Thread(target=work, name="vmlab-t2", daemon=True).start()
    return jobs


def on_thread(work: Work) -> Compiling:
    """The work is done beside the run."""
    job = Job(work)
    _jobs().put(job)
    return job


def on_the_spot(work: Work) -> Compiling:
    """The work is done when this returns. What it raises is in the result."""
    job = Job(work)
    job.do()
    return job
