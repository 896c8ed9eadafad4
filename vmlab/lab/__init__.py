"""The words that lessons and exercises are written in: `from vmlab.lab import *`.

Kinds of addresses, modes, causes, page-table entries, faults, a decoder, and for each exercise the
records and objects that its functions are given. Nothing here knows a machine, a session or a
screen: a student's program is run where none of these exists (`course.sandbox`), and imports no
more than this.
"""

from vmlab.lab.batching import MOST_UPDATES, Event, Frames, Kind, Update
from vmlab.lab.classifying import State, Step, TrapTaken, Verdict, image
from vmlab.lab.decoding import Insn, decode
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
    "MOST_UPDATES",
    "SPA",
    "VA",
    "A",
    "Access",
    "Cause",
    "D",
    "Event",
    "Fault",
    "Flags",
    "Frames",
    "G",
    "Insn",
    "Kind",
    "Mode",
    "Pte",
    "R",
    "State",
    "Step",
    "Trap",
    "TrapTaken",
    "U",
    "Update",
    "V",
    "Verdict",
    "W",
    "X",
    "bits",
    "decode",
    "image",
    "sext",
]
