"""Events come in the order of the run, whether an engine tells them one by one or many at once."""

from __future__ import annotations

import pytest

from tests.unit.programs import PASS, session
from vmlab.core.events import ConsoleOutput, Event, EventKind, TrapTaken

PRINTS = f"""
    li t3, 0x10000000
    la t0, handler
    csrw mtvec, t0
    li t1, 5
again:
    ecall
    addi t1, t1, -1
    bnez t1, again
{PASS}
handler:
    li t2, 'x'
    sb t2, 0(t3)
    csrr t2, mepc
    addi t2, t2, 4
    csrw mepc, t2
    mret
"""


@pytest.mark.parametrize("engine", ["t0", "t1"])
@pytest.mark.parametrize("kinds", [EventKind.CONSOLE, EventKind.CONSOLE | EventKind.TRAP])
def test_who_hears_of_devices_and_traps_hears_them_in_order(engine: str, kinds: EventKind) -> None:
    """Traps come in batches, what is printed at once: never before the traps before it."""
    run, heard = session(PRINTS, engine=engine), list[Event]()
    run.subscribe(kinds, heard.append)
    run.run()
    printed = [type(event) is ConsoleOutput for event in heard]
    if EventKind.TRAP in kinds:
        assert printed == [False, True] * 5
        assert all(isinstance(event, TrapTaken | ConsoleOutput) for event in heard)
    else:
        assert printed == [True] * 5
