"""A process is ended when it takes more than it may, and says why: whatever it runs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vmlab.course.sandbox.limits import Limits
from vmlab.course.sandbox.memory import resident_bytes
from vmlab.course.sandbox.process import Process
from vmlab.course.student import Stopped

SMALL = Limits(call_s=0.5, total_s=0.8, start_s=20, memory_bytes=100 << 20, said_bytes=1 << 20)
Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Process] = []

    def begin(code: str, limits: Limits = SMALL) -> Process:
        words = [
            sys.executable,
            "-S",
            "-c",
            f"import os, sys, time\nprint('up', flush=True)\n{code}",
        ]
        process = Process(words, limits, os.environ, tmp_path)
        started.append(process)
        assert process.receive() == "up"
        process.started()
        return process

    yield begin
    for process in started:
        process.close()


@pytest.mark.parametrize(
    ("code", "reason", "text"),
    [
        ("while True: pass", "time", r"^no answer within 0.5 s$"),
        ("time.sleep(100)", "time", r"^no answer within 0.5 s$"),
        ("x = bytearray(200 << 20); time.sleep(100)", "memory", r"^more than 100 MiB of memory$"),
        ("sys.exit(7)", "gone", r"^its process ended by itself \(status 7\)$"),
        ("os.abort()", "gone", r"^its process ended by itself \(signal 6\)$"),
        ("os.close(1); time.sleep(100)", "gone", "its process ended by itself"),
        ("os.write(1, b'x' * (9 << 20))", "output", r"^answers of more than 1 MiB in all$"),
        ("os.write(1, b'\\xff\\n'); time.sleep(9)", "protocol", "^expected a line of text"),
    ],
)  # fmt: skip
def test_why_it_was_ended(start: Start, code: str, reason: str, text: str) -> None:
    process = start(code)
    with pytest.raises(Stopped, match=text) as caught:
        process.receive()
    assert caught.value.reason == reason
    for again in (process.receive, lambda: process.send("x")):
        with pytest.raises(Stopped, match=text):
            again()


def test_a_long_line_is_not_read_to_its_end(start: Start) -> None:
    process = start("os.write(1, b'x' * (99 << 20))", Limits(memory_bytes=400 << 20))
    with pytest.raises(Stopped, match="an answer of more than 4 MiB"):
        process.receive()


def test_one_that_does_not_listen_is_ended_too(start: Start) -> None:
    process = start("time.sleep(100)")
    with pytest.raises(Stopped, match="no answer within"):
        process.send("x" * (1 << 20))


def test_all_calls_together_have_a_limit_and_our_own_work_does_not_count(start: Start) -> None:
    echo = "for line in sys.stdin: time.sleep(0.3); print(line, end='', flush=True)"
    process = start(echo, Limits(call_s=5, total_s=1.5))
    with pytest.raises(Stopped, match=r"more than 1.5 s in all") as caught:
        for number in range(8):
            time.sleep(0.5)  # in all more than it has: nobody waits for the program
            process.next_call()
            process.send(str(number))
            assert process.receive() == str(number)
    assert caught.value.reason == "time"
    assert number >= 1


def test_what_it_prints_is_kept_to_a_limit_and_never_holds_it_up(start: Start) -> None:
    code = "sys.stderr.write('y' * (2 << 20)); print('done', flush=True)"
    process = start(code, Limits(printed_bytes=1000))
    assert process.receive() == "done"
    process.close()
    assert process.printed == "y" * 1000


def test_memory_is_seen_from_outside() -> None:
    found = resident_bytes(os.getpid())
    assert found is not None
    assert 10 << 20 < found < 100 << 30
    assert resident_bytes(2**22 + 1) is None


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_what_it_started_ends_with_it(start: Start) -> None:
    child = f"[{sys.executable!r}, '-S', '-c', 'import time; time.sleep(100)']"
    process = start(
        f"import subprocess\nprint(subprocess.Popen({child}).pid, flush=True)\ntime.sleep(9)"
    )
    pid = int(process.receive())
    process.close()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            break  # ended; whoever adopted it has not looked yet
        time.sleep(0.02)
    else:
        assert not Path(f"/proc/{pid}").exists()
