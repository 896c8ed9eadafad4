"""One instruction in its parts: what is told is what happened."""

from __future__ import annotations

import pytest

from tests.unit.vmm.guests import PAGED, SHUTDOWN, TABLES, guest
from tests.unit.vmm.interpret.test_interpreter import BOARD, LOOP, PAGING, REBOOTS, interpreted
from vmlab.core.errors import BadInput
from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.isa.causes import ECALL_FROM_U, ILLEGAL_INSTRUCTION, INSTRUCTION_ACCESS_FAULT
from vmlab.vmm import techniques
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.subject import Monitored
from vmlab.vmm.common.vm import Payload, State
from vmlab.vmm.interpret.counting import MemoryAccess
from vmlab.vmm.interpret.micro import (
    Change,
    Committed,
    Decoded,
    Executed,
    Fetched,
    Interrupted,
    MicroStep,
    micro_steps,
)
from vmlab.vmm.smallest.guest import smallest_guest


def steps_of(subject: Monitored, instructions: int = 1) -> list[MicroStep]:
    """The micro-steps of the last of so many instructions."""
    found: list[MicroStep] = []
    for _ in range(instructions):
        found = list(micro_steps(subject))
    return found


def commit_of(steps: list[MicroStep]) -> Committed:
    last = steps[-1]
    assert isinstance(last, Committed)
    return last


def test_addi_is_fetched_decoded_executed_and_committed() -> None:
    payload = guest("li t1, 40\naddi t0, t1, 2")
    fetched, decoded, executed, committed = steps_of(interpreted(payload, True), 2)
    assert isinstance(fetched, Fetched)
    assert (fetched.pc, fetched.word, fetched.fault) == (payload.entry + 4, 0x00230293, None)
    assert isinstance(decoded, Decoded)
    assert decoded.text == "addi t0, t1, 2"
    assert dict(decoded.operands) == {"imm": 2, "rs1": 6, "rd": 5}
    assert isinstance(executed, Executed)
    assert executed.inputs == (("t1", 40),)
    assert executed.operations == 3
    assert committed == Committed(
        (Change("t0", 0, 42), Change("pc", payload.entry + 4, payload.entry + 8)),
        None,
        None,
        False,
    )


def test_the_machine_has_not_changed_before_it_is_executed() -> None:
    subject = interpreted(guest("li t0, 7"), True)
    before = subject.machine.state_hash()
    steps = micro_steps(subject)
    assert isinstance(next(steps), Fetched)
    assert isinstance(next(steps), Decoded)
    assert subject.machine.state_hash() == before
    assert isinstance(next(steps), Executed)
    assert subject.machine.hart.x[5] == 7


@pytest.mark.parametrize("payload", [LOOP, PAGING, REBOOTS, smallest_guest()])
def test_a_run_of_micro_steps_is_the_run(payload: Payload) -> None:
    bare, stepped = BareMachine(BOARD, payload, "t0"), interpreted(payload, True)
    while stepped.runnable:
        steps_of(stepped)
    bare.run(100_000)
    assert stepped.machine.state_hash() == bare.machine.state_hash()
    assert stepped.output == bare.output
    whole = interpreted(payload, True)
    whole.run(100_000)
    assert stepped.counters.rows() == whole.counters.rows(), "operations and all"


def test_a_store_tells_its_address_value_and_walk() -> None:
    text = PAGED + "li s0, 0x40001000\nli t0, -2\nsh t0, 6(s0)" + SHUTDOWN + TABLES
    subject = interpreted(guest(text), True)
    stores = []
    while subject.runnable:
        steps = (step for step in steps_of(subject) if isinstance(step, Executed))
        stores += [step for step in steps if step.accesses]
    last = stores[-1]
    assert last.accesses == (MemoryAccess(Access.STORE, 0x40001006, 2, 0xFFFE),)
    assert dict(last.inputs) == {"s0": 0x40001000, "t0": (1 << 64) - 2}
    (walk,) = last.walks
    assert [read.level for read in walk.reads] == [2, 1, 0]
    assert walk.pa is not None


def test_a_device_is_heard() -> None:
    subject = interpreted(guest("li t0, 0x10000000\nli t1, 'u'\nsb t1, 0(t0)"), True)
    executed = steps_of(subject, 3)[2]
    assert isinstance(executed, Executed)
    (mmio,) = executed.devices
    assert (mmio.address, mmio.value, mmio.is_store) == (0x1000_0000, ord("u"), True)


def test_a_trap_takes_the_place_of_a_result() -> None:
    subject = interpreted(guest("la t0, handler\ncsrw stvec, t0\n.word 0\nhandler: nop"), True)
    steps = steps_of(subject, 4)
    decoded = steps[1]
    assert isinstance(decoded, Decoded)
    assert decoded.instruction is None
    trap = commit_of(steps).trap
    assert trap is not None
    assert (trap.cause, trap.to_mode) == (ILLEGAL_INSTRUCTION, Mode.S)
    changed = {change.name: change.after for change in commit_of(steps).changes}
    assert changed["scause"] == ILLEGAL_INSTRUCTION
    assert changed["pc"] == subject.machine.hart.word("stvec")


def test_a_fetch_that_faults_has_no_word() -> None:
    subject = interpreted(guest("la t0, handler\ncsrw stvec, t0\njr zero\nhandler: nop"), True)
    fetched, committed = steps_of(subject, 5)
    assert isinstance(fetched, Fetched)
    assert (fetched.word, fetched.fault) == (None, INSTRUCTION_ACCESS_FAULT)
    assert isinstance(committed, Committed)
    assert committed.trap is not None


def test_firmware_and_the_way_out_of_a_handler_are_told() -> None:
    subject = interpreted(smallest_guest(), True)
    told = []
    while subject.runnable:
        told += steps_of(subject)
    commits = [step for step in told if isinstance(step, Committed)]
    traps = [step.trap for step in commits if step.trap is not None]
    calls = [trap for trap in traps if trap.cause == ECALL_FROM_U]
    interrupts = [step for step in told if isinstance(step, Interrupted)]
    returns = [step for step in commits if step.returned is not None]
    assert len(interrupts) >= 3
    assert all(step.trap.interrupt for step in interrupts)
    # The kernel's way into the program; the way back from each trap, but not from the last call.
    assert len(returns) == 1 + len(calls) + len(interrupts) - 1
    assert sum(step.firmware for step in commits) > len("Hello from U. ")


def test_a_guest_that_cannot_go_on_has_no_steps() -> None:
    subject = interpreted(guest(SHUTDOWN), True)
    subject.run(100)
    assert subject.state is State.ENDED
    assert steps_of(subject) == []


def test_only_a_counting_interpreter_can_be_looked_into() -> None:
    with pytest.raises(BadInput, match="counting interpreter, found interpret"):
        steps_of(interpreted(LOOP))
    other = techniques.find("trap_emulate").alone(BOARD, LOOP, "t0")
    assert isinstance(other, Monitored)
    with pytest.raises(BadInput, match="counting interpreter, found trap_emulate"):
        steps_of(other)
