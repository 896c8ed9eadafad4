"""Going back: a keyframe is restored and the run replayed from there, input included.

So going back undoes everything, devices and console too, and going forward again meets the same
future until somebody types something else.
"""

from __future__ import annotations

from typing import Final

from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.engine.api import Halt, StopAt
from vmlab.session.driving import Driver, at_least_one
from vmlab.session.endings import reason_of
from vmlab.session.snapshot import Reason, Status, Stop

NEAR: Final = 512
"""Going far back leaves a keyframe this many steps before, for the next steps back."""


class Traveller(Driver):
    """One run of one guest, forward and back."""

    def back(self, n: int = 1) -> Stop:
        """Undo `n` steps; stops at the beginning."""
        at_least_one("steps", n)
        self._travel(max(0, self.steps - n))
        return self._stopped(Reason.STEP)

    def go_to(self, position: int) -> Stop:
        """Go to where `position` instructions have retired, back or forward."""
        if position < 0:
            raise BadInput(f"expected a position of at least 0, found {position}")
        known = position < self.position
        frame = self._frames.leading_to(position)
        # What lies between here and a keyframe ahead is not played, so nobody may wait for it.
        if known or (frame > self.steps and self._carrier.leaps and not self._relay.is_heard):
            self._travel(frame)
        self._remember()
        self._relay.silence(known)
        try:
            while self.position < position and self.status is not Status.ENDED:
                halt = self._advance(position - self.position, StopAt())
                if halt is not Halt.BUDGET:
                    return self._stopped(reason_of(halt, self.machine, False))
        finally:
            self._relay.silence(False)
        return self._stopped(Reason.COUNT)

    def _travel(self, step: int) -> None:
        """Restore the state after `step` steps, which lies behind us or is a keyframe ahead."""
        self.message = None
        self._note_written()
        frame = self._frames.restore(step)
        self._log.go_to(frame.mark)
        self._console.go_to()
        self._inputs.rewind(frame.inputs)
        self._receive()
        self.status = Status.PAUSED
        self._relay.silence(True)
        try:
            if step - self.steps > 2 * NEAR:
                self._replay_to(step - NEAR)
                self._take_keyframe()
            self._replay_to(step - 1 if step else 0)
            self._remember()
            self._replay_to(step)
        finally:
            self._relay.silence(False)
        if step == 0:
            self._before, self._before_beside = None, ()

    def _replay_to(self, step: int) -> None:
        """Play on to a step, unless the machine stands there or behind it."""
        while self.steps < step:
            # Past ends do not end a replay: a later step exists, so the machine went on.
            self._approach(step)
            if self.steps > step:
                raise BrokenInvariant(f"expected to replay to step {step}, found {self.steps}")
