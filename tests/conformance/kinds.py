"""What kind of test an instruction needs, told from its text in the description.

A new instruction falls into its kind by itself: one that loads needs a pointer, one that jumps
needs somewhere to go, one that touches the privileged state stands in episodes of its own.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from vmlab.isa.encoding import Instruction
from vmlab.isa.lang.ir import Effect, Jump, RaiseTrap, walk
from vmlab.isa.lang.verify import BY_ADDRESS
from vmlab.isa.table import INSTRUCTIONS


class Kind(Enum):
    """How the generator uses an instruction."""

    PLAIN = "registers only"
    MEMORY = "loads or stores"
    FLOW = "jumps within the program"
    CSR = "names a CSR"
    FLOAT = "floating-point registers"
    FLOAT_MEMORY = "loads or stores them"
    SYSTEM = "privileged state"


def kind_of(instruction: Instruction) -> Kind:
    """The kind, from the operands and the effects of the traced text."""
    operands = {operand.name for operand in instruction.operands}
    if "csr" in operands:
        return Kind.CSR
    text = instruction.traced().body
    if instruction.extension in ("f", "d", "zcd"):
        accesses = any(isinstance(s, Effect) and s.what in BY_ADDRESS for s in walk(text))
        return Kind.FLOAT_MEMORY if accesses else Kind.FLOAT
    if instruction.extension in ("priv", "svinval", "zifencei", "h"):
        return Kind.SYSTEM
    statements = walk(text)
    if any(isinstance(s, RaiseTrap) for s in text.statements):
        return Kind.SYSTEM
    if any(isinstance(s, Effect) and s.what in BY_ADDRESS for s in statements):
        return Kind.MEMORY
    if any(isinstance(s, Jump) for s in statements):
        return Kind.FLOW
    return Kind.PLAIN


BY_KIND: Final = {kind: tuple(i for i in INSTRUCTIONS if kind_of(i) is kind) for kind in Kind}
