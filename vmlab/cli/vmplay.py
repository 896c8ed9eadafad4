"""Plays virtual machines on the terminal: their consoles out, the keyboard in, until there is a
reason to stop."""

from __future__ import annotations

import os
import time
from typing import Final

from vmlab.cli.ctrlc import first_ctrl_c
from vmlab.cli.keyboard import Keyboard
from vmlab.cli.play import SLICE_S, STDOUT, Status
from vmlab.cli.script import Script
from vmlab.session.vms import VmSession

_WAIT_S: Final = 0.2
_FIRST_INSNS: Final = 1_000
"""Short at first: an instruction of a guest can be a call that prints 64 KiB, or a reboot."""
_FEWEST_INSNS: Final = 20


class VmPlayer:
    """One run of virtual machines on one terminal."""

    def __init__(
        self,
        session: VmSession,
        script: Script,
        console: int,
        max_insns: int | None,
        keyboard: Keyboard,
    ) -> None:
        self._session = session
        self._script = script
        self._console = console
        self._max_insns = max_insns
        self._keyboard = keyboard
        self._several = len(session.subjects) > 1
        self._interrupted = ""
        self._searching = False
        self._answer = script.feed(b"").send
        self._lines = [bytearray() for _ in session.subjects]
        """What each has printed of its present line, where lines say whose they are."""

    def play(self) -> Status:
        """Run to the end."""
        with first_ctrl_c(self._ctrl_c):
            status = self._play()
        self._flush_lines()
        return status

    def _play(self) -> Status:
        insns = _FIRST_INSNS
        while True:
            self._session.type(self._console, self._answer + self._keyboard.take())
            self._answer = b""
            left = insns
            if self._max_insns is not None:
                left = min(left, self._max_insns - self._session.instructions)
            began = time.perf_counter()
            self._session.run(left, self._look)
            self._look()
            took_s = time.perf_counter() - began
            if took_s < SLICE_S / 2:
                insns *= 2
            elif took_s > SLICE_S * 2:
                insns = max(_FEWEST_INSNS, insns // 2)
            status = self._status()
            if status is not None:
                return status

    def _status(self) -> Status | None:
        """Whether the run ends here, and how."""
        session = self._session
        if self._script.matched:
            return Status.PASSED
        if session.over:
            well = all(session.passed(number) for number in range(len(session.subjects)))
            return Status.PASSED if well and not self._script.waiting_for else Status.FAILED
        if self._interrupted:
            return Status.INTERRUPTED
        if self._max_insns is not None and session.instructions >= self._max_insns:
            return Status.LIMIT
        if not session.runnable and not self._answer and not self._wait():
            return Status.FAILED
        return None

    def _wait(self) -> bool:
        """All of them sleep: wait until something is typed. False when nothing can come."""
        while not self._interrupted:
            typed = self._keyboard.take(wait_s=_WAIT_S)
            if typed:
                self._session.type(self._console, typed)
                return True
            if self._keyboard.ended:
                return False
        return True

    def _look(self) -> bool:
        """Show what has been printed; True if that is a reason to stop and type."""
        for number in range(len(self._session.subjects)):
            data = self._session.printed(number)
            if not data:
                continue
            self._show(number, data)
            if number == self._console:
                self._searching = True
                self._answer += self._script.feed(data).send
                self._searching = False
        return bool(self._answer or self._script.matched or self._interrupted)

    def _show(self, number: int, data: bytes) -> None:
        if not self._several:
            self._write(data)
            return
        line = self._lines[number]
        for byte in data:
            line.append(byte)
            if byte == ord("\n"):
                self._write(b"vm%d| " % number + bytes(line))
                line.clear()

    def _flush_lines(self) -> None:
        for number, line in enumerate(self._lines):
            if line:
                self._write(b"vm%d| " % number + bytes(line) + b"\n")

    def _write(self, data: bytes) -> None:
        if self._interrupted:
            return
        try:
            while data:
                data = data[os.write(STDOUT, data) :]
        except OSError as error:  # its reader went away, it is closed, the disk is full
            self._interrupted = f"interrupted by standard output ({error.strerror})"

    def closing_lines(self) -> list[str]:
        """How each of them ended, and what it took."""
        session, lines = self._session, []
        for number, subject in enumerate(session.subjects):
            counters = subject.counters
            whose = f"vm{number}: " if self._several else ""
            exits = counters.exits_total
            lines.append(
                f"vmlab: {whose}{session.sentence(number)}; {exits:,} exits, "
                f"{100 * counters.direct_fraction:.2f} % ran directly"
            )
        waiting = self._script.waiting_for
        if waiting is not None:
            lines.append(f"vmlab: {waiting!r} was never printed")
        if self._interrupted:
            lines.append(f"vmlab: {self._interrupted}")
        return lines

    def _ctrl_c(self) -> None:
        """As for one guest (`cli.play`): the end of a slice, or at once in the midst of a regex."""
        if self._searching:
            raise KeyboardInterrupt
        self._interrupted = "interrupted"
