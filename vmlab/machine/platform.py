"""The machine that a session runs: a hart, RAM and devices on one board, reset and loaded."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vmlab.core.bits import align_down
from vmlab.core.errors import BadImage, BadInput
from vmlab.core.modes import Mode
from vmlab.core.units import MIB, PAGE_SIZE_BYTES
from vmlab.isa.extensions import ISA_STRING, isa_word
from vmlab.isa.state import (
    ARENA_HART_BYTES,
    COUNTERS,
    EVENT_AT,
    INSNS_PER_TICK,
    ISA,
    MISALIGNED_DONE,
    MODE,
    MTIMECMP,
    PC,
    RAM_BASE,
    RAM_SIZE,
    TINST_FULL,
    TRANSLATION,
    TVAL_WORD,
)
from vmlab.isa.system.time import NEVER
from vmlab.isa.system.walk import BARE, FORMATS
from vmlab.machine import memmap
from vmlab.machine.arena import MAX_RAM_BYTES, Arena
from vmlab.machine.bus import Bus
from vmlab.machine.devices.clint import Clint
from vmlab.machine.devices.finisher import Finisher
from vmlab.machine.devices.plic import Plic
from vmlab.machine.devices.rom import Rom
from vmlab.machine.devices.rtc import GoldfishRtc
from vmlab.machine.devices.uart import Uart16550
from vmlab.machine.disk import Disk
from vmlab.machine.dma import Dma
from vmlab.machine.fdt import build_fdt
from vmlab.machine.hart import Hart
from vmlab.machine.statehash import state_hash
from vmlab.machine.virtio.block import Block
from vmlab.machine.virtio.console import RECEIVE, VirtioConsole
from vmlab.machine.virtio.entropy import Entropy
from vmlab.machine.virtio.transport import DRIVER_OK, Backend, VirtioMmio

# auipc t0, 0; csrr a0, mhartid; ld a1, 24(t0); ld t0, 32(t0); jr t0
_RESET_CODE = (0x00000297, 0xF1402573, 0x0182B583, 0x0202B283, 0x00028067)
# The same with addi a2, t0, 40 after the third: firmware is told what to start next.
_FIRMWARE_RESET_CODE = (*_RESET_CODE[:3], 0x02828613, *_RESET_CODE[3:])


CHOICES: Final = {
    "translation": {"bare": BARE, **{fmt.name.lower(): fmt.number for fmt in FORMATS}},
    "misaligned": {"trap": 0, "done": 1},
    "illegal_tval": {"zero": 0, "word": 1},
    "access_tinst": {"zero": 0, "full": 1},
}
"""The freedoms of the manual that a platform decides, by name: what may be said, and the value
that the hart's word gets."""


def fw_dynamic_info(next_entry: int) -> bytes:
    """What OpenSBI's fw_dynamic finds at a2: magic, version, where to go on, in which mode (S),
    options, boot hart (OpenSBI, docs/firmware/fw_dynamic.md)."""
    return struct.pack("<6Q", 0x4942534F, 2, next_entry, Mode.S, 0, 0)


@dataclass(frozen=True, slots=True)
class Platform:
    """What a machine is built from; a recording stores it. `insns_per_tick` is virtual time a
    tick of mtime; `isa` is resolved (`isa.extensions.isa_string`)."""

    ram_bytes: int = 64 * MIB
    insns_per_tick: int = 1
    isa: str = ISA_STRING
    translation: str = "sv57"
    """The longest format of virtual addresses: sv39, sv48 or sv57 (with all shorter), or bare."""
    misaligned: str = "trap"
    """What a misaligned load or store does: trap, or done."""
    illegal_tval: str = "word"
    """tval of an illegal instruction: its word, or zero."""
    access_tinst: str = "zero"
    """htinst and mtinst of a load or store that faults: zero, or full: its instruction."""

    def __post_init__(self) -> None:
        if self.ram_bytes % PAGE_SIZE_BYTES or not 0 < self.ram_bytes <= MAX_RAM_BYTES:
            raise BadInput(
                f"expected RAM of 4K to {MAX_RAM_BYTES // MIB}M in whole pages of 4K, "
                f"found {self.ram_bytes} bytes"
            )
        most = (1 << INSNS_PER_TICK.width) - 1
        if not 1 <= self.insns_per_tick <= most:
            raise BadInput(f"expected 1 to {most} instructions a tick, found {self.insns_per_tick}")
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise BadInput(
                    f"expected {name} to be one of {', '.join(allowed)}, "
                    f"found {getattr(self, name)!r}"
                )


