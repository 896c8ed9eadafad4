"""Every device keeps the same promises; then what is special about each."""

from __future__ import annotations

import pytest

from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.core.units import MIB
from vmlab.machine import memmap
from vmlab.machine.bus import Bus
from vmlab.machine.devices.device import Device
from vmlab.machine.devices.finisher import Finisher
from vmlab.machine.devices.uart import LSR, LSR_DATA_READY, Uart16550
from vmlab.machine.platform import Machine, Platform

SMALL = Platform(ram_bytes=1 * MIB)
NAMES = [device.name for device in Machine(SMALL).bus.devices]


@pytest.fixture(params=NAMES)
def device(request: pytest.FixtureRequest) -> Device:
    return next(d for d in Machine(SMALL).bus.devices if d.name == request.param)


def test_no_offset_and_no_width_raises(device: Device) -> None:
    for size in (1, 2, 4, 8):
        for offset in [*range(0, 0x40, size), device.size_bytes - size]:
            value = device.read(offset, size)
            assert value is None or 0 <= value < 1 << 8 * size
            assert device.write(offset, size, (1 << 8 * size) - 1) in (True, False)


def test_state_restores_what_a_guest_could_see(device: Device) -> None:
    fresh = device.state()
    for offset in range(8):
        device.write(offset, 1, 0x5A)
    written = device.state()
    device.reset()
    assert device.state() == fresh
    device.restore(written)
    assert device.state() == written


def test_a_node_says_where_the_device_is(device: Device) -> None:
    node = device.node()
    assert node.name.endswith(f"@{device.base:x}")
    assert node.properties["reg"] == [0, device.base, 0, device.size_bytes]


def test_devices_may_not_overlap() -> None:
    with pytest.raises(BrokenInvariant, match="overlap"):
        Bus((Finisher(0x1000), Finisher(0x1800)))


def test_nothing_answers_between_devices() -> None:
    bus = Machine(SMALL).bus
    assert bus.read(0x4000_0000, 4) is None
    assert bus.write(0x4000_0000, 4, 1) is False
    assert bus.read(memmap.UART + 0xFF, 8) is None  # reaches past the window


def test_the_bus_cuts_an_answer_to_the_access() -> None:
    class Wide(Finisher):
        def read(self, offset: int, size_bytes: int) -> int | None:
            return (1 << 64) - 1

    assert Bus((Wide(0x1000),)).read(0x1000, 2) == 0xFFFF


def test_uart_input_is_read_once_and_in_order() -> None:
    uart = Uart16550(0)
    uart.receive(b"ab")
    assert uart.read(LSR, 1) is not None and uart.read(LSR, 1) & LSR_DATA_READY  # type: ignore[operator]
    assert [uart.read(0, 1), uart.read(0, 1), uart.read(0, 1)] == [ord("a"), ord("b"), 0]
    assert not uart.read(LSR, 1) & LSR_DATA_READY  # type: ignore[operator]


def test_uart_divisor_hides_behind_dlab() -> None:
    printed: list[int] = []
    uart = Uart16550(0, on_output=printed.append)
    uart.write(3, 1, 0x83)
    uart.write(0, 1, 0x34)
    uart.write(1, 1, 0x12)
    assert (uart.read(0, 1), uart.read(1, 1)) == (0x34, 0x12)
    assert printed == []
    uart.write(3, 1, 0x03)
    uart.write(0, 1, ord("x"))
    assert printed == [ord("x")]


def test_uart_interrupts_follow_their_enables() -> None:
    uart = Uart16550(0)
    assert not uart.interrupt
    uart.receive(b"a")
    assert not uart.interrupt
    uart.write(1, 1, 1)
    assert uart.interrupt and uart.read(2, 1) == 0x04
    uart.read(0, 1)
    assert not uart.interrupt
    uart.write(1, 1, 2)
    assert uart.read(2, 1) == 0x02 and not uart.interrupt  # reading it acknowledges


def test_clint_halves_and_clock() -> None:
    machine = Machine(Platform(ram_bytes=1 * MIB, insns_per_tick=4))
    clint = machine.clint
    clint.write(0x4004, 4, 0x1234)
    assert clint.read(0x4000, 8) == 0x1234_FFFF_FFFF
    machine.hart.set_word("retired", 41)
    assert clint.read(0xBFF8, 8) == 10
    clint.write(0xBFF8, 8, 1000)
    assert clint.read(0xBFF8, 8) == 1000
    machine.hart.set_word("retired", 44)
    assert clint.read(0xBFF8, 4) == 1001


def test_clint_msip_sets_the_pending_bit_and_nothing_else() -> None:
    machine = Machine(SMALL)
    machine.hart.set_word("mip", 1 << 9)
    machine.clint.write(0, 4, 0xFFFF_FFFF)
    assert machine.hart.word("mip") == 1 << 9 | 1 << 3
    assert machine.clint.read(0, 4) == 1
    machine.clint.write(0, 4, 0)
    assert machine.hart.word("mip") == 1 << 9


@pytest.mark.parametrize("ram_bytes", [0, 4095, 4 * 1024 * MIB])
def test_ram_that_cannot_be_is_refused(ram_bytes: int) -> None:
    with pytest.raises(BadInput, match="expected RAM"):
        Machine(Platform(ram_bytes=ram_bytes))


def test_reading_outside_ram_says_where_ram_is() -> None:
    with pytest.raises(BadInput, match="0x80000000 to 0x80100000, found 0x100"):
        Machine(SMALL).read(0x100, 8)
