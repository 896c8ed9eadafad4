"""A check of the exercise on the page: finding by finding, so that the page stays alive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from vmlab.core.errors import VmlabError
from vmlab.course.exercise import Exercise, Verdict, ended
from vmlab.course.progress import Attempt, ExerciseProgress, now
from vmlab.course.student import Stopped
from vmlab.course.timelimit import SECONDS
from vmlab.ui.controller import BREATH_S
from vmlab.ui.lesson import checking, wording
from vmlab.ui.lesson.printed import Printed
from vmlab.ui.lesson.wording import Standing
from vmlab.views.phrase import NOTHING, Phrase, heard, say

MOST_SOURCE_CHARS = 200_000


class Trial:
    """The exercise of a lesson, and how the last check of it stands."""

    def __init__(self, exercise: Exercise | None, changed: Callable[[], None]) -> None:
        self.exercise = exercise
        self.verdict: Verdict | None = None
        self.checking = False
        self.ms = 0
        self.seconds = SECONDS
        """As long as the program itself may take."""
        self.printed = Printed()
        """What the program printed."""
        self.refusal: Phrase = NOTHING
        """Why it could not even be checked."""
        self.attempts = ExerciseProgress(exercise.slug if exercise else "")
        self._so_far: dict[str, bool] = {}
        self._seed = 0
        self._stop = False
        self._changed = changed

    def stop(self) -> None:
        """Stop checking, at the next finding."""
        self._stop = True

    async def run(self, source: str) -> None:
        """Check a program; the verdict stands in `verdict`."""
        assert self.exercise is not None, "nothing to check"
        began = time.perf_counter()
        self.verdict, self.refusal, self.checking, self._stop = None, NOTHING, True, False
        self.printed, self._so_far, self._seed = Printed(), {}, checking.SEEDS[0]
        self._changed()
        try:
            self.verdict = await self._verdict(self.exercise, source)
            self.attempts = self.attempts.attempted(Attempt.of(self.verdict, now()))
        except VmlabError as error:
            self.refusal = heard(str(error))
        finally:
            self.checking = False
            self.ms = round(1000 * (time.perf_counter() - began))

    async def _verdict(self, exercise: Exercise, source: str) -> Verdict:
        steps = checking.check_source(exercise, source[:MOST_SOURCE_CHARS], seconds=self.seconds)
        try:
            while not self._stop:
                await asyncio.sleep(BREATH_S)
                with redirect_stdout(self.printed), redirect_stderr(self.printed):
                    seed, finding = next(steps)
                if seed != self._seed:
                    self._so_far, self._seed = {}, seed
                self._so_far[finding.property] = finding.passed
                self._changed()
        except StopIteration as done:
            verdict: Verdict = done.value
            return verdict
        except KeyboardInterrupt:
            pass
        finally:
            steps.close()
        return ended(exercise, self._seed, Stopped("reader", checking.told()))

    # For the page --------------------------------------------------------------------------------

    def rows(self) -> list[dict[str, Any]]:
        """The properties and how each stands, while they are checked and afterwards."""
        if self.verdict is not None:
            return wording.rows(self.verdict)
        return [
            {
                "property": one.id,
                "law": one.law.name.lower(),
                "says": one.says[wording.spoken()],
                "passed": self._so_far.get(one.id, False),
                "hint": "",
                "state": self._standing(one.id).value,
            }
            for one in (self.exercise.properties if self.exercise else ())
        ]

    def _standing(self, name: str) -> Standing:
        if name not in self._so_far:
            return Standing.OPEN
        return Standing.PASSED if self._so_far[name] else Standing.FAILED

    def said(self) -> Phrase:
        """One sentence about all of it."""
        if self.checking:
            return say(
                "Checking with seed {seed}, {k} of {n}.",
                seed=self._seed, k=checking.SEEDS.index(self._seed) + 1, n=len(checking.SEEDS),
            )  # fmt: skip
        if self.refusal:
            return self.refusal
        return NOTHING if self.verdict is None else wording.summary(self.verdict)

    def as_page(self) -> dict[str, Any] | None:
        """The verdict as the page keeps it."""
        return None if self.verdict is None else wording.as_page(self.verdict, self.ms)
