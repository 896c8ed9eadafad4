"""What an interpreter's work is counted in: operations of the description."""

from __future__ import annotations

import pytest

from tests.unit.vmm.guests import PAGED, SHUTDOWN, TABLES, guest
from tests.unit.vmm.interpret.test_interpreter import BOARD, LOOP, PAGING, interpreted
from vmlab.core.events import Access
from vmlab.derive.pycount import CountingPrinter, straight_runs
from vmlab.derive.pysrc import instruction_source
from vmlab.derive.schedule import When, schedule
from vmlab.isa.table import INSTRUCTIONS
from vmlab.machine.platform import Machine
from vmlab.vmm.common.vm import Payload
from vmlab.vmm.interpret.counting import CountingReference
from vmlab.vmm.interpret.micro import Executed, micro_steps

NUMBER = {instruction.name: at for at, instruction in enumerate(INSTRUCTIONS)}


def body_operations(name: str, **operands: int) -> int:
    """What the body of one instruction counts, its kernels aside, with all operands 0 but these."""
    engine = CountingReference(Machine(BOARD))
    instruction = INSTRUCTIONS[NUMBER[name]]
    values = [operands.get(operand.name, 0) for operand in instruction.operands]
    before = engine.operations
    engine.kernel(f"insn{NUMBER[name]}")(*values, 0x8000_0000, 0x8000_0004, 0)
    return engine.operations - before


@pytest.mark.parametrize(
    ("name", "operations"),
    [
        ("addi", 3),  # read rs1; add; write rd
        ("add", 4),  # read rs1, read rs2; add; write rd
        ("lui", 1),  # write rd
        ("slt", 5),  # read rs1, read rs2; compare; as a word; write rd
        ("fence", 0),
    ],
)
def test_hand_counted_instructions(name: str, operations: int) -> None:
    assert body_operations(name) == operations


def test_a_branch_counts_the_side_that_it_takes() -> None:
    # Read both, compare; taken: the target (and whether it is aligned), and the jump to it.
    assert body_operations("beq") > body_operations("bne") == 3


def test_counts_stand_before_each_straight_run() -> None:
    text = instruction_source(INSTRUCTIONS[NUMBER["addi"]], 0, CountingPrinter)
    assert "counted[0] += 3" in text
    plain = instruction_source(INSTRUCTIONS[NUMBER["addi"]], 0)
    assert [line for line in text.splitlines() if "counted" not in line] == plain.splitlines()


def test_a_run_ends_behind_whatever_may_not_come_back() -> None:
    for instruction in INSTRUCTIONS:
        steps = schedule(instruction.traced())
        runs = list(straight_runs(steps))
        assert [step for run in runs for step in run] == list(steps)
        assert all(not isinstance(step, When) for run in runs for step in run[:-1])


def test_the_printing_that_counts_differs_by_its_counts_alone() -> None:
    for number, instruction in enumerate(INSTRUCTIONS):
        counted = instruction_source(instruction, number, CountingPrinter).splitlines()
        kept = [line for line in counted if not line.lstrip().startswith("counted[0] += ")]
        assert kept == instruction_source(instruction, number).splitlines(), instruction.name


def host_ops(payload: Payload) -> int:
    subject = interpreted(payload, count_ops=True)
    subject.run(100_000)
    assert not subject.runnable
    return subject.counters.host_ops


@pytest.mark.parametrize("payload", [LOOP, PAGING])
def test_counts_are_equal_on_repeated_runs_and_however_a_run_is_cut(payload: Payload) -> None:
    whole = host_ops(payload)
    assert host_ops(payload) == whole
    subject = interpreted(payload, count_ops=True)
    while subject.runnable:
        subject.run(13)
    assert subject.counters.host_ops == whole


def test_a_users_loop_costs_about_the_same_for_each_instruction() -> None:
    subject = interpreted(LOOP, count_ops=True)
    subject.run(10)
    figures = []
    for _ in range(10):
        before = subject.counters.copy()
        subject.run(30)
        figures.append(subject.counters.minus(before).rows()["host_ops_per_insn"])
    numbers = [figure for figure in figures if figure is not None]
    assert len(numbers) == 10
    assert max(numbers) - min(numbers) < 0.05 * min(numbers)


def test_a_load_that_misses_the_tlb_costs_more_than_one_that_hits() -> None:
    subject = interpreted(
        guest(PAGED + "li s0, 0x40001000\nld t0, 0(s0)\nld t0, 8(s0)" + SHUTDOWN + TABLES), True
    )
    loads = []
    while subject.runnable:
        steps = (step for step in micro_steps(subject) if isinstance(step, Executed))
        loads += [step for step in steps if any(one.va >> 30 == 1 for one in step.accesses)]
    miss, hit = loads
    assert [access.access for access in miss.accesses] == [Access.LOAD]
    assert [len(walk.reads) for walk in miss.walks] == [3]
    assert hit.walks == ()
    assert miss.operations > hit.operations + 3 * 10, "three entries, each read and looked at"


def test_nothing_is_counted_that_is_not_asked_for() -> None:
    subject = interpreted(LOOP)
    subject.run(100_000)
    assert subject.counters.host_ops == 0
    assert subject.counters.rows()["host_ops_per_insn"] is None
