"""Compiling beside the run: one thread for all machines of the process.

wasmtime compiles without Python's lock, so the guest goes on meanwhile. Where there are no threads
(in a browser, which compiles fast), or when it is asked for, it is done at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar

T = TypeVar("T")


def can_wait() -> bool:
    """Whether there is anybody who compiles while the guest goes on."""
    return sys.platform != "emscripten"


@cache
def _worker() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="vmlab-t2")


def start(work: Callable[[], T], background: bool) -> Future[T]:
    """The work's future; without `background` it is done. What it raises is in the future."""
    if background and can_wait():
        return _worker().submit(work)
    done: Future[T] = Future()
    try:
        done.set_result(work())
    except Exception as failure:  # noqa: BLE001 (as a thread would keep it)
        done.set_exception(failure)
    return done
