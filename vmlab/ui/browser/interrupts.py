"""Ctrl-C for the page: stops Python that has been busy for too long, wherever it stands.

The page writes SIGINT into memory that it shares with the worker, again and again until it is
answered. Pyodide looks there every so many bytecodes and calls `_asked`. A slice of the machine
takes some milliseconds, after which the click itself is heard, so nothing young is ever stopped.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

YOUNG_S: Final = 1.0
"""One turn of the event loop may take so long. What is stopped loses the run since its last copy,
and a picture of everything, which Pause asks for, takes a tenth of this where nothing else runs: a
machine that is some times slower must not lose a run to it. The page asks for twice as long."""

_since = 0.0


def begin() -> None:
    """Python starts on something now."""
    global _since  # noqa: PLW0603  # one process, one signal
    _since = time.perf_counter()


def _asked(_signum: int, _frame: FrameType | None) -> None:
    if time.perf_counter() - _since >= YOUNG_S:
        begin()  # whoever cleans up is young again
        raise KeyboardInterrupt


def install(loop: Any, stopped: Callable[[], object]) -> None:
    """Hear the page's SIGINT. `stopped` is called when it ended a callback of `loop`, which is
    Pyodide's."""
    signal.signal(signal.SIGINT, _asked)
    later = loop.call_later

    def call_later(delay: float, callback: Callable[..., Any], *args: Any, **how: Any) -> Any:
        def turn(*given: Any) -> Any:
            begin()
            return callback(*given)

        return later(delay, turn, *args, **how)

    # Every turn of Pyodide's loop goes through `call_later`, `call_soon` included.
    loop.call_later = call_later
    loop._keyboard_interrupt_handler = stopped
