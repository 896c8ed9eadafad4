"""The language that the machine is described in.

A description is ordinary typed Python that runs *once*, on symbolic values, and leaves behind a
small program (`ir`). `trace` runs it, `verify` checks what was left. Nothing here knows RISC-V,
and nothing here runs a guest: `vmlab.derive` prints the programs as Python and as WebAssembly.
"""

from vmlab.isa.lang.ir import (
    Array,
    Block,
    Field,
    Kernel,
    Value,
)
from vmlab.isa.lang.trace import Kit, Reg, TraceError, Var, kernel

__all__ = [
    "Array",
    "Block",
    "Field",
    "Kernel",
    "Kit",
    "Reg",
    "TraceError",
    "Value",
    "Var",
    "kernel",
]
