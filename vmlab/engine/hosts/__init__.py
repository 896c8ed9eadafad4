"""Who runs WebAssembly here: wasmtime on a desktop Python, the browser itself in Pyodide.

Nothing is imported before somebody asks: a library that only describes should start at once.
"""

from __future__ import annotations

import sys
from functools import cache

from vmlab.core.errors import Unsupported
from vmlab.engine.hosts.host import Host


def find_host() -> Host | None:
    """The host of this process, or None if WebAssembly cannot run here."""
    found = _found()
    return None if isinstance(found, str) else found


def why_not() -> str | None:
    """Why WebAssembly cannot run here; None if it can."""
    found = _found()
    return found if isinstance(found, str) else None


@cache
def _found() -> Host | str:
    try:
        if sys.platform == "emscripten":
            from vmlab.engine.hosts.browser_host import BrowserHost

            return BrowserHost()
        from vmlab.engine.hosts.wasmtime_host import WasmtimeHost

        return WasmtimeHost()
    except ImportError as reason:
        if reason.name == "wasmtime":
            return "wasmtime is not installed; `pip install wasmtime` brings it"
        return f"wasmtime cannot be loaded: {reason}"
    except Unsupported as reason:
        return str(reason)
    except (OSError, RuntimeError) as reason:  # what wasmtime says of a machine it was not made for
        return f"wasmtime cannot be loaded: {reason}"
