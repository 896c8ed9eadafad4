"""How many sensitive instructions the guest's kernel executes for one operation: k.

Counted on the bare machine, instruction by instruction between the marks, from what the description
says of each: what it may be executed in, not what its name is.
"""

from __future__ import annotations

from typing import Final

from vmlab.core.events import Event, EventKind, Retired
from vmlab.core.modes import Mode
from vmlab.isa.csrs import BY_NUMBER
from vmlab.isa.encoding import Instruction
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.hearing import hear
from vmlab.vmm.common.vhart import VirtualHart

CALLS: Final = frozenset({"ecall", "ebreak"})
"""Of the privileged instructions, those that are there for U to call."""


def is_sensitive(instruction: Instruction, operands: dict[str, int]) -> bool:
    """True for what S may do and U, under a monitor, may not: CSRs, sret, sfence.vma, wfi."""
    if "csr" in operands:
        row = BY_NUMBER.get(operands["csr"])
        # A counter may be read in U where M and S say so; a monitor says no: it shows real time.
        return row is not None and (row.lowest_mode is not Mode.U or row.permission is not None)
    return instruction.extension in ("priv", "svinval") and instruction.name not in CALLS


class Path:
    """Listens to a bare machine and counts what its kernel executes."""

    def __init__(self, hart: VirtualHart) -> None:
        self._hart = hart
        self.sensitive = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Retired) and event.mode is Mode.S:
            found = self._hart.decode(event.insn)
            self.sensitive += found is not None and is_sensitive(*found)


def listen(subject: BareMachine) -> Path:
    """Count from now on, while the machine runs."""
    path = Path(subject.hart)
    hear(subject.listeners, EventKind.RETIRE, path)
    return path
