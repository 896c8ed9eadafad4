"""What somebody changes in a machine that stands: a register, a CSR, memory.

A change is input of the run, like what is typed: it is stamped with the step at which it was made,
a recording holds it, and going back and forward again meets it there once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.core.modes import Mode
from vmlab.engine.api import Engine
from vmlab.isa.csrs import BY_NUMBER
from vmlab.isa.extensions import extensions_of
from vmlab.isa.state import ARRAYS
from vmlab.machine.platform import Machine

WORD_BYTES: Final = 8
MOST_BYTES: Final = 1 << 20
"""The longest change of memory; a longer one is several."""


class Place(Enum):
    """What is changed. `number` says which one of them, for memory where it begins."""

    X = "x"
    F = "f"
    PC = "pc"
    MODE = "mode"
    CSR = "csr"
    MEMORY = "memory"
    """RAM, by physical address."""


@dataclass(frozen=True, slots=True)
class Edit:
    """`data` was written when the machine had made `step` steps: a register's 64-bit word in
    little-endian order, or the bytes of memory."""

    step: int
    place: Place
    number: int
    data: bytes

    @property
    def word(self) -> int:
        """The register's new value."""
        return int.from_bytes(self.data, "little")


def check(machine: Machine, edit: Edit) -> None:
    """Raises `BadInput` for a change that cannot be made; nothing has been changed then."""
    place, number, data = edit.place, edit.number, edit.data
    if place is Place.MEMORY:
        if not 0 < len(data) <= MOST_BYTES:
            raise BadInput(f"expected 1 to {MOST_BYTES} bytes for memory, found {len(data)}")
        if not machine.dma.holds(number, len(data)):
            raise BadInput(
                f"expected to write RAM, found {len(data)} bytes at the physical address "
                f"{number:#x}"
            )
        return
    if len(data) != WORD_BYTES:
        raise BadInput(f"expected {WORD_BYTES} bytes for a register, found {len(data)}")
    if place is Place.CSR:
        if not csr_exists(machine, number):
            raise BadInput(f"expected a CSR that this machine has, found {number:#x}")
        if BY_NUMBER[number].is_read_only:
            raise BadInput(f"expected a CSR to write, found {BY_NUMBER[number].name}: read-only")
    elif place is Place.MODE:
        if edit.word not in [mode.value for mode in Mode]:
            raise BadInput(f"expected a mode of 0, 1 or 3, found {edit.word}")
    elif place is not Place.PC and not 0 <= number < _length(place):
        raise BadInput(f"expected a register {place.value}0 to {place.value}31, found {number}")


def _length(place: Place) -> int:
    """How many registers of a file the machine has."""
    return ARRAYS[place.value].length


def csr_exists(machine: Machine, number: int) -> bool:
    """True if the machine has a CSR of this number."""
    csr = BY_NUMBER.get(number)
    if csr is None:
        return False
    return csr.extension is None or csr.extension in extensions_of(machine.platform.isa)


def apply(machine: Machine, engine: Engine, edit: Edit) -> None:
    """Make a change that `check` let pass. A CSR is written as M writes it, legalised."""
    if edit.place is Place.MEMORY:
        # As a device writes: the engine hears of it, and a reservation there ends.
        machine.dma.write(edit.number, edit.data)
        return
    if edit.place is Place.CSR:
        engine.write_csr(edit.number, edit.word)
    elif edit.place is Place.PC:
        machine.hart.pc = edit.word & ~1
    elif edit.place is Place.MODE:
        machine.hart.set_word("mode", edit.word)
        if edit.word == Mode.M:
            machine.hart.set_word("virtual", 0)  # M never has V = 1
    elif edit.place is Place.X:
        machine.hart.x[edit.number] = edit.word
    else:
        machine.arena.words[ARRAYS[edit.place.value].slot + edit.number] = edit.word
    engine.forget(set())
