"""The words that lessons and exercises are written in: `from vmlab.lab import *`.

Kinds of addresses, modes, causes, page-table entries, faults, a decoder, and for each exercise the
records and objects that its functions are given. Nothing here knows a machine, a session or a
screen: a student's program is run where none of these exists (`course.sandbox`), and imports no
more than this.
"""

from vmlab.lab.batching import Event, Frames, Kind, MOST_UPDATES, Update
from vmlab.lab.classifying import State, Step, TrapTaken, Verdict, image
from vmlab.lab.decoding import Insn, decode
from vmlab.lab.emulating import CsrFile, Decision, Idle, Memory, Reflect, Resume, SIE, SPIE, SPP, SbiCall, Vcpu, WRITABLE
from vmlab.lab.words import A, Access, Cause, D, Fault, Flags, G, GPA, GVA, Mode, Pte, R, SPA, Trap, U, V, VA, W, X, bits, sext

__all__ = [
    "A",
    "Access",
    "Cause",
    "CsrFile",
    "D",
    "Decision",
    "Event",
    "Fault",
    "Flags",
    "Frames",
    "G",
    "GPA",
    "GVA",
    "Idle",
    "Insn",
    "Kind",
    "MOST_UPDATES",
    "Memory",
    "Mode",
    "Pte",
    "R",
    "Reflect",
    "Resume",
    "SIE",
    "SPA",
    "SPIE",
    "SPP",
    "SbiCall",
    "State",
    "Step",
    "Trap",
    "TrapTaken",
    "U",
    "Update",
    "V",
    "VA",
    "Vcpu",
    "Verdict",
    "W",
    "WRITABLE",
    "X",
    "bits",
    "decode",
    "image",
    "sext",
]
