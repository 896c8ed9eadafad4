"""Child processes that grade, started when they are needed and ended when they fail.

A pool may be asked from several threads; each task has a child to itself for as long as it lasts.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Final

from vmlab.core.errors import BrokenInvariant, VmlabError
from vmlab.course.grading.work import Outcome, Task

POSIX: Final = os.name == "posix"
GRADER_S: Final = 120.0
"""Beside the program's own time, for each seed: a grader that takes longer hangs."""
END_S: Final = 3.0
"""A child that is to end closes its sandbox; one that has not after so long is killed."""
KEPT_ERROR: Final = 400


class Lost(VmlabError):
    """A task that got no outcome. Another child may have better luck."""


class Pool:
    """Children, as many as are asked at the same time."""

    def __init__(self) -> None:
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._lock = threading.Lock()
        self._closed = False

    def run(self, task: Task, deadline_s: float | None = None) -> Outcome:
        """Grade one. Raises `Lost` if its child died, hung, or could start no sandbox."""
        child = self._take()
        try:
            outcome = child.ask(task.text(), deadline_s or deadline(task))
        except BaseException:
            with self._lock:
                self._busy.discard(child)
            child.end()
            raise
        with self._lock:
            self._busy.discard(child)
            if not self._closed and child.usable:
                self._idle.append(child)
                return outcome
        child.end()
        return outcome

    def _take(self) -> _Child:
        with self._lock:
            if self._closed:
                raise Lost("grading has been stopped")
            child = self._idle.pop() if self._idle else _Child()
            self._busy.add(child)
        return child

    def close(self) -> None:
        """End all children, those that are at work included: their tasks are `Lost`."""
        with self._lock:
            self._closed = True
            children = [*self._idle, *self._busy]
            self._idle.clear()
        for child in children:
            child.terminate()
        for child in children:
            child.end()


def deadline(task: Task) -> float:
    """How long a task may take at most, in seconds, if all takes as long as it may."""
    limits = task.limits
    return limits.start_s + limits.total_s + GRADER_S * len(task.seeds)


def twice(run: Callable[[Task], Outcome], task: Task) -> Outcome:
    """Grade one; if it is lost, try once more; then it is not graded, for the reason given."""
    try:
        return run(task)
    except Lost:
        try:
            return run(task)
        except Lost as error:
            return Outcome(failure=f"{error} (tried twice)")


class _Child:
    """One process. It may be asked again once it has answered."""

    def __init__(self) -> None:
        environment = os.environ | {"PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "vmlab.course.grading.child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", errors="replace", env=environment, start_new_session=POSIX,
        )  # fmt: skip
        self._said = ""
        self._late = False
        self._lock = threading.Lock()
        self._drain = threading.Thread(target=self._read_errors, daemon=True)
        self._drain.start()

    def ask(self, task: str, deadline_s: float) -> Outcome:
        """Send a task, and wait for its outcome. Raises `Lost`."""
        assert self._process.stdin and self._process.stdout
        timer = threading.Timer(deadline_s, self._too_late)
        timer.daemon = True
        timer.start()
        try:
            self._process.stdin.write(task + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except (OSError, ValueError):
            line = ""
        finally:
            timer.cancel()
        if not line.endswith("\n"):
            raise Lost(self._why(deadline_s))
        said = json.loads(line)
        if "lost" in said:
            raise Lost(said["lost"])
        if "outcome" not in said:
            raise BrokenInvariant("expected an outcome from a child that grades, found none")
        return Outcome.of(said["outcome"])

    @property
    def usable(self) -> bool:
        """Whether it may be asked again."""
        return not self._late and self._process.poll() is None

    def _why(self, deadline_s: float) -> str:
        """Why there was no answer."""
        self._kill()
        code = self._process.wait()
        if self._late:
            return f"grading took more than {deadline_s:g} s"
        self._drain.join(END_S)
        how = f"signal {-code}" if code < 0 else f"status {code}"
        last = self._said.strip().splitlines()[-1:] or [""]
        return f"the grading process ended by itself ({how}) {last[0][:200]}".strip()

    def _too_late(self) -> None:
        self._late = True
        self.terminate()
        if not self._ended(END_S):
            self._kill()

    def _read_errors(self) -> None:
        """Empty its standard error, and keep the end of it."""
        assert self._process.stderr
        while chunk := self._process.stderr.readline(4096):
            self._said = (self._said + chunk)[-KEPT_ERROR:]

    def _ended(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def terminate(self) -> None:
        """Ask it to end: it closes its sandbox."""
        with self._lock, contextlib.suppress(OSError):
            if self._process.poll() is None:
                self._process.terminate()

    def _kill(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._process.poll() is not None:
                return
            if POSIX:
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def end(self) -> None:
        """End it, and wait for its end."""
        self.terminate()
        if not self._ended(END_S):
            self._kill()
            self._process.wait()
        self._drain.join(END_S)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()
