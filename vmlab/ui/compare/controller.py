"""Drives a board for its screen: commands in, snapshots out, slices of a few milliseconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from vmlab.core.errors import VmlabError
from vmlab.session.board import Board, BoardSnapshot, Busy
from vmlab.session.lanes import FIRST_GOAL, Goal
from vmlab.ui.compare.link import FIRST, BoardLink
from vmlab.ui.controller import BREATH_EVERY_S, BREATH_S, FRAME_S, SLICE_MS
from vmlab.ui.watched import Watched, command
from vmlab.views.phrase import Phrase, heard

_MS: Final = 1e-3


class BoardController(Watched):
    """One board on one screen."""

    drawn = True
    """Every picture is drawn, ten times a second at most."""

    def __init__(self, goal: Goal = FIRST_GOAL, techniques: Sequence[str] = FIRST) -> None:
        super().__init__()
        self.board = Board(time.perf_counter, goal, techniques)
        self._task: asyncio.Task[None] | None = None
        self._shown: BoardSnapshot | None = None
        self._shown_at = 0.0
        self.queue: list[str] = []
        """Techniques that wait for their judgement."""

    def changed(self) -> None:
        """Tell the watchers."""
        self._shown = None
        super().changed()

    def snapshot(self) -> BoardSnapshot:
        """What to draw now."""
        if self._shown is None:
            self._shown = self.board.snapshot()
        return self._shown

    @property
    def running(self) -> bool:
        """Whether the board is being carried on."""
        return self._task is not None

    @property
    def link(self) -> BoardLink:
        """What brings this comparison back."""
        return BoardLink(self.board.goal, tuple(row.name for row in self.board.techniques))

    # Commands --------------------------------------------------------------------------------

    @command
    def run(self) -> None:
        """Lanes go on to the common point; what else was being done goes on."""
        if not self.board.working or self.snapshot().busy is Busy.LANES:
            self.board.race()
        self._go()

    @command
    def step_exit(self) -> None:
        """Each lane goes on to its next exit."""
        self._halt()
        self.board.race(one_exit=True)
        self._go()

    @command
    def pause(self) -> None:
        """Stop, here."""
        self._halt()

    @command
    def reset(self) -> None:
        """Every lane back to power-on."""
        self._halt()
        self.queue.clear()
        self.board.reset()

    @command
    def choose(self, goal: Goal, techniques: Sequence[str]) -> None:
        """Another comparison. Refused, the old one stays."""
        self.board.choose(goal, techniques)
        self.queue.clear()
        self._halt()

    @command
    def judge(self, technique: str | None = None) -> None:
        """Judge the laws of one technique, or of each that is chosen and was not judged."""
        judged = self.snapshot().judged
        every = [row.name for row in self.board.techniques if row.name not in judged]
        for name in every if technique is None else [technique]:
            if name not in self.queue:
                self.queue.append(name)
        if self.board.working and self.snapshot().busy is Busy.JUDGING:
            return
        self._halt()
        self.board.stop()
        self._go()

    @command
    def survey(self) -> None:
        """Count all that papers and shapes ask for."""
        self._halt()
        self.board.survey()
        self._go()

    @command
    def say(self, sentence: Phrase) -> None:
        """Show a sentence; an empty one clears it."""
        self._message = sentence

    def close(self) -> None:
        """Stop running and forget the watchers."""
        self._halt()
        self._watchers.clear()

    # Running ---------------------------------------------------------------------------------

    def _halt(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _go(self) -> None:
        self._halt()
        self._task = asyncio.ensure_future(self._drive())

    def _more(self) -> bool:
        """Something to do is there, the next judgement begun if it has come to that."""
        if not self.board.working and self.queue:
            self.board.judge(self.queue.pop(0))
        return self.board.working

    async def _drive(self) -> None:
        me = asyncio.current_task()
        try:
            drawn = breathed = time.perf_counter()
            while self._more():
                self.board.tick(SLICE_MS * _MS)
                now = time.perf_counter()
                draws = now - drawn >= FRAME_S
                if draws:
                    await asyncio.sleep(BREATH_S)
                    self.changed()
                    drawn = time.perf_counter()
                if draws or now - breathed >= BREATH_EVERY_S:
                    await asyncio.sleep(BREATH_S)
                    breathed = time.perf_counter()
                else:
                    await asyncio.sleep(0)
        except VmlabError as refusal:
            self._message = heard(str(refusal))
        finally:
            if self._task is me:
                self._task = None
                self.changed()
