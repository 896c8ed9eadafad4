"""The hart's registers as GDB numbers and names them (gdb/riscv-tdep.h, and its feature names).

    0 to 31   x0 to x31         65 + n   the CSR of number n
    32        pc                4161     priv: the privilege mode
    33 to 64  f0 to f31         4162     virt: the virtualization mode

Only what this machine has is told. Every register is 64 bits, sent in the hart's byte order, which
is little-endian.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.isa.csrs import CSRS
from vmlab.isa.extensions import extensions_of
from vmlab.isa.layout import BitField
from vmlab.isa.registers import ABI_NAMES
from vmlab.isa.state import ARRAYS
from vmlab.session.edits import WORD_BYTES, Place
from vmlab.session.observe import SHOWN_CSRS
from vmlab.session.session import Session

PC: Final = 32
SP: Final = ABI_NAMES.index("sp")
FIRST_F: Final = 33
FIRST_CSR: Final = 65
PRIV: Final = FIRST_CSR + 4096
VIRT: Final = PRIV + 1
GENERAL: Final = PC + 1
"""How many registers the packets `g` and `G` hold; the others are asked for one by one."""
CPU, FPU, CSR, VIRTUAL = "cpu", "fpu", "csr", "virtual"
"""Features, after org.gnu.gdb.riscv."""
_F_CSRS: Final = ("fflags", "frm", "fcsr")
_F_NAMES: Final = (
    *(f"ft{n}" for n in range(8)), "fs0", "fs1", *(f"fa{n}" for n in range(8)),
    *(f"fs{n}" for n in range(2, 12)), *(f"ft{n}" for n in range(8, 12)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Register:
    """One register: GDB's number, feature and type, what it is to a session, and its fields."""

    number: int
    name: str
    feature: str
    place: Place | None
    """How a session writes it; None if nobody can."""
    index: int = 0
    fields: tuple[BitField, ...] = ()
    kind: str = "int"


def registers_of(session: Session) -> dict[int, Register]:
    """The registers that the session's machine has, by number, in order."""
    found = sorted(_all(session), key=lambda register: register.number)
    return {register.number: register for register in found}


def _all(session: Session) -> Iterator[Register]:
    extensions = extensions_of(session.setup.platform.isa)
    has_floats = "f" in extensions
    kinds = {"ra": "code_ptr", "sp": "data_ptr", "gp": "data_ptr", "tp": "data_ptr"}
    for index, name in enumerate(ABI_NAMES):
        name = "fp" if name == "s0" else name
        yield Register(index, name, CPU, Place.X, index, (), kinds.get(name, "int"))
    yield Register(PC, "pc", CPU, Place.PC, kind="code_ptr")
    if has_floats:
        kind = "ieee_double" if "d" in extensions else "ieee_single"
        for index, name in enumerate(_F_NAMES):
            yield Register(FIRST_F + index, name, FPU, Place.F, index, (), kind)
    for csr in SHOWN_CSRS:
        if csr.extension is None or csr.extension in extensions:
            feature = FPU if csr.name in _F_CSRS else CSR
            place = None if csr.is_read_only else Place.CSR
            yield Register(FIRST_CSR + csr.number, csr.name, feature, place, csr.number, csr.fields)
    yield Register(PRIV, "priv", VIRTUAL, Place.MODE)
    if "h" in extensions:
        yield Register(VIRT, "virt", VIRTUAL, None)


def read(session: Session, register: Register) -> bytes:
    """A register as a packet holds it; nothing happens to the machine."""
    return _value(session, register).to_bytes(WORD_BYTES, "little")


def _value(session: Session, register: Register) -> int:
    hart = session.machine.hart
    if register.number == PC:
        return hart.pc
    if register.number == PRIV:
        return hart.mode.value
    if register.number == VIRT:
        return int(hart.virtual)
    if register.place is Place.X:
        return hart.x[register.index]
    if register.place is Place.F:
        return session.machine.arena.words[ARRAYS["f"].slot + register.index]
    return session.engine.read_csr(register.index)


def write(session: Session, register: Register, data: bytes) -> None:
    """Change a register, as a step of the session's history. A CSR is legalised. Raises
    `BadInput` for one that cannot be written."""
    if register.place is None:
        raise BadInput(f"expected a register to write, found {register.name}: read-only")
    if register.number and read(session, register) != data:  # x0 stays 0
        session.edit(register.place, register.index, data)


def by_name(session: Session, name: str) -> Register | None:
    """A CSR by its name."""
    csr = CSRS.get(name)
    return None if csr is None else registers_of(session).get(FIRST_CSR + csr.number)
