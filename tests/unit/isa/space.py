"""A machine in S whose page tables a test writes entry by entry."""

from __future__ import annotations

from vmlab.core.bits import sext64
from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.engine.reference import Reference
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import PMPCFG, PTE, SATP
from vmlab.isa.system.walk import Format
from vmlab.machine import memmap
from vmlab.machine.platform import Machine, Platform

TABLES = memmap.RAM + 0x10_0000
V, R, W, A, D = (PTE[name].mask for name in "VRWAD")


class Space:
    """A machine in S whose page tables a test writes entry by entry."""

    def __init__(
        self, fmt: Format, flags: int, leaf_level: int = 0, misaligned: str = "trap"
    ) -> None:
        self.machine = Machine(Platform(ram_bytes=4 << 20, misaligned=misaligned))
        self.machine.load([], memmap.RAM, dtb=b"")
        self.engine = Reference(self.machine)
        self.hart = self.machine.hart
        self.va = sext64(sum(0x155 << 12 + 9 * level for level in range(fmt.levels)), fmt.va_bits)
        inside = (1 << 12 + 9 * leaf_level) - 1
        self.pa = memmap.RAM & ~inside | self.va & inside
        self.leaf = 0
        for depth, level in enumerate(reversed(range(leaf_level, fmt.levels))):
            self.leaf = TABLES + 0x1000 * depth + 8 * (self.va >> 12 + 9 * level & 511)
            entry = (self.leaf & ~0xFFF) + 0x1000 >> 2 | V
            if level == leaf_level:
                entry = (memmap.RAM & ~inside) >> 2 | V | flags
            self.set_pte(entry)
        self.hart.set_word("satp", fmt.number << SATP["MODE"].low | TABLES >> 12)
        self.hart.set_word("mode", Mode.S)
        self.pmp("pmpcfg", 0, PMPCFG.mask("R", "W", "X", "A"))
        self.pmp("pmpaddr", 0, (1 << 54) - 1)

    def pmp(self, name: str, entry: int, value: int) -> None:
        number = CSRS["pmpcfg0" if name == "pmpcfg" else f"pmpaddr{entry}"].number
        if name == "pmpcfg":
            value = self.engine.read_csr(number) & ~(0xFF << 8 * entry) | value << 8 * entry
        self.engine.kernel("csr_write")(number, value)

    def set_pte(self, value: int) -> None:
        self.machine.write(self.leaf, value.to_bytes(8, "little"))

    @property
    def pte(self) -> int:
        return int.from_bytes(self.machine.read(self.leaf, 8), "little")

    def translate(self, access: Access, offset: int = 0) -> tuple[int, int]:
        result = self.engine.kernel("translate")(self.va + offset, access.value, Mode.S)
        return int(result[0]), int(result[1])
