"""The command line in a process of its own, as a user starts it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
