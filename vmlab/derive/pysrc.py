"""The description printed as Python: what tier T0 runs.

A *kernel* is a function of its parameters. An *instruction* is a function of its operand fields
that returns the address of the next instruction. (`pyblock` prints runs of instructions.)

Names that the printed source expects around it (`engine.binding` gives them): `s` the
arena as 64-bit words, `x` the registers, `m1 m2 m4 m8` RAM as words of each size, `ram0` its
base, the primitives `ram_store mmio_load mmio_store mmio_fetch hook_* note_*` and `v` with each of
`BY_ADDRESS`, the exception `Trap`, and `divs rems`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.derive.schedule import Assign, Repeat, Step, When, schedule
from vmlab.isa.encoding import Instruction
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
from vmlab.isa.lang.ops import FOLD
from vmlab.isa.lang.verify import BY_ADDRESS
from vmlab.isa.state import FIELDS

INDENT: Final = "    "
M: Final = hex(MASK64)
SIGN: Final = hex(1 << 63)
NO_CONSTANTS: Final[Mapping[str, int]] = MappingProxyType({})

_INFIX: Final = {"and": "&", "or": "|", "xor": "^", "shr": ">>", "divu": "//", "remu": "%"}
_COMPARE: Final = {"eq": "==", "ne": "!=", "ltu": "<", "leu": "<=", "lts": "<", "les": "<="}


def _signed(text: str) -> str:
    """A 64-bit word as a Python number that may be negative."""
    return f"(({text} ^ {SIGN}) - {SIGN})"


class Printer:
    """Prints one text. Subclasses say how instructions meet registers, memory and control flow."""

    def __init__(
        self,
        operands: Mapping[str, int] | None = None,
        constants: Mapping[str, int] = NO_CONSTANTS,
    ) -> None:
        self.lines: list[str] = []
        self.depth = 0
        self.names: dict[int, str] = {}
        self.operands = operands or {}
        self.constants = constants
        """Words of state whose value is known, by name."""

    # names and lines

    def emit(self, line: str) -> None:
        self.lines.append(INDENT * self.depth + line)

    def name(self, value: Value) -> str:
        """The local of a value; made at its assignment."""
        return self.names.setdefault(id(value), f"v{len(self.names)}")

    # expressions

    def known(self, value: Value) -> int | None:
        """The value, if it is a number once the operands and constant words are."""
        if isinstance(value, Const):
            return value.value
        if isinstance(value, Param):
            return self.operands.get(value.name)
        if isinstance(value, Read):
            if isinstance(value.place, XReg):
                return 0 if self.register(value.place) == 0 else None
            return self.constants.get(value.place.name) if isinstance(value.place, Field) else None
        if not isinstance(value, Op) or id(value) in self.names:
            return None
        numbers = [self.known(arg) for arg in value.args]
        if value.name == "both" and 0 in numbers:
            return 0
        if value.name == "either" and 1 in numbers:
            return 1
        if any(number is None for number in numbers):
            return None
        known = [number for number in numbers if number is not None]
        if value.name == "negate":
            return 1 - known[0]
        if value.name == "word":
            return known[0]
        return int(FOLD[value.name](*known)) & MASK64 if value.name in FOLD else None

    def expr(self, value: Value) -> str:
        """The value as a Python expression, ready to stand inside another."""
        number = self.known(value)
        if number is not None:
            return ("True" if number else "False") if value.truth else number_text(number)
        if id(value) in self.names:
            return self.names[id(value)]
        if isinstance(value, Param):
            return value.name
        if isinstance(value, Read):
            return self.read(value.place)
        assert isinstance(value, Op), value
        return self._op(value)

    def _op(self, value: Op) -> str:
        name = value.name
        if name == "word":
            return f"(+({self.expr(value.args[0])}))"
        if name == "clz":
            return f"(64 - {self.expr(value.args[0])}.bit_length())"
        if name == "negate":
            return f"(not {self.expr(value.args[0])})"
        if name == "both":
            return f"({self.expr(value.args[0])} and {self.expr(value.args[1])})"
        if name == "either":
            return f"({self.expr(value.args[0])} or {self.expr(value.args[1])})"
        if name == "select":
            condition, then, otherwise = (self.expr(arg) for arg in value.args)
            return f"({then} if {condition} else {otherwise})"
        left, right = value.args
        a, b = self.expr(left), self.expr(right)
        if name in _COMPARE:
            if name in ("lts", "les"):
                a, b = self._biased(left), self._biased(right)
            return f"({a} {_COMPARE[name]} {b})"
        if name in _INFIX:
            return f"({a} {_INFIX[name]} {b})"
        if name in ("add", "sub"):
            return self._sum(name, left, right, a, b)
        if name in ("mul", "shl"):
            sign = "*" if name == "mul" else "<<"
            fits = value.width < 64
            return f"({a} {sign} {b})" if fits else f"({a} {sign} {b} & {M})"
        if name == "sext":
            return self._sext(left, a, self.known(right))
        if name == "sar":
            return f"({_signed(a)} >> {b} & {M})"
        if name == "mulhu":
            return f"({a} * {b} >> 64)"
        if name == "mulhs":
            return f"({_signed(a)} * {_signed(b)} >> 64 & {M})"
        if name == "mulhsu":
            return f"({_signed(a)} * {b} >> 64 & {M})"
        assert name in ("divs", "rems"), name
        return f"{name}({_signed(a)}, {_signed(b)})"

    def _biased(self, value: Value) -> str:
        """A word moved so that unsigned order is signed order."""
        number = self.known(value)
        if number is not None:
            return number_text(number ^ (1 << 63))
        return f"{self.expr(value)} ^ {SIGN}"

    def _sum(self, name: str, left: Value, right: Value, a: str, b: str) -> str:
        number = self.known(right)
        if number == 0:
            return a
        sign = "+" if name == "add" else "-"
        if number is not None and number >> 63:
            # Subtracting its opposite keeps Python's ints small.
            sign, b = "-" if sign == "+" else "+", number_text((1 << 64) - number)
            return f"({a} {sign} {b} & {M})"
        if name == "add" and max(left.width, right.width) < 64:
            return f"({a} + {b})"
        return f"({a} {sign} {b} & {M})"

    def _sext(self, value: Value, text: str, width: int | None) -> str:
        assert width is not None
        if width == 64:
            return text
        sign = hex(1 << (width - 1))
        low = text if value.width <= width else f"({text} & {hex((1 << width) - 1)})"
        return f"(({low} ^ {sign}) - {sign} & {M})"

    # places

    def read(self, place: Place) -> str:
        if isinstance(place, Variable):
            return f"t{place.serial}"
        if isinstance(place, Field):
            return f"s[{place.slot}]"
        if isinstance(place, Element):
            return f"s[{place.array.slot} + {self.expr(place.index)}]"
        assert isinstance(place, XReg)
        number = self.register(place)
        return f"x[{place.operand if number is None else number}]"

    def register(self, place: XReg) -> int | None:
        """The register's number, if it is known."""
        return self.operands.get(place.operand) if place.number is None else place.number

    def write(self, place: Place, value: str) -> None:
        if isinstance(place, XReg):
            number = self.register(place)
            if number is None:
                self.emit(f"if {place.operand}: x[{place.operand}] = {value}")
            elif number:
                self.emit(f"x[{number}] = {value}")
            return
        self.emit(f"{self.read(place)} = {value}")

    # statements

    def steps(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self.step(step)

    def nested(self, head: str, steps: Sequence[Step]) -> None:
        self.emit(head)
        self.depth += 1
        self.steps(steps)
        if not steps:
            self.emit("pass")
        self.depth -= 1

    def step(self, step: Step) -> None:
        if isinstance(step, Assign):
            text = self.expr(step.value)
            self.emit(f"{self.name(step.value)} = {text}")
        elif isinstance(step, When):
            self.when(step)
        elif isinstance(step, Repeat):
            self.nested("while True:", step.body)
        elif isinstance(step, Write):
            self.write(step.place, self.expr(step.value))
        elif isinstance(step, Effect):
            self.effect(step)
        elif isinstance(step, Leave):
            self.emit("break")
        elif isinstance(step, Return):
            self.emit(f"return {', '.join(self.expr(value) for value in step.values)}".rstrip())
        elif isinstance(step, RaiseTrap):
            self.raise_trap(step)
        else:
            self.jump(step)

    def when(self, step: When) -> None:
        known = self.known(step.condition)
        if known is not None:
            self.steps(step.then if known else step.otherwise)
            return
        condition = self.expr(step.condition)
        if step.then:
            self.nested(f"if {condition}:", step.then)
            if step.otherwise:
                self.nested("else:", step.otherwise)
        else:
            self.nested(f"if not {condition}:", step.otherwise)

    def effect(self, step: Effect) -> None:
        args = ", ".join(self.expr(arg) for arg in step.args)
        if step.what == "count":
            self.emit(f"s[{FIELDS[step.name].slot}] += 1")
            return
        if step.what in BY_ADDRESS:
            self.memory(step)
            return
        if step.what == "ram_load":
            shift = step.size_bytes.bit_length() - 1
            offset = f"({args} - ram0 >> {shift})" if shift else f"({args} - ram0)"
            call = f"m{step.size_bytes}[{offset}]"
        elif step.what == "ram_store":
            pa, value = (self.expr(arg) for arg in step.args)
            call = f"ram_store({pa}, {step.size_bytes}, {value})"
        elif step.what == "call":
            assert step.kernel is not None
            call = f"{step.kernel.name}({args})"
        elif step.what in ("hook", "note"):
            call = f"{step.what}_{step.name}({args})"
        else:
            call = f"{step.what}({args})"
        self.bind_results(step.results, call)

    def bind_results(self, results: tuple[Result, ...], call: str) -> None:
        names = ", ".join(self.name(result) for result in results)
        self.emit(f"{names} = {call}" if names else call)

    # what instructions differ in

    def memory(self, step: Effect) -> None:
        """An access by virtual address: the primitive with v before its name raises `Trap`."""
        address, *rest = (self.expr(arg) for arg in step.args)
        args = ", ".join([address, str(step.size_bytes), *rest])
        self.bind_results(step.results, f"v{step.what}({args})")

    def raise_trap(self, step: RaiseTrap) -> None:
        self.emit(f"raise Trap({self.expr(step.cause)}, {self.expr(step.tval)})")

    def jump(self, step: Jump) -> None:
        self.emit(f"to = {self.expr(step.target)}")


def number_text(value: int) -> str:
    """A number as source: small ones in decimal, the others in hexadecimal."""
    return str(value) if value < 1024 else hex(value)


# Kernels and instructions ----------------------------------------------------------------------


def kernel_source(kernel: Kernel, make: Callable[[], Printer] = Printer) -> str:
    """`def NAME(params): ...`; returns its results (one value, a tuple, or None)."""
    printer = make()
    traced = kernel.traced()
    params = ", ".join(param.name for param in traced.params)
    printer.nested(f"def {kernel.name}({params}):", schedule(traced))
    return "\n".join(printer.lines)


INSTRUCTION_EXTRAS: Final = ("pc", "next_pc", "word")
"""What every instruction function gets after its operand fields."""


def instruction_source(
    instruction: Instruction, number: int, make: Callable[[], Printer] = Printer
) -> str:
    """`def insnN(fields..., pc, next_pc, word): ...`; returns the next instruction's address."""
    printer = make()
    params = [operand.name for operand in instruction.operands] + list(INSTRUCTION_EXTRAS)
    printer.emit(f"def insn{number}({', '.join(params)}):")
    printer.depth = 1
    printer.emit("to = next_pc")
    printer.steps(schedule(instruction.traced()))
    printer.emit("return to")
    return "\n".join(printer.lines)
