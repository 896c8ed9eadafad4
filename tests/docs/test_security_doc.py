"""The limits that the document tells of are the ones that are set."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmlab.course.sandbox import Limits
from vmlab.lab import wire

MIB = 1 << 20
LIMITS = Limits()


@pytest.mark.parametrize(
    "words",
    [
        f"{LIMITS.call_s:g} s a call, {LIMITS.total_s:g} s a submission",
        f"{LIMITS.memory_bytes // MIB} MiB for the process",
        f"{wire.LONGEST // MIB} MiB each, {LIMITS.said_bytes // MIB} MiB in all",
        f"{LIMITS.asks:,} questions a call",
        f"{LIMITS.printed_bytes >> 10} KiB of prints",
    ],
)
def test_a_limit_is_as_written(root: Path, words: str) -> None:
    assert words in (root / "web/docs/security.md").read_text(encoding="utf-8")
