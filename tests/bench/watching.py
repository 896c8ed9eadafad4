"""What watching costs on T1: the same run with nothing watched, and with each kind of watching.

Each figure is the time of a run with it over the time of a run without, the least of a few rounds
in turns. What is watched never happens here, except traps: `supervisor` takes one every 145
instructions, and somebody hears of each.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from vmlab.core.events import Access, EventKind
from vmlab.engine.api import StopAt, Watch
from vmlab.guests.benchmarks import sized
from vmlab.session import Session, open

ROUNDS = 7
GUESTS = (("sieve", 50), ("supervisor", 2000))
NOWHERE = 0x7000_0000
BOTH = 1 << Access.LOAD | 1 << Access.STORE
Way = Callable[[Session], StopAt]


def _hearing(kinds: EventKind) -> Way:
    def way(session: Session) -> StopAt:
        session.engine.listeners.kinds = kinds
        return StopAt()

    return way


WAYS: dict[str, Way] = {
    "nothing": _hearing(EventKind(0)),
    "a breakpoint elsewhere": lambda session: StopAt(breakpoints=frozenset({NOWHERE})),
    "a watched page elsewhere": lambda session: StopAt(
        watches=(Watch(NOWHERE, NOWHERE + 7, BOTH),)
    ),
    "traps and returns, heard": _hearing(EventKind.TRAP | EventKind.TRAP_RETURN),
    "page walks too": _hearing(EventKind.TRAP | EventKind.TRAP_RETURN | EventKind.WALK),
}


def _seconds(image: bytes, way: Way) -> float:
    session = open(image, engine="t1")
    session.engine.listeners.kinds = EventKind(0)
    stop = way(session)
    began = time.perf_counter()
    session.engine.run(1 << 40, stop)
    return time.perf_counter() - began


def figures() -> Iterator[str]:
    """A line for each guest and way."""
    for guest, rounds in GUESTS:
        image = sized(guest, rounds)
        best = dict.fromkeys(WAYS, float("inf"))
        for _ in range(ROUNDS):
            for name, way in WAYS.items():
                best[name] = min(best[name], _seconds(image, way))
        for name, seconds in best.items():
            ratio = seconds / best["nothing"]
            yield f"t1 {guest:<11} {name:<26} {1000 * seconds:7.1f} ms  {ratio:5.2f}x"
