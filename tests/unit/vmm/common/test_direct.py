"""The loop of every monitor: a guest that runs directly is in step with the bare machine,
wherever it is looked at and whatever happens to it while it is away."""

from __future__ import annotations

import random

import pytest

from tests.unit.vmm.guests import SHUTDOWN, TABLES, USERLAND, guest
from tests.unit.vmm.lanes import BOARD, MONITORS, NATIVE, alone, facts, in_step
from vmlab.core.errors import BrokenInvariant
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.host import Host, ram_for
from vmlab.vmm.common.subject import admitted
from vmlab.vmm.common.vm import State, Vm
from vmlab.vmm.trap_emulate.monitor import TrapAndEmulate

FAR = 1_000_000
ENTRY = guest("nop").entry
PUTCHAR = """
    li a7, 1
    ecall
"""
REBOOTS = guest(
    f"""
    li a0, 'r'
    {PUTCHAR}
    la t0, patched          # the second time this page holds other code, unless all is made anew
    lw t1, 0(t0)
    li t2, 0x00100493       # li s1, 1
    sw t2, 0(t0)
    fence.i
patched:
    li s1, 0
    csrw sscratch, s1
    addi a0, s1, '0'
    {PUTCHAR}
    rdtime t0
    li t1, 60
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
LISTENS = guest(
    f"""
    la t0, heard
    csrw stvec, t0
    li t0, 0x10000000       # the UART says when something was typed,
    li t1, 1
    sb t1, 1(t0)
    li t0, 0x0c000000       # and the PLIC passes that on to S
    li t1, 1
    sw t1, 40(t0)
    li t0, 0x0c002080
    li t1, 1 << 10
    sw t1, 0(t0)
    li t0, 0x0c201000
    sw zero, 0(t0)
    li t0, 0x200
    csrw sie, t0
    csrsi sstatus, 2
1:  wfi
    j 1b
.balign 4
heard:
    li t0, 0x0c201004
    lw t2, 0(t0)
    li t1, 0x10000000
    lbu a0, 0(t1)
    sw t2, 0(t0)
    mv s0, a0
    {PUTCHAR}
    li t0, 'q'
    beq s0, t0, 2f
    sret
2:
"""
    + SHUTDOWN
)


@pytest.mark.parametrize("technique", MONITORS)
@pytest.mark.parametrize("seed", range(2))
def test_settled_anywhere_it_stands_as_the_bare_machine_does(technique: str, seed: int) -> None:
    chosen = random.Random(seed)
    budgets = (chosen.choice((1, 2, 3, 50, 400)) for _ in range(400))
    subject = in_step(technique, guest(USERLAND + TABLES), budgets)
    subject.run(FAR)
    assert subject.state is State.ENDED
    assert subject.output == b"..."


@pytest.mark.parametrize("technique", MONITORS)
@pytest.mark.parametrize("instruction", ["csrw sscratch, a0", "sfence.vma", "ecall", "fence.i"])
def test_a_guest_may_need_its_monitor_as_often_in_a_row_as_it_likes(
    technique: str, instruction: str
) -> None:
    source = "li a7, 0x10\nli a6, 0\n" + f"{instruction}\n" * 200 + SHUTDOWN
    assert in_step(technique, guest(source), [FAR]).state is State.ENDED


@pytest.mark.parametrize("technique", NATIVE)
def test_a_guest_that_only_calls_its_firmware_can_be_stopped(technique: str) -> None:
    """No ecall retires by itself, and a page of them can be mapped a million times over."""
    calls = guest("li a7, 0x10\nli a6, 0\n" + "ecall\n" * 500 + SHUTDOWN)
    subject, bare = alone(technique, calls), alone("bare", calls)
    for each in (subject, bare):
        each.run(100)
        each.run(100)
    assert facts(subject) == facts(bare)
    assert subject.hart.retired == 200
    assert subject.state is State.READY


def test_a_hidden_fault_that_mends_nothing_is_the_monitors_bug(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monitor = TrapAndEmulate(Host(ram_for(1, BOARD.ram_bytes)))
    subject = admitted(monitor, BOARD, guest(SHUTDOWN))
    monkeypatch.setattr(monitor, "on_exit", lambda vm, left: Reason.HIDDEN_FAULT)
    with pytest.raises(BrokenInvariant, match=f"at {ENTRY:#x} again and again"):
        subject.run(FAR)


@pytest.mark.parametrize("technique", NATIVE)
@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_a_stop_is_met_behind_what_the_monitor_did_for_the_guest(
    technique: str, engine: str
) -> None:
    source = "csrw sscratch, a0\nnop\nli a7, 0x10\necall\nnop\n1: csrr a3, sscratch\nj 1b\n"
    subject = alone(technique, guest(source), engine)
    places = [4, 16, 24, 24]
    for place in places:
        stops = frozenset(ENTRY + each for each in (4, 16, 24))
        assert subject.run(100, stops)
        subject.settle()
        assert subject.machine.hart.pc == ENTRY + place
    assert not subject.run(1, stops)


@pytest.mark.parametrize("technique", NATIVE)
@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_a_stop_at_which_it_began_is_met_again_when_the_monitor_comes_back_to_it(
    technique: str, engine: str
) -> None:
    source = f"""
    la t0, 1f
    csrw sepc, t0
    li t0, 0x100            # SPP: back to S
    csrs sstatus, t0
1:  sret
    {SHUTDOWN}
    """
    subject = alone(technique, guest(source), engine)
    here = frozenset({ENTRY + 20})
    subject.run(5)
    subject.settle()
    assert subject.machine.hart.pc == ENTRY + 20, "it begins there"
    assert subject.run(100, here)
    subject.settle()
    assert subject.hart.retired == 6


@pytest.mark.parametrize("technique", MONITORS)
def test_a_guest_that_reboots_begins_again_and_its_clock_goes_on(technique: str) -> None:
    subject = in_step(technique, REBOOTS, [7] * 60)
    assert subject.state is State.ENDED
    assert subject.output[:2] == b"r1"
    assert subject.output == b"r1" * (len(subject.output) // 2)
    assert len(subject.output) > 2


@pytest.mark.parametrize("technique", NATIVE)
def test_what_is_typed_reaches_a_guest_that_sleeps(technique: str) -> None:
    subject, bare = alone(technique, LISTENS), alone("bare", LISTENS)
    for typed in (b"", b"a", b"bc", b"q"):
        for each in (subject, bare):
            each.type(typed)
            each.run(FAR)
        assert facts(subject) == facts(bare)
        assert subject.state is (State.ENDED if typed == b"q" else State.WAITING)
    assert subject.output == b"abcq"


@pytest.mark.parametrize("technique", NATIVE)
def test_what_is_typed_while_it_runs_comes_between_two_instructions(technique: str) -> None:
    source = (
        "1: li a7, 2\necall\nbltz a0, 1b\nmv s0, a0\nli a7, 1\necall\nli t0, 'q'\nbne s0, t0, 1b\n"
    )
    polls = guest(source + SHUTDOWN)
    subject, bare = alone(technique, polls), alone("bare", polls)
    for typed in (b"x", b"", b"yz", b"q"):
        for each in (subject, bare):
            each.run(11)
            each.type(typed)
        assert facts(subject) == facts(bare)
    subject.run(200)
    assert subject.output[:1] == b"x"


@pytest.mark.parametrize("technique", NATIVE)
def test_a_guest_that_can_only_trap_has_crashed_and_says_where(technique: str) -> None:
    nowhere = guest("csrw stvec, zero\nunimp\n")
    subject, bare = alone(technique, nowhere), alone("bare", nowhere)
    subject.run(FAR)
    bare.run(FAR)
    assert subject.state is State.CRASHED
    assert subject.why == bare.why
    assert subject.why.startswith("traps for ever at 0x0 (")


def test_the_monitor_keeps_each_guest_behind_its_own_registers() -> None:
    """A world switch: what one guest left in the hart, the other does not find."""
    fills = "".join(f"li x{number}, {number * 7}\n" for number in range(1, 32))
    monitor = TrapAndEmulate(Host(ram_for(2, BOARD.ram_bytes)))
    one, two = (
        admitted(monitor, BOARD, guest(source)) for source in (fills + "1: j 1b", "nop\n1: j 1b")
    )
    one.run(40)
    two.run(40)
    two.settle()
    assert [two.machine.hart.x[number] for number in range(1, 32)] == [
        two.machine.tree_address if number == 11 else 0 for number in range(1, 32)
    ]
    one.run(40)
    one.settle()
    assert [one.machine.hart.x[number] for number in range(1, 32)] == [
        number * 7 for number in range(1, 32)
    ]


def test_a_slice_ends_by_the_real_timer_though_the_guest_has_all_interrupts_off() -> None:
    monitor = TrapAndEmulate(Host(ram_for(2, BOARD.ram_bytes)))
    spins = guest("csrw sie, zero\ncsrci sstatus, 2\n1: j 1b\n")
    subject = admitted(monitor, BOARD, spins)
    admitted(monitor, BOARD, spins)
    for _ in range(5):
        began = monitor.host.retired
        subject.run_slice(2_000)
        assert monitor.host.retired - began == 2_000
    assert subject.counters.exits[Reason.TIMER] == 5


def test_an_exit_says_the_cause_the_place_and_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monitor = TrapAndEmulate(Host(ram_for(1, BOARD.ram_bytes)))
    subject = admitted(monitor, BOARD, guest("nop\ncsrw sscratch, a0\n1: j 1b\n"))
    seen: list[TrapExit] = []
    answer = monitor.on_exit

    def told(vm: Vm, exit: TrapExit) -> Reason:
        seen.append(exit)
        return answer(vm, exit)

    monkeypatch.setattr(monitor, "on_exit", told)
    subject.run(5)
    sensitive = seen[-1]
    assert (sensitive.interrupt, sensitive.pc) == (False, ENTRY + 4)
    found = subject.hart.decode(sensitive.tval)
    assert found is not None
    assert found[0].name == "csrrw"
