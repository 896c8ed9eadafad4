"""The site's player: runs a lesson's steps and checks, and says how they stand.

All of Python in the page is one thread. A step or a part of a check is a turn of the event loop:
before it the page is told that it runs; while it runs nothing is heard but an interrupt
(`ui.browser.interrupts`), which ends the step. What an interrupt left half done is thrown away, so
the steps before it run again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from vmlab.course.exercise import Verdict
from vmlab.course.lesson import Lesson, Question
from vmlab.course.text import Cell, cells
from vmlab.ui.controller import BREATH_S, Controller
from vmlab.ui.lesson.desk import Desk
from vmlab.ui.lesson.execute import Ended, Outcome, execute
from vmlab.ui.lesson.printed import Printed
from vmlab.ui.lesson.trial import Trial
from vmlab.ui.watched import Watched
from vmlab.views.phrase import NOTHING, Phrase

if TYPE_CHECKING:
    from vmlab.ui.controller import SessionLike
    from vmlab.ui.lesson.run import LessonRun

IDLE, RUNNING = "idle", "running"
Job = Callable[[], Awaitable[None]]


class Step:
    """One cell of the lesson, and how it stands."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.reset()

    def reset(self) -> None:
        self.state, self.printed, self.outcome = IDLE, Printed(), Outcome(Ended.DONE)

    @property
    def runs(self) -> bool:
        """Whether the page runs it: questions and the exercise have places of their own."""
        cell = self.cell
        return not (cell.predicts or cell.is_exercise or cell.checks)

    def payload(self) -> dict[str, Any]:
        """For the page, in the language that is spoken now."""
        return {
            "state": self.state,
            "text": self.printed.text,
            "error": self.outcome.error(),
            "line": self.outcome.line,
        }


