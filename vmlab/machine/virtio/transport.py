"""The memory-mapped transport, version 2 (section 4.2): registers, negotiation, queues.

A slot without a device answers with device number 0, which tells drivers to go on. A driver that
breaks the rules of a ring gets DEVICE_NEEDS_RESET (2.1.2), and nothing runs until it resets.
"""

from __future__ import annotations

from typing import Protocol

from vmlab.machine.devices.device import Fact, Node, Wire, interrupt, no_wire, pack, unpack
from vmlab.machine.dma import Dma
from vmlab.machine.virtio.queue import MOST, WORDS, BadRing, Chain, Queue

MAGIC, VERSION, DEVICE_ID, VENDOR_ID = 0x000, 0x004, 0x008, 0x00C
DEVICE_FEATURES, DEVICE_FEATURES_SEL = 0x010, 0x014
DRIVER_FEATURES, DRIVER_FEATURES_SEL = 0x020, 0x024
QUEUE_SEL, QUEUE_NUM_MAX, QUEUE_NUM = 0x030, 0x034, 0x038
QUEUE_READY, QUEUE_NOTIFY = 0x044, 0x050
INTERRUPT_STATUS, INTERRUPT_ACK, STATUS = 0x060, 0x064, 0x070
QUEUE_DESC, QUEUE_DRIVER, QUEUE_DEVICE = 0x080, 0x090, 0x0A0
SHM_FIRST, SHM_LAST = 0x0B0, 0x0BC
CONFIG_GENERATION, CONFIG = 0x0FC, 0x100

ACKNOWLEDGE, DRIVER, FEATURES_OK, DRIVER_OK, NEEDS_RESET, FAILED = 1, 2, 8, 4, 64, 128
STATUS_NAMES = {
    ACKNOWLEDGE: "ACKNOWLEDGE",
    DRIVER: "DRIVER",
    FEATURES_OK: "FEATURES_OK",
    DRIVER_OK: "DRIVER_OK",
    NEEDS_RESET: "DEVICE_NEEDS_RESET",
    FAILED: "FAILED",
}
USED_RING, CONFIG_CHANGED = 1, 2
INDIRECT_DESC, VERSION_1 = 1 << 28, 1 << 32
LOW32 = (1 << 32) - 1


class Backend(Protocol):
    """What stands behind the transport."""

    device_id: int
    features: int
    """Offered besides those of the transport."""
    queues: int

    def config(self) -> bytes:
        """The device's configuration space."""
        ...

    def ready(self, queue: int) -> bool:
        """True if it could serve a request of this queue now."""
        ...

    def serve(self, queue: int, chain: Chain) -> int:
        """Carry a request out; how many bytes were written. Raises `BadRing`."""
        ...

    def reset(self) -> None: ...

    def facts(self) -> tuple[Fact, ...]: ...

    def state(self) -> bytes: ...

    def restore(self, state: bytes) -> None: ...


