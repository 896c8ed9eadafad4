"""Ctrl-C of a command that runs in slices: the first is heard, the next ends it at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def first_ctrl_c(heard: Callable[[], None]) -> Iterator[None]:
    """Call `heard` at the first Ctrl-C, between two bytecodes of whatever runs: it makes a note, or
    raises `KeyboardInterrupt` where nobody would read that. The next one ends the command."""

    def interrupt(signum: int, frame: FrameType | None) -> None:
        del signum, frame
        heard()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
