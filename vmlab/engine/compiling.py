"""Compiling beside the run: one thread for all machines of the process.

wasmtime compiles without Python's lock, so the guest goes on meanwhile. Where there are no threads
(in a browser, which compiles fast), or when it is asked for, it is done at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from queue import SimpleQueue
from threading import Thread
from typing import Any

Job = tuple[Callable[[], Any], "Future[Any]"]


def can_wait() -> bool:
    """Whether there is anybody who compiles while the guest goes on."""
    return sys.platform != "emscripten"


@cache
def _jobs() -> SimpleQueue[Job]:
    """What the thread has to do. It does not keep a process that is over from ending."""
    jobs: SimpleQueue[Job] = SimpleQueue()

    def work() -> None:
        while True:
            _do(*jobs.get())

    Thread(target=work, name="vmlab-t2", daemon=True).start()
    return jobs


def _do(work: Callable[[], Any], future: Future[Any]) -> None:
    try:
        future.set_result(work())
    except Exception as failure:  # noqa: BLE001 (whoever asks for the result gets it)
        future.set_exception(failure)


def start(work: Callable[[], Any], background: bool) -> Future[Any]:
    """The work's future; without `background` it is done. What it raises is in the future."""
    future: Future[Any] = Future()
    if background and can_wait():
        _jobs().put((work, future))
    else:
        _do(work, future)
    return future
