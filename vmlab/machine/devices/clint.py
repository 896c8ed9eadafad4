"""The CLINT: the software interrupt, the timer and the clock of hart 0 (ACLINT-compatible).

Its registers live in the hart's arena, because the interrupt kernels read them; the device is
the window through which a guest reaches them. 8-byte registers also answer to their halves.
"""

from __future__ import annotations

from collections.abc import Callable

from vmlab.core.bits import MASK64
from vmlab.isa.causes import MACHINE_SOFTWARE, MACHINE_TIMER
from vmlab.isa.lang import Field
from vmlab.isa.layouts import INTERRUPTS
from vmlab.isa.state import INSNS_PER_TICK, MIP, MTIME_OFFSET, MTIMECMP, RETIRED, SKIPPED
from vmlab.machine.arena import Arena
from vmlab.machine.devices.device import Fact, Node

MSIP = 0x0000
MTIMECMP_OFFSET = 0x4000
MTIME = 0xBFF8
_MSI = INTERRUPTS["MSI"].mask


class Clint:
    """msip at 0, mtimecmp at 0x4000, mtime at 0xbff8."""

    name = "clint"
    size_bytes = 0x10000

    def __init__(self, base: int, arena: Arena) -> None:
        self.base = base
        self._words = arena.words

    def _word(self, field: Field) -> int:
        return self._words[field.slot]

    @property
    def mtime(self) -> int:
        """The clock: virtual time divided by the platform's tick, plus what writes added."""
        elapsed = self._word(RETIRED) + self._word(SKIPPED)
        return (elapsed // self._word(INSNS_PER_TICK) + self._word(MTIME_OFFSET)) & MASK64

    def _registers(self) -> dict[int, tuple[int, Callable[[int], None]]]:
        return {
            MSIP: (INTERRUPTS["MSI"].of(self._word(MIP)), self._set_msip),
            MTIMECMP_OFFSET: (self._word(MTIMECMP), self._set_mtimecmp),
            MTIME: (self.mtime, self._set_mtime),
        }

    def _set_msip(self, value: int) -> None:
        self._words[MIP.slot] = self._word(MIP) & ~_MSI | (_MSI if value & 1 else 0)

    def _set_mtimecmp(self, value: int) -> None:
        self._words[MTIMECMP.slot] = value

    def _set_mtime(self, value: int) -> None:
        moved = self._word(MTIME_OFFSET) + value - self.mtime
        self._words[MTIME_OFFSET.slot] = moved & MASK64

    def _find(self, offset: int, size_bytes: int) -> tuple[int, int, Callable[[int], None]] | None:
        """(bit position, the whole register, how to set it) of an access of 4 or 8 bytes."""
        if size_bytes not in (4, 8) or offset % size_bytes:
            return None
        register = self._registers().get(offset & ~7)
        if register is None or (offset & ~7 == MSIP and size_bytes == 8):
            # msip of other harts, and what lies between the registers: zero, writes ignored.
            return (0, 0, lambda value: None)
        return ((offset & 4) * 8, *register)

    def read(self, offset: int, size_bytes: int) -> int | None:
        found = self._find(offset, size_bytes)
        return None if found is None else found[1] >> found[0] & ((1 << 8 * size_bytes) - 1)

    def write(self, offset: int, size_bytes: int, value: int) -> bool:
        found = self._find(offset, size_bytes)
        if found is None:
            return False
        position, whole, assign = found
        mask = ((1 << 8 * size_bytes) - 1) << position
        assign(whole & ~mask | (value << position & mask))
        return True

    def reset(self) -> None:
        """Nothing: the registers are the hart's words, which the machine resets."""

    def state(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None:
        """Nothing: see `reset`."""

    def node(self) -> Node:
        wires: list[str | int] = ["&cpu0_intc", MACHINE_SOFTWARE, "&cpu0_intc", MACHINE_TIMER]
        return Node(
            f"clint@{self.base:x}",
            {
                "compatible": ["sifive,clint0", "riscv,clint0"],
                "reg": [0, self.base, 0, self.size_bytes],
                "interrupts-extended": wires,
            },
        )

    def facts(self) -> tuple[Fact, ...]:
        registers = self._registers()
        names = {"msip": MSIP, "mtime": MTIME, "mtimecmp": MTIMECMP_OFFSET}
        facts = [Fact(name, str(registers[at][0])) for name, at in names.items()]
        left = registers[MTIMECMP_OFFSET][0] - self.mtime
        due = "due" if left <= 0 else "never" if left >> 62 else f"in {left} ticks"
        return (*facts, Fact("Timer interrupt", due))
