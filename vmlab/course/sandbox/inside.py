"""The side of the sandbox's runner that is Python: it runs in Pyodide, and nowhere else.

`snapshot.mjs` executes this text in a new Pyodide and keeps the memory; `runner.mjs` goes on from
there and calls `begin`. What is taken away here is taken away for clear messages. It is no wall: a
program can find its way back to it, and then stands in a process that may do nothing.
"""

from __future__ import annotations

import builtins
import collections.abc
import dataclasses
import enum
import functools
import heapq
import io
import itertools
import math
import sys
import typing
from collections.abc import Callable
from typing import Any, Final

import vmlab.lab  # noqa: F401  # in memory before a program runs: no file of it exists then
from vmlab.lab import serve
from vmlab.lab.allowed import is_allowed, refusal

# The same goes for what a program may import of the standard library.
READY: Final = (collections.abc, dataclasses, enum, functools, heapq, itertools, math, typing)
WAYS_OUT: Final = ("js", "pyodide_js", "_pyodide", "_pyodide_core", "pyodide")
"""With all their parts. Another finder would make modules of JavaScript's objects."""
MOST_PRINTED: Final = 32_000
"""Characters; more are counted as printed and thrown away."""


class Printed(io.TextIOBase):
    """Takes what a program prints to where it can be mistaken for no answer."""

    def __init__(self, show: Callable[[str], object]) -> None:
        self._show, self._left = show, MOST_PRINTED

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        if self._left > 0:
            self._show(text[: self._left])
            self._left -= len(text)
        return len(text)


def guard_imports() -> None:
    """An import statement of the program's own gets what is allowed, or a sentence."""
    really = builtins.__import__

    def only_allowed(
        name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> Any:
        ours = globals is None or globals.get("__name__") != serve.MODULE
        if not (ours or (level == 0 and is_allowed(name))):
            raise ImportError(refusal(f"`{name}`"))
        return really(name, globals, locals, fromlist, level)

    builtins.__import__ = only_allowed


def begin(
    read: Callable[[], str], write: Callable[[str], object], show: Callable[[str], object]
) -> None:
    """Serve until there is nothing more to read. `show` takes what is printed."""
    modules: dict[str, Any] = sys.modules
    for name in [*WAYS_OUT, *(one for one in modules if one.partition(".")[0] in WAYS_OUT)]:
        modules[name] = None
    sys.meta_path[:] = [one for one in sys.meta_path if type(one).__name__ != "JsFinder"]
    guard_imports()
    sys.stdin = io.StringIO()
    sys.stdout = sys.stderr = Printed(show)
    serve.Served(read, write).run()
