"""What can be done with the machine now, and for what cannot, why not."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.session.snapshot import Snapshot, Status
from vmlab.views.phrase import NOTHING, Phrase
from vmlab.views.table import Table, Translate, render


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One button: `name` is its command, `reason` says why it is disabled (empty if enabled)."""

    name: str
    title: Phrase
    key: str
    reason: Phrase

    @property
    def enabled(self) -> bool:
        """Whether the command may be given."""
        return not self.reason


def _forward(snapshot: Snapshot) -> Phrase:
    if snapshot.status is Status.ENDED:
        return Phrase("The guest has ended: step back or reset")
    if snapshot.status is Status.WAITING:
        return Phrase("The hart waits for input: type in the console")
    return NOTHING


def rows(snapshot: Snapshot) -> tuple[ActionRow, ...]:
    """The buttons from left to right. While running, only pausing is possible."""
    running = snapshot.status is Status.RUNNING
    pause_first = Phrase("Pause first") if running else NOTHING
    # A first instruction that traps is a step too, though none has retired then.
    moved = snapshot.position or snapshot.steps
    at_start = NOTHING if moved else Phrase("At the start")
    forward = _forward(snapshot)
    return (
        ActionRow("reset", Phrase("Reset"), "R", pause_first or at_start),
        ActionRow("back", Phrase("Back"), "b", pause_first or at_start),
        ActionRow("step", Phrase("Step"), "s", pause_first or forward),
        ActionRow("trap", Phrase("To next trap"), "t", pause_first or forward),
        ActionRow(
            "pause" if running else "run",
            Phrase("Pause") if running else Phrase("Run"),
            "r",
            NOTHING if running else forward,
        ),
    )


def table(actions: tuple[ActionRow, ...]) -> Table:
    """The twin of these rows."""
    return Table(
        Phrase("Transport"),
        (Phrase("Action"), Phrase("Key"), Phrase("Possible now")),
        tuple((row.title, row.key, row.reason or Phrase("yes")) for row in actions),
        Phrase("No session."),
    )


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """The buttons as lines of text."""
    return render(table(rows(snapshot)), translate)
