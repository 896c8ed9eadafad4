"""The timer's deadline: the engine sleeps and runs towards it, so it must never lie too early."""

from __future__ import annotations

import pytest

from vmlab.core.units import MIB
from vmlab.engine.reference import Reference
from vmlab.isa.state import INSNS_PER_TICK
from vmlab.isa.system.time import NEVER
from vmlab.machine.platform import Machine, Platform

SLOWEST = (1 << INSNS_PER_TICK.width) - 1


@pytest.mark.parametrize("per_tick", [1, 3, SLOWEST])
@pytest.mark.parametrize("mtimecmp", [1, 5, 1 << 31, (1 << 33) + 7, (1 << 40) - 1])
def test_deadline_is_exact_up_to_the_slowest_clock(per_tick: int, mtimecmp: int) -> None:
    machine = Machine(Platform(1 * MIB, per_tick))
    machine.hart.set_word("mtimecmp", mtimecmp)
    assert Reference(machine).kernel("deadline")() == mtimecmp * per_tick


@pytest.mark.parametrize("mtimecmp", [0, 1 << 40, (1 << 64) - 1])
def test_a_timer_that_is_due_or_too_far_has_no_deadline(mtimecmp: int) -> None:
    machine = Machine(Platform(1 * MIB))
    machine.hart.set_word("mtimecmp", mtimecmp)
    assert Reference(machine).kernel("deadline")() == NEVER
