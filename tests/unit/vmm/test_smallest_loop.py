"""The smallest monitor: a program in U, Python in place of its kernel."""

from __future__ import annotations

from tests.unit.programs import elf
from vmlab.core.modes import Mode
from vmlab.session import Session, open
from vmlab.vmm.smallest.bare_user import FAULTED, BareUser
from vmlab.vmm.smallest.exits import Halt
from vmlab.vmm.smallest.loop import Vm, run_monitor

# Firmware's part: open memory to U, delegate everything to S, and drop to U.
TO_USER = """
    li   t0, -1
    csrw pmpaddr0, t0
    li   t0, 0x1f
    csrw pmpcfg0, t0
    li   t0, -1
    csrw medeleg, t0
    la   t0, user
    csrw mepc, t0
    mret
user:
"""
HELLO = (
    TO_USER
    + """
    la   s0, text
next:
    lbu  a0, 0(s0)
    beqz a0, done
    li   a7, 1
    ecall
    addi s0, s0, 1
    j    next
done:
    li   a0, 7
    li   a7, 93
    ecall
text:
    .asciz "hello"
"""
)


def monitored(source: str) -> tuple[Session, Vm]:
    run = open(elf(source), ram="1M")
    return run, Vm(run.machine, run.engine)


def test_system_calls_reach_python_and_the_rest_runs_directly() -> None:
    run, vm = monitored(HELLO)
    monitor = BareUser()
    assert run_monitor(vm, monitor, 10_000) == Halt(7)
    assert monitor.printed == b"hello"
    assert vm.counters["exits_total"] == vm.counters["exits.8"] == len("hello") + 1
    assert run.machine.hart.mode is Mode.U
    assert run.machine.hart.word("scause") == 0, "the hart's own CSRs never learned of the traps"


def test_a_fault_ends_the_program() -> None:
    _, vm = monitored(TO_USER + "ld t0, 0(zero)")
    assert run_monitor(vm, BareUser(), 1_000) == Halt(FAULTED + 5)


def test_the_budget_ends_a_loop() -> None:
    run, vm = monitored(TO_USER + "spin: j spin")
    assert run_monitor(vm, BareUser(), 500) is None
    assert run.position == 500
