"""vmlab: who is running, and why.

    import vmlab
    from vmlab import Until

    s = vmlab.open("tour")
    s.run(until=Until.trap())

Importing the package loads nothing else: the parts come when they are first used, because a
browser tab waits for every import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vmlab._version import __version__

if TYPE_CHECKING:
    from vmlab.session import Until, load, open, replay

__all__ = ["Until", "__version__", "load", "open", "replay"]


def __getattr__(name: str) -> Any:
    """What `vmlab.session` gives at the top, fetched when it is first asked for."""
    if name in {"open", "load", "replay", "Until"}:
        from vmlab import session

        value = getattr(session, name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'vmlab' has no attribute {name!r}")
