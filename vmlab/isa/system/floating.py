"""The floating-point unit's state: is it on, is it dirty, what has it accrued (3.1.6.6, 20.2).

mstatus.FS is 0 Off, 1 Initial, 2 Clean or 3 Dirty. Only Off changes what happens: every instruction
and CSR of the unit is illegal. Whatever writes its state makes it Dirty; an instruction that raises
no exception leaves fflags alone, so a comparison does not (Spike's choice). While V = 1 there are
two such fields, HS's and VS's: either turns the unit off, and both become Dirty.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.lang import Kit, Value
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.state import FFLAGS, MSTATUS, VIRTUAL, VSSTATUS

FS: Final = STATUS.mask("FS")


def is_on(k: Kit) -> Value:
    """True if the unit may be used."""
    return k[MSTATUS].any(FS) & (k[VIRTUAL].eq(0) | k[VSSTATUS].any(FS))


def make_dirty(k: Kit) -> None:
    """Its state has been written."""
    k[MSTATUS] = k[MSTATUS] | FS
    with k.when(k[VIRTUAL].eq(1)):
        k[VSSTATUS] = k[VSSTATUS] | FS


def accrue(k: Kit, flags: Value) -> None:
    """Exceptions that were raised stay in fflags until software clears them."""
    with k.when(flags.ne(0)):
        k[FFLAGS] = k[FFLAGS] | flags
        make_dirty(k)
