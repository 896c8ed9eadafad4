"""A file that outgrows 400 lines is asking to be two."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.arch.sizes import source_lines

ASKING_TO_BE_TWO = 400
TOO_LONG = 500


def test_nearly_all_files_are_short_and_none_is_very_long(root: Path) -> None:
    """The pytest run prints the longest files at its end."""
    lines = source_lines(root)
    if not lines:
        pytest.skip("not a git checkout: there is no list of files")
    assert {name: count for name, count in lines.items() if count > TOO_LONG} == {}
    long = [name for name, count in lines.items() if count > ASKING_TO_BE_TWO]
    assert len(long) <= len(lines) // 20, long
