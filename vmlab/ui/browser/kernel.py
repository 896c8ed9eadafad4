"""What Panel misses in JupyterLite's kernel.

A widget that was shown is drawn some time later, and what changes until then has to wait. Panel
waits with tornado, which is no part of this kernel: it would drop the changes with a warning. So
they wait here, in order, until the notebook has drawn the widget and opens the connection.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

from vmlab.ui.browser import scripts

KERNEL = "pyodide_kernel"
TORNADO = "tornado.ioloop"


class Waiting:
    """What stands for tornado's loop: calls that wait for a connection, not for a time."""

    def __init__(self) -> None:
        self._queues: dict[int, list[Callable[[], object]]] = {}

    def current(self) -> Waiting:
        """The loop: there is one."""
        return self

    def call_later(self, _seconds: float, push: partial[None]) -> None:
        """Call `push` when its connection is open; Panel gives (document, connection, ...)."""
        connection: Any = push.args[1]
        queue = self._queues.setdefault(id(connection), [])
        queue.append(push)
        if len(queue) == 1:
            before = connection._on_open
            connection._on_open = partial(self._opened, connection, before)

    def _opened(self, connection: Any, before: Callable[[Any], object] | None, said: Any) -> None:
        connection._on_open = before
        if before is not None:
            before(said)
        for push in self._queues.pop(id(connection)):
            push()


def prepare() -> None:
    """Make Panel work in the kernel. Does nothing anywhere else."""
    scripts.from_site()
    if KERNEL in sys.modules and TORNADO not in sys.modules:
        module = ModuleType(TORNADO)
        module.IOLoop = Waiting()  # type: ignore[attr-defined]
        sys.modules[TORNADO] = module
