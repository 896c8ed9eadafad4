"""Tracing: run a description once on symbolic values and keep the text that it leaves.

A description gets a `Kit`, by custom called `k`:

    k.x[rd] = k.x[rs1] + imm            an integer register
    k[MSTATUS] = k[MSTATUS] | bit       a word of the hart's state
    with k.when(a.eq(b)): ...           the guest decides; Python's `if` decides while tracing
    with k.otherwise(): ...

The one trap of tracing is `x = x + 1` inside `with k.when(c)`: Python rebinds unconditionally.
So each value remembers its block, and its use outside that block is refused here and now.
A value that changes needs `k.var`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from vmlab.isa.lang import ops
from vmlab.isa.lang.ir import (
    XLEN,
    Array,
    Bind,
    Block,
    Const,
    Effect,
    Element,
    Field,
    If,
    Jump,
    Kernel,
    Leave,
    Loop,
    Op,
    Param,
    Place,
    RaiseTrap,
    Read,
    Result,
    Return,
    Statement,
    Traced,
    TraceError,
    Value,
    Variable,
    Write,
    XReg,
)

__all__ = ["Kit", "Reg", "TraceError", "Var", "kernel", "trace_instruction", "trace_kernel"]


@dataclass(frozen=True)
class Reg:
    """An operand that names an integer register; only `k.x[...]` accepts it. With a number it is
    always that register, whatever the operands are."""

    operand: str
    number: int | None = None


class Var:
    """A local that may be assigned more than once, also inside `when` and `loop`."""

    def __init__(self, kit: Kit, variable: Variable) -> None:
        self._kit = kit
        self._variable = variable

    @property
    def value(self) -> Value:
        return self._kit._read(self._variable)

    @value.setter
    def value(self, new: Value | int) -> None:
        self._kit._write(self._variable, new)


class _Registers:
    """`k.x`: the integer registers. x0 reads 0 and ignores writes; the printers see to that."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def __getitem__(self, reg: Reg) -> Value:
        return self._kit._read(XReg(reg.operand, XLEN, reg.number))

    def __setitem__(self, reg: Reg, value: Value | int) -> None:
        self._kit._write(XReg(reg.operand, XLEN, reg.number), value)


