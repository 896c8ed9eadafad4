"""The words that lessons and exercises are written in: `from vmlab.lab import *`.

Kinds of addresses, modes, causes, page-table entries, faults, a decoder, and for each exercise the
records and objects that its functions are given. Nothing here knows a machine, a session or a
screen: a student's program is run where none of these exists (`course.sandbox`), and imports no
more than this.
"""

from vmlab.lab.decoding import Insn, decode
from vmlab.lab.shadowing import ACCESS_FAULT, PAGE, PAGE_FAULT, Ctx, Guest, Kept, Leaf, Shadow
from vmlab.lab.words import (
    GPA,
    GVA,
    SPA,
    VA,
    A,
    Access,
    Cause,
    D,
    Fault,
    Flags,
    G,
    Mode,
    Pte,
    R,
    Trap,
    U,
    V,
    W,
    X,
    bits,
    sext,
)

__all__ = [
    "ACCESS_FAULT",
    "GPA",
    "GVA",
    "PAGE",
    "PAGE_FAULT",
    "SPA",
    "VA",
    "A",
    "Access",
    "Cause",
    "Ctx",
    "D",
    "Fault",
    "Flags",
    "G",
    "Guest",
    "Insn",
    "Kept",
    "Leaf",
    "Mode",
    "Pte",
    "R",
    "Shadow",
    "Trap",
    "U",
    "V",
    "W",
    "X",
    "bits",
    "decode",
    "sext",
]
