"""Gets the sandbox for programs of strangers ready on this machine: Pyodide, and a first start."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from vmlab.cli.sitebuilder import fetch
from vmlab.cli.sitebuilder.store import Store
from vmlab.course.sandbox import distribution
from vmlab.course.sandbox.deno import find_deno
from vmlab.course.sandbox.distribution import Distribution

KEPT: Final = 8
"""Of the distributions: one is 32 MB, and another is made for each change of the description."""


def prepare(store: Store | None = None, more: Sequence[Path] = ()) -> Distribution:
    """The distribution, made and kept at the first call. Raises `Unsupported` without deno."""
    store = store or Store()

    def fill(target: Path) -> None:
        distribution.make(target, fetch.pyodide(store), find_deno(), more)

    key = distribution.key(fetch.PYODIDE_SHA256, more)
    made = Distribution(store.get(f"sandbox/{key}", fill))
    os.utime(made.folder)  # used now: others are older
    store.forget_old("sandbox/[0-9a-f]*", KEPT)
    return made
