"""The Now line: who runs, what comes next, and what will happen, before it happens."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vmlab.core.modes import Mode, mode_name
from vmlab.session.snapshot import CodeLine, Snapshot, Status
from vmlab.views.foresee import Outlook, foresee
from vmlab.views.names import long_mode, owner, short_hex
from vmlab.views.phrase import NOTHING, Phrase
from vmlab.views.status import stop_sentence
from vmlab.views.table import Table, Translate, render, visible


class Outcome(Enum):
    """What the next step will do, as far as can be told from the registers alone."""

    RUNS = "runs"
    TRAPS = "traps"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class NowRow:
    """The current mode and its owner, the next instruction, and a sentence about it."""

    mode: Mode
    owner: Phrase
    mode_name: Phrase
    address: int
    instruction: str
    outcome: Outcome
    sentence: Phrase
    virtual: bool = False

    @property
    def short_mode(self) -> str:
        """`M`, `S`, `U`, `VS` or `VU`."""
        return mode_name(self.mode, self.virtual)


def _next_line(snapshot: Snapshot) -> CodeLine | None:
    return next((line for line in snapshot.code if line.address == snapshot.now.pc), None)


def _outlook(snapshot: Snapshot, line: CodeLine | None) -> Outlook:
    if line is None:
        return Outlook(True, Phrase("The instruction cannot be fetched: the step takes the fault."))
    return foresee(snapshot, line)


def row(snapshot: Snapshot) -> NowRow:
    """The one row of this view. While the machine runs it says only who is running."""
    mode = snapshot.now.mode
    line = _next_line(snapshot)
    instruction = "" if line is None else visible(line.text)
    outcome, sentence = Outcome.RUNS, NOTHING
    if snapshot.status is Status.ENDED:
        outcome = Outcome.OVER
        if snapshot.stop is not None:
            sentence = stop_sentence(snapshot.stop)
    elif snapshot.status is not Status.RUNNING:
        outlook = _outlook(snapshot, line)
        outcome = Outcome.TRAPS if outlook.traps else Outcome.RUNS
        sentence = outlook.sentence
    virtual = snapshot.now.virtual
    return NowRow(
        mode, owner(mode, virtual), long_mode(mode, virtual), snapshot.now.pc, instruction,
        outcome, sentence, virtual,
    )  # fmt: skip


def rows(snapshot: Snapshot) -> tuple[NowRow, ...]:
    """The one row, as the other views give theirs."""
    return (row(snapshot),)


def table(now: NowRow) -> Table:
    """The twin of this row."""
    will = {
        Outcome.RUNS: NOTHING, Outcome.TRAPS: Phrase("It will trap."), Outcome.OVER: NOTHING,
    }  # fmt: skip
    return Table(
        Phrase("Now"),
        (
            Phrase("Who"), Phrase("Mode"), Phrase("pc"), Phrase("Next"), Phrase("Trap"),
            Phrase("What happens"),
        ),
        (
            (
                now.owner, now.short_mode, short_hex(now.address), now.instruction,
                will[now.outcome], now.sentence,
            ),
        ),
        Phrase("No session."),
    )  # fmt: skip


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """The Now line as lines of text."""
    return render(table(row(snapshot)), translate)
