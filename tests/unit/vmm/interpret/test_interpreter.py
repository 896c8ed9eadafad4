"""Interpretation: the guest never has the hart, and cannot tell."""

from __future__ import annotations

import pytest

from tests.unit.vmm.guests import PAGED, SHUTDOWN, TABLES, guest
from vmlab.core.units import MIB
from vmlab.vmm import techniques
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.host import Host, ram_for
from vmlab.vmm.common.scheduler import run_all
from vmlab.vmm.common.subject import Monitored, admitted
from vmlab.vmm.common.vm import Payload, State, guest_platform
from vmlab.vmm.interpret.monitor import Interpreter
from vmlab.vmm.smallest.guest import smallest_guest
from vmlab.vmm.techniques import Verdict

BOARD = guest_platform(MIB)
LOOP = guest(
    """
    li t0, 200
1:  addi t0, t0, -1
    bnez t0, 1b
"""
    + SHUTDOWN
)
SPIN = guest("1: j 1b")
PAGING = guest(
    PAGED
    + """
    li s0, 0x40001000
    li t0, 50
1:  sd t0, 0(s0)
    ld t1, 0(s0)
    addi t0, t0, -1
    bnez t0, 1b
"""
    + SHUTDOWN
    + TABLES
)
REBOOTS = guest(
    """
    li a0, 'r'
    li a7, 1
    ecall
    rdtime t0
    li t1, 20
    bgtu t0, t1, 1f
    li a0, 1                # cold reboot
    li a1, 0
    li a6, 0
    li a7, 0x53525354
    ecall
1:
"""
    + SHUTDOWN
)


def interpreted(payload: Payload, count_ops: bool = False) -> Monitored:
    host = Host(ram_for(1, BOARD.ram_bytes), "t0")
    return admitted(Interpreter(host, count_ops), BOARD, payload)


@pytest.mark.parametrize("count_ops", [False, True])
@pytest.mark.parametrize("payload", [smallest_guest(), PAGING, REBOOTS])
def test_the_guest_is_word_for_word_the_bare_machine_at_any_count(
    payload: Payload, count_ops: bool
) -> None:
    bare, guest = BareMachine(BOARD, payload, "t0"), interpreted(payload, count_ops)
    for budget in (1, 2, 7, 100, 101, 1_000, 10_000):
        bare.run(budget)
        guest.run(budget)
        assert guest.hart.retired == bare.hart.retired
        assert guest.machine.state_hash() == bare.machine.state_hash()
    assert guest.state is bare.state is State.ENDED
    assert guest.output == bare.output
    assert guest.counters.tlb_misses == bare.counters.tlb_misses
    assert guest.counters.pte_reads == bare.counters.pte_reads


def test_no_instruction_runs_on_the_real_hart() -> None:
    guest = interpreted(smallest_guest())
    guest.run(100_000)
    assert guest.counters.emulated_insns == guest.hart.retired > 3_000
    assert guest.counters.direct_fraction == 0
    assert guest.counters.exits_total == 0
    assert guest.monitor.host.retired == 0


@pytest.mark.parametrize("count_ops", [False, True])
def test_a_stop_is_met_behind_a_call_and_passed_over_where_the_run_begins(count_ops: bool) -> None:
    payload = guest("li a0, 'x'\nli a7, 1\necall\nafter: nop\nj after")
    subject, after = interpreted(payload, count_ops), payload.entry + 12
    assert subject.run(100, frozenset({after}))
    assert (subject.machine.hart.pc, bytes(subject.output)) == (after, b"x")
    began = subject.hart.retired
    assert subject.run(100, frozenset({after}))
    assert subject.hart.retired == began + 2
    assert not subject.run(1, frozenset({after + 4})), "the budget ends before the stop is met"


def test_several_share_the_interpreter_fairly_and_do_not_feel_each_other() -> None:
    host = Host(ram_for(3, BOARD.ram_bytes), "t0")
    monitor = Interpreter(host)
    subjects = [admitted(monitor, BOARD, payload) for payload in (SPIN, PAGING, SPIN)]
    run_all(subjects, 30_000, 500)
    alone = interpreted(PAGING)
    alone.run(1_000_000)
    assert subjects[1].machine.state_hash() == alone.machine.state_hash()
    times = [subjects[0].hart.time, subjects[2].hart.time]
    assert abs(times[0] - times[1]) <= 500
    assert subjects[0].counters.world_switches > 10


def test_the_kernel_waits_for_input_and_goes_on_with_it() -> None:
    subject = interpreted(
        guest(
            """
        li t0, 1 << 9       # sie: external interrupts; nobody sends one until somebody types
        csrw sie, t0
        li t1, 0x0c000028   # PLIC: priority of the UART
        li t2, 1
        sw t2, 0(t1)
        li t1, 0x0c002080   # enabled for S
        li t2, 1 << 10
        sw t2, 0(t1)
        li t1, 0x10000001   # UART: interrupt on received data
        li t2, 1
        sb t2, 0(t1)
        wfi
    """
            + SHUTDOWN
        )
    )
    subject.run(1_000)
    states = [subject.state]
    subject.type(b"x")
    subject.run(1_000)
    assert [*states, subject.state] == [State.WAITING, State.ENDED]


def test_the_technique_says_that_efficiency_fails() -> None:
    row = techniques.find("interpret")
    assert row.promise.efficiency is Verdict.FAILS
    assert row.promise.equivalence is row.promise.control is Verdict.HOLDS
    subject = row.alone(BOARD, LOOP)
    subject.run(10_000)
    assert subject.state is State.ENDED
    assert subject.counters.direct_fraction == 0
