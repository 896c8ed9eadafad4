"""`vmlab gdb` as a process: it says how to attach, serves, and Ctrl-C ends it."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Vmlab
from vmlab.session.gdb.packets import Framer, Packet, frame


def started(folder: Path, *words: str) -> tuple[subprocess.Popen[bytes], int, bytes]:
    """A server, its port, and what it said before it listened."""
    server = subprocess.Popen(
        [sys.executable, "-m", "vmlab", "gdb", *words, "--port", "0"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert server.stderr is not None
    lines = b""
    while (match := re.search(rb"target remote :(\d+)", lines)) is None:
        line = server.stderr.readline()
        assert line, lines
        lines += line
    return server, int(match[1]), lines


def ask(port: int, packet: bytes) -> bytes:
    framer = Framer()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(frame(packet))
        while received := client.recv(4096):
            for item in framer.feed(received):
                if isinstance(item, Packet) and not item.data.startswith(b"O7"):
                    return item.data
    raise AssertionError("hung up")


@pytest.mark.parametrize("engine", ["t0", "t1", "auto"])
def test_a_guest_runs_for_a_client_and_prints_here(tmp_path: Path, engine: str) -> None:
    server, port, said = started(tmp_path, "tour", "--engine", engine)
    assert b"tour.elf -ex 'target remote" in said
    assert b"replaylog:end" in ask(port, b"c")
    server.send_signal(signal.SIGINT)
    out, err = server.communicate(timeout=20)
    assert server.returncode == 130 and b"Traceback" not in err
    assert b"U: the heap works" in out
    assert b"ended after 1216 instructions" in err


def test_the_console_may_be_shown_in_the_client(tmp_path: Path) -> None:
    server, port, _ = started(tmp_path, "tour", "--console", "gdb")
    assert ask(port, b"c").startswith(b"O")
    server.send_signal(signal.SIGINT)
    out, _ = server.communicate(timeout=20)
    assert not out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], b"expected a guest's name"),
        (["no-such-guest"], b"no-such-guest"),
        (["tour", "--console", "moon"], b"--console: expected here or gdb, found 'moon'"),
        (["tour", "--engine", "t9"], b"t9"),
        (["tour", "--port", "70000"], b"65535"),
    ],
)
def test_bad_usage_is_said_in_a_sentence(vmlab: Vmlab, words: list[str], says: bytes) -> None:
    done = vmlab("gdb", *words)
    assert done.returncode == 2
    assert says in done.stderr and b"Traceback" not in done.stderr


def test_ctrl_c_ends_a_server_whose_guest_runs(tmp_path: Path) -> None:
    server, port, _ = started(tmp_path, "echo")
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(frame(b"vCont;r1000,ffffffffffffffff"))  # steps for ever
        assert client.recv(1) == b"+"
        server.send_signal(signal.SIGINT)
        _, err = server.communicate(timeout=20)
    assert server.returncode == 130 and b"Traceback" not in err and b"ended after" in err
