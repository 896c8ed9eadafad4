"""How long a session at nano's prompt takes, bare and under each technique: host time, measured.

The same lines are typed each time, and the next as soon as the shell asks for it, so a guest does
the same under every technique but for what its clock makes of it. It runs wherever vmlab runs.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from vmlab.core.errors import BrokenInvariant
from vmlab.session import Session, open
from vmlab.session.snapshot import Reason
from vmlab.session.until import Until

BARE: Final = "bare"
TECHNIQUES: Final = (BARE, "trap_emulate", "paravirt", "hwassist")
LINES: Final = ("sys 3000", "sieve 1000000", "cow", "slices", "sys 3000")
"""System calls, a program that computes, copied pages, programs in turns."""
RAM: Final = "8M"
_PROMPT: Final = r"\$ $"
_MOST_INSNS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class NanoRow:
    """One session, from reset to the last prompt."""

    engine: str
    technique: str
    seconds: float
    retired: int
    """Instructions of the guest."""
    to_bare: float
    """Its time over that on the bare machine with the same engine."""


def nano_rows(engines: Sequence[str]) -> Iterator[NanoRow]:
    """A row for each engine and technique, the bare machine first."""
    for engine in engines:
        bare = 0.0
        for technique in TECHNIQUES:
            began = time.perf_counter()
            session = _opened(engine, technique)
            _talk(session)
            seconds = time.perf_counter() - began
            bare = seconds if technique == BARE else bare
            yield NanoRow(engine, technique, seconds, session.position, seconds / bare)


def _opened(engine: str, technique: str) -> Session:
    if technique == BARE:
        return open("nano", engine=engine, ram=RAM)
    return open("nano", engine=engine, ram=RAM, technique=technique)


def _talk(session: Session) -> None:
    _wait(session)
    for line in LINES:
        session.send(line.encode() + b"\r")
        _wait(session)


def _wait(session: Session) -> None:
    stop = session.run(until=Until.console(_PROMPT), limit=_MOST_INSNS)
    if stop.reason is not Reason.CONSOLE:
        raise BrokenInvariant(f"nano: expected its prompt, found {stop.reason.value}")
