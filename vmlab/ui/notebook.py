"""In a notebook, cells drive the session too: redraw after each of them."""

from __future__ import annotations

from collections.abc import Callable


def after_each_cell(redraw: Callable[[], None]) -> Callable[[], None]:
    """Call `redraw` when a cell has run; returns what ends that. Elsewhere it does nothing."""
    try:
        from IPython import get_ipython
    except ImportError:
        return lambda: None
    shell = get_ipython()
    if shell is None:
        return lambda: None

    def ran(*_result: object) -> None:
        redraw()

    shell.events.register("post_run_cell", ran)
    return lambda: shell.events.unregister("post_run_cell", ran)