class Player(Watched):
    """One lesson on the site's page. It is the lesson's `Stage`."""

    def __init__(self, lesson: Lesson | None = None) -> None:
        """Without a lesson there is nothing to run: so the gallery shows the player's widgets."""
        super().__init__()
        self.lesson = lesson
        self.steps = {one.number: Step(one) for one in cells(lesson.text)} if lesson else {}
        self.trial = Trial(lesson.exercise if lesson else None, self.changed)
        self.desk = Desk(super().changed)
        self.observed: dict[str, str] = {}
        self.version = 0
        """Counts what the page has to be told."""
        self._answers: dict[str, str] = {}
        self._space: dict[str, Any] = {}
        self._run: LessonRun | None = None
        self._current: Step | None = None
        self._jobs: deque[Job] = deque()
        self._task: asyncio.Task[None] | None = None
        self._fresh()

    # What screens follow -------------------------------------------------------------------------

    @property
    def controller(self) -> Controller | None:
        """What drives the session that is shown."""
        return self.desk.controller

    @property
    def drawn(self) -> bool:
        return self.controller is None or self.controller.drawn

    @property
    def running(self) -> bool:
        """Whether steps or checks are on their way."""
        return self._task is not None

    def snapshot(self) -> Any:
        """Of the session that is shown, if one is."""
        return None if self.controller is None else self.controller.snapshot()

    def changed(self) -> None:
        """Tell the watchers that steps or checks have changed; a session's own changes count
        nothing."""
        self.version += 1
        super().changed()

    # Commands of the page ------------------------------------------------------------------------

    def run(self, number: int) -> None:
        """Run the steps up to this one that have not run, in their order."""
        due = [one for at, one in self.steps.items() if at <= number and one.runs]
        self._do(lambda: self._run_steps([one for one in due if one.state != Ended.DONE.value]))

    def again(self, number: int) -> None:
        """Run a step once more, after those before it that have not run."""
        step = self.steps.get(number)
        if step is not None and step.runs and step.state == Ended.DONE.value:
            self._do(lambda: self._run_steps([step]))
        else:
            self.run(number)

    def restart(self) -> None:
        """Forget what the steps did."""
        self._jobs.clear()
        self._do(self._restarted)

    def check(self, source: str) -> None:
        """Check a program as the lesson's exercise."""
        if self.trial.exercise is not None:
            self._do(lambda: self._checked(source))

    def stop(self) -> None:
        """Stop what runs, at its next turn, and all that waits."""
        self._jobs.clear()
        self.trial.stop()
        if self.controller is not None:
            self.controller.pause()

    def restore(self, answers: Mapping[str, str]) -> None:
        """Predictions, of an earlier visit and of now."""
        self._answers = {**answers, **self._answers}
        if self._run is not None:
            self._run.restore(self._answers)

    def close(self) -> None:
        """End all of it, and forget the watchers."""
        self._jobs.clear()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.desk.clear()
        self._watchers.clear()

    def interrupted(self) -> None:
        """An interrupt ended Python outside of a step: nothing of it goes on."""
        if self._task is not None:
            self._task.cancel()
        self._task = None
        self._jobs.clear()
        self.trial.stop()
        self._stopped(self._current)
        self.changed()

    # The lesson's stage --------------------------------------------------------------------------

    def known(self, slug: str) -> Lesson | None:
        """The lesson of this page."""
        return self.lesson if self.lesson is not None and self.lesson.slug == slug else None

    def enter(self, run: LessonRun) -> None:
        """The first step has begun the lesson."""
        self._run = run
        run.restore(self._answers)

    def show(self, session: SessionLike, kinds: tuple[str, ...]) -> object:
        """Draw these pictures from now on."""
        self.desk.show(session, kinds)
        return None

    def ask(self, run: LessonRun, question: Question) -> object:
        """The page asks by itself."""
        return None

    def observe(self, run: LessonRun, question: Question, sentence: Callable[[], str]) -> None:
        """Say it below the step, and tell the page."""
        self.observed[question.id] = run.progress.observed[question.id]
        if self._current is not None:
            self._current.printed.say(sentence)

    def judge(self, run: LessonRun, verdict: Verdict) -> object:
        """The page checks by itself."""
        return None

    # Running -------------------------------------------------------------------------------------

    def _do(self, job: Job) -> None:
        self._jobs.append(job)
        if self._task is None:
            self._task = asyncio.ensure_future(self._drive())

    async def _drive(self) -> None:
        me = asyncio.current_task()
        try:
            while self._jobs:
                await self._jobs.popleft()()
        finally:
            if self._task is me:
                self._task = None
                self.changed()

    async def _run_steps(self, steps: list[Step]) -> None:
        for step in steps:
            step.reset()
            step.state = RUNNING
            self.changed()
            await asyncio.sleep(BREATH_S)  # the page hears it, and what it says is heard
            self._execute(step)
            self.changed()
            if step.outcome.ended is not Ended.DONE:
                return

    def _execute(self, step: Step) -> None:
        self._current = step
        self.desk.before()
        name = f"<step {step.cell.number}>"
        step.outcome = execute(step.cell.source, name, self._space, step.printed)
        step.state = step.outcome.ended.value
        self._current = None
        if step.outcome.ended is Ended.STOPPED:
            self._stopped(step)
        else:
            self.desk.after()

    def _stopped(self, step: Step | None) -> None:
        """A step was interrupted: what it left half done is thrown away."""
        self._current = None
        self._fresh()
        for one in self.steps.values():
            if one is not step and one.state != IDLE:
                one.reset()
        if step is not None:
            step.state, step.outcome = Ended.STOPPED.value, Outcome(Ended.STOPPED)

    def _fresh(self) -> None:
        """A new namespace, and nothing to look at."""
        self._run = None
        self._space = {"__name__": "__main__"}
        self.desk.clear()

    async def _restarted(self) -> None:
        self._fresh()
        for one in self.steps.values():
            one.reset()

    async def _checked(self, source: str) -> None:
        self.changed()
        await asyncio.sleep(BREATH_S)
        await self.trial.run(source)

    @property
    def message(self) -> str:
        """What the session that is shown has to say."""
        return "" if self.controller is None else self.controller.message

    def dismiss(self) -> None:
        """Take that sentence away."""
        if self.controller is not None:
            self.controller.say(NOTHING)


STEP_WORDS: Final[Mapping[str, Phrase]] = {
    IDLE: Phrase("not run yet"),
    RUNNING: Phrase("running"),
    Ended.DONE.value: Phrase("done"),
    Ended.FAILED.value: Phrase("ended by an error"),
    Ended.STOPPED.value: Phrase("stopped"),
}
"""The states of a step in words."""
