"""The description language refuses what would silently mean something else."""

from __future__ import annotations

from typing import Any

import pytest

from vmlab.derive.pysrc import kernel_source
from vmlab.isa.kit import InstructionKit
from vmlab.isa.lang import Field, Kit, Reg, TraceError, kernel
from vmlab.isa.lang.ir import Param
from vmlab.isa.lang.trace import trace_instruction

WORD = Field("word", 64, 0)
NARROW = Field("narrow", 4, 8)


def trace(function: Any, **params: int) -> None:
    operands = {name: Param(name, width) for name, width in params.items()}
    trace_instruction("test", InstructionKit(), function, {"rd": Reg("rd"), **operands})


def run(target: Any, *args: int) -> Any:
    space: dict[str, Any] = {"s": [0] * 16}
    exec(kernel_source(target), space)
    return space[target.name](*args)


def test_python_if_on_a_guest_value_is_refused() -> None:
    def body(k: Kit, rd: Reg, a: Any) -> None:
        k.x[rd] = 1 if a.eq(0) else 2

    with pytest.raises(TraceError, match="Python `if` on a guest value"):
        trace(body, a=64)


def test_comparing_guest_values_with_equals_is_refused() -> None:
    def body(k: Kit, rd: Reg, a: Any) -> None:
        k.x[rd] = int(a == 0)

    with pytest.raises(TraceError, match=r"use \.eq"):
        trace(body, a=64)


def test_a_value_rebound_under_a_when_is_refused_outside_it() -> None:
    def body(k: Kit, rd: Reg, a: Any) -> None:
        total = a
        with k.when(a.eq(0)):
            total = a + 1
        k.x[rd] = total

    with pytest.raises(TraceError, match="used outside it"):
        trace(body, a=64)


def test_a_variable_carries_a_value_out_of_a_when() -> None:
    @kernel(64, a=64)
    def f(k: Kit, a: Any) -> None:
        total = k.var(a)
        with k.when(a.eq(0)):
            total.value = a + 7
        k.ret(total.value)

    assert run(f, 0) == 7
    assert run(f, 5) == 5


def test_a_read_has_the_value_where_it_stands_in_the_text() -> None:
    @kernel(64, a=64)
    def f(k: Kit, a: Any) -> None:
        before = k[WORD]
        k[WORD] = a
        k.ret(before + k[WORD])

    assert run(f, 3) == 3


def test_what_may_trap_stands_before_the_first_write() -> None:
    def body(k: Kit, rd: Reg, a: Any) -> None:
        k.x[rd] = a
        k.x[rd] = k.load(a, 8)

    with pytest.raises(TraceError, match="stands after a write"):
        trace(body, a=64)


def test_a_trap_after_a_write_in_only_one_branch_is_refused() -> None:
    def body(k: Kit, rd: Reg, a: Any) -> None:
        with k.when(a.eq(0)):
            k.x[rd] = 1
        k.trap(2, 0)

    with pytest.raises(TraceError, match="stands after a write"):
        trace(body, a=64)


def test_a_kernel_that_writes_counts_as_a_write() -> None:
    @kernel()
    def writes(k: Kit) -> None:
        k[WORD] = 1

    def body(k: Kit, rd: Reg) -> None:
        k.calls(writes)
        k.trap(2, 0)

    with pytest.raises(TraceError, match="stands after a write"):
        trace(body)


def test_one_memory_access_an_instruction() -> None:
    def body(k: Kit, rd: Reg, a: Any) -> None:
        k.x[rd] = k.load(a, 8) + k.load(a + 8, 8)

    with pytest.raises(TraceError, match="more than one memory access"):
        trace(body, a=64)


def test_words_and_truth_values_do_not_mix() -> None:
    def word_for_truth(k: Kit, rd: Reg, a: Any) -> None:
        with k.when(a):
            k.x[rd] = 1

    def truth_for_word(k: Kit, rd: Reg, a: Any) -> None:
        k.x[rd] = a.eq(0) + 1

    with pytest.raises(TraceError, match="a word where a truth value"):
        trace(word_for_truth, a=64)
    with pytest.raises(TraceError, match=r"use \.word"):
        trace(truth_for_word, a=64)


def test_a_value_too_wide_for_its_place_is_refused() -> None:
    def body(k: Kit, rd: Reg, a: Any) -> None:
        k[NARROW] = a

    with pytest.raises(TraceError, match="narrow has 4 bits"):
        trace(body, a=5)


def test_a_shift_amount_has_six_bits() -> None:
    def body(k: Kit, rd: Reg, a: Any) -> None:
        k.x[rd] = a << a

    with pytest.raises(TraceError, match="shift amount"):
        trace(body, a=64)


def test_otherwise_stands_directly_after_its_when() -> None:
    def body(k: Kit, rd: Reg, a: Any) -> None:
        with k.when(a.eq(0)):
            pass
        k.x[rd] = 1
        with k.otherwise():
            pass

    with pytest.raises(TraceError, match="directly after"):
        trace(body, a=64)


def test_a_kernel_must_return_on_every_path() -> None:
    @kernel(64, a=64)
    def f(k: Kit, a: Any) -> None:
        with k.when(a.eq(0)):
            k.ret(1)

    with pytest.raises(TraceError, match="without returning"):
        f.traced()


def test_a_kernel_does_not_trap_and_does_not_touch_registers() -> None:
    @kernel()
    def traps(k: Kit) -> None:
        k.trap(2, 0)

    @kernel()
    def touches(k: Kit) -> None:
        k.x[Reg("rd")] = 1

    for wrong in (traps, touches):
        with pytest.raises(TraceError):
            wrong.traced()


def test_a_kernel_is_called_through_the_kit_only() -> None:
    @kernel(64, a=64)
    def f(k: Kit, a: Any) -> None:
        k.ret(a)

    with pytest.raises(TraceError, match=r"k\.call"):
        f(1)


def test_loops_leave_and_count() -> None:
    @kernel(64, n=64)
    def triangle(k: Kit, n: Any) -> None:
        total, at = k.var(0), k.var(0)
        with k.loop():
            with k.when(at.value.eq(n)):
                k.leave()
            at.value = at.value + 1
            total.value = total.value + at.value
        k.ret(total.value)

    assert run(triangle, 10) == 55
    assert run(triangle, 0) == 0


def test_constants_fold_while_tracing() -> None:
    @kernel(64, a=64)
    def f(k: Kit, a: Any) -> None:
        k.ret((a & 0) + (k.const(6) * 7) + k.select(k.const(1).eq(1), 0, a))

    assert "return 42" in kernel_source(f)
