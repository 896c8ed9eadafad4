"""T2 translates whatever a jump leads to, in these tests; and what Spike did, once for all."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import pytest

from tests.conformance import spike
from tests.conformance.catalogue import generate
from tests.conformance.image import Image
from tests.conformance.lockstep import before_end
from tests.conformance.spike import Step
from tests.once import made_once
from vmlab.engine.effort import FORCE

Ran = tuple[Image, list[Step], bytes]
"""A program, what Spike did with it, and scratch memory at the end."""
InSpike = Callable[[str, int, int], Ran]


@pytest.fixture(autouse=True)
def t2_is_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FORCE, "1")


def run_spike(family: str, seed: int, size: int) -> Ran:
    image = generate(family, seed, size)
    done = spike.run(image)
    steps = before_end(list(spike.read_log(done.log.splitlines())), image)
    return image, steps, done.scratch


@pytest.fixture(scope="session")
def in_spike(tmp_path_factory: pytest.TempPathFactory) -> InSpike:
    """Runs a program in Spike once for all tests of all workers: what takes time is its log."""

    @lru_cache(maxsize=4)
    def ran(family: str, seed: int, size: int) -> Ran:
        name = f"spike-{family}-{seed}-{size}"
        return made_once(tmp_path_factory, name, lambda _: run_spike(family, seed, size))

    return ran
