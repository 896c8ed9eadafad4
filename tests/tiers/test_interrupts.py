"""Interrupts land on the same instruction: swept over every instruction of a loop."""

from __future__ import annotations

from typing import Final

import pytest

from tests.tiers.programs import Tables, program, start
from tests.tiers.sides import ALL, Different, Program, Twins
from vmlab.core.events import EventKind, TrapTaken
from vmlab.core.modes import Mode
from vmlab.engine.api import Halt
from vmlab.isa.layouts import ENVCFG, MSTATUS
from vmlab.machine import memmap

LOOP: Final = """
1:  addi a0, a0, 1
    mul a1, a0, a0
    ld a2, 0(s0)
    add a2, a2, a1
    sd a2, 0(s0)
    amoadd.w a3, a0, (s0)
    csrr a4, cycle
    beqz zero, 2f
    nop
2:  .half 0x0505
    jal 3f
3:  bnez s1, 1b
    ecall
"""
PLAIN: Final = LOOP.replace("csrr a4, cycle", "xor a4, a4, a1")
"""Without an instruction that makes an engine look at what comes between instructions."""
MEMORY: Final = memmap.RAM + 0x8000
MTIMECMP: Final = memmap.CLINT + 0x4000
ON: Final = MSTATUS.mask("MPIE") | MSTATUS.mask("SPIE") | MSTATUS.mask("SIE")


def looping(mode: str, more: str, satp: int = 0, loop: str = LOOP) -> str:
    """An endless loop in a mode, its interrupts on."""
    return start(mode, satp, ON, more=more) + f"body:\nli s0, {MEMORY:#x}\nli s1, 1\n{loop}"


def interrupts(twins: Twins) -> list[TrapTaken]:
    return [
        event for event in twins.sides[0].events if isinstance(event, TrapTaken) and event.interrupt
    ]


def all_over(found: list[TrapTaken]) -> None:
    """They came before many different instructions."""
    assert len({event.epc for event in found}) > 7


TIMER: Final = """
    li t0, 0x80
    csrw mie, t0
    li t1, {due}
    li t0, 0x2004000
    sd t1, 0(t0)
    li s7, {step}
"""


def tables() -> Tables:
    return Tables().same(memmap.RAM, 64, "RWX").same(memmap.CLINT, 1, "RW")


@pytest.mark.parametrize("loop", [LOOP, PLAIN], ids=["with a CSR", "plain"])
@pytest.mark.parametrize("mode", ["M", "S", "U"])
@pytest.mark.parametrize("per_tick", [1, 3])
def test_the_timer_before_each_instruction(mode: str, per_tick: int, loop: str) -> None:
    for due in range(40, 64):
        twins = Twins(
            program(looping(mode, TIMER.format(due=due, step=97), loop=loop)),
            insns_per_tick=per_tick,
        )
        twins.run(400 * per_tick)
        assert interrupts(twins)
        twins.check_all()


@pytest.mark.parametrize("shift", ["wfi", "li t0, 0x200bff8\nli t1, 70000\nsd t1, 0(t0)"])
@pytest.mark.parametrize("per_tick", [1, 3])
def test_the_timer_after_time_has_passed(per_tick: int, shift: str) -> None:
    """A wait moves virtual time away from the count of instructions, and a write to mtime moves
    the clock: the next deadline is still met to the instruction, in one long run."""
    more = TIMER.format(due=3_000, step=100)
    set_on = "csrw mie, zero\nli t1, {due}\nli t0, 0x2004000\nsd t1, 0(t0)\n"
    set_on += "li t1, 0x80\ncsrw mie, t1\n"
    for due in range(100, 116):
        ahead = f"li t2, 0x200bff8\nld t1, 0(t2)\naddi t1, t1, {due}\n"
        arm = set_on.replace("li t1, {due}\n", ahead)
        twins = Twins(
            program(looping("M", more + shift + "\n" + arm, loop=PLAIN)), insns_per_tick=per_tick
        )
        twins.run(600 * per_tick)
        assert len(interrupts(twins)) > 2
        assert twins.word("skipped" if shift == "wfi" else "mtime_offset")
        twins.check_all()


@pytest.mark.parametrize("budget", [1, 2, 7])
def test_the_timer_in_small_runs(budget: int) -> None:
    twins = Twins(program(looping("M", TIMER.format(due=50, step=41))))
    while twins.retired < 900:
        twins.run(budget)
    all_over(interrupts(twins))


