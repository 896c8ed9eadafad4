"""The words that lessons and exercises are written in: `from vmlab.lab import *`.

Kinds of addresses, modes, causes, page-table entries, faults, a decoder, and for each exercise the
records and objects that its functions are given. Nothing here knows a machine, a session or a
screen: a student's program is run where none of these exists (`course.sandbox`), and imports no
more than this.
"""

from vmlab.lab.decoding import Insn, decode
from vmlab.lab.emulating import (
    SIE,
    SPIE,
    SPP,
    WRITABLE,
    CsrFile,
    Decision,
    Idle,
    Memory,
    Reflect,
    Resume,
    SbiCall,
    Vcpu,
)
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
    "GPA",
    "GVA",
    "SIE",
    "SPA",
    "SPIE",
    "SPP",
    "VA",
    "WRITABLE",
    "A",
    "Access",
    "Cause",
    "CsrFile",
    "D",
    "Decision",
    "Fault",
    "Flags",
    "G",
    "Idle",
    "Insn",
    "Memory",
    "Mode",
    "Pte",
    "R",
    "Reflect",
    "Resume",
    "SbiCall",
    "Trap",
    "U",
    "V",
    "Vcpu",
    "W",
    "X",
    "bits",
    "decode",
    "sext",
]
