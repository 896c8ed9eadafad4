"""What the tests want to know of WebAssembly in the site's worker, as one dictionary.

The module is made with our own printer: an assembler of others does not run in the page.
"""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable
from typing import Any

import pyodide_js

from vmlab.core.errors import BrokenInvariant
from vmlab.derive.wasm.module import Function, Import, Local, Module, Signature
from vmlab.derive.wasm.opcodes import Instr, Type
from vmlab.engine.hosts import find_host, why_not

WORD = 0x0102_0304_0506_0708
AT, FAR = 4096, 1 << 20
CALLS = 20_000
GROWTH_BYTES = 200 << 20
MACHINES, MACHINE_BYTES = 12, 200 << 20


def _function(name: str, params: int, *body: tuple[str, int] | str) -> Function:
    code = [Instr(*(step if isinstance(step, tuple) else (step,))) for step in body]
    return Function(name, (Local("a", Type.I32),) * params, (Type.I32,), [], code)


def module() -> Module:
    """add, a store and a load of memory, calls back, and a trap."""
    told = Import("told", Signature((), ()))
    asked = Import("asked", Signature((Type.I32, Type.I32), (Type.I32,)))
    a, b = ("local.get", 0), ("local.get", 1)
    functions = (
        _function("five", 0, ("i32.const", 5)),
        _function("add", 2, a, b, "i32.add"),
        _function("put", 1, a, ("i64.const", WORD), ("i64.store", AT), ("i32.const", 0)),
        _function("get", 1, a, ("i32.load", AT)),
        _function("tell", 0, ("call", 0), ("i32.const", 1)),
        _function("ask", 2, a, b, ("call", 1)),
        _function("fail", 0, "unreachable"),
    )
    return Module((told, asked), functions)


class Odd(BaseException):
    """A failure that is no `Exception`."""


def _raised(function: Callable[..., Any], *args: int) -> str:
    try:
        function(*args)
    except (Odd, BrokenInvariant) as found:
        return f"{type(found).__name__}: {found}"
    return "nothing"


def _microseconds(function: Callable[[], object]) -> float:
    took = []
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(CALLS):
            function()
        took.append((time.perf_counter() - begin) / CALLS * 1e6)
    return min(took)


class _Engine:
    """Holds a block and is called by its module: a circle, as with a real engine."""

    def __init__(self, size_bytes: int = FAR + 65536) -> None:
        host = find_host()
        assert host is not None, why_not()
        self.calls = 0
        self.broken = False
        self.block = host.memory(size_bytes)
        self.functions = self.block.instantiate(
            module().encode_file(), {"told": self.told, "asked": self.asked}
        )

    def told(self) -> None:
        self.calls += 1
        if self.broken:
            raise Odd("told")

    def asked(self, a: int, b: int) -> int:
        if self.broken:
            raise Odd(f"asked {a} {b}")
        return a - b


def _memory(engine: _Engine) -> dict[str, object]:
    """Both see one memory, now and after Python's has grown."""
    block, functions, found = engine.block, engine.functions, {}
    for when in ("before", "after"):
        functions["put"](FAR)
        place = slice(FAR + AT, FAR + AT + 8)
        found[f"written {when}"] = bytes(block.view[place]).hex()
        block.view[place] = bytes([9, 0, 0, 0, 0, 0, 0, 0])
        found[f"read {when}"] = functions["get"](FAR)
        large = bytearray(GROWTH_BYTES)
        large[-1] = 1
    found["zero"] = not any(block.view[:AT])
    return found


def _leftovers() -> int:
    """How many engines are still there when nobody holds them."""
    seen = []
    for _ in range(3):
        engine = _Engine()
        engine.functions["tell"]()
        seen.append(weakref.ref(engine.block))
        del engine
    gc.collect()
    return sum(ref() is not None for ref in seen)


def _heap_bytes() -> int:
    """How much memory Python has by now, after many large machines one after another."""
    for _ in range(MACHINES):
        _Engine(MACHINE_BYTES).functions["tell"]()
    return int(pyodide_js._module.HEAP8.length)


def report() -> dict[str, object]:
    """All that is to be known; a sentence if there is no host."""
    if find_host() is None:
        return {"why not": why_not()}
    engine = _Engine()
    functions = engine.functions
    found: dict[str, object] = {
        "why not": why_not(),
        "base": engine.block.base,
        "add": functions["add"](2, 3),
        "ask": functions["ask"](9, 4),
        "trap": _raised(functions["fail"]),
        **_memory(engine),
        "call": _microseconds(functions["five"]),
        "call back": _microseconds(functions["tell"]),
        "calls": engine.calls,
        "frozen": gc.get_freeze_count(),
    }
    engine.broken = True
    found["told"] = [_raised(functions["tell"]) for _ in range(2)]
    found["asked"] = [_raised(functions["ask"], 7, 8) for _ in range(2)]
    found["trap again"] = _raised(functions["fail"])
    found["leftovers"] = _leftovers()
    found["heap"] = _heap_bytes()
    return found
