"""What of a program a paravirtual kernel can do, too: one abstract program, built twice.

A kernel that knows its monitor has no superpages (its frames do not stand in a row), no devices, no
clock in a register and no timer but by asking. What is left is the same program for both builds:
what U does, what the kernel does to pages of 4 KiB, edits of their entries, and spaces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.csr_row import CSRS
from vmlab.isa.layouts import MSTATUS, PTE
from vmlab.vmm.laws.kernels import operations as ops
from vmlab.vmm.laws.kernels.operations import Operation, Slot, Step
from vmlab.vmm.laws.kernels.places import (
    PAGE_COUNT,
    PAGES,
    USER_TEXT_AT,
    USER_TEXT_PAGES,
    Region,
)
from vmlab.vmm.laws.kernels.tables import FORMAT_NUMBERS

Leaves = Mapping[tuple[int, Slot, int], int]
SLOTS: Final = frozenset({Slot.WINDOW, Slot.USER_TEXT})
_REGIONS: Final = frozenset({Region.WINDOW, Region.DIRECT})
_CSRS: Final = frozenset(CSRS[name].number for name in ("fflags", "frm", "fcsr"))
"""What U has of its own. All others are illegal for it on both; the kernel's differ."""
_RIGHTS: Final = MSTATUS.mask("SUM", "MXR")
_PAGES: Final = range(PAGES >> PAGE_BITS, (PAGES >> PAGE_BITS) + PAGE_COUNT + 1)
_TEXT: Final = range(
    USER_TEXT_AT >> PAGE_BITS, USER_TEXT_AT + USER_TEXT_PAGES * PAGE_SIZE_BYTES >> PAGE_BITS
)


def portable_leaves(leaves: Leaves) -> dict[tuple[int, Slot, int], int]:
    """The entries that both builds may start with; the others are invalid."""
    return {
        where: pte if where[1] in SLOTS and _allowed(pte) else 0
        for where, pte in leaves.items()
        if where[1] in SLOTS
    }


def portable(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """The operations that both builds can do."""
    return tuple(kept for one in operations if (kept := _operation(one)) is not None)


def _allowed(pte: int) -> bool:
    """True for an entry that validation lets through: a leaf of its own page, or none."""
    if not pte & PTE.mask("V"):
        return True
    leaf = bool(pte & PTE.mask("R", "X"))
    readable = not pte & PTE.mask("W") or bool(pte & PTE.mask("R"))
    own = PTE["PPN"].of(pte) in _PAGES or PTE["PPN"].of(pte) in _TEXT
    return leaf and readable and own and not pte & PTE.mask("G", "RESERVED")


def _operation(one: Operation) -> Operation | None:
    match one:
        case ops.InKernel():
            return ops.InKernel(_steps(one.steps, user=False))
        case ops.InUser():
            return ops.InUser(_steps(one.steps, user=True), one.spie)
        case ops.EditTable():
            return one if one.slot in SLOTS and _allowed(one.pte) else None
        case ops.Switch():
            return ops.Switch(one.space, FORMAT_NUMBERS[0])
        case ops.SetBits():
            return one if not one.bits & ~_RIGHTS else None
        case ops.SetFloat() | ops.Patch() | ops.ReturnToSelf():
            return one
        case _:
            return None


def _steps(steps: Iterable[Step], user: bool) -> tuple[Step, ...]:
    return tuple(step for step in steps if _is_portable(step, user))


def _is_portable(step: Step, user: bool) -> bool:
    match step:
        case ops.Touch():
            return step.place.region in _REGIONS
        case ops.Reserve():
            silent = step.between not in (ops.Between.CSR, ops.Between.DEVICE)
            return silent and step.place.region in _REGIONS
        case ops.CsrAccess():
            return step.number in _CSRS
        case ops.Forbidden():
            return user
        case _:
            return True
