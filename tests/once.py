"""What every worker of a run needs and one of them makes: a built site, a program's run in Spike.

The first that asks makes it; the others wait, and read what the first has kept.
"""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import pytest

LONGEST_S: Final = 600
"""Nothing here takes so long to make: whoever makes it is gone."""
T = TypeVar("T")


def made_once(
    factory: pytest.TempPathFactory,
    name: str,
    make: Callable[[Path], T],
    longest_s: float = LONGEST_S,
) -> T:
    """What `make` returned in the one worker of this run that called it, with a new folder for what
    is to be read by all. It is pickled, so who asks later gets a copy."""
    top = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        top = top.parent  # each worker has a folder of its own in the run's
    folder, kept, failed = (top / f"{name}{end}" for end in ("", ".kept", ".failed"))
    try:
        folder.mkdir()
    except FileExistsError:
        return _awaited(name, kept, failed, longest_s)
    try:
        made = make(folder)
        whole = top / f"{name}.whole"
        whole.write_bytes(pickle.dumps(made))
        whole.replace(kept)
    except BaseException as failure:
        failed.write_text(repr(failure), "utf-8")
        raise
    return made


def _awaited(name: str, kept: Path, failed: Path, longest_s: float) -> T:
    end = time.monotonic() + longest_s
    while not kept.exists():
        if failed.exists():
            pytest.fail(f"{name} could not be made by another worker: {failed.read_text('utf-8')}")
        if time.monotonic() > end:
            pytest.fail(f"{name} is being made by another worker for more than {longest_s} s")
        time.sleep(0.05)
    made: T = pickle.loads(kept.read_bytes())
    return made
