"""Exercise E08: a paravirtual guest's batches and its monitor's checks."""

from __future__ import annotations

import random

import pytest

from tests.lessons.common import Checks
from vmlab.core.units import PAGE_BITS
from vmlab.course.harness.pv_mmu import (
    ALMOST,
    MIXED,
    OTHER,
    WHOLE,
    Board,
    Owners,
    R,
    V,
    W,
    attempts,
    entry,
    slot_of,
)


class TestPvMmu(Checks):
    slug = "pv_mmu"
    seeds = (1, 2, 3)
    mutant_seeds = (1, 2)


@pytest.fixture
def owners() -> Owners:
    return Owners(random.Random(7))


def test_the_audit_finds_each_way_through_the_wall(owners: Owners) -> None:
    leaf, middle = slot_of(owners.leaves[0], 100), slot_of(owners.middles[0], 100)
    foreign, mine = owners.of(OTHER)[0], owners.data[0]
    for slot, val, kind in (
        (leaf, entry(foreign, V | R), "foreign"),
        (leaf, entry(owners.roots[0], V | R | W), "writable"),
        (middle, entry(MIXED, V | R), "superpage"),
        (middle, entry(ALMOST, V | R | W), "superpage"),
        (middle, entry(mine, V), "pointer"),
        (middle, entry(foreign, V), "foreign"),
    ):
        board = Board(owners)
        assert board.leak() is None
        board.write(slot, val)
        found = board.leak()
        assert found is not None and found[0] == kind


def test_what_the_hart_refuses_is_no_leak(owners: Owners) -> None:
    board = Board(owners)
    board.write(slot_of(owners.leaves[0], 100), entry(owners.of(OTHER)[0], V | W))  # W without R
    board.write(slot_of(owners.leaves[0], 101), entry(owners.of(OTHER)[0], 0))
    board.write(slot_of(owners.middles[0], 102), entry(owners.of(OTHER)[0] | 1, V | R))
    board.write(slot_of(owners.middles[0], 103), entry(WHOLE, V | R | W))
    assert board.leak() is None


def test_both_kinds_of_updates_are_asked_for(owners: Owners) -> None:
    for seed in range(10):
        rng = random.Random(seed)
        asked = list(attempts(rng, owners, 120))
        inside = [one for one in asked if one.slot >> PAGE_BITS in owners.levels]
        assert 60 < len(inside) < len(asked)
