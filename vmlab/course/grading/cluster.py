"""The same tasks on the workers of a Dask cluster that somebody else started.

What may go wrong, and what then: a worker dies: the scheduler hands its tasks to others. A grading
process dies or hangs: its task is tried once more, on another worker if there is one, and is then
not graded, with the reason. No worker is left, or the scheduler has gone: the rest is not graded.
Nothing else is lost.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vmlab import __version__
from vmlab.core.errors import BadInput, Unsupported
from vmlab.course.grading import remote_work
from vmlab.course.grading.local import Outcomes
from vmlab.course.grading.remote_work import LostThere, Prepare
from vmlab.course.grading.work import Outcome, Task

CONNECT_S: Final = 10
ALONE_S: Final = 60.0
"""How long a cluster may be without any worker: one may be starting anew."""
TICK_S: Final = 0.5
TRIES: Final = 2
_ADDRESS: Final = re.compile(r"(tcp|tls|ws|wss|ucx)://[^/\s]{1,200}:[0-9]{1,5}")
_PARTS: Final = ("exercise.toml", "starter.py", "grade.py", "grade.pyc")


@dataclass(frozen=True, slots=True)
class _Ask:
    """A task on its way."""

    key: str
    tries: int


def run(
    tasks: Mapping[str, Task],
    address: str,
    prepare: Prepare | None,
    deadline_s: float | None = None,
    say: Callable[[str], None] = lambda line: None,
    alone_s: float = ALONE_S,
) -> Outcomes:
    """Grade each on the cluster at `address`. `prepare` gets a worker's sandbox ready; None is no
    sandbox at all. Raises `BadInput` if nothing answers there, `Unsupported` if a worker cannot do
    the work."""
    if not tasks:
        return
    with _connected(address) as client:
        say(f"{_checked(client, prepare)} workers at {address}")
        yield from _Run(client, tasks, prepare, deadline_s).outcomes(alone_s)


class _Run:
    """The tasks of one run, and those of them that are at work."""

    def __init__(
        self, client: Any, tasks: Mapping[str, Task], prepare: Prepare | None,
        deadline_s: float | None,
    ) -> None:  # fmt: skip
        self._client, self._tasks = client, tasks
        self._how = (prepare, deadline_s)
        self._name = f"vmlab-{secrets.token_hex(4)}"
        self._done: queue.Queue[Any] = queue.Queue()
        self._asked: dict[str, _Ask] = {}
        self._futures: dict[str, Any] = {}
        # A task like the others, so that a worker that dies takes no lesson along.
        self._lessons = {
            folder: client.submit(remote_work.same, _files(folder), key=f"{self._name}-{at}")
            for at, folder in enumerate({one.folder for one in tasks.values()})
        }

    def outcomes(self, alone_s: float) -> Outcomes:
        for key in self._tasks:
            self._ask(_Ask(key, 1), None)
        alone_since = time.monotonic()
        try:
            while self._asked:
                try:
                    future = self._done.get(timeout=TICK_S)
                except queue.Empty:
                    if self._workers():
                        alone_since = time.monotonic()
                    elif time.monotonic() - alone_since > alone_s:
                        break
                    continue
                found = self._outcome(future)
                if found is not None:
                    yield found
            for ask in self._asked.values():
                yield ask.key, Outcome(failure=f"no worker has been left for {alone_s:g} s")
        finally:
            with contextlib.suppress(Exception):
                self._client.cancel(list(self._futures.values()))

    def _ask(self, ask: _Ask, elsewhere: list[str] | None) -> None:
        task = self._tasks[ask.key]
        future = self._client.submit(
            remote_work.grade, task.text(), self._lessons[task.folder], *self._how,
            key=f"{self._name}-{ask.key}-{ask.tries}", workers=elsewhere,
            allow_other_workers=bool(elsewhere), retries=0,
        )  # fmt: skip
        self._asked[future.key] = ask
        self._futures[future.key] = future
        future.add_done_callback(self._done.put)

    def _outcome(self, future: Any) -> tuple[str, Outcome] | None:
        """A task's outcome; None if it is asked for once more."""
        ask = self._asked.pop(future.key, None)
        self._futures.pop(future.key, None)
        if ask is None:
            return None
        if future.status == "finished":
            return ask.key, Outcome.of(future.result())
        if future.status != "error":
            return ask.key, Outcome(failure="the scheduler has gone")
        error = future.exception()
        if ask.tries < TRIES:
            where = error.where if isinstance(error, LostThere) else ""
            others = [one for one in self._workers() if one != where]
            self._ask(_Ask(ask.key, ask.tries + 1), others or None)
            return None
        what = str(error) if isinstance(error, LostThere) else f"{type(error).__name__}: {error}"
        return ask.key, Outcome(failure=f"{what} (tried {ask.tries} times)")

    def _workers(self) -> list[str]:
        try:
            return list(self._client.nthreads())
        except (OSError, ValueError, RuntimeError, TimeoutError):
            return []


def _files(folder: str) -> dict[str, bytes]:
    """What a grader needs of its lesson."""
    return {
        name: (Path(folder) / name).read_bytes()
        for name in _PARTS
        if (Path(folder) / name).is_file()
    }


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError:
        raise Unsupported(
            "--scheduler needs Dask's distributed, which is not installed; "
            "it comes with: pip install 'vmlab[cluster]'"
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters, we say
    if not _ADDRESS.fullmatch(address):
        raise BadInput(
            f"--scheduler: expected an address such as tcp://HOST:8786, found {address[:100]!r}"
        )
    try:
        client = Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise BadInput(
            f"--scheduler: expected a Dask scheduler at {address[:100]}, found none: {error}"
        ) from None
    try:
        yield client
    finally:
        client.close(timeout=CONNECT_S)


def _checked(client: Any, prepare: Prepare | None) -> int:
    """How many workers there are. Raises `Unsupported` if one of them cannot do the work."""
    found: dict[str, Any] = client.run(remote_work.probe, prepare, on_error="return")
    if not found:
        raise Unsupported("--scheduler: expected workers, found none; start some first")
    for address, said in found.items():
        if isinstance(said, BaseException):
            raise Unsupported(f"the worker {address} cannot grade: {type(said).__name__}: {said}")
        if said != __version__:
            raise Unsupported(
                f"the worker {address} has vmlab {said}, expected {__version__} as here"
            )
    return len(found)
