"""The 16550 UART: FIFO, interrupts and modem lines as drivers expect them.

Two departures from the chip, both because virtual time has no bit times. Output is delivered at
once, so the transmitter is always empty. And bytes below the FIFO's trigger level raise the
timeout interrupt at once instead of after four idle characters. Input that finds the FIFO full
waits on the line; it is not lost. Byte registers only.
"""

from __future__ import annotations

from collections.abc import Callable

from vmlab.machine.devices.device import Fact, Node, Wire, interrupt, no_wire, pack, unpack

RBR_THR_DLL = 0
IER_DLM = 1
IIR_FCR = 2
LCR = 3
MCR = 4
LSR = 5
MSR = 6
SCR = 7

LSR_DATA_READY = 0x01
LSR_OVERRUN = 0x02
LSR_THR_EMPTY = 0x20
LSR_IDLE = 0x40
LCR_DLAB = 0x80
IER_RX = 0x01
IER_THRE = 0x02
IER_LINE = 0x04
IER_MODEM = 0x08
IIR_NONE = 0x01
IIR_LINE = 0x06
IIR_RX = 0x04
IIR_TIMEOUT = 0x0C
IIR_THRE = 0x02
IIR_MODEM = 0x00
FCR_ENABLE = 0x01
FCR_CLEAR_RX = 0x02
MCR_LOOP = 0x10
MSR_RING = 0x40
CONNECTED = 0xB0
"""The modem lines DCD, DSR and CTS of a terminal that is there."""
IER_NAMES = {IER_RX: "received", IER_THRE: "sent", IER_LINE: "line status", IER_MODEM: "modem"}
LSR_NAMES = {
    LSR_DATA_READY: "data ready",
    LSR_OVERRUN: "overrun",
    LSR_THR_EMPTY: "THR empty",
    LSR_IDLE: "idle",
}
FIFO_BYTES = 16
TRIGGER_LEVELS = (1, 4, 8, 14)