def test_the_timer_under_translation() -> None:
    paged = tables()
    for due in range(50, 110, 3):
        twins = Twins(
            program(looping("S", TIMER.format(due=due, step=53), paged.satp), paged), listen=ALL
        )
        twins.run(700)
        assert interrupts(twins)


def test_a_short_timer_that_leaves_no_room() -> None:
    """Each handler is interrupted again as soon as it returns."""
    twins = Twins(program(looping("M", TIMER.format(due=50, step=1))))
    twins.run(2_000)
    assert len(interrupts(twins)) > 50


STIMER: Final = f"""
    li t0, {ENVCFG.mask("STCE"):#x}
    csrw menvcfg, t0
    li t0, 0x20
    csrw mie, t0
    {{delegate}}
    li t0, 2
    csrw mcounteren, t0
    la t0, s_trap
    csrw stvec, t0
    li t1, {{due}}
    csrw stimecmp, t1
    li s7, 67
    j over
    .balign 4
s_trap:
    csrr s10, scause
    slli s8, s8, 1
    xor s8, s8, s10
    csrr s11, stimecmp
    add s11, s11, s7
    csrw stimecmp, s11
    sret
over:
"""


@pytest.mark.parametrize("delegated", [False, True])
@pytest.mark.parametrize("mode", ["S", "U"])
def test_the_timer_of_s(mode: str, delegated: bool) -> None:
    delegate = "li t0, 0x20\ncsrw mideleg, t0" if delegated else ""
    for due in range(60, 84):
        twins = Twins(program(looping(mode, STIMER.format(due=due, delegate=delegate))))
        twins.run(500)
        found = interrupts(twins)
        assert found
        assert {event.to_mode for event in found} == {Mode.S if delegated else Mode.M}


SOFTWARE: Final = "li t0, 0xa\ncsrw mie, t0\n"


@pytest.mark.parametrize("mode", ["M", "S"])
def test_software_interrupts_raised_by_the_guest(mode: str) -> None:
    """A store to the CLINT, and a write to mip or sip, act before the next instruction."""
    raise_it = "li t0, 0x2000000\nli t1, 1\nsw t1, 0(t0)\n"
    soft = "csrsi mip, 2\n" if mode == "M" else "csrsi sip, 2\n"
    delegate = "li t0, 0\ncsrw mideleg, t0\n"
    body = "".join(
        f"addi a0, a0, {at}\n" + (raise_it if at % 2 else soft) + "addi a1, a1, 1\n"
        for at in range(20)
    )
    twins = Twins(program(start(mode, 0, ON, more=SOFTWARE + delegate) + f"body:\n{body}\necall\n"))
    twins.play(5_000)
    assert len(interrupts(twins)) >= 10


def test_enabling_what_is_pending() -> None:
    """mie, mstatus.MIE, sie and xRET let a waiting interrupt in at once."""
    ways = (
        "csrw mie, s2", "csrsi mstatus, 8", "csrs mie, s2", "csrrw a5, mie, s2",
        "csrc mie, s2\ncsrs mie, s2",
    )  # fmt: skip
    body = ""
    for way in ways:
        body += f"""
            csrw mie, zero
            li s2, 8
            li t0, 0x2000000
            li t1, 1
            sw t1, 0(t0)
            {"csrw mie, s2" if "mstatus" in way else ""}
            csrci mstatus, 8
            {"" if "mstatus" in way else "csrsi mstatus, 8"}
            addi a0, a0, 1
            {way}
            addi a1, a1, 1
            csrsi mstatus, 8
        """
    twins = Twins(program(start("M", 0, ON) + f"body:\n{body}\necall\n"))
    twins.finish()
    assert len(interrupts(twins)) == len(ways)


EXTERNAL: Final = """
    li t0, 0x800
    csrw mie, t0
    li t0, 0xc000028
    li t1, 1
    sw t1, 0(t0)                # priority of source 10
    li t0, 0xc002000
    li t1, 0x400
    sw t1, 0(t0)                # enabled for M
    li t0, 0xc200000
    sw zero, 0(t0)
    li t0, 0x10000001
    li t1, 1
    sb t1, 0(t0)                # the UART's interrupt
"""


@pytest.mark.parametrize("mode", ["M", "U"])
def test_typing_between_any_two_instructions(mode: str) -> None:
    twins = Twins(program(looping(mode, EXTERNAL)), listen=EventKind.TRAP | EventKind.MMIO)
    twins.run(60)
    for at in range(60):
        twins.run(at % 7)
        twins.each(lambda side: side.machine.receive(b"x"))
        twins.run(61 + at % 5)
    twins.check_all()
    all_over(interrupts(twins))


