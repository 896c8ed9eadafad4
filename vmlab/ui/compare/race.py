"""Choosing what is compared, and running it: guest, point, techniques, Run, Pause, Reset, Step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

from vmlab.guests.catalog import GUESTS
from vmlab.guests.nano import BENCHMARKS
from vmlab.session.board import BARE, BoardSnapshot, Busy
from vmlab.session.lanes import END, PROMPT, Goal, guests, points
from vmlab.ui.compare.base import BoardWidget
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload
from vmlab.ui.widgets.sent import name_in
from vmlab.views.phrase import NOTHING, Phrase, described, say
from vmlab.views.table import Table, visible
from vmlab.vmm.techniques import TECHNIQUES

INSNS: Final = "insns"
"""The point that is a number of instructions."""
FIRST_INSNS: Final = 10_000
_POINTS: Final = {
    PROMPT: Phrase("its prompt: it has printed that it waits for a command"),
    END: Phrase("its end"),
    INSNS: Phrase("a number of its instructions"),
}


def point_words(point: str) -> Phrase:
    """A point in words."""
    if point in BENCHMARKS:
        return say("{name}: {what}", name=point, what=described(BENCHMARKS[point]))
    return _POINTS[point]


class Race(BoardWidget):
    """The board's head: what runs to where, and the buttons."""

    kind: ClassVar[str] = "race"
    doc: ClassVar[str] = "compare#what-runs-and-to-where"
    live: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {
            "guest": t("Guest"),
            "point": t("Runs to"),
            "techniques": t("Techniques"),
            "insns": t("Instructions"),
            "run": t("Run"),
            "pause": t("Pause"),
            "reset": t("Reset"),
            "reset_hint": t("Every lane back to power-on"),
            "step": t("To the next exit"),
            "step_hint": t("Each lane goes on until its guest leaves for the monitor once"),
            "dismiss": t("Dismiss"),
            "over": t("Every lane is at the common point: reset first, or choose another"),
        }

    def depends(self, snapshot: BoardSnapshot) -> tuple[Any, ...]:
        controller = self.controller
        return (snapshot.version, controller.message, controller.running, tuple(controller.queue))

    def payload(self, snapshot: BoardSnapshot) -> Payload:
        goal, chosen = snapshot.goal, [lane.technique.name for lane in snapshot.lanes]
        return {
            "guests": [[name, t(described(GUESTS[name].title))] for name in guests()],
            "guest": goal.guest,
            "points": [[name, t(point_words(name))] for name in (*points(goal.guest), INSNS)],
            "point": INSNS if goal.insns is not None else goal.point,
            "insns": goal.insns or 0,
            "techniques": [
                [row.name, t(described(row.title)), t(described(row.mechanism)),
                 int(row.name in chosen), int(row.name == BARE)]
                for row in TECHNIQUES.values()
            ],
            "running": self.controller.running,
            "over": snapshot.arrived and not self.controller.running,
            "said": t(sentence(snapshot, self.controller.running)),
            "message": visible(self.controller.message),
        }  # fmt: skip

    def table(self, snapshot: BoardSnapshot) -> Table:
        chosen = {lane.technique.name for lane in snapshot.lanes}
        return Table(
            say("Comparison: {guest}", guest=snapshot.goal.guest),
            (Phrase("Technique"), Phrase("What it is"), Phrase("Now")),
            tuple(
                (
                    described(row.title),
                    described(row.mechanism),
                    Phrase("chosen") if row.name in chosen else "",
                )
                for row in TECHNIQUES.values()
            ),
            Phrase("No techniques."),
        )

    def act(self, message: Mapping[str, Any]) -> None:
        controller = self.controller
        goal, chosen = controller.board.goal, [row.name for row in controller.board.techniques]
        value = message.get("value")
        name = name_in(value)
        match message.get("command"):
            case "run":
                controller.run()
            case "pause":
                controller.pause()
            case "reset":
                controller.reset()
            case "step":
                controller.step_exit()
            case "dismiss":
                controller.say(NOTHING)
            case "guest" if name in guests():
                controller.choose(Goal(name, points(name)[0]), chosen)
            case "point" if name == INSNS:
                controller.choose(replace(goal, insns=FIRST_INSNS), chosen)
            case "point":
                controller.choose(replace(goal, point=name, insns=None), chosen)
            case "insns" if isinstance(value, int):
                controller.choose(replace(goal, insns=value), chosen)
            case "technique" if name in TECHNIQUES:
                on = message.get("on") is True
                left = [one for one in chosen if one != name]
                controller.choose(goal, [*left, name] if on else left)


def sentence(snapshot: BoardSnapshot, running: bool) -> Phrase:
    """What the board is doing, or what it stands at."""
    doing = visible(snapshot.doing)
    if snapshot.busy is Busy.SURVEY:
        done, total = snapshot.steps
        found = say(
            "Counting for the papers, {done} of {total}: {what}",
            done=done, total=total, what=doing,
        )  # fmt: skip
    elif snapshot.busy is Busy.JUDGING:
        found = say("Judging the laws. {what}", what=doing)
    elif snapshot.busy is Busy.CHECKING:
        found = Phrase("At the common point. Comparing the states.")
    elif snapshot.busy is Busy.LANES:
        found = Phrase("Running: the lane that is furthest behind goes first.")
    elif snapshot.arrived:
        wrong = [one for one in snapshot.equalities.values() if not one.equal]
        return (
            say("At the common point: {n} lanes do not stand where the bare machine does.",
                n=len(wrong))
            if wrong
            else Phrase("At the common point: every lane stands where the bare machine does.")
        )  # fmt: skip
    elif any(lane.position for lane in snapshot.lanes):
        return Phrase("Paused.")
    else:
        return Phrase("Every lane is at power-on. Run carries all of them to the same point.")
    return found if running else say("Paused. {what}", what=found)
