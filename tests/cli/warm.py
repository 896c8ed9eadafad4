"""The command line in a process that has its imports already: a child of one that waits.

A start of Python takes most of a second, and nearly all of it goes into imports. Each call is still
a process of its own, with streams, a folder and an environment, and goes through the same door. It
is for what a command says. What two processes must do alike, and signals, are asked of the command
as a user starts it: these children have one hash seed.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Final

ROOT: Final = Path(__file__).parents[2]
MOST_BYTES: Final = 1 << 18
LONGEST_S: Final = 120


class Warm:
    """The process that waits, from this side."""

    def __init__(self) -> None:
        self._line, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line.settimeout(LONGEST_S)
        with there:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.cli.warm", str(there.fileno())],
                cwd=ROOT,
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    def call(
        self, words: list[str], folder: Path, typed: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        """`vmlab WORDS` in a folder."""
        (stdin, feed), (out, stdout), (err, stderr) = (os.pipe() for _ in range(3))
        asked = {"words": words, "folder": str(folder), "environment": dict(os.environ)}
        socket.send_fds(self._line, [json.dumps(asked).encode()], [stdin, stdout, stderr])
        for theirs in (stdin, stdout, stderr):
            os.close(theirs)
        with (
            os.fdopen(feed, "wb") as given,
            os.fdopen(out, "rb") as said,
            os.fdopen(err, "rb") as told,
        ):
            found: list[bytes] = [b"", b""]

            def read(at: int, stream: IO[bytes]) -> None:
                found[at] = stream.read()

            readers = [threading.Thread(target=read, args=one) for one in enumerate((said, told))]
            for reader in readers:
                reader.start()
            given.write(typed)
            given.close()
            try:
                status = int(self._line.recv(MOST_BYTES))
            except TimeoutError:
                os.killpg(self._process.pid, signal.SIGKILL)
                raise
            finally:
                for reader in readers:
                    reader.join()
        return subprocess.CompletedProcess(words, status, *found)

    def close(self) -> None:
        """It ends when nobody is there to ask."""
        self._line.close()
        self._process.wait(LONGEST_S)


def serve(line: socket.socket) -> None:
    """Have a child for each call; the child comes back from here, to be the command."""
    while True:
        said, streams, *_ = socket.recv_fds(line, MOST_BYTES, 3)
        if not said:
            sys.exit()
        child = os.fork()
        if child == 0:
            asked = json.loads(said)
            os.chdir(asked["folder"])
            os.environ.clear()
            os.environ.update(asked["environment"])
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
                os.close(stream)
            sys.argv = ["vmlab", *asked["words"]]
            return
        for stream in streams:
            os.close(stream)
        line.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def warm_up() -> None:
    """What nearly every command waits for: imports, and the description printed as Python. No
    thread is left, for a child would not have it."""
    import vmlab
    from vmlab.cli.main import main

    with contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
        main(["run"])
    vmlab.open("tour", engine="t0").step()
    assert threading.active_count() == 1
    gc.freeze()


if __name__ == "__main__":
    from vmlab.cli.main import main

    warm_up()
    with socket.socket(fileno=int(sys.argv[1])) as line:
        serve(line)
    main()
