"""The accesses that no table of T1's serves, those that have to do with reservations: small
functions in the region's module that work out what T1's kernels want to know, so that each access
says as little as it can.

    access_NAME(va, size, [value,] site, base, left) -> (what happened, value)
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from vmlab.derive.t2.facts import KERNELS
from vmlab.derive.t2.instruction import BACK_AT, OFFSET_MASK
from vmlab.derive.wasm.module import Function, Import, Local, Signature
from vmlab.derive.wasm.opcodes import Instr, Type

ACCESSES: Final = ("load_reserved", "store_conditional")
_TAKES: Final = frozenset({"store_conditional"})


def kernel_import(what: str) -> Import:
    """T1's kernel: (va, size, [value,] pc, left) -> (what happened, value)."""
    takes = 4 + (what in _TAKES)
    signature = Signature((Type.I64,) * takes, (Type.I64, Type.I64))
    return Import(f"region_{what}", signature, KERNELS)


def access_function(what: str, kernel: int) -> Function:
    """The function that calls the kernel of this index for an access of the region."""
    names = ["va", "size", *(["value"] if what in _TAKES else [])]
    params = [Local(name, Type.I64) for name in names]
    params += [Local("site", Type.I32), Local("base", Type.I64), Local("left", Type.I32)]
    at = {param.name: place for place, param in enumerate(params)}
    body: list[Instr] = [Instr("local.get", at[name]) for name in names]
    body += [
        Instr("local.get", at["base"]),
        Instr("local.get", at["site"]),
        Instr("i32.const", OFFSET_MASK),
        Instr("i32.and"),
        Instr("i64.extend_i32_u"),
        Instr("i64.add"),
        Instr("local.get", at["left"]),
        Instr("local.get", at["site"]),
        Instr("i32.const", BACK_AT),
        Instr("i32.shr_u"),
        Instr("i32.add"),
        Instr("i64.extend_i32_s"),
        Instr("call", kernel),
    ]
    body += [
        Instr("local.set", len(params)),
        Instr("i32.wrap_i64"),
        Instr("local.get", len(params)),
    ]
    results, result = (Type.I32, Type.I64), [Local("result", Type.I64)]
    return Function(f"access_{what}", tuple(params), results, result, body, exported=False)


def accesses_used(used: Collection[str]) -> list[str]:
    """The accesses in a constant order."""
    return [what for what in ACCESSES if what in used]
