"""Every test here runs with T1 and with T2, and ends with a look at the guards around the engines'
memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from tests.tiers.sides import MADE, PAIRS, USED

OWN_PAIRS: Final = {"test_judges", "test_memory", "test_traces", "test_translated"}
"""Modules whose tests say themselves which engines they want."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.rpartition(".")[2] not in OWN_PAIRS:
        metafunc.parametrize("pair_used", PAIRS, ids="-".join, indirect=True)


@pytest.fixture(autouse=True)
def pair_used(request: pytest.FixtureRequest) -> Iterator[None]:
    """The engines that are compared unless a test says otherwise."""
    USED.append(getattr(request, "param", USED[0]))
    yield
    USED.pop()


@pytest.fixture(autouse=True)
def guards_are_whole() -> Iterator[None]:
    """No engine has written past an edge of its memory."""
    MADE.clear()
    yield
    for twins in MADE:
        twins.check_guards()
    MADE.clear()
