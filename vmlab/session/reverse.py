"""Running backwards: to the last breakpoint or watchpoint that was met before now.

The machine only runs forward. So a stretch of the past is run again from a keyframe, silently, and
the last place where it would have stopped is where the run back ends. The nearest past is tried
first, in stretches four times as long each time: a breakpoint in a loop is met at once, and a rare
one costs a few replays of the stretch between two keyframes.

A run back stops *before* the instruction at a breakpoint, and before the one that accessed watched
memory: its effect is undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vmlab.engine.api import Halt, StopAt, Watch, WatchHit
from vmlab.session.driving import FAR, SPARE
from vmlab.session.snapshot import Reason, Stop

if TYPE_CHECKING:
    from vmlab.session.session import Session

FIRST_STRETCH: Final = 1_000
GROWTH: Final = 4
NOWHERE: Final = (1, 0)
"""Where no run begins, since no pc is odd: also a breakpoint at pc counts."""


@dataclass(frozen=True, slots=True)
class Met:
    """A place to stop: the step, and the watch that is met there, if it is one."""

    step: int
    hit: WatchHit | None = None


@dataclass(frozen=True, slots=True)
class RunBack:
    """How a run back ended. `began` says that it came to the run's beginning."""

    stop: Stop
    hit: WatchHit | None = None
    began: bool = False


def run_back(
    session: Session,
    watches: tuple[Watch, ...] = (),
    interrupted: Callable[[], bool] = lambda: False,
) -> RunBack | None:
    """Go back to the last breakpoint of the session or watch met before now, else to the
    beginning. `interrupted` is asked now and then; None if it said yes: nothing has changed."""
    end = session.steps
    # Private to the session's package: a replay is not for those who subscribed.
    session._relay.silence(True)
    try:
        for first, last in _stretches(session, end):
            met = _last_met(session, first, last, watches, interrupted)
            if isinstance(met, Met):
                session.back(session.steps - met.step)
                reason = Reason.BREAKPOINT if met.hit is None else Reason.WATCHPOINT
                return RunBack(session._stopped(reason), met.hit)
            if not met:
                _return_to(session, end)
                return None
    finally:
        session._relay.silence(False)
    if session.steps:
        session.back(session.steps)
    return RunBack(session._stopped(Reason.STEP), began=True)


def _return_to(session: Session, step: int) -> None:
    if session.steps > step:
        session.back(session.steps - step)
    session._replay_to(step)
    session._stopped(Reason.PAUSE)


def _stretches(session: Session, end: int) -> Iterator[tuple[int, int]]:
    """The past as stretches of steps (first, one past the last), newest first."""
    length = FIRST_STRETCH
    while end:
        keyframe = session._frames.before(end - 1)
        first = max(keyframe, end - length)
        yield first, end
        # From a keyframe on, the next stretch is as near to one as the first was to now.
        length = FIRST_STRETCH if first == keyframe else length * GROWTH
        end = first


def _last_met(
    session: Session,
    first: int,
    last: int,
    watches: tuple[Watch, ...],
    interrupted: Callable[[], bool],
) -> Met | bool:
    """The last stop at a step from `first` up to, without, `last`; True if there is none, False
    if somebody interrupted."""
    if session.steps > first:
        session._travel(first)
    session._relay.silence(True)
    session._replay_to(first)
    met: Met | None = None
    began = NOWHERE
    while session.steps < last:
        if interrupted():
            return False
        # The budget counts what retires, and a trap is a step, too: so near the end each trap
        # ends a piece, and far from it a piece is short enough for any number of them.
        left = last - session.steps
        near = left <= FAR
        stop = StopAt(session.breakpoints, trap=near, began=began, watches=watches)
        halt = session._advance(min(left if near else left // SPARE, session._pace.piece), stop)
        began = NOWHERE
        if halt is Halt.BREAKPOINT:
            if session.points.stops_at(session.machine.hart.pc, session.reads(), count=False):
                met = Met(session.steps)
            began = session.machine.hart.pc, session.position
        elif halt is Halt.WATCHPOINT:
            hit = session.engine.watch_hit
            if hit is None or session.points.stops_on(hit.watch, session.reads(), count=False):
                met = Met(session.steps - 1, hit)
    return True if met is None else met
