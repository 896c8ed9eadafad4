"""The ribbon: what writing the history costs a run, drawing many bands, scrubbing a long run."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from typing import Final

from vmlab.guests.benchmarks import sized
from vmlab.session import Session, open
from vmlab.session.historian import Historian
from vmlab.ui.controller import Controller
from vmlab.ui.widgets.ribbon import Ribbon

ROUNDS: Final = 7
GUESTS: Final = (("sieve", 50), ("mixed", 30), ("supervisor", 2_000))
LONG: Final = 50_000_000
PLACES: Final = 40


def seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def figures() -> Iterator[str]:
    """What a run pays, then what a screen does."""
    for guest, rounds in GUESTS:
        yield _written(guest, sized(guest, rounds))
    for guest, image in (("nano", "nano"), ("supervisor", sized("supervisor", 5_000))):
        yield from _drawn(guest, image)


def _written(guest: str, image: bytes) -> str:
    """The same run with and without, in turns; the least of each counts."""
    writes = Historian.add_batch
    without, written = float("inf"), float("inf")
    for _ in range(ROUNDS):
        Historian.add_batch = lambda *_: None  # type: ignore[method-assign]
        without = min(without, _run(image)[0])
        Historian.add_batch = writes  # type: ignore[method-assign]
        took, session = _run(image)
        written = min(written, took)
    history = session.snapshot().history
    return (
        f"{guest:<11} {session.position:>12,} instructions, {len(history.start):>9,} bands: "
        f"{1e3 * without:7.1f} ms without, {1e3 * written:7.1f} ms with, {written / without:.2f}x"
    )


def _run(image: bytes) -> tuple[float, Session]:
    """Seconds of a run on T1, and its session."""
    session = open(image, engine="t1")
    gc.collect()  # the session before this one
    return seconds(session.run), session


def _drawn(guest: str, image: str | bytes) -> Iterator[str]:
    session = open(image)
    session.run(limit=LONG)
    controller = Controller(session, open, lambda *_: iter(()), lambda: None)  # type: ignore[arg-type]
    ribbon = Ribbon(controller)
    bands = len(session.snapshot().history.start)
    for fit in ("near", "all"):
        ribbon.receive({"command": "fit", "show": fit})
        drawn = min(seconds(lambda: ribbon.payload(controller.snapshot())) for _ in range(ROUNDS))
        yield f"{guest:<11} {bands:,} bands, fit {fit}: a picture in {1e3 * drawn:.1f} ms"
    yield _scrubbed(guest, session, ribbon)


def _scrubbed(guest: str, session: Session, ribbon: Ribbon) -> str:
    """As a drag does: to and fro, and a picture of each place."""
    rng, end = random.Random(1), session.position
    at, took = end, []
    for _ in range(PLACES):
        at = max(0, min(end, at + rng.randint(-end // 20, end // 20)))
        took.append(seconds(lambda: _go(session, ribbon, at)))  # noqa: B023  # called at once
    took.sort()
    return (
        f"{guest:<11} scrubbing {end:,} instructions: {len(took) / sum(took):.1f} positions a "
        f"second, the slowest {1e3 * took[-1]:.0f} ms"
    )


def _go(session: Session, ribbon: Ribbon, position: int) -> None:
    session.go_to(position)
    ribbon.changes(ribbon.controller.snapshot(), full=False)
