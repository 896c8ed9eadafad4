"""From a written instruction to encoded ones: which form it has, and what a row stands for.

A mnemonic has the form of the table's instruction and those of the pseudo-instruction rows; the
operands choose. What comes out is real instructions only, their operands still expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from vmlab.core.bits import MASK64, sext64
from vmlab.derive.asm.expressions import Binary, Expr, Name, Number, Reader, Scope, evaluate
from vmlab.derive.asm.hints import unbuilt_extension
from vmlab.derive.asm.problems import Position, Wrong
from vmlab.derive.asm.tokens import T, Token, read_statements
from vmlab.derive.pseudo import ROWS, Row, Template, parse_template
from vmlab.derive.syntax import (
    ORDER,
    UPPER_BITS,
    Kind,
    Slot,
    fence_value,
    is_fixed,
    is_register_name,
    kind_of,
    operand_of,
    parse_slots,
    slots_of,
    suffixes,
)
from vmlab.isa.csrs import CSRS
from vmlab.isa.encoding import Instruction, encode
from vmlab.isa.extensions import BUILT
from vmlab.isa.registers import FLOAT_NUMBERS, REGISTER_NUMBERS
from vmlab.isa.softfloat.formats import ROUNDING_MODES
from vmlab.isa.table import INSTRUCTIONS

_REGISTER_SLOTS: Final = frozenset({"rd", "rs", "rt", "rs1", "rs2"})
_FLOAT_SLOTS: Final = frozenset({"frd", "frs", "frt", "frs1", "frs2", "frs3"})


@dataclass(frozen=True, slots=True)
class Memory:
    """The operand `offset(base)`; `(base)` has no offset, which means 0."""

    offset: Expr | None
    base: Name

    @property
    def at(self) -> Position:
        return self.base.at if self.offset is None else self.offset.at


Operand = Expr | Memory


@dataclass(frozen=True, slots=True)
class Coded:
    """One real instruction and what is written for each of its slots' names."""

    instruction: Instruction
    values: Mapping[str, Expr]
    at: Position


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a mnemonic: `row` is None for the instruction itself."""

    name: str
    slots: tuple[Slot, ...]
    instruction: Instruction | None
    row: Row | None
    order: int = 0

    def __str__(self) -> str:
        return f"`{self.name} {', '.join(map(str, self.slots))}`".replace(" `", "`")


def _all_forms() -> dict[str, tuple[Form, ...]]:
    forms: dict[str, list[Form]] = {}
    for instruction in INSTRUCTIONS:
        for order, suffix in enumerate(suffixes(instruction)):
            name = instruction.name + suffix
            slots = slots_of(instruction)
            forms.setdefault(name, []).append(Form(name, slots, instruction, None, order))
            if slots and slots[-1].usual is not None:
                forms[name].append(Form(name, slots[:-1], instruction, None, order))
    for row in ROWS:
        form = Form(row.name, parse_slots(row.operands), None, row)
        forms.setdefault(row.name, []).append(form)
    return {name: tuple(found) for name, found in forms.items()}


FORMS: Final = _all_forms()
BY_NAME: Final = {instruction.name: instruction for instruction in INSTRUCTIONS}


# Reading --------------------------------------------------------------------------------------


def read_operands(reader: Reader) -> list[Operand]:
    """The operands up to the end of the statement."""
    operands: list[Operand] = []
    if not reader.at_end():
        operands.append(_read_operand(reader))
        while reader.take_mark(","):
            operands.append(_read_operand(reader))
    reader.expect_end()
    return operands


def _read_operand(reader: Reader) -> Operand:
    bare = reader.at_mark("(") and reader.peek().text in REGISTER_NUMBERS
    if bare and reader.peek(2).text == ")":
        return Memory(None, _read_base(reader))
    value = reader.expression()
    return Memory(value, _read_base(reader)) if reader.at_mark("(") else value


def _read_base(reader: Reader) -> Name:
    reader.expect_mark("(")
    token = reader.expect(T.NAME, "a register")
    reader.expect_mark(")", f" after {token}")
    return Name(token.text, token.at)


# Choosing -------------------------------------------------------------------------------------


def choose_form(mnemonic: Token, operands: list[Operand]) -> Form:
    """The form that the operands have. Raises `Wrong` with the forms that there are."""
    forms = FORMS.get(mnemonic.text)
    if forms is None:
        raise Wrong(mnemonic.at, _unknown(mnemonic), mnemonic.text, FORMS)
    same_length = [form for form in forms if len(form.slots) == len(operands)]
    for form in same_length:
        if all(map(_fits, form.slots, operands)):
            return form
    if len(same_length) == 1:
        for slot, operand in zip(same_length[0].slots, operands, strict=True):
            if not _fits(slot, operand):
                found = f"expected {_wanted(slot)} for {slot} of {same_length[0]}"
                raise Wrong(operand.at, f"{found}, found {_described(operand)}")
    wanted = " or ".join(map(str, forms))
    kinds = ", ".join(map(_described, operands)) or "no operand"
    raise Wrong(mnemonic.at, f"expected {wanted}, found {kinds}")


def _fits(slot: Slot, operand: Operand) -> bool:
    if slot.base:
        if not isinstance(operand, Memory) or not _may_be(slot.base, operand.base):
            return False
        return operand.offset is None or slot.name != ""
    if isinstance(operand, Memory):
        return False
    if slot.name in _FLOAT_SLOTS:
        return isinstance(operand, Name) and operand.text in FLOAT_NUMBERS
    if not _takes_register(slot):
        return not isinstance(operand, Name) or not is_register_name(operand.text)
    return isinstance(operand, Name) and _may_be(slot.name, operand)


def _takes_register(slot: Slot) -> bool:
    return slot.name in _REGISTER_SLOTS or is_fixed(slot.name)


def _may_be(slot_name: str, register: Name) -> bool:
    """True if it is a register, and the right one where no other can be encoded."""
    number = REGISTER_NUMBERS.get(register.text)
    return number is not None and REGISTER_NUMBERS.get(slot_name, number) == number


def _wanted(slot: Slot) -> str:
    if slot.base:
        register = slot.base if is_fixed(slot.base) else "a register"
        return f"an offset and {register} in parentheses"
    if is_fixed(slot.name):
        return slot.name
    if slot.name in _FLOAT_SLOTS:
        return "a floating-point register"
    return "a register" if _takes_register(slot) else "a number or symbol"


def _described(operand: Operand) -> str:
    match operand:
        case Memory(base=base):
            known = base.text in REGISTER_NUMBERS
            return (
                f"an offset and ({base.text})" if known else f"({base.text}), which is no register"
            )
        case Name(text=text):
            return f"the register {text}" if is_register_name(text) else f"'{text}'"
        case Number(value=value):
            return f"the number {value}"
        case _:
            return "an expression"


def _unknown(mnemonic: Token) -> str:
    unbuilt = unbuilt_extension(mnemonic.text)
    if unbuilt is not None:
        built = ", ".join(sorted(BUILT))
        return f"{mnemonic} belongs to the extension {unbuilt}, which is not built (built: {built})"
    return f"expected an instruction, found {mnemonic}"


# Expanding ------------------------------------------------------------------------------------


def expand(form: Form, operands: list[Operand], at: Position) -> list[Coded]:
    """The real instructions that a written one stands for."""
    values = _bind(form.slots, operands)
    if form.instruction is not None:
        ordered = {ORDER: Number(form.order, at)} if form.order else {}
        return [Coded(form.instruction, values | ordered, at)]
    assert form.row is not None
    return [from_template(template, values, at) for template in form.row.expansion]


def from_template(template: Template, values: Mapping[str, Expr], at: Position) -> Coded:
    """A row's right side with the names of its left side replaced."""
    instruction, operands = _parsed(template)
    replaced = [_replace(operand, values, at) for operand in operands]
    return Coded(instruction, _bind(slots_of(instruction), replaced), at)


