"""The PLIC: collects the devices' interrupt lines and offers them to M and to S of hart 0.

    0x000000  priority of source 1, 2, ...      0 never interrupts
    0x001000  pending, a bit a source           read-only
    0x002000  enables of context 0 (M); 0x80 further of context 1 (S)
    0x200000  threshold of context 0, then its claim/complete; 0x1000 further of context 1

Chapters are those of the RISC-V PLIC specification 1.0.0. Lines are levels. A source's *gateway*
forwards one request and then waits for its completion: a line that is still up then asks again
(chapter 4). As in that specification, and unlike QEMU, a claim is not held back by the threshold.
"""

from __future__ import annotations

from functools import partial

from vmlab.isa.layouts import INTERRUPTS
from vmlab.isa.state import EXTERNAL
from vmlab.machine.arena import Arena
from vmlab.machine.devices.device import Fact, Node, Wire, pack, unpack

SOURCES = 96
"""Sources 0 (which means none) to 95, as on QEMU."""
MOST_PRIORITY = 7
PENDING = 0x1000
ENABLE, ENABLE_STEP = 0x2000, 0x80
CONTEXT, CONTEXT_STEP = 0x20_0000, 0x1000
_LINES = (INTERRUPTS["MEI"].mask, INTERRUPTS["SEI"].mask)
"""What each context drives in the hart: 0 is M, 1 is S."""
_REAL = (1 << SOURCES) - 2


class Plic:
    """Sets of sources are integers, a bit a source."""

    name = "plic"
    size_bytes = 0x60_0000

    def __init__(self, base: int, arena: Arena) -> None:
        self.base = base
        self._words = arena.words
        self.reset()

    def reset(self) -> None:
        self.level = 0
        """Lines that are up."""
        self.pending = 0
        """Requests that no context has claimed."""
        self.waiting = 0
        """Gateways that have forwarded a request which is not completed."""
        self.priority = [0] * SOURCES
        self.enable = [0, 0]
        self.threshold = [0, 0]
        self._drive()

    def wire(self, source: int) -> Wire:
        """The interrupt line of a source, for the device that holds it."""
        assert 0 < source < SOURCES
        return partial(self._set_level, source)

    def _set_level(self, source: int, up: bool) -> None:
        bit = 1 << source
        if bool(self.level & bit) != up:
            self.level ^= bit
            self._forward()

    def _forward(self) -> None:
        """Gateways whose line is up and that wait for nothing forward a request."""
        asking = self.level & ~self.waiting
        self.pending |= asking
        self.waiting |= asking
        self._drive()

    def _best(self, context: int) -> int:
        """The enabled pending source of the highest priority, the lowest number first; or 0."""
        candidates = self.pending & self.enable[context]
        best = 0
        while candidates:
            source = (candidates & -candidates).bit_length() - 1
            candidates &= candidates - 1
            if self.priority[source] > self.priority[best]:
                best = source
        return best

    def _drive(self) -> None:
        """Raise or lower the hart's external interrupts."""
        lines = 0
        for context, line in enumerate(_LINES):
            if self.priority[self._best(context)] > self.threshold[context]:
                lines |= line
        self._words[EXTERNAL.slot] = lines

    def _claim(self, context: int) -> int:
        source = self._best(context)
        self.pending &= ~(1 << source)
        self._drive()
        return source

    def _complete(self, context: int, source: int) -> None:
        """Ignored unless the source is enabled for the context (chapter 9), or nobody has
        claimed what it asked for."""
        if source < SOURCES and self.enable[context] >> source & 1:
            self.waiting &= ~(1 << source) | self.pending
            self._forward()

    def read(self, offset: int, size_bytes: int) -> int | None:
        if size_bytes != 4 or offset % 4:
            return None
        if offset < 4 * SOURCES:
            return self.priority[offset // 4]
        if PENDING <= offset < PENDING + SOURCES // 8:
            return self.pending >> 8 * (offset - PENDING) & 0xFFFF_FFFF
        context, at = divmod(offset - ENABLE, ENABLE_STEP)
        if context in (0, 1) and at < SOURCES // 8:
            return self.enable[context] >> 8 * at & 0xFFFF_FFFF
        context, at = divmod(offset - CONTEXT, CONTEXT_STEP)
        if context in (0, 1) and at in (0, 4):
            return self._claim(context) if at else self.threshold[context]
        return 0

    def write(self, offset: int, size_bytes: int, value: int) -> bool:
        if size_bytes != 4 or offset % 4:
            return False
        if 0 < offset < 4 * SOURCES:
            self.priority[offset // 4] = value & MOST_PRIORITY
        context, at = divmod(offset - ENABLE, ENABLE_STEP)
        if context in (0, 1) and at < SOURCES // 8:
            kept = self.enable[context] & ~(0xFFFF_FFFF << 8 * at)
            self.enable[context] = (kept | value << 8 * at) & _REAL
        context, at = divmod(offset - CONTEXT, CONTEXT_STEP)
        if context in (0, 1) and at == 0:
            self.threshold[context] = value & MOST_PRIORITY
        elif context in (0, 1) and at == 4:
            self._complete(context, value)
        self._drive()
        return True

    def state(self) -> bytes:
        sets = (self.level, self.pending, self.waiting, *self.enable)
        return pack(*self.threshold, *self.priority) + b"".join(
            one.to_bytes(SOURCES // 8, "little") for one in sets
        )

    def restore(self, state: bytes) -> None:
        """The lines to the hart are the hart's words: whoever restores those restores them."""
        numbers = 8 * (2 + SOURCES)
        low, high, *self.priority = unpack(state[:numbers])
        self.threshold = [low, high]
        size = SOURCES // 8
        sets = [
            int.from_bytes(state[at : at + size], "little")
            for at in range(numbers, len(state), size)
        ]
        self.level, self.pending, self.waiting, *self.enable = sets

    def node(self) -> Node:
        wires: list[str | int] = ["&cpu0_intc", 11, "&cpu0_intc", 9]
        return Node(
            f"plic@{self.base:x}",
            {
                "phandle": ["&plic"],
                "compatible": ["sifive,plic-1.0.0", "riscv,plic0"],
                "reg": [0, self.base, 0, self.size_bytes],
                "interrupts-extended": wires,
                "interrupt-controller": None,
                "#interrupt-cells": 1,
                "#address-cells": 0,
                "riscv,ndev": SOURCES - 1,
            },
        )

    def facts(self) -> tuple[Fact, ...]:
        """The thresholds, and every source that has been given a priority or that asks."""
        found = [Fact(f"Threshold {mode}", str(self.threshold[at])) for at, mode in enumerate("MS")]
        for source in range(1, SOURCES):
            asks = (self.level | self.pending | self.waiting) >> source & 1
            if self.priority[source] or asks:
                found.append(Fact(f"Source {source}", self._describe(source)))
        return tuple(found)

    def _describe(self, source: int) -> str:
        words = [f"priority {self.priority[source]}"]
        modes = "".join(mode for at, mode in enumerate("MS") if self.enable[at] >> source & 1)
        words += [f"enabled for {modes}"] if modes else []
        words += ["line up"] if self.level >> source & 1 else []
        if self.pending >> source & 1:
            words.append("pending")
        elif self.waiting >> source & 1:
            words.append("claimed")
        return ", ".join(words)
