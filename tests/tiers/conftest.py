"""Every test here ends with a look at the guards around the engines' memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tiers.sides import MADE


@pytest.fixture(autouse=True)
def guards_are_whole() -> Iterator[None]:
    """No engine has written past an edge of its memory."""
    MADE.clear()
    yield
    for twins in MADE:
        twins.check_guards()
    MADE.clear()