class Uart16550:
    """Eight byte registers. `on_output` gets each byte that the guest prints."""

    name = "uart"
    size_bytes = 0x100

    def __init__(
        self,
        base: int,
        irq: int = 0,
        wire: Wire = no_wire,
        on_output: Callable[[int], None] = lambda byte: None,
    ) -> None:
        self.base = base
        self.on_output = on_output
        self._irq = irq
        self._wire = wire
        self.reset()

    def reset(self) -> None:
        self.fifo = bytearray()
        self.line = bytearray()
        """Bytes that have arrived and find no room in the FIFO."""
        self.sent = 0
        """How many bytes the guest has printed."""
        self._ier = self._lcr = self._mcr = self._scr = self._fcr = 0
        self._divisor = 1
        self._thre_pending = self._overrun = False
        self._modem_changed = 0
        self._update()

    def receive(self, data: bytes) -> None:
        """Input arrives. Nothing is lost: the line waits while the FIFO is full."""
        self.line += data
        self._update()

    @property
    def interrupt(self) -> bool:
        """The level of the interrupt line."""
        return self._interrupt_identity() != IIR_NONE

    def _update(self) -> None:
        """Let the line fill the FIFO, and the interrupt line follow."""
        room = self._room()
        if self.line and room > 0 and not self._mcr & MCR_LOOP:
            self.fifo += self.line[:room]
            del self.line[:room]
        self._wire(self.interrupt)

    def _room(self) -> int:
        return (FIFO_BYTES if self._fcr & FCR_ENABLE else 1) - len(self.fifo)

    @property
    def _trigger(self) -> int:
        """From how many bytes on the FIFO interrupts at once."""
        return TRIGGER_LEVELS[self._fcr >> 6] if self._fcr & FCR_ENABLE else 1

    def _interrupt_identity(self) -> int:
        """The interrupt of the highest priority among those that are enabled."""
        if self._ier & IER_LINE and self._overrun:
            return IIR_LINE
        if self._ier & IER_RX and self.fifo:
            return IIR_RX if len(self.fifo) >= self._trigger else IIR_TIMEOUT
        if self._ier & IER_THRE and self._thre_pending:
            return IIR_THRE
        if self._ier & IER_MODEM and self._modem_changed:
            return IIR_MODEM
        return IIR_NONE

    def _modem_lines(self) -> int:
        """DCD, RI, DSR, CTS; in loopback they are our own outputs OUT2, OUT1, DTR, RTS."""
        if not self._mcr & MCR_LOOP:
            return CONNECTED
        outputs = self._mcr
        return (outputs & 0x0C) << 4 | (outputs & 0x01) << 5 | (outputs & 0x02) << 3

    def read(self, offset: int, size_bytes: int) -> int | None:
        if size_bytes != 1:
            return None
        value = self._read(offset)
        self._update()
        return value

    def _read(self, offset: int) -> int:
        if offset == RBR_THR_DLL:
            if self._lcr & LCR_DLAB:
                return self._divisor & 0xFF
            return self.fifo.pop(0) if self.fifo else 0
        if offset == IER_DLM:
            return self._divisor >> 8 if self._lcr & LCR_DLAB else self._ier
        if offset == IIR_FCR:
            identity = self._interrupt_identity()
            if identity == IIR_THRE:
                self._thre_pending = False  # reading it acknowledges it
            return identity | (0xC0 if self._fcr & FCR_ENABLE else 0)
        if offset == LSR:
            status, self._overrun = self._line_status(), False
            return status
        if offset == MSR:
            changed, self._modem_changed = self._modem_changed, 0
            return self._modem_lines() | changed
        registers = {LCR: self._lcr, MCR: self._mcr, SCR: self._scr}
        return registers.get(offset, 0)

    def _line_status(self) -> int:
        ready = LSR_DATA_READY if self.fifo else 0
        return LSR_THR_EMPTY | LSR_IDLE | ready | (LSR_OVERRUN if self._overrun else 0)

    def write(self, offset: int, size_bytes: int, value: int) -> bool:
        if size_bytes != 1:
            return False
        self._write(offset, value & 0xFF)
        self._update()
        return True

    def _write(self, offset: int, value: int) -> None:
        if offset == RBR_THR_DLL:
            if self._lcr & LCR_DLAB:
                self._divisor = self._divisor & 0xFF00 | value
            else:
                self._transmit(value)
        elif offset == IER_DLM:
            if self._lcr & LCR_DLAB:
                self._divisor = self._divisor & 0xFF | value << 8
            else:
                # Enabling the transmit interrupt with an empty transmitter raises it.
                self._thre_pending |= bool(value & ~self._ier & IER_THRE)
                self._ier = value & 0x0F
        elif offset == IIR_FCR:
            if value & FCR_CLEAR_RX or (value ^ self._fcr) & FCR_ENABLE:
                self.fifo.clear()
            self._fcr = value & 0xC9
        elif offset == LCR:
            self._lcr = value
        elif offset == MCR:
            before = self._modem_lines()
            self._mcr = value & 0x1F
            self._note_modem(before, self._modem_lines())
        elif offset == SCR:
            self._scr = value

    def _transmit(self, byte: int) -> None:
        self._thre_pending = True
        if not self._mcr & MCR_LOOP:
            self.sent += 1
            self.on_output(byte)
        elif self._room() > 0:
            self.fifo.append(byte)
        else:
            self._overrun = True

    def _note_modem(self, before: int, after: int) -> None:
        """Bits 3:0 of MSR: which lines changed since it was read; RI counts when it goes away."""
        changed = before ^ after
        if after & MSR_RING:
            changed &= ~MSR_RING
        self._modem_changed |= changed >> 4

    def state(self) -> bytes:
        numbers = pack(
            self._ier,
            self._lcr,
            self._mcr,
            self._scr,
            self._fcr,
            self._divisor,
            int(self._thre_pending),
            int(self._overrun),
            self._modem_changed,
            self.sent,
            len(self.fifo),
        )
        return numbers + self.fifo + self.line

    def restore(self, state: bytes) -> None:
        numbers, waiting = unpack(state[: 8 * 11]), state[8 * 11 :]
        self._ier, self._lcr, self._mcr, self._scr, self._fcr, self._divisor = numbers[:6]
        self._thre_pending, self._overrun = bool(numbers[6]), bool(numbers[7])
        self._modem_changed, self.sent, length = numbers[8:]
        self.fifo, self.line = bytearray(waiting[:length]), bytearray(waiting[length:])

    def node(self) -> Node:
        return Node(
            f"serial@{self.base:x}",
            {
                "compatible": "ns16550a",
                "reg": [0, self.base, 0, self.size_bytes],
                "clock-frequency": 3686400,
                **interrupt(self._irq),
            },
        )

    def facts(self) -> tuple[Fact, ...]:
        return (
            Fact("FIFO", f"{len(self.fifo)} {ascii(bytes(self.fifo))[1:]}"),
            Fact("FIFO holds", f"{len(self.fifo) + self._room()}, interrupts from {self._trigger}"),
            Fact("On the line", str(len(self.line))),
            Fact("Sent", str(self.sent)),
            Fact("Interrupt line", "up" if self.interrupt else "down"),
            Fact("IER", _bits(self._ier, IER_NAMES)),
            Fact("LSR", _bits(self._line_status(), LSR_NAMES)),
            Fact("IIR", f"{self._interrupt_identity():#04x}"),
            Fact("FCR", f"{self._fcr:#04x}"),
            Fact("LCR", f"{self._lcr:#04x}"),
            Fact("MCR", f"{self._mcr:#04x}"),
        )


def _bits(value: int, names: dict[int, str]) -> str:
    """A register, and the names of the bits that are set."""
    words = ", ".join(name for bit, name in names.items() if value & bit)
    return f"{value:#04x} {words}".rstrip()
