"""A process that is spoken to in lines, and is killed when it takes more than it may.

What runs in it and why it can do no harm is no matter here: `sandbox.deno` and `sandbox.unsafe`
say what to start.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from vmlab.course.sandbox.limits import Limits
from vmlab.course.sandbox.memory import PERIOD_S, resident_bytes
from vmlab.course.student import Stopped
from vmlab.lab import wire

_A = TypeVar("_A")
_R = TypeVar("_R")
POSIX: Final = os.name == "posix"
CHUNK: Final = 1 << 16
MIB: Final = 1 << 20
JOIN_S: Final = 2
"""A process outside of any sandbox may have left others behind, which hold its pipes."""


class Process:
    """Lines in, lines out. All that it raises is `Stopped`, and the same again once it did.

    A thread looks at clock and memory and kills the process, which ends the read or the write that
    we wait in: so a wait needs nothing that only some systems have.
    """

    def __init__(
        self, command: Sequence[str], limits: Limits, environment: Mapping[str, str], folder: Path
    ) -> None:
        self._limits = limits
        self._held = bytearray()
        self._said = 0
        self._printed = bytearray()
        self._why: Stopped | None = None
        self._deadline = math.inf
        self._call_left, self._total_left = limits.start_s, math.inf
        self._lock = threading.Lock()
        self._over = threading.Event()
        # A session of its own: what it may have started ends with it.
        self._process = subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            bufsize=0, env=dict(environment), cwd=folder, start_new_session=POSIX,
        )  # fmt: skip
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._stderr = self._process.stderr
        self._threads = [
            threading.Thread(target=one, daemon=True) for one in (self._watch, self._drain)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def printed(self) -> str:
        """What it wrote to its standard error, as far as it is kept. May hold anything."""
        return self._printed.decode("utf-8", "replace")

    def resident_bytes(self) -> int | None:
        """The memory that it holds now."""
        return resident_bytes(self.pid)

    def started(self) -> None:
        """From here on the limits for a program count."""
        self._total_left = self._limits.total_s
        self.next_call()

    def next_call(self) -> None:
        """A call begins."""
        self._call_left = self._limits.call_s

    def send(self, line: str) -> None:
        """Send a line."""
        if self._why:
            raise self._why
        try:
            self._wait_for(self._write, line.encode() + b"\n")
        except (OSError, ValueError):  # ValueError: a pipe that `close` closed
            raise self._gone() from None

    def _write(self, text: bytes) -> None:
        left = memoryview(text)
        while left:
            left = left[self._stdin.write(left) or 0 :]

    def receive(self) -> str:
        """The next line."""
        if self._why:
            raise self._why
        looked_at = 0
        while (end := self._held.find(b"\n", looked_at)) < 0:
            looked_at = len(self._held)
            if looked_at > wire.LONGEST or self._said > self._limits.said_bytes:
                raise self._stop("output", self._too_much_said(looked_at))
            chunk = self._wait_for(self._stdout.read, CHUNK)
            if not chunk:
                raise self._gone()
            self._held += chunk
            self._said += len(chunk)
        line = bytes(self._held[:end])
        del self._held[: end + 1]
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            raise self._stop("protocol", "expected a line of text, found other bytes") from None

    def _too_much_said(self, held: int) -> str:
        if held > wire.LONGEST:
            return f"an answer of more than {wire.LONGEST // MIB} MiB"
        return f"answers of more than {self._limits.said_bytes // MIB} MiB in all"

    def _too_long(self) -> str:
        """What is said when the time that is nearest to its end is over."""
        if self._call_left <= self._total_left:
            return f"no answer within {self._limits.call_s:g} s"
        return f"more than {self._limits.total_s:g} s in all"

    def _wait_for(self, work: Callable[[_A], _R], argument: _A) -> _R:
        """Do something that may wait for the process: the clock runs."""
        began = time.monotonic()
        self._deadline = began + min(self._call_left, self._total_left)
        try:
            return work(argument)
        finally:
            self._deadline = math.inf
            took = time.monotonic() - began
            self._call_left -= took
            self._total_left -= took

    def _watch(self) -> None:
        while not self._over.wait(PERIOD_S):
            if time.monotonic() > self._deadline:
                self._stop("time", self._too_long())
            elif (resident_bytes(self.pid) or 0) > self._limits.memory_bytes:
                most = self._limits.memory_bytes // MIB
                self._stop("memory", f"more than {most} MiB of memory")

    def _drain(self) -> None:
        """Empty its standard error, or a program that prints much would wait for ever."""
        while chunk := self._stderr.read(CHUNK):
            self._printed += chunk[: max(0, self._limits.printed_bytes - len(self._printed))]

    def _stop(self, reason: str, text: str) -> Stopped:
        """Kill it, and say why; the first reason is the one that counts."""
        with self._lock:
            if self._why is None:
                self._why = Stopped(reason, text)
            self._kill()
            return self._why

    def _gone(self) -> Stopped:
        """It ended, or was ended by the watching thread."""
        with self._lock:
            self._kill()
            code = self._process.wait()
        by_itself = f"signal {-code}" if code < 0 else f"status {code}"
        return self._stop("gone", f"its process ended by itself ({by_itself})")

    def _kill(self) -> None:
        """Only before anybody has waited for it: until then the number is that process's own."""
        if self._process.returncode is not None:
            return
        if POSIX:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        else:
            self._process.kill()

    def close(self) -> None:
        """End it and wait for its end. Nothing of it is left then."""
        self._over.set()
        self._stop("gone", "its sandbox was closed")
        with self._lock:
            self._process.wait()
        for thread in self._threads:
            thread.join(JOIN_S)
        for pipe in (self._stdin, self._stdout, self._stderr):
            pipe.close()