class VirtioMmio:
    """One slot. Its registers are words; the configuration space has any width."""

    size_bytes = 0x1000

    def __init__(
        self,
        name: str,
        base: int,
        dma: Dma,
        backend: Backend | None = None,
        irq: int = 0,
        wire: Wire = no_wire,
    ) -> None:
        self.name = name
        self.base = base
        self.backend = backend
        self._dma = dma
        self._irq = irq
        self._wire = wire
        self._offered = INDIRECT_DESC | VERSION_1 | (backend.features if backend else 0)
        self.reset()

    def reset(self) -> None:
        self.status = 0
        self.accepted = 0
        """The features that the driver has chosen."""
        self._device_half = self._driver_half = self._queue_sel = 0
        self._interrupts = 0
        self.queues = [Queue() for _ in range(self.backend.queues if self.backend else 0)]
        if self.backend:
            self.backend.reset()
        self._drive()

    def _drive(self) -> None:
        self._wire(self._interrupts != 0)

    # Serving -------------------------------------------------------------------------------------

    def kick(self, number: int) -> None:
        """Serve what waits in a queue, if the driver has set everything up."""
        running = self.status & (DRIVER_OK | NEEDS_RESET | FAILED) == DRIVER_OK
        if not running or number >= len(self.queues) or not self.queues[number].ready:
            return
        assert self.backend is not None
        queue = self.queues[number]
        try:
            # A ring holds no more than this, so what a guest makes us do at once is bounded.
            for _ in range(queue.size):
                if not self.backend.ready(number):
                    break
                chain = queue.pop(self._dma, bool(self.accepted & INDIRECT_DESC))
                if chain is None:
                    break
                written = self.backend.serve(number, chain)
                if queue.push(self._dma, chain.head, written):
                    self._interrupts |= USED_RING
        except BadRing:
            self._fail()
        self._drive()

    def _fail(self) -> None:
        """The driver has to start again; it is told if it runs (2.1.2)."""
        if self.status & DRIVER_OK:
            self._interrupts |= CONFIG_CHANGED
        self.status |= NEEDS_RESET
        self._drive()

    # Registers -----------------------------------------------------------------------------------

    def read(self, offset: int, size_bytes: int) -> int | None:
        if offset % size_bytes:
            return None
        if offset >= CONFIG:
            config = self.backend.config() if self.backend else b""
            at = offset - CONFIG
            return int.from_bytes(config[at : at + size_bytes], "little")
        return self._read(offset) if size_bytes == 4 else None

    def _read(self, offset: int) -> int:
        if offset in (MAGIC, VERSION, VENDOR_ID):
            return {MAGIC: 0x7472_6976, VERSION: 2, VENDOR_ID: 0x424C_4D56}[offset]  # virt, VMLB
        if self.backend is None:
            return 0
        if SHM_FIRST <= offset <= SHM_LAST:
            return LOW32  # no shared memory
        half = 32 * self._device_half
        queue = self._queue()
        registers = {
            DEVICE_ID: self.backend.device_id,
            DEVICE_FEATURES: self._offered >> half & LOW32 if half <= 32 else 0,
            QUEUE_NUM_MAX: MOST if queue else 0,
            QUEUE_READY: queue.ready if queue else 0,
            INTERRUPT_STATUS: self._interrupts,
            STATUS: self.status,
        }
        return registers.get(offset, 0)

    def _queue(self) -> Queue | None:
        """The queue that the driver has selected."""
        return self.queues[self._queue_sel] if self._queue_sel < len(self.queues) else None

    def write(self, offset: int, size_bytes: int, value: int) -> bool:
        if offset % size_bytes:
            return False
        if offset >= CONFIG or self.backend is None:
            return True  # nothing there can be written
        if size_bytes != 4:
            return False
        self._write(offset, value)
        return True

    def _write(self, offset: int, value: int) -> None:
        if offset == DEVICE_FEATURES_SEL:
            self._device_half = value
        elif offset == DRIVER_FEATURES_SEL:
            self._driver_half = value
        elif offset == DRIVER_FEATURES:
            if self._driver_half <= 1 and not self.status & FEATURES_OK:
                shift = 32 * self._driver_half
                self.accepted = self.accepted & ~(LOW32 << shift) | value << shift
        elif offset == QUEUE_SEL:
            self._queue_sel = value
        elif offset == QUEUE_NOTIFY:
            self.kick(value)
        elif offset == INTERRUPT_ACK:
            self._interrupts &= ~value
            self._drive()
        elif offset == STATUS:
            self._set_status(value & 0xFF)
        else:
            self._set_up_queue(offset, value)

    def _set_status(self, value: int) -> None:
        if value == 0:
            self.reset()
            return
        acceptable = self.accepted & VERSION_1 and not self.accepted & ~self._offered
        if value & ~self.status & FEATURES_OK and not acceptable:
            value &= ~FEATURES_OK  # the driver reads it back (3.1.1, step 6)
        self.status = value & ~NEEDS_RESET | self.status & NEEDS_RESET

    def _set_up_queue(self, offset: int, value: int) -> None:
        queue = self._queue()
        if queue is None:
            return
        if offset == QUEUE_READY:
            self._set_ready(queue, value & 1)
        elif queue.ready:
            return  # the driver must not change a queue in use (4.2.2.2)
        elif offset == QUEUE_NUM:
            queue.size = value
        elif offset & ~4 == QUEUE_DESC:
            queue.descriptors = _half(queue.descriptors, offset & 4, value)
        elif offset & ~4 == QUEUE_DRIVER:
            queue.driver = _half(queue.driver, offset & 4, value)
        elif offset & ~4 == QUEUE_DEVICE:
            queue.device = _half(queue.device, offset & 4, value)

    def _set_ready(self, queue: Queue, ready: int) -> None:
        if ready and not queue.ready:
            queue.taken = queue.used = 0
            try:
                queue.check(self._dma)
            except BadRing:
                self._fail()
                return
        queue.ready = ready

    # State ---------------------------------------------------------------------------------------

    def state(self) -> bytes:
        registers = (
            self.status,
            self.accepted,
            self._device_half,
            self._driver_half,
            self._queue_sel,
            self._interrupts,
        )
        rings = b"".join(queue.state() for queue in self.queues)
        return pack(*registers) + rings + (self.backend.state() if self.backend else b"")

    def restore(self, state: bytes) -> None:
        end = 8 * (6 + WORDS * len(self.queues))
        numbers = unpack(state[:end])
        self.status, self.accepted, self._device_half, self._driver_half = numbers[:4]
        self._queue_sel, self._interrupts = numbers[4:6]
        self.queues = [Queue(*numbers[at : at + WORDS]) for at in range(6, len(numbers), WORDS)]
        if self.backend:
            self.backend.restore(state[end:])

    def node(self) -> Node:
        return Node(
            f"virtio_mmio@{self.base:x}",
            {
                "compatible": "virtio,mmio",
                "reg": [0, self.base, 0, self.size_bytes],
                **interrupt(self._irq),
            },
        )

    def facts(self) -> tuple[Fact, ...]:
        if self.backend is None:
            return ()
        status = " ".join(name for bit, name in STATUS_NAMES.items() if self.status & bit)
        rings = tuple(
            Fact(f"Queue {number}", f"size {queue.size}, taken {queue.taken}, used {queue.used}")
            for number, queue in enumerate(self.queues)
            if queue.ready
        )
        last = tuple(
            Fact(f"Queue {number} gave back", chain)
            for number, queue in enumerate(self.queues)
            for chain in queue.last(self._dma)
        )
        line = Fact("Interrupt line", "up" if self._interrupts else "down")
        return (Fact("Status", status or "-"), *self.backend.facts(), line, *rings, *last)


def _half(old: int, high: int, value: int) -> int:
    """A 64-bit address with one half replaced."""
    return old & LOW32 | value << 32 if high else old & ~LOW32 | value
