"""The goldfish RTC: its clock is virtual time, its alarm comes on time and wakes the hart."""

from __future__ import annotations

from tests.unit.programs import PASS, session
from vmlab.core.units import MIB
from vmlab.machine.devices.rtc import EPOCH_NS, NEVER
from vmlab.machine.platform import Machine, Platform

ALARM = """
    la t0, handler
    csrw mtvec, t0
    li s0, 0x101000
    li s1, 0xc000000
    li t0, 1
    sw t0, 44(s1)           # priority of source 11
    li t0, 0x800
    li t1, 0xc002000
    sw t0, 0(t1)            # enabled for M
    csrw mie, t0
    li t0, 1
    sw t0, 0x10(s0)
    lw t0, 0(s0)
    lw t1, 4(s0)
    li t2, 1000000          # a millisecond: 10,000 instructions
    add t0, t0, t2
    sw t1, 0xc(s0)
    sw t0, 8(s0)
    csrsi mstatus, 8
wait:
    wfi
    j wait
.balign 4
handler:
    li t1, 0xc200004
    lw a0, 0(t1)
    sw zero, 0x1c(s0)       # clear the interrupt
    sw a0, 0(t1)
    csrr a1, mip
    csrr a2, mcause
"""


def test_time_is_virtual_time_after_the_epoch() -> None:
    machine = Machine(Platform(ram_bytes=1 * MIB, insns_per_tick=2))
    machine.hart.set_word("retired", 20)
    assert machine.rtc.now_ns == EPOCH_NS + 1000
    assert machine.rtc.read(0, 4) == (EPOCH_NS + 1000) & 0xFFFF_FFFF
    assert machine.rtc.read(4, 4) == EPOCH_NS >> 32


def test_the_time_can_be_set() -> None:
    machine = Machine(Platform(ram_bytes=1 * MIB))
    machine.rtc.write(4, 4, 0)
    machine.rtc.write(0, 4, 5000)
    assert machine.rtc.now_ns == 5000
    machine.hart.set_word("retired", 7)
    assert machine.rtc.read(0, 4) == 5700


def test_an_alarm_in_the_past_rings_at_once() -> None:
    machine = Machine(Platform(ram_bytes=1 * MIB))
    machine.plic.priority[11] = 1
    machine.plic.enable[0] = 1 << 11
    machine.rtc.write(0x10, 4, 1)
    machine.rtc.write(0x0C, 4, 0)
    machine.rtc.write(0x08, 4, 1)
    assert machine.hart.word("external") == 1 << 11
    assert machine.hart.word("event_at") == NEVER
    machine.rtc.write(0x1C, 4, 1)
    assert machine.rtc.read(0x18, 4) == 0


def test_the_alarm_wakes_the_hart_to_the_instruction() -> None:
    run = session(ALARM + PASS)
    stop = run.run(limit=100_000)
    assert stop.reason.value == "passed"
    x = run.machine.hart.x
    assert (x[10], x[11], x[12]) == (11, 0, 1 << 63 | 11)
    assert 10_000 <= run.machine.hart.virtual_time < 10_200
    assert run.position < 200
    end = run.state_hash(), run.steps
    run.back(40)
    run.step(40)
    assert (run.state_hash(), run.steps) == end


def test_spinning_meets_the_alarm_at_the_same_time_as_waiting() -> None:
    run = session(ALARM.replace("wfi", "nop") + PASS)
    run.run(limit=100_000)
    assert run.machine.hart.x[10] == 11
    assert 10_000 <= run.machine.hart.virtual_time < 10_200
