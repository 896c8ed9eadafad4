"""Random items: one instruction each, with what it needs around it to be worth running."""

from __future__ import annotations

from random import Random
from typing import Final

from tests.conformance import layout
from tests.conformance.emit import word_of
from tests.conformance.image import RAM_BASE, RAM_BYTES
from tests.conformance.kinds import BY_KIND, Kind
from tests.conformance.program import WITHOUT_C, Program
from tests.conformance.values import operand, word64
from vmlab.core.bits import MASK64
from vmlab.isa.encoding import Instruction

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
    """Any registers to read, a free one to write, corner immediates."""
    values: dict[str, int] = {}
    for field in instruction.operands:
        if field.name == "rd":
            values["rd"] = destination(program)
        elif field.is_register:
            values[field.name] = rng.choice((0, *program.roles.free, rng.randrange(32)))
        else:
            values[field.name] = operand(rng, field)
    return values


def destination(program: Program) -> int:
    """A register that the program does not keep for itself; now and then x0."""
    return 0 if program.rng.random() < 0.04 else program.rng.choice(program.roles.free)


def plain(program: Program, instruction: Instruction | None = None) -> None:
    """An instruction on registers."""
    chosen = instruction or program.rng.choice(BY_KIND[Kind.PLAIN])
    program.code.raw(word_of(chosen, **random_operands(program.rng, program, chosen)))


def plain_with(program: Program, instruction: Instruction, values: dict[str, int]) -> None:
    """An instruction with the operands given."""
    program.code.raw(word_of(instruction, **values))


def refresh(program: Program) -> None:
    """A new value in a register: random sequences otherwise end in zeros and ones."""
    program.code.li(program.rng.choice(program.roles.free), word64(program.rng))


def memory(program: Program, instruction: Instruction | None = None) -> None:
    """A load or store in scratch, mostly aligned; sometimes with a pointer to elsewhere."""
    rng = program.rng
    chosen = instruction or rng.choice(BY_KIND[Kind.MEMORY])
    values = random_operands(rng, program, chosen)
    values["rs1"] = program.roles.base
    if rng.random() < 0.15:
        program.code.li(program.roles.pointer, rng.choice(OUTSIDE))
        values["rs1"] = program.roles.pointer
        if "imm" in values:
            values["imm"] = rng.choice((0, 0, 1, -1, 7, -8, 8))
    elif "imm" in values:
        values["imm"] = rng.randrange(-2048, 2048) & rng.choice((-8, -8, -8, -4, -2, -1))
    else:
        values["rs1"] = program.roles.base
    program.code.raw(word_of(chosen, **values))


def flow(program: Program, instruction: Instruction | None = None) -> None:
    """A jump or branch over a few instructions, sometimes to a misaligned address."""
    rng, code = program.rng, program.code
    chosen = instruction or rng.choice(BY_KIND[Kind.FLOW])
    values = random_operands(rng, program, chosen)
    skipped = rng.randrange(4)
    bias = rng.choice((0, 0, 0, 0, 0, 0, 2)) if program.isa == WITHOUT_C else 0
    if "rs1" in values and "rs2" not in values:  # through a register
        code.op("auipc", rd=program.roles.pointer, imm=0)
        values["rs1"] = program.roles.pointer
        values["imm"] = 8 + 4 * skipped + bias + rng.randrange(2)
    else:
        values["imm"] = 4 + 4 * skipped + bias
        if rng.random() < 0.3 and "rs1" in values:
            values["rs2"] = values["rs1"]
    code.raw(word_of(chosen, **values))
    for _ in range(skipped):
        plain(program)


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
        chosen = rng.choice(BY_KIND[Kind.PLAIN])
        code.li(r.loop, word_of(chosen, **random_operands(rng, program, chosen)))
        code.op("sw", rs1=r.pointer, rs2=r.loop)
        # The operands of fence.i are reserved: ignored, whatever they are.
        code.op(
            "fence.i", rd=rng.randrange(32), rs1=rng.randrange(32), imm=rng.randrange(-2048, 2048)
        )
        code.jump(target, rd=r.d)


def ordinary(program: Program) -> None:
    """Any of the above that runs in every mode."""
    program.rng.choice((plain, plain, plain, refresh, memory, memory, flow, loop))(program)