def coded(text: str, values: Mapping[str, Expr], at: Position) -> Coded:
    """An instruction from its text, such as `slli rd, rd, imm`."""
    return from_template(parse_template(text), values, at)


@cache
def _parsed(template: Template) -> tuple[Instruction, tuple[Operand, ...]]:
    statements = list(read_statements(template.operands, []))
    operands = read_operands(Reader(statements[0])) if statements else []
    return BY_NAME[template.name], tuple(operands)


def _bind(slots: tuple[Slot, ...], operands: list[Operand]) -> dict[str, Expr]:
    values: dict[str, Expr] = {}
    for slot, operand in zip(slots, operands, strict=True):
        if isinstance(operand, Memory):
            values[slot.base] = operand.base
            if slot.name:
                values[slot.name] = operand.offset or Number(0, operand.base.at)
        else:
            values[slot.name] = operand
    return {name: value for name, value in values.items() if not is_fixed(name)}


def _replace(operand: Operand, values: Mapping[str, Expr], at: Position) -> Operand:
    if isinstance(operand, Memory):
        base = _replace_names(operand.base, values, at)
        assert isinstance(base, Name)
        offset = operand.offset and _replace_names(operand.offset, values, at)
        return Memory(offset, base)
    return _replace_names(operand, values, at)


def _replace_names(expr: Expr, values: Mapping[str, Expr], at: Position) -> Expr:
    """What comes from the table is put where the statement stands; what is the user's stays."""
    match expr:
        case Name(text=text) if text in values:
            return values[text]
        case Name() | Number():
            return replace(expr, at=at)
        case Binary(left=left, right=right):
            left, right = _replace_names(left, values, at), _replace_names(right, values, at)
            return replace(expr, left=left, right=right, at=at)
        case _:
            return replace(expr, of=_replace_names(expr.of, values, at), at=at)


