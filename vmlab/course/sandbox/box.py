"""A sandbox: one process for one submission, and a `Student` at the other end of its pipes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from vmlab.core.errors import VmlabError
from vmlab.course.recorded import Recorder, Recording
from vmlab.course.sandbox.deno import command, environment, find_deno
from vmlab.course.sandbox.distribution import Distribution
from vmlab.course.sandbox.limits import Limits
from vmlab.course.sandbox.process import Process
from vmlab.course.student import Stopped

READY: Final = '{"say":"ready"}'


class NotStarted(VmlabError):
    """The sandbox itself did not come up: this machine's trouble, and worth another try."""


class SandboxedStudent(Recorder):
    """A program in another process: each call has its time, and all is written down."""

    def __init__(self, process: Process, limits: Limits) -> None:
        super().__init__(process.send, process.receive, limits.asks)
        self._process = process

    def _exchange(self, message: dict[str, Any]) -> dict[str, Any]:
        self._process.next_call()
        return super()._exchange(message)


class Sandbox:
    """What an open sandbox gives."""

    def __init__(self, process: Process, limits: Limits) -> None:
        self.process = process
        self.student = SandboxedStudent(process, limits)

    @property
    def recording(self) -> Recording:
        """All that was asked and answered so far."""
        return self.student.recording

    @property
    def printed(self) -> str:
        """What the program printed, as far as it is kept: a stranger's text."""
        return self.process.printed


@contextmanager
def open_sandbox(
    distribution: Distribution, limits: Limits | None = None, deno: Path | None = None
) -> Iterator[Sandbox]:
    """A new Python with no right to anything; nothing of it is left at the end of the `with`.

    with open_sandbox(distribution) as box:
        box.student.load(source, exercise.names, "fills.py")
        verdict = check(exercise, box.student, seed)

    Raises `Unsupported` if there is no deno, and `NotStarted`.
    """
    limits = limits or Limits()
    folder = distribution.folder
    words = command(deno or find_deno(), limits, "runner.mjs")
    process = Process(words, limits, environment(folder), folder)
    with opened(process, limits) as box:
        yield box


@contextmanager
def opened(process: Process, limits: Limits) -> Iterator[Sandbox]:
    """The sandbox around a process that was just started."""
    try:
        try:
            said = process.receive()
        except Stopped as error:
            said = str(error)
        if said != READY:
            process.close()  # what it printed is complete then
            raise NotStarted(f"the sandbox did not start: {said[:200]}; {process.printed[-400:]!r}")
        process.started()
        yield Sandbox(process, limits)
    finally:
        process.close()
