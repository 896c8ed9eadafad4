"""Which instructions of a guest's kernel are sensitive, by what the description says of each: in
which modes it may be executed, not what its name is.

Whoever counts a guest's path (`compare.path`, `laws.tracing`) asks this.
"""

from __future__ import annotations

from typing import Final

from vmlab.core.modes import Mode
from vmlab.isa.csrs import BY_NUMBER
from vmlab.isa.encoding import Instruction

CALLS: Final = frozenset({"ecall", "ebreak"})
"""Of the privileged instructions, those that are there for U to call."""


def is_sensitive(instruction: Instruction, operands: dict[str, int]) -> bool:
    """True for what S may do and U, under a monitor, may not: CSRs, sret, sfence.vma, wfi.
    `operands` by field name, as `VirtualHart.decode` gives them."""
    if "csr" in operands:
        row = BY_NUMBER.get(operands["csr"])
        # A counter may be read in U where M and S say so; a monitor says no: it shows real time.
        return row is not None and (row.lowest_mode is not Mode.U or row.permission is not None)
    return instruction.extension in ("priv", "svinval") and instruction.name not in CALLS


def is_counter(operands: dict[str, int]) -> bool:
    """True for a read of `cycle`, `time`, `instret` and their kin."""
    row = BY_NUMBER.get(operands.get("csr", -1))
    return row is not None and row.is_read_only and row.permission is not None
