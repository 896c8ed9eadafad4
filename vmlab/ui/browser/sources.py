"""Gets the part of vmlab that reads sources, with the guests' own sources, into the page.

It is an archive beside the page that is unpacked into the package: afterwards the same imports work
as in a checkout, where everything is there from the beginning. `VMLAB_SOURCES` is its address; the
worker sets it.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path

import vmlab
from vmlab.core.errors import BadInput

_found = False


def here() -> bool:
    """Whether it is there."""
    global _found  # noqa: PLW0603  # once there it stays, and looking takes time at each drawing
    _found = _found or importlib.util.find_spec("vmlab.session.sources") is not None
    return _found


async def load() -> None:
    """Get it. Raises `BadInput` if the site does not answer."""
    url = os.environ.get("VMLAB_SOURCES", "")
    if not url:
        raise BadInput("expected the sources beside the page, found no address of them")
    from pyodide.http import pyfetch

    try:
        answer = await pyfetch(url)
        answer.raise_for_status()
        await answer.unpack_archive(extract_dir=str(Path(vmlab.__file__).parents[1]), format="zip")
    except OSError as error:  # Pyodide's errors of fetching are among these
        raise BadInput(f"expected the sources beside the page, found: {error}") from None
    importlib.invalidate_caches()
