"""A real GDB against our server: `vmlab gdb`'s parts, in this process, so that a test can compare
what the client was told with the session itself.

VMLAB_GDB names the client (`make test` sets it), else one on PATH is used.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from vmlab.session import Session
from vmlab.session.gdb.server import Server

NAMES = ("gdb-multiarch", "riscv64-unknown-elf-gdb", "riscv64-elf-gdb", "riscv64-linux-gnu-gdb")
PREPARE = """
set pagination off
set confirm off
set height 0
set width 0
set architecture riscv:rv64
target remote :{port}
"""


@pytest.fixture(scope="session")
def gdb_path() -> str:
    """The client to use."""
    named = os.environ.get("VMLAB_GDB") or next(filter(None, map(shutil.which, NAMES)), None)
    if named is None:
        pytest.fail(
            "expected gdb-multiarch on PATH or in VMLAB_GDB, found none; `make test` gets one"
        )
    return named


@contextmanager
def serving(session: Session, **options: object) -> Iterator[Server]:
    """A server in a thread while the block runs; afterwards nobody else touches the session."""
    server = Server(session, 0, **options)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing = True
        thread.join(20)
        server.close()
        assert not thread.is_alive()


@dataclass
class Gdb:
    """One client in batch mode."""

    path: str
    folder: Path

    def __call__(
        self, session: Session, commands: str, interrupt_s: float | None = None, **options: object
    ) -> list[str]:
        """Attach, run the commands, leave; the lines that were printed."""
        elf = self.folder / "guest.elf"
        elf.write_bytes(session.setup.image)
        script = self.folder / "script.gdb"
        with serving(session, **options) as server:
            script.write_text(PREPARE.format(port=server.port) + commands)
            client = subprocess.Popen(
                [self.path, "-q", "-nx", "-batch", "-x", script, elf],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env={**os.environ, "HOME": str(self.folder)},
            )
            timer = threading.Timer(interrupt_s or 0, client.send_signal, (signal.SIGINT,))
            if interrupt_s is not None:
                timer.start()
            try:
                out, _ = client.communicate(timeout=60)
            finally:
                timer.cancel()
                client.kill()
        assert client.returncode == 0, out
        assert "Error in sourced command file" not in out, out
        return out.splitlines()


@pytest.fixture
def gdb(gdb_path: str, tmp_path: Path) -> Callable[..., list[str]]:
    """`gdb(session, commands)`: what a real client printed."""
    return Gdb(gdb_path, tmp_path)


def said(lines: list[str], word: str) -> list[str]:
    """What stands after `word=` in lines that begin so."""
    return [line.removeprefix(f"{word}=") for line in lines if line.startswith(f"{word}=")]