# Encoding -------------------------------------------------------------------------------------


def encode_at(code: Coded, scope: Scope, here: int) -> int:
    """The instruction word at the address `here`. Raises `Wrong` for what does not fit."""
    fields = dict.fromkeys((operand.name for operand in code.instruction.operands), 0)
    fields |= {slot.name: slot.usual for slot in slots_of(code.instruction) if slot.usual}
    for name, expr in code.values.items():
        operand = operand_of(code.instruction, name)
        fields[operand.name] = _field(code.instruction, name, expr, scope, here)
    word = encode(code.instruction, fields)
    if not code.instruction.matches(word):
        bad = next(f"{n} {v}" for n, v in code.instruction.unless if fields.get(n) == v)
        raise Wrong(code.at, f"expected operands that {code.instruction.name} has, found {bad}")
    return word


def reaches(code: Coded, scope: Scope, here: int) -> bool:
    """True if a jump's target is near enough to be encoded (or is not known yet)."""
    try:
        distance = evaluate(code.values["target"], scope, here) - here
    except Wrong:
        return True
    return operand_of(code.instruction, "target").fits(distance)


def _field(instruction: Instruction, name: str, expr: Expr, scope: Scope, here: int) -> int:
    kind, operand = kind_of(instruction, name), operand_of(instruction, name)
    if isinstance(expr, Name):
        if kind in (Kind.REGISTER, Kind.FLOAT):
            file, letter = (FLOAT_NUMBERS, "f") if kind is Kind.FLOAT else (REGISTER_NUMBERS, "x")
            number = file[expr.text]
            if not operand.fits(number):
                ends = (operand.first, operand.first + (1 << operand.width) - 1)
                wanted = " to ".join(f"{letter}{end}" for end in ends)
                raise Wrong(expr.at, f"expected one of {wanted}, found '{expr.text}'")
            return number
        if kind is Kind.ROUNDING and expr.text in ROUNDING_MODES:
            return ROUNDING_MODES[expr.text]
        if kind is Kind.ROUNDING and not scope.defines(expr.text):
            message = f"expected {kind.value}, found '{expr.text}'"
            raise Wrong(expr.at, message, expr.text, ROUNDING_MODES)
        if kind is Kind.CSR and expr.text in CSRS:
            return CSRS[expr.text].number
        if kind is Kind.FENCE and (letters := fence_value(expr.text)) is not None:
            return letters
        if kind is Kind.FENCE:
            raise Wrong(expr.at, f"expected {kind.value} in that order, found '{expr.text}'")
        if kind is Kind.CSR and not scope.defines(expr.text):
            message = f"expected a CSR's name or number, found '{expr.text}'"
            raise Wrong(expr.at, message, expr.text, CSRS)
    value = evaluate(expr, scope, here)
    if kind is Kind.UPPER:
        most = (1 << UPPER_BITS - operand.low) - 1
        if not 0 <= value <= most:
            raise Wrong(expr.at, f"expected {name} of 0..{most:#x}, found {_shown(value)}")
        upper = sext64(value << operand.low, UPPER_BITS)
        if not operand.fits(upper):
            few = (1 << operand.width - operand.low - 1) - 1
            wanted = f"0..{few:#x} or {most - few:#x}..{most:#x}"
            raise Wrong(expr.at, f"expected {name} of {wanted}, found {_shown(value)}")
        return upper
    if kind is Kind.TARGET:
        distance = value - here
        if not _in_range(distance, operand.width, True) or not operand.fits(distance):
            raise Wrong(
                expr.at,
                f"expected a target {_range(operand.width, True, operand.low)} bytes away, "
                f"found {value:#x}, {distance} away from {here:#x}",
            )
        return distance & MASK64
    in_word = value - (1 << 64) if operand.is_signed and value >> 63 == 1 else value
    if not _in_range(in_word, operand.width, operand.is_signed) or not operand.fits(in_word):
        wanted = _range(operand.width, operand.is_signed, operand.low)
        raise Wrong(expr.at, f"expected {name} of {wanted}, found {_shown(value)}")
    return in_word & MASK64 if operand.is_signed else in_word


def _in_range(value: int, width: int, is_signed: bool) -> bool:
    low = -(1 << width - 1) if is_signed else 0
    return low <= value < low + (1 << width)


def _range(width: int, is_signed: bool, step_bits: int) -> str:
    low = -(1 << width - 1) if is_signed else 0
    step = 1 << step_bits
    most = low + (1 << width) - step
    return f"{low}..{most}" + (f" in steps of {step}" if step > 1 else "")


def _shown(value: int) -> str:
    return str(value) if -10 < value < 10 else f"{value} ({value:#x})"
