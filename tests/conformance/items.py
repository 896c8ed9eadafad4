"""Random items: one instruction each, with what it needs around it to be worth running."""

from __future__ import annotations

from random import Random
from typing import Final

from tests.conformance import layout
from tests.conformance.emit import BY_NAME, word_of
from tests.conformance.image import RAM_BASE, RAM_BYTES
from tests.conformance.kinds import Kind
from tests.conformance.program import Program
from tests.conformance.values import operand, word64
from vmlab.core.bits import MASK64
from vmlab.isa.encoding import Instruction, Operand

SP: Final = 2
OUTSIDE: Final = tuple(
    address & MASK64
    for address in (
        layout.NO_CODE_HERE, RAM_BASE - 8, RAM_BASE - 1, RAM_BASE + RAM_BYTES - 8,
        RAM_BASE + RAM_BYTES - 1, RAM_BASE + RAM_BYTES, RAM_BASE + RAM_BYTES + 0x1001,
        1 << 32, 1 << 38, 1 << 39, (1 << 55) + RAM_BASE, (1 << 56) + RAM_BASE, 1 << 63,
        (1 << 63) + RAM_BASE, -8, -4, -1,
    )
)  # fmt: skip
"""Addresses around and far from RAM; none of them answers on one machine only."""


def random_operands(rng: Random, program: Program, instruction: Instruction) -> dict[str, int]:
    """Any registers to read, a free one to write, corner immediates; not what is reserved."""
    while True:
        values = {field.name: _random(rng, program, field) for field in instruction.operands}
        if all(values[name] != value for name, value in instruction.unless):
            return values


def _random(rng: Random, program: Program, field: Operand) -> int:
    if field.is_float:
        return field.first + rng.randrange(1 << field.width)
    if not field.is_register:
        return operand(rng, field)
    fitting = [number for number in program.roles.free if field.fits(number)]
    if field.name == "rd":
        return destination(program) if field.fits(0) else rng.choice(fitting)
    any_at_all = rng.randrange(32)
    return rng.choice([0, *fitting, any_at_all] if field.fits(0) else fitting)


def destination(program: Program) -> int:
    """A register that the program does not keep for itself; now and then x0."""
    return 0 if program.rng.random() < 0.04 else program.rng.choice(program.roles.free)


def plain(program: Program, instruction: Instruction | None = None) -> None:
    """An instruction on registers."""
    chosen = instruction or program.rng.choice(program.by_kind[Kind.PLAIN])
    plain_with(program, chosen, random_operands(program.rng, program, chosen))


def plain_with(program: Program, instruction: Instruction, values: dict[str, int]) -> None:
    """An instruction with the operands given. It does not trap, so nothing pads a short one: what
    follows may stand at an odd half of a word."""
    program.code.put(word_of(instruction, **values), padded=False)


def refresh(program: Program) -> None:
    """A new value in a register: random sequences otherwise end in zeros and ones."""
    program.code.li(program.rng.choice(program.roles.free), word64(program.rng))


def aim(program: Program, instruction: Instruction, values: dict[str, int], pointer: int) -> None:
    """Make the base of an access hold what the register `pointer` holds."""
    field = next((field for field in instruction.operands if field.name == "rs1"), None)
    base = SP if field is None else pointer
    if field is not None and not field.fits(pointer):
        base = program.rng.choice([number for number in program.roles.free if field.fits(number)])
    if base != pointer:
        program.code.op("addi", rd=base, rs1=pointer)
    if field is not None:
        values["rs1"] = base


def memory(program: Program, instruction: Instruction | None = None) -> None:
    """A load or store in scratch, mostly aligned; sometimes with a pointer to elsewhere."""
    rng, code, r = program.rng, program.code, program.roles
    chosen = instruction or rng.choice(program.by_kind[Kind.MEMORY])
    values = random_operands(rng, program, chosen)
    near = rng.randrange(-2048, 2048) & rng.choice((-8, -8, -8, -4, -2, -1))
    pointer = r.base
    if rng.random() < 0.15:
        pointer = r.pointer
        code.li(pointer, rng.choice(OUTSIDE))
        near = rng.choice((0, 0, 1, -1, 7, -8, 8))
        if "uimm" in values:
            values["uimm"] = rng.choice((0, 8))  # no further: stores must not reach the handlers
    if "imm" in values:
        values["imm"] = near
    else:
        code.op("addi", rd=r.pointer, rs1=pointer, imm=near)
        pointer = r.pointer
    aim(program, chosen, values, pointer)
    code.put(word_of(chosen, **values))


