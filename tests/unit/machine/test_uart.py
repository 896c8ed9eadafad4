"""The 16550 as its drivers see it."""

from __future__ import annotations

from vmlab.machine.devices.uart import Uart16550

RBR, IER, IIR, FCR, LCR, MCR, LSR, MSR, SCR = 0, 1, 2, 2, 3, 4, 5, 6, 7


def uart() -> tuple[Uart16550, list[bool]]:
    levels: list[bool] = []
    return Uart16550(0x1000_0000, 10, levels.append), levels


def read(device: Uart16550, offset: int) -> int:
    value = device.read(offset, 1)
    assert value is not None
    return value


def test_the_trigger_level_decides_between_data_and_timeout() -> None:
    device, _ = uart()
    device.write(IER, 1, 1)
    device.write(FCR, 1, 0x81)  # FIFO on, 8 bytes
    device.receive(b"1234567")
    assert read(device, IIR) == 0xCC
    device.receive(b"8")
    assert read(device, IIR) == 0xC4
    read(device, RBR)
    assert read(device, IIR) == 0xCC


def test_the_line_follows_every_change() -> None:
    device, levels = uart()
    device.write(IER, 1, 1)
    assert not levels[-1]
    device.receive(b"x")
    assert levels[-1]
    read(device, RBR)
    assert not levels[-1]
    device.receive(b"y")
    device.write(IER, 1, 0)
    assert not levels[-1]


def test_bytes_that_find_no_room_wait_on_the_line() -> None:
    device, _ = uart()
    device.write(FCR, 1, 0x01)
    text = bytes(range(65, 65 + 20))
    device.receive(text)
    assert bytes(device.fifo) == text[:16] and bytes(device.line) == text[16:]
    got = bytes(read(device, RBR) for _ in range(20))
    assert got == text and not read(device, LSR) & 1


def test_clearing_the_fifo_loses_what_is_in_it_and_nothing_more() -> None:
    device, _ = uart()
    device.write(FCR, 1, 0x01)
    device.receive(bytes(range(18)))
    device.write(FCR, 1, 0x03)
    assert [read(device, RBR), read(device, RBR)] == [16, 17]


def test_linux_finds_a_16550a() -> None:
    """The probes of the 8250 driver: interrupt enables, loopback, FIFO, scratch register."""
    device, _ = uart()
    device.write(IER, 1, 0x0F)
    assert read(device, IER) & 0x0F == 0x0F
    device.write(IER, 1, 0)
    device.write(MCR, 1, 0x1A)
    assert read(device, MSR) & 0xF0 == 0x90
    device.write(MCR, 1, 0)
    device.write(FCR, 1, 0x01)
    assert read(device, IIR) >> 6 == 3
    device.write(SCR, 1, 0xA5)
    assert read(device, SCR) == 0xA5


def test_linux_finds_no_thre_bug() -> None:
    device, _ = uart()
    for _ in range(2):
        device.write(IER, 1, 2)
        assert read(device, IIR) & 0x0F == 2
        device.write(IER, 1, 0)


def test_writing_a_byte_asks_for_the_next() -> None:
    device, levels = uart()
    device.write(IER, 1, 2)
    assert read(device, IIR) == 2 and not levels[-1]
    device.write(RBR, 1, ord("a"))
    assert levels[-1] and read(device, IIR) == 2 and read(device, IIR) == 1


def test_loopback_receives_what_it_sends_and_prints_nothing() -> None:
    printed: list[int] = []
    device = Uart16550(0, on_output=printed.append)
    device.write(MCR, 1, 0x10)
    device.receive(b"outside")
    device.write(RBR, 1, ord("a"))
    device.write(RBR, 1, ord("b"))  # no FIFO: no room
    assert read(device, LSR) & 3 == 3 and read(device, LSR) & 2 == 0
    assert read(device, RBR) == ord("a") and printed == []
    device.write(MCR, 1, 0)
    assert read(device, RBR) == ord("o")


def test_line_errors_and_modem_changes_interrupt_when_enabled() -> None:
    device, levels = uart()
    device.write(MCR, 1, 0x10)
    read(device, MSR)
    device.write(IER, 1, 0x0C)
    assert not levels[-1]
    device.write(MCR, 1, 0x12)  # RTS, which is CTS in loopback
    assert levels[-1] and read(device, IIR) == 0
    assert read(device, MSR) & 0x0F == 1 and not levels[-1]
    device.write(RBR, 1, 1)
    device.write(RBR, 1, 2)
    assert levels[-1] and read(device, IIR) == 6
    read(device, LSR)
    assert not levels[-1]


def test_everything_survives_a_round_trip() -> None:
    device, _ = uart()
    device.write(FCR, 1, 0xC1)
    device.write(IER, 1, 0x0F)
    device.receive(bytes(40))
    copy, _ = uart()
    copy.restore(device.state())
    assert copy.state() == device.state()
    assert (copy.fifo, copy.line, copy.interrupt) == (device.fifo, device.line, device.interrupt)
