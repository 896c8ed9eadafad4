"""Texts printed as WebAssembly functions; `pysrc.Printer` does the same in Python.

A word is an i64, a truth value an i32. A value that the schedule names gets a local; every other
value is computed on the stack where it is used. Nothing here knows RISC-V: what an instruction
means is in its text, and no name decides what is printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vmlab.core.errors import BrokenInvariant
from vmlab.derive.schedule import Assign, Repeat, Step, When, schedule
from vmlab.derive.wasm.helpers import PRODUCTS
from vmlab.derive.wasm.module import Function, Local
from vmlab.derive.wasm.opcodes import LOADS, STORES, Instr, Type
from vmlab.isa.lang.ir import (
    Const,
    Effect,
    Element,
    Field,
    Jump,
    Kernel,
    Leave,
    Op,
    Param,
    Place,
    RaiseTrap,
    Read,
    Result,
    Return,
    Value,
    Variable,
    Write,
    XReg,
)
from vmlab.isa.lang.verify import BY_ADDRESS
from vmlab.isa.state import ARENA_HART_BYTES, FIELDS, RAM_BASE, X

_PRINTED_AS: Final = {
    "add": "i64.add", "sub": "i64.sub", "mul": "i64.mul",
    "divu": "i64.div_u", "divs": "i64.div_s", "remu": "i64.rem_u", "rems": "i64.rem_s",
    "and": "i64.and", "or": "i64.or", "xor": "i64.xor",
    "shl": "i64.shl", "shr": "i64.shr_u", "sar": "i64.shr_s",
    "eq": "i64.eq", "ne": "i64.ne", "ltu": "i64.lt_u", "leu": "i64.le_u",
    "lts": "i64.lt_s", "les": "i64.le_s",
    "both": "i32.and", "either": "i32.or", "negate": "i32.eqz",
    "select": "select", "word": "i64.extend_i32_u", "clz": "i64.clz",
}  # fmt: skip
_SIGN_EXTEND: Final = {8: "i64.extend8_s", 16: "i64.extend16_s", 32: "i64.extend32_s"}


@dataclass(frozen=True)
class Surroundings:
    """What a function is printed into: where the arena starts in the memory, and which functions
    there are. A hook or a note that has no function is not printed. If there is a function
    `written` (physical address, size, value), it is called before each store to RAM; after each
    write to a word of state that `told` names, the function `told` is called."""

    arena_base_bytes: int
    functions: Mapping[str, int]
    told: frozenset[str] = frozenset()


def type_of(value: Value) -> Type:
    """The wasm type that holds a value."""
    return Type.I32 if value.truth else Type.I64


class Printer:
    """Prints one text. `instructions` adds what only instructions do."""

    def __init__(
        self, name: str, params: Sequence[str], results: tuple[Type, ...], around: Surroundings
    ) -> None:
        self.function = Function(name, tuple(Local(param, Type.I64) for param in params), results)
        self.around = around
        self.params = {param: at for at, param in enumerate(params)}
        self.locals: dict[int, int] = {}
        self.variables: dict[int, int] = {}
        self.depth = 0
        self.loops: list[int] = []
        """Depth of the block around each loop that we are in."""

    # instructions and locals

    def emit(self, name: str, number: int = 0) -> None:
        body = self.function.body
        if name == "local.get" and body:
            last = body[-1]
            if last.number == number and last.name == "local.set":
                body[-1] = Instr("local.tee", number)  # it was on the stack already
                return
        body.append(Instr(name, number))
        if name in ("block", "loop", "if"):
            self.depth += 1
        elif name == "end":
            self.depth -= 1

    def emit_hinted(self, name: str, likely: bool, number: int = 0) -> None:
        """A branch whose condition mostly holds, or mostly not."""
        self.emit(name, number)
        self.function.body[-1] = Instr(name, number, likely=likely)

    def new_local(self, name: str, kind: Type) -> int:
        self.function.locals.append(Local(name, kind))
        return len(self.params) + len(self.function.locals) - 1

    def local(self, value: Value) -> int:
        """The local of a value; made at its assignment."""
        if id(value) not in self.locals:
            self.locals[id(value)] = self.new_local(f"v{len(self.locals)}", type_of(value))
        return self.locals[id(value)]

    def variable(self, variable: Variable) -> int:
        if variable.serial not in self.variables:
            self.variables[variable.serial] = self.new_local(f"t{variable.serial}", Type.I64)
        return self.variables[variable.serial]

    # expressions

    def push(self, value: Value) -> None:
        """Leave the value on the stack."""
        if isinstance(value, Const):
            self.emit("i32.const" if value.truth else "i64.const", value.value)
        elif id(value) in self.locals:
            self.emit("local.get", self.locals[id(value)])
        elif isinstance(value, Param):
            self.emit("local.get", self.params[value.name])
        elif isinstance(value, Read):
            self.read(value.place)
        else:
            assert isinstance(value, Op), value
            self.operation(value)

    def operation(self, op: Op) -> None:
        if op.name == "sext":
            self.sign_extend(*op.args)
            return
        if op.name == "select":
            # wasm takes the condition last; `select` keeps the first of the two if it holds.
            condition, then, otherwise = op.args
            args: tuple[Value, ...] = (then, otherwise, condition)
        else:
            args = op.args
        if op.name == "eq" and isinstance(args[1], Const) and args[1].value == 0:
            self.push(args[0])
            self.emit("i64.eqz")
            return
        for arg in args:
            self.push(arg)
        if op.name in PRODUCTS:
            self.emit("call", self.around.functions[op.name])
        else:
            self.emit(_PRINTED_AS[op.name])

    def sign_extend(self, value: Value, width: Value) -> None:
        assert isinstance(width, Const)
        self.push(value)
        if width.value in _SIGN_EXTEND:
            self.emit(_SIGN_EXTEND[width.value])
        elif width.value < 64:
            for shift in ("i64.shl", "i64.shr_s"):
                self.emit("i64.const", 64 - width.value)
                self.emit(shift)

    # places: an address on the stack, and an offset for the load or store that follows

    def address(self, place: Field | Element | XReg) -> int:
        if isinstance(place, Field):
            self.emit("i32.const", 0)
            return self.around.arena_base_bytes + place.offset_bytes
        if isinstance(place, Element):
            self.push(place.index)
            array = place.array
        elif place.number is not None:
            self.emit("i32.const", 0)
            return self.around.arena_base_bytes + X.offset_bytes + 8 * place.number
        else:
            self.emit("local.get", self.params[place.operand])
            array = X
        self.emit("i32.wrap_i64")
        self.emit("i32.const", 3)
        self.emit("i32.shl")
        return self.around.arena_base_bytes + array.offset_bytes

    def ram_address(self, pa: Value) -> int:
        """RAM follows the hart in the arena."""
        self.push(pa)
        self.read(RAM_BASE)
        self.emit("i64.sub")
        self.emit("i32.wrap_i64")
        return self.around.arena_base_bytes + ARENA_HART_BYTES

    def read(self, place: Place) -> None:
        if isinstance(place, Variable):
            self.emit("local.get", self.variable(place))
        else:
            self.emit("i64.load", self.address(place))

    def write(self, place: Place, value: Value) -> None:
        if isinstance(place, Variable):
            self.push(value)
            self.emit("local.set", self.variable(place))
            return
        if isinstance(place, XReg) and place.number == 0:
            return
        chosen = isinstance(place, XReg) and place.number is None
        if isinstance(place, XReg) and chosen:  # register 0 ignores writes
            self.emit("local.get", self.params[place.operand])
            self.emit("i64.eqz")
            self.emit("i32.eqz")
            self.emit("if")
        offset = self.address(place)
        self.push(value)
        self.emit("i64.store", offset)
        if chosen:
            self.emit("end")
        if isinstance(place, Field) and place.name in self.around.told:
            self.emit("call", self.around.functions["told"])

    # statements

    def steps(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self.step(step)

    def step(self, step: Step) -> None:
        if isinstance(step, Assign):
            self.push(step.value)
            self.emit("local.set", self.local(step.value))
        elif isinstance(step, When):
            self.when(step)
        elif isinstance(step, Repeat):
            self.repeat(step)
        elif isinstance(step, Write):
            self.write(step.place, step.value)
        elif isinstance(step, Effect):
            self.effect(step)
        elif isinstance(step, Leave):
            self.emit("br", self.depth - self.loops[-1])
        elif isinstance(step, Return):
            for value in step.values:
                self.push(value)
            self.emit("return")
        else:
            self.instruction_only(step)

    def when(self, step: When) -> None:
        if isinstance(step.condition, Const):
            self.steps(step.then if step.condition.value else step.otherwise)
            return
        self.push(step.condition)
        if not step.then:
            self.emit("i32.eqz")
        self.emit("if")
        self.steps(step.then or step.otherwise)
        if step.then and step.otherwise:
            self.emit("else")
            self.steps(step.otherwise)
        self.emit("end")

    def repeat(self, step: Repeat) -> None:
        """`br` 0 inside the loop goes on, leaving the block around it leaves the loop."""
        self.emit("block")
        self.loops.append(self.depth)
        self.emit("loop")
        self.steps(step.body)
        self.emit("br", 0)
        self.emit("end")
        self.loops.pop()
        self.emit("end")

    def effect(self, step: Effect) -> None:
        if step.what == "count":
            counter = FIELDS[step.name]
            offset = self.address(counter)
            self.read(counter)
            self.emit("i64.const", 1)
            self.emit("i64.add")
            self.emit("i64.store", offset)
        elif step.what == "ram_load":
            offset = self.ram_address(step.args[0])
            self.emit(LOADS[step.size_bytes], offset)
            self.keep(step.results)
        elif step.what == "ram_store":
            self.ram_store(step)
        elif step.what in BY_ADDRESS:
            self.instruction_only(step)
        else:
            self.call(step)

    def ram_store(self, step: Effect) -> None:
        pa, value = step.args
        written = self.around.functions.get("written")
        if written is not None:
            self.push(pa)
            self.emit("i64.const", step.size_bytes)
            self.push(value)
            self.emit("call", written)
        offset = self.ram_address(pa)
        self.push(value)
        self.emit(STORES[step.size_bytes], offset)

    def call(self, step: Effect) -> None:
        """A kernel, a device, or a hook or note that somebody asked for."""
        name = function_name(step)
        if step.what in ("hook", "note") and name not in self.around.functions:
            return
        for arg in step.args:
            self.push(arg)
        self.emit("call", self.around.functions[name])
        self.keep(step.results)

    def keep(self, results: Sequence[Result]) -> None:
        """Move the results from the stack to their locals; the last is on top."""
        locals_ = [self.local(result) for result in results]
        for local in reversed(locals_):
            self.emit("local.set", local)

    def instruction_only(self, step: Effect | RaiseTrap | Jump) -> None:
        """Accesses by virtual address, traps and jumps: `InstructionPrinter` has them."""
        raise BrokenInvariant(f"{self.function.name}: {type(step).__name__} in a kernel")


def function_name(step: Effect) -> str:
    """The name of the function that an effect calls."""
    if step.what == "call":
        return step.name
    return f"{step.what}_{step.name}" if step.what in ("hook", "note") else step.what


def kernel_function(kernel: Kernel, around: Surroundings) -> Function:
    """The kernel as a function of i64s that returns i64s."""
    traced = kernel.traced()
    params = [param.name for param in traced.params]
    printer = Printer(kernel.name, params, (Type.I64,) * traced.results, around)
    printer.steps(schedule(traced))
    body = printer.function.body
    if body and body[-1] == Instr("return"):
        body.pop()  # the end of a function returns
    elif traced.results:
        body.append(Instr("unreachable"))  # every path has returned (verified)
    return printer.function
