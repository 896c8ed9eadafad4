"""`go_on` is the run before, gone on with: its stops hold, wherever an exit has left the hart."""

from __future__ import annotations

import pytest

from tests.unit.programs import elf
from vmlab.core.events import EventKind
from vmlab.core.modes import Mode
from vmlab.engine.api import Halt, StopAt
from vmlab.session import open

CALLS = """
    ecall
after:
    nop
    j after
"""


@pytest.mark.parametrize("engine", ["t0", "t1"])
@pytest.mark.parametrize("listened", [EventKind(0), EventKind.TRAP, EventKind.RETIRE])
def test_a_breakpoint_behind_an_exit_is_met(engine: str, listened: EventKind) -> None:
    run = open(elf(CALLS), ram="1M", engine=engine)
    hart, own = run.machine.hart, run.engine
    entry = 0x8000_0000
    hart.pc = entry
    own.forget(set())
    hart.set_word("intercepts", 1 << Mode.M)
    stop = StopAt(frozenset({entry + 4}))
    assert own.run(10, stop) is Halt.INTERCEPT
    hart.pc += 4
    own.listeners.kinds = listened
    assert own.go_on(10) is Halt.BREAKPOINT
    assert hart.retired == 0
    assert own.run(10, stop) is Halt.BREAKPOINT, "passed over, and met again a round later"
    assert hart.retired == 2
