"""In a notebook: load what widgets need once, and redraw after each cell.

Cells drive the session too (`s.step()`), behind the widgets' back, so they look again whenever a
cell has run. Outside IPython nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any


def _shell() -> Any:
    """The running IPython shell, or None."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return get_ipython()


def here() -> bool:
    """Whether this is a notebook, or another Python that displays what a cell ends with."""
    return _shell() is not None


@cache
def load() -> None:
    """Bring Panel's scripts into the notebook: from this machine or, in a page, from its site. No
    other host is asked."""
    if _shell() is not None:
        import panel

        from vmlab.ui.browser import kernel

        kernel.prepare()
        panel.extension(inline=True)


def after_each_cell(redraw: Callable[[], None]) -> Callable[[], None]:
    """Call `redraw` when a cell has run; returns what ends that."""
    shell = _shell()
    if shell is None:
        return lambda: None

    def ran(*_result: object) -> None:
        redraw()

    shell.events.register("post_run_cell", ran)
    return lambda: shell.events.unregister("post_run_cell", ran)