TERMINAL_SLOT: Final = 1
_KEPT_BY_REBOOT: Final = ("retired", "skipped", "intercepts", *COUNTERS)
"""Virtual time goes on, a monitor stays in charge, and steps are counted on."""


class Machine:
    """One hart and its board. Everything that changes is in the arena and in the devices."""

    def __init__(
        self,
        platform: Platform,
        seed: int = 0,
        disk: Disk | None = None,
        arena: Arena | None = None,
    ) -> None:
        self.platform = platform
        self.disk = disk
        self.arena = Arena(platform.ram_bytes) if arena is None else arena
        self.hart = Hart(self.arena)
        self.rom = Rom(memmap.ROM)
        self.finisher = Finisher(memmap.FINISHER)
        self.clint = Clint(memmap.CLINT, self.arena)
        self.plic = Plic(memmap.PLIC, self.arena)
        self.uart = Uart16550(memmap.UART, memmap.UART_IRQ, self.plic.wire(memmap.UART_IRQ))
        rtc_wire = self.plic.wire(memmap.RTC_IRQ)
        self.rtc = GoldfishRtc(memmap.RTC, self.arena, memmap.RTC_IRQ, rtc_wire)
        self.dma = Dma(self.arena)
        self.terminal = VirtioConsole()
        """The virtio console: a second printer and keyboard of the same terminal."""
        self.entropy = Entropy(seed)
        block = None if disk is None else Block(disk)
        backends: list[Backend | None] = [block, self.terminal, self.entropy]
        backends += [None] * (memmap.VIRTIO_SLOTS - len(backends))
        self.virtio = tuple(self._slot(number, backend) for number, backend in enumerate(backends))
        chips = (self.rom, self.finisher, self.rtc, self.clint, self.plic, self.uart)
        self.bus = Bus((*chips, *self.virtio))
        self.tohost: int | None = None
        """Physical address of the doubleword by which a test program ends itself, if it has one."""
        self._loaded: tuple[Sequence[tuple[int, bytes]], int, bytes | None, int | None]
        self._loaded = (), memmap.RAM, None, None
        self._reset_hart()

    def _slot(self, number: int, backend: Backend | None) -> VirtioMmio:
        """A virtio slot and what is plugged into it."""
        irq = memmap.VIRTIO_IRQ + number
        base = memmap.VIRTIO + number * memmap.VIRTIO_STEP_BYTES
        name = f"virtio{number}"
        return VirtioMmio(name, base, self.dma, backend, irq, self.plic.wire(irq))

    def _reset_hart(self) -> None:
        words = self.arena.words
        self.arena.hart[:] = bytes(ARENA_HART_BYTES)
        words[RAM_BASE.slot] = memmap.RAM
        words[RAM_SIZE.slot] = self.platform.ram_bytes
        words[ISA.slot] = isa_word(self.platform.isa)
        words[INSNS_PER_TICK.slot] = self.platform.insns_per_tick
        for name, field in (
            ("translation", TRANSLATION),
            ("misaligned", MISALIGNED_DONE),
            ("illegal_tval", TVAL_WORD),
            ("access_tinst", TINST_FULL),
        ):
            words[field.slot] = CHOICES[name][getattr(self.platform, name)]
        words[MTIMECMP.slot] = (1 << 64) - 1
        words[EVENT_AT.slot] = NEVER
        words[MODE.slot] = Mode.M
        words[PC.slot] = memmap.RESET_VECTOR

    def load(
        self,
        segments: Sequence[tuple[int, bytes]],
        entry: int,
        dtb: bytes | None = None,
        next_entry: int | None = None,
    ) -> None:
        """Power on: clear RAM, place the segments (physical address, bytes) and the device tree,
        burn the ROM so that the hart starts at `entry` with a0 = hart, a1 = device tree and, if
        firmware is to start something at `next_entry`, a2 = what says so (`fw_dynamic_info`)."""
        self._loaded = segments, entry, dtb, next_entry
        self._reset_hart()
        for device in self.bus.devices:
            device.reset()
        self.arena.ram[:] = bytes(self.platform.ram_bytes)
        for address, data in segments:
            self.write(address, data)
        tree = self.device_tree() if dtb is None else dtb
        end = memmap.RAM + self.platform.ram_bytes
        at = align_down(end - len(tree), memmap.DTB_ALIGN_BYTES)
        if any(address + len(data) > at for address, data in segments):
            raise BadImage(
                f"expected room for the device tree ({len(tree)} bytes) at the end of RAM, "
                f"found the image reaching past {at:#x}"
            )
        self.write(at, tree)
        words = _RESET_CODE if next_entry is None else _FIRMWARE_RESET_CODE
        code = b"".join(word.to_bytes(4, "little") for word in words)
        content = code.ljust(24, b"\0") + struct.pack("<QQ", at, entry)
        self.rom.burn(content if next_entry is None else content + fw_dynamic_info(next_entry))

    @property
    def tree_address(self) -> int:
        """Where the device tree was put: the ROM tells the guest."""
        return int.from_bytes(self.rom.content[24:32], "little")

    def reboot(self) -> set[int]:
        """Start again as after power-on, with what was loaded then; which pages of RAM that may
        have changed. Time goes on, and a disk keeps its content; input that the UART has not
        received yet comes later."""
        kept = {name: self.hart.word(name) for name in _KEPT_BY_REBOOT}
        sent, line = self.uart.sent, self.uart.line
        pages = self.used_pages()
        self.load(*self._loaded)
        for name, value in kept.items():
            self.hart.set_word(name, value)
        self.uart.sent = sent
        self.uart.receive(bytes(line))
        return pages | self.used_pages()

    def used_pages(self) -> set[int]:
        """Pages of RAM (numbers from RAM's start) that are not all zero."""
        return self.arena.used_pages()

    def receive(self, data: bytes) -> None:
        """Something is typed: it reaches the UART, and the virtio console if a driver runs it."""
        self.uart.receive(data)
        slot = self.virtio[TERMINAL_SLOT]
        if slot.status & DRIVER_OK:
            self.terminal.input += data
            slot.kick(RECEIVE)

    def tick(self) -> None:
        """Virtual time has reached the hart's word `event_at`: devices act by themselves."""
        self.rtc.tick()

    def device_tree(
        self, append: str | None = None, initrd: tuple[int, int] | None = None
    ) -> bytes:
        """The flattened device tree of this board (`fdt.build_fdt`)."""
        nodes = [device.node() for device in self.bus.devices if device is not self.rom]
        platform = self.platform
        return build_fdt(
            memmap.RAM,
            platform.ram_bytes,
            nodes,
            platform.isa,
            platform.translation,
            append,
            initrd,
        )

    def read(self, pa: int, length: int) -> bytes:
        """Bytes of RAM by physical address."""
        offset = self._offset(pa, length)
        return bytes(self.arena.ram[offset : offset + length])

    def write(self, pa: int, data: bytes) -> None:
        """Write RAM by physical address. An engine that has run must be told (`Engine.forget`)."""
        offset = self._offset(pa, len(data))
        self.arena.ram[offset : offset + len(data)] = data

    def _offset(self, pa: int, length: int) -> int:
        offset = pa - memmap.RAM
        if offset < 0 or offset + length > self.platform.ram_bytes:
            raise BadInput(
                f"expected physical addresses in RAM, {memmap.RAM:#x} to "
                f"{memmap.RAM + self.platform.ram_bytes:#x}, found {pa:#x} and {length} bytes"
            )
        return offset

    def state_hash(self) -> str:
        """BLAKE2b of everything that decides what a guest can see next; caches stay out of it."""
        return state_hash(self)