class Kit:
    """What a description is written with. One Kit traces one program."""

    def __init__(self) -> None:
        self.root = Block()
        self.block = self.root
        self.x = _Registers(self)
        self._last_if: If | None = None
        self._variables = 0

    # values

    def const(self, value: int) -> Value:
        """A word known now; negative numbers are two's complement."""
        return ops.const(value)

    def select(self, condition: Value, then: Value | int, otherwise: Value | int) -> Value:
        """`then` if the condition holds, else `otherwise`; both are computed."""
        a, b = ops.word(then), ops.word(otherwise)
        ops.need_truth(condition)
        if isinstance(condition, Const):
            return a if condition.value else b
        return self.bind(Op("select", (condition, a, b), max(a.width, b.width), self.block))

    def var(self, initial: Value | int, width: int = XLEN) -> Var:
        """A local that may be assigned more than once; `width` bounds every value it will hold."""
        self._variables += 1
        variable = Variable(self._variables, width)
        self._write(variable, initial)
        return Var(self, variable)

    def bind(self, value: Value) -> Value:
        """Give a new value its place in the text."""
        if isinstance(value, Op):
            self._visible(*value.args)
        if isinstance(value, Op | Read):
            self._add(Bind(value))
        return value

    def _visible(self, *values: Value) -> None:
        for value in values:
            if value.block is not None and not value.block.encloses(self.block):
                raise TraceError(
                    "a value made under one `when` or `loop` is used outside it; "
                    "use k.var, or make it before"
                )

    # places

    def _read(self, place: Place) -> Value:
        return self.bind(Read(place, self.block))

    def _write(self, place: Place, value: Value | int) -> None:
        new = ops.word(value)
        self._visible(new)
        if isinstance(place, Variable) and new.width > place.width:
            raise TraceError(f"a value of {new.width} bits for a variable of {place.width}")
        if isinstance(place, Field | Element) and new.width > place.width:
            name = place.name if isinstance(place, Field) else place.array.name
            raise TraceError(f"{name} has {place.width} bits, the value may have {new.width}")
        self._add(Write(place, new))

    def _place(self, key: Field | tuple[Array, Value | int]) -> Place:
        if isinstance(key, Field):
            return key
        array, index = key
        at = ops.word(index)
        if isinstance(at, Const):
            if at.value >= array.length:
                raise TraceError(f"{array.name} has {array.length} words, index {at.value}")
            return Field(f"{array.name}{at.value}", array.width, array.offset_bytes + 8 * at.value)
        self._visible(at)
        return Element(array, at)

    def __getitem__(self, key: Field | tuple[Array, Value | int]) -> Value:
        return self._read(self._place(key))

    def __setitem__(self, key: Field | tuple[Array, Value | int], value: Value | int) -> None:
        self._write(self._place(key), value)

    # control

    def _add(self, statement: Statement) -> None:
        if not isinstance(statement, Bind):
            self._last_if = None
        self.block.statements.append(statement)

    @contextmanager
    def _inside(self, block: Block) -> Iterator[None]:
        outer = self.block
        self.block = block
        try:
            yield
        finally:
            self.block = outer

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """The statements below run if the guest's condition holds."""
        ops.need_truth(condition)
        self._visible(condition)
        statement = If(condition, Block(self.block), Block(self.block))
        self._add(statement)
        with self._inside(statement.then):
            yield
        self._last_if = statement

    @contextmanager
    def otherwise(self) -> Iterator[None]:
        """The statements below run if the condition of the `when` just above did not hold."""
        statement = self._last_if
        if statement is None:
            raise TraceError("k.otherwise() stands directly after a k.when(...)")
        self._last_if = None
        with self._inside(statement.otherwise):
            yield

    @contextmanager
    def loop(self) -> Iterator[None]:
        """The statements below repeat until `k.leave()` or `k.ret()`."""
        statement = Loop(Block(self.block))
        self._add(statement)
        with self._inside(statement.body):
            yield

    def leave(self) -> None:
        """Leave the innermost loop."""
        self._add(Leave())

    def ret(self, *values: Value | int) -> None:
        """Return from the kernel."""
        results = tuple(ops.word(value) for value in values)
        self._visible(*results)
        self._add(Return(results))

    # effects

    def _effect(
        self,
        what: str,
        args: tuple[Value | int, ...],
        widths: tuple[int, ...] = (),
        *,
        name: str = "",
        size_bytes: int = 0,
        kernel: Kernel | None = None,
    ) -> tuple[Value, ...]:
        words = tuple(ops.word(arg) for arg in args)
        self._visible(*words)
        effect = Effect(what, words, name, size_bytes, kernel)
        effect.results = tuple(
            Result(effect, index, width, self.block) for index, width in enumerate(widths)
        )
        self._add(effect)
        return effect.results

    def call(self, target: Kernel, *args: Value | int) -> Value:
        """Call a kernel that returns one value."""
        return self.calls(target, *args)[0]

    def calls(self, target: Kernel, *args: Value | int) -> tuple[Value, ...]:
        """Call a kernel; the tuple of its results, empty if it returns nothing."""
        if len(args) != len(target.widths):
            raise TraceError(f"{target.name} takes {len(target.widths)} values, got {len(args)}")
        for (name, width), arg in zip(target.widths.items(), args, strict=True):
            if ops.word(arg).width > width:
                raise TraceError(
                    f"{target.name}: {name} has {width} bits, got {ops.word(arg).width}"
                )
        return self._effect("call", args, target.result_widths, name=target.name, kernel=target)

    def load(self, va: Value, size_bytes: int) -> Value:
        """Read memory at a virtual address, zero-extended; may trap."""
        return self._effect("load", (va,), (8 * size_bytes,), size_bytes=size_bytes)[0]

    def store(self, va: Value, size_bytes: int, value: Value) -> None:
        """Write the low bytes of `value` to memory at a virtual address; may trap."""
        self._effect("store", (va, value), size_bytes=size_bytes)

    def amo_load(self, va: Value, size_bytes: int) -> Value:
        """The first half of an atomic operation: read memory, zero-extended, with the permission
        and the faults of a store. The store of the second half will not fault in RAM."""
        return self._effect("amo_load", (va,), (8 * size_bytes,), size_bytes=size_bytes)[0]

    def load_reserved(self, va: Value, size_bytes: int) -> Value:
        """Read memory, zero-extended, and reserve its address; may trap."""
        return self._effect("load_reserved", (va,), (8 * size_bytes,), size_bytes=size_bytes)[0]

    def store_conditional(self, va: Value, size_bytes: int, value: Value) -> Value:
        """Write memory if its address is reserved, and end the reservation: 0 if it was written,
        1 if not; may trap."""
        return self._effect("store_conditional", (va, value), (1,), size_bytes=size_bytes)[0]

    def guest_load(self, va: Value, size_bytes: int) -> Value:
        """Read memory as a guest sees it, zero-extended; may trap."""
        return self._effect("guest_load", (va,), (8 * size_bytes,), size_bytes=size_bytes)[0]

    def guest_load_code(self, va: Value, size_bytes: int) -> Value:
        """The same of memory that a guest may execute, whether it may read it or not."""
        return self._effect("guest_load_code", (va,), (8 * size_bytes,), size_bytes=size_bytes)[0]

    def guest_store(self, va: Value, size_bytes: int, value: Value) -> None:
        """Write memory as a guest sees it; may trap."""
        self._effect("guest_store", (va, value), size_bytes=size_bytes)

    def ram_load(self, pa: Value, size_bytes: int) -> Value:
        """Read RAM; the text has made sure that the address is aligned and in RAM."""
        return self._effect("ram_load", (pa,), (8 * size_bytes,), size_bytes=size_bytes)[0]

    def ram_store(self, pa: Value, size_bytes: int, value: Value) -> None:
        """Write RAM; the text has made sure that the address is aligned and in RAM."""
        self._effect("ram_store", (pa, value), size_bytes=size_bytes)

    def mmio_load(self, pa: Value, size: Value) -> tuple[Value, Value]:
        """Read a device: (1 if one answered, the value)."""
        answered, value = self._effect("mmio_load", (pa, size), (1, 64))
        return answered, value

    def mmio_store(self, pa: Value, size: Value, value: Value) -> Value:
        """Write a device: 1 if one answered."""
        return self._effect("mmio_store", (pa, size, value), (1,))[0]

    def mmio_fetch(self, pa: Value) -> tuple[Value, Value]:
        """Fetch 16 bits of an instruction from a device that holds code: (1 if one does, they)."""
        answered, parcel = self._effect("mmio_fetch", (pa,), (1, 16))
        return answered, parcel

    def hook(self, name: str, *args: Value | int) -> None:
        """Tell an engine that something it may have cached has changed."""
        self._effect("hook", args, name=name)

    def note(self, name: str, *args: Value | int) -> None:
        """A record for listeners; no effect on the guest."""
        self._effect("note", args, name=name)

    def count(self, name: str) -> None:
        """Add 1 to an event counter of the arena."""
        self._effect("count", (), name=name)

    # instructions only

    def trap(self, cause: Value | int, tval: Value | int) -> None:
        """End the instruction with an exception. Stands before anything is written."""
        words = ops.word(cause), ops.word(tval)
        self._visible(*words)
        self._add(RaiseTrap(*words))

    def go(self, target: Value) -> None:
        """Set the address of the next instruction."""
        self._visible(target)
        self._add(Jump(target))


