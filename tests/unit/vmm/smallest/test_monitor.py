"""The smallest monitor: what it does, and by design does not do."""

from __future__ import annotations

import ast
import inspect
import io
import tokenize
from dataclasses import dataclass

import pytest

from tests.unit.vmm.guests import PAGED, SHUTDOWN, TABLES, guest
from vmlab.core.modes import Mode
from vmlab.vmm import techniques
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.vm import Payload, State, guest_platform
from vmlab.vmm.smallest import monitor as module
from vmlab.vmm.smallest.exits import Halt
from vmlab.vmm.smallest.guest import RAM_BYTES, smallest_guest, start
from vmlab.vmm.smallest.loop import Vm, run_monitor
from vmlab.vmm.smallest.monitor import KNOWN, SmallestMonitor

BOARD = guest_platform(RAM_BYTES)
MOST_CODE_LINES = 70


def code_lines(source: str) -> int:
    """Lines with code on them: imports count; comments, docstrings and empty lines do not."""
    prose: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            continue
        if ast.get_docstring(node) is not None:
            first = node.body[0]
            prose.update(range(first.lineno, (first.end_lineno or 0) + 1))
    layout = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    used: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in layout | {tokenize.ENDMARKER}:
            used.update(range(token.start[0], token.end[0] + 1))
    return len(used - prose)


def test_it_can_be_read_in_one_sitting() -> None:
    assert code_lines('"""Two\nlines."""\n\nx = 1  # one\n# none\ny = (\n    2)\n') == 3
    assert code_lines(inspect.getsource(module)) <= MOST_CODE_LINES


def under_the_smallest(payload: Payload, most: int = 50_000) -> tuple[SmallestMonitor, Vm]:
    vm, monitor = start(payload), SmallestMonitor()
    assert run_monitor(vm, monitor, most) == Halt()
    return monitor, vm


def on_the_bare_machine(payload: Payload) -> BareMachine:
    bare = BareMachine(BOARD, payload)
    bare.run(50_000)
    assert bare.state is State.ENDED
    return bare


@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_the_smallest_guest_prints_and_ends_as_on_the_bare_machine(engine: str) -> None:
    bare = on_the_bare_machine(smallest_guest())
    vm, monitor = start(smallest_guest(), engine), SmallestMonitor()
    assert run_monitor(vm, monitor, 50_000) == Halt()
    assert monitor.printed == bare.output == b"Hello from U. 0\n"
    assert list(vm.x) == list(bare.machine.hart.x)
    assert monitor.mode is bare.machine.hart.mode is Mode.S
    for name in set(KNOWN) - {"sstatus", "time"}:
        assert monitor.csr[name] == bare.hart.csr_read(name), name


def test_the_guest_never_has_s() -> None:
    _, vm = under_the_smallest(smallest_guest())
    assert vm.mode is Mode.U
    for name in ("stvec", "sepc", "scause", "sscratch"):
        assert vm.machine.hart.word(name) == 0, f"the real {name} belongs to the monitor"


def test_each_exit_is_one_of_the_four_that_there_are() -> None:
    _, vm = under_the_smallest(smallest_guest())
    assert set(vm.counters) == {"exits_total", "exits.2", "exits.8", "exits.i5"}
    bare = on_the_bare_machine(smallest_guest())
    assert vm.counters["exits_total"] > bare.firmware_calls


@pytest.mark.parametrize(
    ("way", "value"),
    [
        ("csrrw a0, sscratch, a1", 6),
        ("csrrs a0, sscratch, a1", 7),
        ("csrrc a0, sscratch, a1", 1),
        ("csrrwi a0, sscratch, 6", 6),
        ("csrrsi a0, sscratch, 6", 7),
        ("csrrci a0, sscratch, 6", 1),
    ],
)
def test_csr_instructions(way: str, value: int) -> None:
    payload = guest(f"li a1, 6\ncsrwi sscratch, 3\n{way}\nmv s0, a0{SHUTDOWN}")
    monitor, vm = under_the_smallest(payload)
    bare = on_the_bare_machine(payload)
    assert (vm.x[8], monitor.csr["sscratch"]) == (3, value)
    assert bare.hart.csr_read("sscratch") == value
    assert list(vm.x) == list(bare.machine.hart.x)


HANDLED = """
    la t0, trap
    csrw stvec, t0
{body}
    li a0, 'n'              # not trapped
    j say
.balign 4
trap:
    li a0, 't'
    csrr s1, scause
    csrr s2, stval
say:
    li a7, 1
    ecall
"""


