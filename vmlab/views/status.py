"""What the session is doing, as one short sentence, and the numbers beside it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from vmlab.core.events import Access
from vmlab.engine.api import WatchHit
from vmlab.session.snapshot import ENDINGS, Reason, Snapshot, Status, Stop
from vmlab.views.names import short_hex
from vmlab.views.phrase import NOTHING, Phrase, described, heard, say
from vmlab.views.table import Table, Translate, render, visible


class Look(Enum):
    """Which mark a status gets; a picture draws each with its own shape."""

    PAUSED = "paused"
    RUNNING = "running"
    WAITING = "waiting"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StatusRow:
    """The status line: a mark, a sentence, where we are and how far the recording goes."""

    look: Look
    sentence: Phrase
    position: int
    recorded: int
    virtual_time: int
    ips: float
    engine: str = ""
    """The tier that runs."""
    engine_hint: Phrase = NOTHING
    """What it is, and why not a faster one."""


_SENTENCES: Final = {
    Reason.STEP: Phrase("Paused"),
    Reason.TRAP: Phrase("Paused: a trap was taken"),
    Reason.BREAKPOINT: Phrase("Paused: breakpoint at {pc}"),
    Reason.WATCHPOINT: Phrase("Paused: watchpoint, {what}"),
    Reason.PC: Phrase("Paused: reached {pc}"),
    Reason.COUNT: Phrase("Paused: reached #{retired}"),
    Reason.MODE: Phrase("Paused: the mode changed"),
    Reason.CONSOLE: Phrase("Paused: the console matched"),
    Reason.LIMIT: Phrase("Paused: the instruction limit was reached"),
    Reason.PAUSE: Phrase("Paused"),
    Reason.WAITING: Phrase("Waiting for input"),
    Reason.PASSED: Phrase("Ended: passed"),
    Reason.FAILED: Phrase("Ended: failed, code {code}"),
    Reason.TRAP_LOOP: Phrase("Trap loop at {pc}"),
    Reason.STOPPED: Phrase("Ended: its monitor stopped it"),
}
_DETAILED: Final = frozenset({Reason.TRAP, Reason.FAILED})
"""Reasons whose detail the session words for people."""


def _hit(hit: WatchHit) -> Phrase:
    wrote = hit.access is Access.STORE
    return say(
        "{pc} wrote {n} bytes at {va}" if wrote else "{pc} read {n} bytes at {va}",
        pc=short_hex(hit.pc), n=hit.size_bytes, va=short_hex(hit.address),
    )  # fmt: skip


def stop_sentence(stop: Stop) -> Phrase:
    """Why the machine stopped; what the session adds to that goes after it."""
    said = say(
        _SENTENCES[stop.reason].template,
        pc=short_hex(stop.pc), retired=f"{stop.retired:,}", code=stop.code,
        what=NOTHING if stop.hit is None else _hit(stop.hit),
    )  # fmt: skip
    if stop.detail and stop.reason in _DETAILED:
        return say("{said}. {detail}", said=said, detail=heard(visible(stop.detail)))
    return said


_TIERS: Final = {
    "t0": Phrase("Engine t0: the description as Python"),
    "t1": Phrase("Engine t1: the description as WebAssembly"),
    "t2": Phrase("Engine t2: hot code translated to WebAssembly"),
}


def _engine_hint(snapshot: Snapshot) -> Phrase:
    what = _TIERS.get(snapshot.engine, described(snapshot.engine))
    if snapshot.engine_note is None:
        return what
    return say("{what}. {note}", what=what, note=heard(visible(snapshot.engine_note)))


def _look(snapshot: Snapshot) -> Look:
    if snapshot.status is Status.ENDED:
        passed = snapshot.stop is not None and snapshot.stop.reason is Reason.PASSED
        return Look.PASSED if passed else Look.FAILED
    return Look(snapshot.status.value)


def row(snapshot: Snapshot) -> StatusRow:
    """The one row of this view."""
    stop = snapshot.stop
    if snapshot.status is Status.RUNNING:
        sentence = Phrase("Running")
    elif snapshot.status is Status.WAITING:
        sentence = Phrase("Waiting for input: the hart is in WFI and only the console can wake it")
    elif stop is None or (snapshot.status is Status.PAUSED and stop.reason in ENDINGS):
        # After stepping back from the end, the recorded stop no longer describes this place.
        sentence = Phrase("Paused")
    else:
        sentence = stop_sentence(stop)
    return StatusRow(
        _look(snapshot), sentence, snapshot.position, snapshot.recorded,
        snapshot.virtual_time, snapshot.ips, snapshot.engine, _engine_hint(snapshot),
    )  # fmt: skip


def rows(snapshot: Snapshot) -> tuple[StatusRow, ...]:
    """The one row, as the other views give theirs."""
    return (row(snapshot),)


def table(status: StatusRow) -> Table:
    """The twin of this row."""
    return Table(
        Phrase("Status"),
        (
            Phrase("Status"), Phrase("Position"), Phrase("Recorded to"), Phrase("Virtual time"),
            Phrase("Engine"),
        ),
        (
            (
                status.sentence, f"#{status.position:,}", f"#{status.recorded:,}",
                f"{status.virtual_time:,}", status.engine,
            ),
        ),
        Phrase("No session."),
    )  # fmt: skip


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """The status as lines of text."""
    return render(table(row(snapshot)), translate)