def reserved(program: Program) -> None:
    """Load-reserved, something in between that may end the reservation, store-conditional."""
    rng, code, r = program.rng, program.code, program.roles
    pairs = [insn for insn in program.by_kind[Kind.MEMORY] if insn.extension == "zalrsc"]
    if not pairs:
        return
    code.op("addi", rd=r.pointer, rs1=r.base, imm=rng.randrange(-2048, 2048) & -8)
    loads = [insn for insn in pairs if all(field.name != "rs2" for field in insn.operands)]
    stores = [insn for insn in pairs if insn not in loads]
    values = random_operands(rng, program, rng.choice(loads))
    values["rs1"] = r.pointer
    code.raw(word_of(rng.choice(loads), **values))
    for _ in range(rng.randrange(3)):
        if rng.random() < 0.4:
            code.op("ecall")
        elif rng.random() < 0.4:
            code.op("sd", rs1=r.pointer, rs2=rng.choice(r.free))
        else:
            plain(program)
    store = rng.choice(stores)
    values = random_operands(rng, program, store) | {"rd": rng.choice(r.free)}
    if rng.random() < 0.1:
        code.op("addi", rd=r.pointer, rs1=r.pointer, imm=rng.choice((8, 4)))
    values["rs1"] = r.pointer
    code.raw(word_of(store, **values))


def flow(program: Program, instruction: Instruction | None = None) -> None:
    """A jump or branch over a few instructions, sometimes to a misaligned address."""
    rng, code, r = program.rng, program.code, program.roles
    chosen = instruction or rng.choice(program.by_kind[Kind.FLOW])
    values = random_operands(rng, program, chosen)
    target = program.fresh("over")
    # With 16-bit forms the middle of a word is a target like any other.
    bias = 2 if not program.has("zca") and rng.random() < 0.15 else 0
    size = chosen.size_bytes
    if "target" not in chosen.syntax:  # through a register
        field = next(field for field in chosen.operands if field.name == "rs1")
        values["rs1"] = r.pointer if field.fits(r.pointer) else rng.choice(r.free)
        code.address(values["rs1"], target, bias + rng.randrange(2))
        if "imm" in values:
            values["imm"] = 0
        code.put(word_of(chosen, **values), padded=False)
    else:
        if rng.random() < 0.3 and "rs2" in values:
            values["rs2"] = values["rs1"]
        code.to(
            target,
            lambda at, to: word_of(chosen, **values | {"imm": to + bias - at}),
            size,
        )
    for _ in range(rng.randrange(4)):
        plain(program)
    code.label(target)


def loop(program: Program) -> None:
    """A few instructions, a few times."""
    code, register = program.code, program.roles.loop
    code.li(register, program.rng.randrange(2, 9))
    top = program.fresh("loop")
    code.label(top)
    for _ in range(program.rng.randrange(1, 7)):
        program.rng.choice((plain, plain, memory))(program)
    code.op("addi", rd=register, rs1=register, imm=-1)
    code.branch("bne", register, 0, top)


def rewrite_code(program: Program) -> None:
    """Store one instruction after another at the same place, a fence.i after each, and run it."""
    code, rng, r = program.code, program.rng, program.roles
    target, behind = program.fresh("patched"), program.fresh("behind")
    code.jump(behind)
    code.label(target)
    code.op("addi")
    code.op("jalr", rd=0, rs1=r.d)
    code.label(behind)
    code.address(r.pointer, target)
    for _ in range(3):
        chosen = rng.choice(program.by_kind[Kind.PLAIN])
        word = word_of(chosen, **random_operands(rng, program, chosen))
        if chosen.size_bytes == 2:
            word |= word_of(BY_NAME["c.nop"]) << 16
        code.li(r.loop, word)
        code.op("sw", rs1=r.pointer, rs2=r.loop)
        # The operands of fence.i are reserved: ignored, whatever they are.
        code.op(
            "fence.i", rd=rng.randrange(32), rs1=rng.randrange(32), imm=rng.randrange(-2048, 2048)
        )
        code.jump(target, rd=r.d)


def ordinary(program: Program) -> None:
    """Any of the above that runs in every mode."""
    program.rng.choice((plain, plain, plain, refresh, memory, memory, flow, loop, reserved))(
        program
    )
