"""Printed Python bound to one arena: the description as callable functions.

The source is printed and compiled once a process; binding gives it an arena and primitives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import CodeType
from typing import Any

from vmlab.core.bits import MASK64
from vmlab.derive.pycount import COUNTED, CountingPrinter
from vmlab.derive.pysrc import Printer, instruction_source, kernel_source
from vmlab.isa.lang.verify import BY_ADDRESS
from vmlab.isa.table import INSTRUCTIONS, all_kernels
from vmlab.machine import memmap
from vmlab.machine.arena import Arena


class Trap(Exception):
    """An instruction raised an exception; nothing has been written."""

    def __init__(self, cause: int, tval: int) -> None:
        self.cause = cause
        self.tval = tval


class Redo(Exception):
    """A block met something that the engine must do with one instruction at a time."""

    def __init__(self, left: int, pc: int) -> None:
        self.left = left
        self.pc = pc


def divs(a: int, b: int) -> int:
    """Signed quotient rounded towards zero, as a 64-bit word."""
    quotient = abs(a) // abs(b)
    return (quotient if (a < 0) == (b < 0) else -quotient) & MASK64


def rems(a: int, b: int) -> int:
    """Signed remainder with the dividend's sign, as a 64-bit word."""
    remainder = abs(a) % abs(b)
    return (-remainder if a < 0 else remainder) & MASK64


def source(make: Callable[[], Printer] = Printer) -> str:
    """All kernels and instructions as Python."""
    parts = [kernel_source(kernel, make) for kernel in all_kernels()]
    parts += [instruction_source(insn, number, make) for number, insn in enumerate(INSTRUCTIONS)]
    return "\n\n\n".join(parts) + "\n"


@cache
def _code(make: Callable[[], Printer] = Printer) -> CodeType:
    return compile(source(make), "<vmlab description>", "exec")


PRIMITIVES = (
    "ram_store",
    "mmio_load",
    "mmio_store",
    "mmio_fetch",
    *(f"v{name}" for name in sorted(BY_ADDRESS)),
    "hook_page",
    "hook_drop_page",
    "hook_drop_all",
    "hook_pmp_changed",
    "hook_fence_i",
    "note_trap",
    "note_xret",
    "note_walk",
    "note_pte",
)
"""Names that the printed source calls and that whoever binds it provides."""


def bind(
    arena: Arena,
    x: list[int],
    primitives: Mapping[str, Callable[..., Any]],
    counted: list[int] | None = None,
) -> dict[str, Any]:
    """The namespace of the printed source over `arena`: every kernel by name, `insnN` by number.

    `x` holds the registers while these functions run. With `counted`, a list of one number, it is
    the source that adds to it what it evaluates (`derive.pycount`).
    """
    missing = set(PRIMITIVES) - set(primitives)
    assert not missing, missing
    space: dict[str, Any] = {
        "s": arena.words,
        "x": x,
        "m1": arena.ram,
        "m2": arena.ram2,
        "m4": arena.ram4,
        "m8": arena.ram8,
        "ram0": memmap.RAM,
        "Trap": Trap,
        "Redo": Redo,
        "divs": divs,
        "rems": rems,
        **primitives,
    }
    if counted is None:
        exec(_code(), space)
    else:
        space[COUNTED] = counted
        exec(_code(CountingPrinter), space)
    return space
