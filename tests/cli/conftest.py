"""The command line in a process of its own, as a user starts it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.warm import Warm

Result = subprocess.CompletedProcess[bytes]
Vmlab = Callable[..., Result]


@pytest.fixture
def vmlab(tmp_path: Path) -> Vmlab:
    """`vmlab("run", "tour")` in an empty folder; standard input is `typed`."""

    def call(*words: object, typed: bytes = b"") -> Result:
        return subprocess.run(
            [sys.executable, "-m", "vmlab", *map(str, words)],
            cwd=tmp_path,
            input=typed,
            capture_output=True,
            timeout=120,
            check=False,
        )

    return call


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """One process for the whole session, that has the imports already."""
    process = Warm()
    yield process
    process.close()


@pytest.fixture
def vmlab_says(tmp_path: Path, warm: Warm) -> Vmlab:
    """The same, sooner there, for what a command says (see `warm`)."""

    def call(*words: object, typed: bytes = b"") -> Result:
        return warm.call([str(word) for word in words], tmp_path, typed)

    return call
