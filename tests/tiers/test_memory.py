"""A machine that nobody holds any more gives its memory back, whatever ran it."""

from __future__ import annotations

import gc
import weakref

import pytest

from tests.tiers.sides import new_machine
from tests.unit.programs import PASS, elf
from vmlab.engine.api import StopAt
from vmlab.engine.tiers import make_engine
from vmlab.machine.platform import Platform
from vmlab.session import open


@pytest.mark.parametrize("name", ["t0", "t1", "t2", "auto"])
def test_an_engine_lets_go_of_its_machine(name: str) -> None:
    machine = new_machine(Platform(ram_bytes=1 << 20))
    engine = make_engine(machine, name)
    engine.run(100, StopAt())
    watched = weakref.ref(machine), weakref.ref(machine.arena)
    del machine, engine
    gc.collect()
    assert [found() for found in watched] == [None, None]


@pytest.mark.parametrize("name", ["t0", "t1", "t2", "auto"])
def test_a_session_lets_go_of_its_machine(name: str) -> None:
    run = open(elf(PASS), ram="1M", engine=name)
    run.run(limit=1_000)
    run.use_engine("t2")
    run.back(1)
    watched = weakref.ref(run), weakref.ref(run.machine.arena)
    del run
    gc.collect()
    assert [found() for found in watched] == [None, None]
