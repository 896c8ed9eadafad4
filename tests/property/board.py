"""A machine whose kernels are called by hand: state set by name, kernels by name.

Long runs (`VMLAB_LONG=1`) do twenty times as much.
"""

from __future__ import annotations

import os
from typing import Any, Final

from vmlab.core.modes import Mode
from vmlab.core.units import MIB
from vmlab.engine.reference import Reference
from vmlab.isa.csrs import CSRS
from vmlab.isa.state import ARRAYS
from vmlab.machine.platform import Machine, Platform

RAM_BYTES: Final = 1 * MIB
SCALE: Final = 20 if os.environ.get("VMLAB_LONG") == "1" else 1


class Board:
    """A machine, its T0 engine, and short names for what tests do with them."""

    def __init__(self) -> None:
        self.machine = Machine(Platform(ram_bytes=RAM_BYTES))
        self.engine = Reference(self.machine)
        self.hart = self.machine.hart

    def call(self, name: str, *args: int) -> Any:
        """Run a kernel's printed Python form."""
        return self.engine.kernel(name)(*args)

    def write_csr(self, name: str, value: int) -> None:
        """Write as an instruction would, with legalisation."""
        self.call("csr_write", CSRS[name].number, value)

    def read_csr(self, name: str) -> int:
        return int(self.call("csr_read", CSRS[name].number))

    def word(self, pa: int) -> int | None:
        """The doubleword at a physical address; None outside RAM."""
        offset = pa - self.ram_base
        if pa % 8 or not 0 <= offset <= RAM_BYTES - 8:
            return None
        return int(self.machine.arena.ram8[offset // 8])

    def put(self, pa: int, value: int) -> None:
        """Write a doubleword of RAM."""
        self.machine.arena.ram8[(pa - self.ram_base) // 8] = value

    @property
    def ram_base(self) -> int:
        return self.hart.word("ram_base")

    def enter(self, mode: Mode) -> None:
        self.hart.set_word("mode", mode)

    def open_memory(self) -> None:
        """One PMP entry that opens everything to S and U."""
        self.write_csr("pmpaddr0", (1 << 54) - 1)
        self.write_csr("pmpcfg0", 0x1F)

    def pmp_entry(self, entry: int) -> tuple[int, int]:
        """(configuration, address) as they were legalised."""
        words = self.machine.arena.words
        return (
            words[ARRAYS["pmpcfg"].slot + entry],
            words[ARRAYS["pmpaddr"].slot + entry],
        )
