"""The console device (section 5.3): queue 0 brings what is typed, queue 1 takes what is printed."""

from __future__ import annotations

from collections.abc import Callable

from vmlab.machine.devices.device import Fact, pack, unpack
from vmlab.machine.virtio.queue import BadRing, Chain

RECEIVE, TRANSMIT = 0, 1
MOST_BYTES = 16 * 1024
"""The longest text of one request: what a guest makes us do at once is bounded."""


class VirtioConsole:
    """One port. `on_output` gets each byte that the guest prints."""

    device_id = 3
    features = 0
    queues = 2

    def __init__(self) -> None:
        self.on_output: Callable[[int], None] = lambda byte: None
        self.input = bytearray()
        """Bytes that no buffer of the driver has taken yet."""
        self.sent = 0
        """How many bytes guests have printed; a reset does not take them back."""

    def reset(self) -> None:
        self.input.clear()

    def config(self) -> bytes:
        return b""

    def ready(self, queue: int) -> bool:
        return queue == TRANSMIT or bool(self.input)

    def serve(self, queue: int, chain: Chain) -> int:
        return self._print(chain) if queue == TRANSMIT else self._fill(chain)

    def _print(self, chain: Chain) -> int:
        length = chain.readable_bytes
        if chain.writable or length > MOST_BYTES:
            raise BadRing(f"{length} bytes to print, or room to write")
        for byte in chain.read(0, length):
            self.sent += 1
            self.on_output(byte)
        return 0

    def _fill(self, chain: Chain) -> int:
        if chain.readable:
            raise BadRing("a buffer to read where input is wanted")
        text = bytes(self.input[: chain.writable_bytes])
        del self.input[: len(text)]
        chain.write(0, text)
        return len(text)

    def state(self) -> bytes:
        return pack(self.sent) + self.input

    def restore(self, state: bytes) -> None:
        (self.sent,) = unpack(state[:8])
        self.input = bytearray(state[8:])

    def facts(self) -> tuple[Fact, ...]:
        waiting = Fact("Input", str(len(self.input)))
        return (Fact("Device", "console"), Fact("Sent", str(self.sent)), waiting)