# Waiting ---------------------------------------------------------------------------------------

WAITING: Final = """
    li t0, 0x88
    csrw mie, t0
    li t1, 5000
    li t0, 0x2004000
    sd t1, 0(t0)
    li s7, 1000
"""


@pytest.mark.parametrize("status", [0, ON])
@pytest.mark.parametrize("mode", ["M", "S"])
@pytest.mark.parametrize("budget", [None, 1, 3])
def test_wfi_wakes_at_the_deadline(mode: str, status: int, budget: int | None) -> None:
    source = (
        start(mode, 0, status, more=WAITING)
        + """
    body:
        li s1, 5
    1:  addi a0, a0, 1
        wfi
        addi a1, a1, 1
        addi s1, s1, -1
        bnez s1, 1b
        ecall
    """
    )
    twins = Twins(program(source))
    twins.finish(budget=budget)
    assert twins.word("skipped") > 4_000


def test_wfi_that_nothing_ends_waits_for_somebody() -> None:
    source = (
        start("M", 0, ON, more=EXTERNAL) + "body:\naddi a0, a0, 1\nwfi\naddi a1, a1, 1\necall\n"
    )
    twins = Twins(program(source))
    assert twins.run(1_000) is Halt.WAITING
    assert twins.run(1_000) is Halt.WAITING
    twins.each(lambda side: side.machine.receive(b"x"))
    twins.finish()
    assert interrupts(twins)


@pytest.mark.parametrize("tw", [0, 1])
def test_wfi_in_u_and_with_tw(tw: int) -> None:
    more = f"li t0, {tw << 21}\ncsrs mstatus, t0\n"
    for mode in "SU":
        source = (
            start(mode, 0, tw << 21, more=more + WAITING) + "body:\nwfi\naddi a0, a0, 1\necall\n"
        )
        Twins(program(source), listen=ALL).finish()


def test_time_is_read_alike() -> None:
    """cycle, time, instret, mtime, at every distance from the last look outside."""
    source = (
        start("M", more=TIMER.format(due=900, step=100))
        + """
    body:
        li s0, 0x200bff8
        li s1, 50
    1:  rdcycle a0
        rdtime a1
        rdinstret a2
        ld a3, 0(s0)
        nop
        csrr a4, mcycle
        csrw mcycle, a4
        csrr a5, minstret
        csrw minstret, a3
        sub a6, a1, a3
        addi s1, s1, -1
        bnez s1, 1b
        sd zero, 0(s0)
        rdtime a1
        ecall
    """
    )
    for per_tick in (1, 2, 5):
        for budget in (None, 1, 6):
            Twins(program(source), insns_per_tick=per_tick).finish(budget=budget)


def test_a_late_interrupt_would_be_noticed() -> None:
    """The comparison itself: the same program with its timer one instruction later differs."""
    made = [program(looping("M", TIMER.format(due=due, step=97))) for due in (50, 51)]
    twins = Twins(made[0])
    other = twins.sides[1].machine
    for address, data in made[1].segments:
        other.write(address, data)
    twins.sides[1].engine.forget()
    with pytest.raises(Different, match="pc: 0x"):
        twins.run(60)
    assert isinstance(made[0], Program)


ALARM: Final = f"""
    li t0, 0x800
    csrw mie, t0
    li t0, {memmap.PLIC + 4 * memmap.RTC_IRQ:#x}
    li t1, 1
    sw t1, 0(t0)
    li t0, {memmap.PLIC + 0x2000:#x}
    li t1, {1 << memmap.RTC_IRQ:#x}
    sw t1, 0(t0)
    li t0, {memmap.PLIC + 0x200000:#x}
    sw zero, 0(t0)
    li t0, {memmap.RTC:#x}
    li t1, 1
    sw t1, 0x10(t0)
    lwu t1, 0(t0)
    lwu t2, 4(t0)
    li t3, {{ns}}
    add t1, t1, t3
    sw t2, 0xc(t0)
    sw t1, 8(t0)
"""


@pytest.mark.parametrize("wait", [False, True])
def test_a_device_that_acts_by_itself(wait: bool) -> None:
    """The clock's alarm, at every instruction of a loop, and while the hart waits for it."""
    for ticks in range(60, 84):
        loop = "1: wfi\nj 1b\n" if wait else PLAIN
        twins = Twins(program(looping("M", ALARM.format(ns=100 * ticks), loop=loop)))
        twins.run(400)
        assert len(interrupts(twins)) == 1
        twins.check_all()
