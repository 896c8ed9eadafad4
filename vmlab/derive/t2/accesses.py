"""The accesses that a region does not know from T1's tables: small functions in the region's module
that work out what T1's kernels want to know, so that each access says as little as it can.

    access_NAME(va, size, [value,] site, base, left) -> (what happened, [value])
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from vmlab.derive.t2.facts import KERNELS
from vmlab.derive.t2.instruction import BACK_AT, OFFSET_MASK
from vmlab.derive.wasm.module import Function, Import, Local, Signature
from vmlab.derive.wasm.opcodes import Instr, Type

_GIVES: Final = {
    "load": True,
    "amo_load": True,
    "load_reserved": True,
    "store": False,
    "store_conditional": True,
}
"""Whether a kernel gives a value besides what happened."""
_TAKES: Final = frozenset({"store", "store_conditional"})
ACCESSES: Final = tuple(_GIVES)


def kernel_import(what: str) -> Import:
    """T1's kernel: (va, size, [value,] pc, left) -> (what happened, [value])."""
    takes = 4 + (what in _TAKES)
    signature = Signature((Type.I64,) * takes, (Type.I64,) * (1 + _GIVES[what]))
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
    locals_: list[Local] = []
    results: tuple[Type, ...] = (Type.I32,)
    if _GIVES[what]:
        results = (Type.I32, Type.I64)
        locals_.append(Local("result", Type.I64))
        body += [
            Instr("local.set", len(params)),
            Instr("i32.wrap_i64"),
            Instr("local.get", len(params)),
        ]
    else:
        body.append(Instr("i32.wrap_i64"))
    return Function(f"access_{what}", tuple(params), results, locals_, body, exported=False)


def accesses_used(used: Collection[str]) -> list[str]:
    """The accesses in a constant order."""
    return [what for what in ACCESSES if what in used]
