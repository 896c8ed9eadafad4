"""Plays a session on the terminal: output out, input in, until there is a reason to stop.

The guest runs in slices of some hundredths of a second; between them we look at the keyboard and
at Ctrl-C. Slices change nothing in the run itself: input is stamped with the instruction count at
which it came.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from vmlab.cli.ctrlc import first_ctrl_c
from vmlab.cli.keyboard import Keyboard
from vmlab.cli.script import Script
from vmlab.core.events import ConsoleOutput, Event, EventKind
from vmlab.session import Session, Until
from vmlab.session.places import named
from vmlab.session.snapshot import ENDINGS, Reason, Stop
from vmlab.session.tracing import Tracer
from vmlab.trace.recording import Recording
from vmlab.views.table import visible

SLICE_S: Final = 0.04
FIRST_SLICE_INSNS: Final = 50_000
STDOUT: Final = 1


class Status(IntEnum):
    """The command's exit status: the contract's five, and no other."""

    PASSED = 0
    FAILED = 1
    LIMIT = 3
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the run ended: the exit status, and the closing sentence."""

    status: Status
    sentence: str
    reason: str | None = None
    """Why we stopped the guest, if it was us."""


@dataclass
class Player:
    """One run on one terminal."""

    session: Session
    script: Script
    max_insns: int | None = None
    recorded: Recording | None = None
    """The run to be repeated: it brings its own input, and says where it ends."""
    wall_s: float = 0.0
    """Host time that the guest ran, without the time that it waited for a typist."""
    interrupted: str = ""
    """Why to stop at the next slice, or empty."""
    answer: bytes = b""
    """What the script wants typed now."""
    slice_insns: int = FIRST_SLICE_INSNS
    keyboard: Keyboard | None = None
    tracer: Tracer | None = None
    searching: bool = False
    """A regex is being looked for: with some of them that takes for ever."""

    def play(self) -> Outcome:
        """Run to the end."""
        self.answer = self.script.feed(b"").send
        stop_listening = self.session.subscribe(EventKind.CONSOLE, self._printed)
        try:
            with first_ctrl_c(self._ctrl_c):
                return self._slices()
        finally:
            stop_listening()

    def _slices(self) -> Outcome:
        # What already waits on standard input comes before the first instruction.
        while True:
            self._type()
            begin = time.perf_counter()
            stop = self._run_slice()
            took_s = time.perf_counter() - begin
            self.wall_s += took_s
            self._fit_slice(took_s)
            outcome = self._outcome(stop)
            if outcome is not None:
                return outcome

    def _type(self) -> None:
        """Type what the script answers and what came from standard input."""
        typed = self.answer
        if self.keyboard is not None:
            typed += self.keyboard.take()
        self.session.send(typed)
        self.answer = b""

    def _run_slice(self) -> Stop:
        left = self.slice_insns
        if self.tracer is not None:
            self.tracer.look()
            left = min(left, self.tracer.room)
        if self.max_insns is not None:
            left = min(left, self.max_insns - self.session.position)
        if self.recorded is None:
            return self.session.run(limit=left)
        # A recording counts steps: also a trap, which retires nothing, is one.
        left = min(left, self.recorded.steps - self.session.steps)
        if not left:
            return self.session.go_to(self.session.position)
        if self.session.breakpoints or self.session.watches:
            # Ends at each trap, so that it makes no more steps than it may.
            return self.session.run(Until.trap(), limit=left)
        return self.session.step(left)

    def _fit_slice(self, took_s: float) -> None:
        """Keep slices near SLICE_S, whatever the engine's speed."""
        if took_s < SLICE_S / 2:
            self.slice_insns *= 2
        elif took_s > SLICE_S * 2:
            self.slice_insns = max(1_000, self.slice_insns // 2)

    def _outcome(self, stop: Stop) -> Outcome | None:
        """Whether this stop ends the run, and how. None: go on with the next slice."""
        count = f"{stop.retired:,} instructions"
        if self.script.matched:
            return Outcome(Status.PASSED, f"--until matched after {count}")
        if stop.reason in ENDINGS:
            return self._ending(stop, count)
        if stop.reason is Reason.WATCHPOINT:
            return self._stop_met(f"watchpoint: {visible(stop.detail)}, after {count}", stop.reason)
        if self.session.at_breakpoint:  # a slice may end at one by chance
            where = visible(named(stop.pc, self.session.symbols))
            return self._stop_met(f"breakpoint at {where} after {count}", Reason.BREAKPOINT)
        if self.interrupted:
            sentence = f"{self.interrupted} after {count}"
            return Outcome(Status.INTERRUPTED, sentence, "interrupted")
        if self.recorded is not None and self.session.steps >= self.recorded.steps:
            sentence = self._unfinished(f"came to the recording's end after {count}")
            return Outcome(self._if_script_done(), sentence, "recorded end")
        if self.max_insns is not None and stop.retired >= self.max_insns:
            return Outcome(Status.LIMIT, self._unfinished(f"the limit of {count} was reached"))
        if stop.reason is Reason.WAITING and not self._wait_for_input():
            why = f"the guest waits at {stop.pc:#x} for an interrupt that can't come any more"
            return Outcome(Status.FAILED, self._unfinished(why))
        return None

    def _stop_met(self, sentence: str, reason: Reason) -> Outcome:
        return Outcome(self._if_script_done(), self._unfinished(sentence), reason.value)

    def _ending(self, stop: Stop, count: str) -> Outcome:
        if stop.reason is Reason.PASSED:
            return Outcome(self._if_script_done(), self._unfinished(f"passed after {count}"))
        if stop.reason is Reason.FAILED:
            why = f"failed with code {stop.code} after {count}"
        else:
            why = f"{stop.detail or stop.reason.value} after {count}"
        return Outcome(Status.FAILED, self._unfinished(why))

    def _if_script_done(self) -> Status:
        """A script that was not played to its end did not see what it was there to see."""
        done = self.script.waiting_for is None
        return Status.PASSED if done else Status.FAILED

    def _unfinished(self, sentence: str) -> str:
        waiting = self.script.waiting_for
        return sentence if waiting is None else f"{sentence}; {waiting!r} was never printed"

    def _wait_for_input(self) -> bool:
        """Wait until something is typed. False when nothing can come any more."""
        if self.answer:
            return True
        if self.keyboard is None:
            return False
        while not self.interrupted:
            typed = self.keyboard.take(wait_s=0.2)
            if typed:
                self.session.send(typed)
                return True
            if self.keyboard.ended:
                return False
        return True

    def _printed(self, event: Event) -> None:
        """The guest printed: pass it on at once, and see whether the script has an answer.

        We are in the middle of an instruction here, so the answer waits until it has retired.
        """
        if not isinstance(event, ConsoleOutput):
            return
        if not self.interrupted:
            try:
                rest = event.data
                while rest:
                    rest = rest[os.write(STDOUT, rest) :]
            except OSError as error:  # its reader went away, it is closed, the disk is full
                self.interrupted = f"interrupted by standard output ({error.strerror})"
                self.session.engine.request_stop()
        self.searching = True
        answer = self.script.feed(event.data)
        self.searching = False
        self.answer += answer.send
        if answer.send or answer.done:
            self.session.engine.request_stop()

    def _ctrl_c(self) -> None:
        """The run ends at the end of a slice; in the midst of a regex, which may have no end, at
        once."""
        if self.searching:
            raise KeyboardInterrupt
        self.interrupted = "interrupted"