_stack: list[Kit] = []


def current() -> Kit:
    """The Kit that is tracing now; operators on values find it here."""
    if not _stack:
        raise TraceError("guest values can be combined only while a description is traced")
    return _stack[-1]


def _run(kit: Kit, function: Callable[..., None], operands: dict[str, object]) -> Kit:
    _stack.append(kit)
    try:
        function(kit, **operands)
    finally:
        _stack.pop()
    return kit


def trace_kernel(target: Kernel) -> Traced:
    """Run a kernel's function on symbolic parameters."""
    from vmlab.isa.lang.verify import verify_kernel

    params = tuple(Param(name, width) for name, width in target.widths.items())
    kit = _run(Kit(), target.function, {param.name: param for param in params})
    traced = Traced(params, kit.root, len(target.result_widths))
    verify_kernel(target.name, traced, target.result_widths)
    return traced


def trace_instruction(
    name: str, kit: Kit, function: Callable[..., None], operands: dict[str, Reg | Param]
) -> Traced:
    """Run an instruction's function on symbolic operands."""
    from vmlab.isa.lang.verify import verify_instruction

    _run(kit, function, dict(operands))
    params = tuple(operand for operand in operands.values() if isinstance(operand, Param))
    traced = Traced(params, kit.root, 0)
    verify_instruction(name, traced)
    return traced


def kernel(*results: int, **widths: int) -> Callable[[Callable[..., None]], Kernel]:
    """Declare a system operation: the widths of its results, then of its parameters by name."""

    def declare(function: Callable[..., None]) -> Kernel:
        name = function.__name__
        return Kernel(name, function, dict(widths), tuple(results))

    return declare
