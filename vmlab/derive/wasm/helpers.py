"""The one operation that WebAssembly lacks: the high half of a 128-bit product.

    a * b = (a1 2^32 + a0)(b1 2^32 + b0)          a1, b1: high halves; a0, b0: low halves

The partial products are 64 bits each; adding them in this order never loses a carry. A negative
operand read as unsigned is 2^64 too large, so the signed forms subtract the other operand.
"""

from __future__ import annotations

from typing import Final

from vmlab.derive.wasm.module import Function, Local
from vmlab.derive.wasm.opcodes import OPCODES, Instr, Takes, Type

_A, _B = Local("a", Type.I64), Local("b", Type.I64)

# What each function computes, in postfix: a name reads a local, =name writes one, a number is a
# constant, @name calls; the rest are instructions of wasm.
_UNSIGNED: Final = """
a 0xffffffff i64.and b 0xffffffff i64.and i64.mul 32 i64.shr_u
a 32 i64.shr_u b 0xffffffff i64.and i64.mul i64.add =middle
a 0xffffffff i64.and b 32 i64.shr_u i64.mul middle 0xffffffff i64.and i64.add =other
a 32 i64.shr_u b 32 i64.shr_u i64.mul middle 32 i64.shr_u i64.add other 32 i64.shr_u i64.add
"""
_A_NEGATIVE: Final = "b a 63 i64.shr_s i64.and i64.sub"
_B_NEGATIVE: Final = "a b 63 i64.shr_s i64.and i64.sub"

PRODUCTS: Final = {
    "mulhu": _UNSIGNED,
    "mulhs": f"a b @mulhu {_A_NEGATIVE} {_B_NEGATIVE}",
    "mulhsu": f"a b @mulhu {_A_NEGATIVE}",
}
"""The helpers by the operation's name."""


def helpers(first: int) -> list[Function]:
    """The helper functions, of which the first will have the index `first`."""
    index = {name: first + at for at, name in enumerate(PRODUCTS)}
    return [_function(name, text, index) for name, text in PRODUCTS.items()]


def _function(name: str, text: str, index: dict[str, int]) -> Function:
    function = Function(name, (_A, _B), (Type.I64,), exported=False)
    names = {"a": 0, "b": 1}
    for token in text.split():
        if token in OPCODES and OPCODES[token][1] is Takes.NOTHING:
            instr = Instr(token)
        elif token.startswith("@"):
            instr = Instr("call", index[token[1:]])
        elif token.startswith("="):
            names[token[1:]] = len(names)
            function.locals.append(Local(token[1:], Type.I64))
            instr = Instr("local.set", names[token[1:]])
        elif token in names:
            instr = Instr("local.get", names[token])
        else:
            instr = Instr("i64.const", int(token, 0))
        function.body.append(instr)
    return function
