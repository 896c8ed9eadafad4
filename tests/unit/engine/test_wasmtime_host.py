"""Blocks of wasmtime: Python and wasm see the same bytes, failures keep their names, nothing is
left behind, and calls are cheap."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Callable
from operator import floordiv
from typing import Any

import pytest
import wasmtime

from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.engine import hosts
from vmlab.engine.hosts.wasmtime_host import WasmtimeBlock, WasmtimeHost

TEXT = """(module
  (import "env" "memory" (memory 1))
  (import "env" "told" (func $told))
  (import "env" "asked" (func $asked (param i32 i32) (result i32)))
  (func (export "five") (result i32) i32.const 5)
  (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
  (func (export "put") (param i32 i32) local.get 0 local.get 1 i32.store)
  (func (export "tell") (result i32) call $told i32.const 1)
  (func (export "ask") (param i32 i32) (result i32) local.get 0 local.get 1 call $asked)
  (func (export "fail") (result i32) unreachable)
  (func (export "both") (param i64) (result i64 i32) local.get 0 i32.const -1))"""
WASM = bytes(wasmtime.wat2wasm(TEXT))
Functions = dict[str, Callable[..., Any]]


def made(
    told: Callable[..., Any] = lambda: None, asked: Callable[..., Any] = lambda a, b: a - b
) -> tuple[WasmtimeBlock, Functions]:
    block = WasmtimeHost().memory(100_000)
    return block, block.instantiate(WASM, {"told": told, "asked": asked})


def test_python_sees_what_wasm_writes() -> None:
    block, functions = made()
    assert block.base == 0
    assert len(block.view) == 2 * 65536
    assert not any(block.view)
    functions["put"](65536, 0x01020304)
    assert bytes(block.view[65536:65540]) == b"\4\3\2\1"


def test_words_go_both_ways() -> None:
    _, functions = made()
    assert functions["five"]() == 5
    assert functions["add"](2, 3) == 5
    assert functions["ask"](9, 4) == 5
    assert functions["both"]((1 << 64) - 1) == ((1 << 64) - 1, (1 << 32) - 1)
    assert functions["put"](0, 0) is None
    with pytest.raises(BrokenInvariant, match="expected 2 words, found 1"):
        functions["add"](1)


class Odd(BaseException):
    """A failure that is no `Exception`, as an interrupt from the keyboard is none."""


def test_a_failure_of_the_host_comes_back_as_itself_and_again() -> None:
    def broken(*args: int) -> int:
        raise Odd(args)

    _, functions = made(broken, broken)
    for _ in range(3):
        with pytest.raises(Odd):
            functions["tell"]()
        with pytest.raises(Odd, match="7, 8"):
            functions["ask"](7, 8)
        assert functions["five"]() == 5
        with pytest.raises(BrokenInvariant, match="unreachable"):
            functions["fail"]()


def test_what_is_no_module_and_what_is_missing_are_said() -> None:
    block = WasmtimeHost().memory(1)
    with pytest.raises(BrokenInvariant, match="wasm"):
        block.instantiate(b"nothing", {})
    with pytest.raises(BrokenInvariant, match="the function told"):
        block.instantiate(WASM, {})


def test_more_memory_than_there_can_be_is_refused() -> None:
    with pytest.raises(BadInput, match="room for"):
        WasmtimeHost().memory(1 << 40)


def test_a_view_outlives_all_else() -> None:
    block, functions = made()
    view = block.view[65536:]
    functions["put"](65536, 7)
    del block, functions
    gc.collect()
    view[1] = 8
    assert bytes(view[:2]) == b"\7\x08"


def test_a_function_outlives_its_block() -> None:
    functions = made()[1]
    gc.collect()
    assert functions["ask"](9, 4) == 5


def test_a_block_that_nobody_holds_is_gone() -> None:
    """Its callbacks hold the engine that holds the block: only the collector can tell."""
    seen: list[weakref.ref[Any]] = []
    for _ in range(3):
        holder: list[Any] = []

        def asked(a: int, b: int, holder: list[Any] = holder) -> int:
            return len(holder)

        block, functions = made(asked=asked)
        holder += [block, block.view, functions, block.view[5:]]
        assert functions["ask"](0, 0) == 4
        seen.append(weakref.ref(block._bytes))
        del block, functions, asked, holder
    gc.collect()
    assert [ref() for ref in seen] == [None] * 3


def test_a_recycled_module_goes_on_over_the_same_memory() -> None:
    """Its functions are the same to Python; failures still come back; the store before is gone."""
    told: list[int] = []
    text = TEXT[:-1] + '\n  (table (export "t") 2 funcref))'
    block = WasmtimeHost().memory(100_000)
    wasm = bytes(wasmtime.wat2wasm(text))
    joined = block.join_to(wasm, {"told": lambda: told.append(1), "asked": floordiv}, "t")
    functions, view = dict(joined.functions), block.view
    place = weakref.ref(joined._place)
    functions["put"](65536, 7)
    joined.recycle()
    assert place() is None
    assert view[65536] == 7
    functions["put"](65536, 8)
    assert view[65536] == 8
    assert functions["tell"]() == 1 and told == [1]
    with pytest.raises(ZeroDivisionError):
        functions["ask"](1, 0)
    with pytest.raises(BrokenInvariant, match="unreachable"):
        functions["fail"]()


@pytest.fixture
def unknown_host() -> Any:
    """Nothing is known of the host, before and after."""
    hosts._found.cache_clear()
    yield
    hosts._found.cache_clear()


def test_the_host_is_found(unknown_host: None) -> None:
    assert isinstance(hosts.find_host(), WasmtimeHost)
    assert hosts.why_not() is None


def test_without_wasmtime_there_is_no_host_and_a_reason(
    unknown_host: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wasmtime", None)
    monkeypatch.delitem(sys.modules, "vmlab.engine.hosts.wasmtime_host")
    monkeypatch.delitem(sys.modules, "vmlab.engine.hosts.compiled")
    assert hosts.find_host() is None
    assert hosts.why_not() == "wasmtime is not installed; `pip install wasmtime` brings it"