@pytest.mark.parametrize(
    "body",
    [
        "    .word 0xffffffff",
        "    ebreak",
        "    csrr a0, mstatus",
        "    csrw 0x5c0, a0",
        "    lw a0, 0(zero)",
        "    la t0, 1f\n    csrw sepc, t0\n    sret\n1:  sret",  # U may not
        "    la t0, 1f\n    csrw sepc, t0\n    sret\n1:  csrr a0, sepc",
        "    la t0, 1f\n    csrw sepc, t0\n    sret\n1:  wfi",
    ],
)
def test_what_the_guest_may_not_its_kernel_is_told(body: str) -> None:
    payload = guest(HANDLED.format(body=body) + SHUTDOWN)
    monitor, vm = under_the_smallest(payload)
    bare = on_the_bare_machine(payload)
    assert monitor.printed == bare.output == b"t"
    assert list(vm.x) == list(bare.machine.hart.x)


def test_an_interrupt_waits_until_the_guest_takes_interrupts() -> None:
    payload = guest(
        """
        la t0, trap
        csrw stvec, t0
        li a0, 0
        li a7, 0            # set_timer: due at once
        ecall
        li t0, 1 << 5
        csrw sie, t0
        li s0, 1
        nop
        nop
        li s0, 2
        csrsi sstatus, 2    # SIE
        li s0, 3
    .balign 4
    trap:
    """
        + SHUTDOWN
    )
    _, vm = under_the_smallest(payload)
    assert vm.x[8] == on_the_bare_machine(payload).machine.hart.x[8] == 2


# What it leaves out ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gap:
    """Something that the smallest monitor does not do. The guest prints `right` where it is done,
    and something else under the smallest."""

    name: str
    guest: Payload
    right: bytes
    smallest: bytes


TO_DIGIT = "    addi a0, a0, '0'\n    li a7, 1\n    ecall\n"
GAPS = (
    Gap(
        "page tables",
        guest(
            HANDLED.format(body=PAGED + "    li t0, 0x40001000\n    sd t0, 0(t0)")
            + SHUTDOWN
            + TABLES
        ),
        b"n",
        b"t",
    ),
    Gap(
        "floating point: FS is the real hart's, and stays off",
        guest(
            HANDLED.format(body="    li t0, 1 << 13\n    csrs sstatus, t0\n    fmv.d.x fa0, t0")
            + SHUTDOWN
        ),
        b"n",
        b"t",
    ),
    Gap(
        "legal values: a CSR keeps whatever is written to it",
        guest("    csrwi sepc, 5\n    csrr a0, sepc\n" + TO_DIGIT + SHUTDOWN),
        b"4",
        b"5",
    ),
    Gap(
        "a clock of the guest's own: what the monitor carries out takes no time",
        guest(
            "    rdtime s0\n    csrr t0, sepc\n    csrr t0, sepc\n    rdtime a0\n"
            "    sub a0, a0, s0\n" + TO_DIGIT + SHUTDOWN
        ),
        b"3",
        b"0",
    ),
    Gap(
        "firmware beyond three calls: it says that it has none",
        guest(
            "    li a7, 0x10\n    li a6, 0\n    li a1, 0\n    ecall\n    snez a0, a1\n"
            + TO_DIGIT
            + SHUTDOWN
        ),
        b"1",
        b"0",
    ),
)


@pytest.mark.parametrize("gap", GAPS, ids=lambda gap: gap.name)
def test_what_it_does_not_do_the_engineered_monitor_does(gap: Gap) -> None:
    monitor, _ = under_the_smallest(gap.guest)
    assert monitor.printed == gap.smallest
    assert on_the_bare_machine(gap.guest).output == gap.right
    grown_up = techniques.find("trap_emulate").alone(BOARD, gap.guest)
    grown_up.run(50_000)
    assert grown_up.output == gap.right


def test_it_does_not_sleep_and_the_engineered_monitor_does() -> None:
    """wfi ends at once: the program asks again and again where the bare machine skips the time."""
    bare = on_the_bare_machine(smallest_guest())
    _, vm = under_the_smallest(smallest_guest())
    assert vm.machine.hart.retired > 2 * bare.hart.retired
    grown_up = techniques.find("trap_emulate").alone(BOARD, smallest_guest())
    grown_up.run(50_000)
    assert grown_up.hart.retired == bare.hart.retired


def test_it_does_not_get_the_hart_back_from_a_guest_that_sets_no_timer() -> None:
    vm, monitor = start(guest("spin: j spin")), SmallestMonitor()
    assert run_monitor(vm, monitor, 20_000) is None
    assert vm.counters["exits_total"] == 0
    grown_up = techniques.find("trap_emulate").alone(BOARD, guest("spin: j spin"))
    grown_up.run_slice(500)
    assert grown_up.hart.retired <= 500 + 1
    assert grown_up.counters.exits_total > 0
