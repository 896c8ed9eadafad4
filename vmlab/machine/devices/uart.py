"""The 16550 UART, as far as a polling guest and the console need it.

Output is delivered at once, so the transmitter is always empty (LSR says so always). Input
stands in a FIFO that the session fills at a stated position of the run. Byte registers only.
"""

from __future__ import annotations

from collections.abc import Callable

from vmlab.machine.devices.device import Node

RBR_THR_DLL = 0
IER_DLM = 1
IIR_FCR = 2
LCR = 3
MCR = 4
LSR = 5
MSR = 6
SCR = 7

LSR_DATA_READY = 0x01
LSR_THR_EMPTY = 0x20
LSR_IDLE = 0x40
LCR_DLAB = 0x80
IER_RX = 0x01
IER_THRE = 0x02
IIR_NONE = 0x01
IIR_RX = 0x04
IIR_THRE = 0x02
FIFO_BYTES = 16


class Uart16550:
    """Eight byte registers. `on_output` gets each byte that the guest prints."""

    name = "uart"
    size_bytes = 0x100

    def __init__(self, base: int, on_output: Callable[[int], None] = lambda byte: None) -> None:
        self.base = base
        self.on_output = on_output
        self.reset()

    def reset(self) -> None:
        self.input = bytearray()
        """Bytes that wait to be read: the 16 of the FIFO, and those that the line still holds."""
        self._ier = self._lcr = self._mcr = self._scr = 0
        self._fcr = 0
        self._divisor = 1
        self._thre_pending = False
        self.sent = 0
        """How many bytes the guest has printed."""

    def receive(self, data: bytes) -> None:
        """Input arrives. Nothing is lost: the line waits while the FIFO is full."""
        self.input += data

    @property
    def interrupt(self) -> bool:
        """The level of the interrupt line."""
        return self._interrupt_identity() != IIR_NONE

    def _interrupt_identity(self) -> int:
        if self._ier & IER_RX and self.input:
            return IIR_RX
        if self._ier & IER_THRE and self._thre_pending:
            return IIR_THRE
        return IIR_NONE

    def read(self, offset: int, size_bytes: int) -> int | None:
        if size_bytes != 1:
            return None
        if offset == RBR_THR_DLL:
            if self._lcr & LCR_DLAB:
                return self._divisor & 0xFF
            return self.input.pop(0) if self.input else 0
        if offset == IER_DLM:
            return self._divisor >> 8 if self._lcr & LCR_DLAB else self._ier
        if offset == IIR_FCR:
            identity = self._interrupt_identity()
            if identity == IIR_THRE:
                self._thre_pending = False  # reading it acknowledges it
            return identity | (0xC0 if self._fcr & 1 else 0)
        if offset == LSR:
            return LSR_THR_EMPTY | LSR_IDLE | (LSR_DATA_READY if self.input else 0)
        registers = {LCR: self._lcr, MCR: self._mcr, MSR: 0xB0, SCR: self._scr}
        return registers.get(offset, 0)

    def write(self, offset: int, size_bytes: int, value: int) -> bool:
        if size_bytes != 1:
            return False
        value &= 0xFF
        if offset == RBR_THR_DLL:
            if self._lcr & LCR_DLAB:
                self._divisor = self._divisor & 0xFF00 | value
            else:
                self.sent += 1
                self._thre_pending = True
                self.on_output(value)
        elif offset == IER_DLM:
            if self._lcr & LCR_DLAB:
                self._divisor = self._divisor & 0xFF | value << 8
            else:
                # Enabling the transmit interrupt with an empty transmitter raises it.
                self._thre_pending |= bool(value & ~self._ier & IER_THRE)
                self._ier = value & 0x0F
        elif offset == IIR_FCR:
            self._fcr = value & 0xC9
            if value & 2:
                del self.input[:FIFO_BYTES]
        elif offset == LCR:
            self._lcr = value
        elif offset == MCR:
            self._mcr = value & 0x1F
        elif offset == SCR:
            self._scr = value
        return True

    def state(self) -> bytes:
        head = [self._ier, self._lcr, self._mcr, self._scr, self._fcr, int(self._thre_pending)]
        head += [self._divisor & 0xFF, self._divisor >> 8]
        return bytes(head) + self.sent.to_bytes(8, "little") + bytes(self.input)

    def restore(self, state: bytes) -> None:
        self._ier, self._lcr, self._mcr, self._scr, self._fcr, pending, low, high = state[:8]
        self._thre_pending = bool(pending)
        self._divisor = low | high << 8
        self.sent = int.from_bytes(state[8:16], "little")
        self.input = bytearray(state[16:])

    def node(self) -> Node:
        return Node(
            f"serial@{self.base:x}",
            {
                "compatible": "ns16550a",
                "reg": [0, self.base, 0, self.size_bytes],
                "clock-frequency": 3686400,
            },
        )
