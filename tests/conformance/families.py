"""The programs, by family. `size` scales how much each does."""

from __future__ import annotations

from tests.conformance import items
from tests.conformance.image import Image
from tests.conformance.kinds import Kind
from tests.conformance.program import Program
from vmlab.core.modes import Mode


def compute(seed: int, size: int) -> Image:
    """Every instruction on registers, on corner values fresh from memory, in M."""
    program = Program("compute", seed)
    rng, code, r = program.rng, program.code, program.roles
    program.begin()
    order = list(program.by_kind[Kind.PLAIN]) * (12 * size)
    rng.shuffle(order)
    for instruction in order:
        values = items.random_operands(rng, program, instruction)
        # 16-bit forms read what they write.
        reads = ("rd", "rs1", "rs2") if instruction.size_bytes == 2 else ("rs1", "rs2")
        for field in instruction.operands:
            if field.name in reads and rng.random() < 0.9:
                register = rng.choice([number for number in r.free if field.fits(number)])
                values[field.name] = register
                code.op("ld", rd=register, rs1=r.base, imm=rng.randrange(-2048, 2048) & -8)
        items.plain_with(program, instruction, values)
    return program.image()


def ordinary(seed: int, size: int) -> Image:
    """Straight lines, branches, loops, loads and stores, in each mode, without translation."""
    program = Program("ordinary", seed)
    for mode in (*Mode, *Mode):
        program.begin(times=4)
        if mode is not Mode.M:
            program.set_csr("medeleg", program.delegation())
            program.stvec()
            program.enter(mode)
        for instruction in program.by_kind[Kind.MEMORY]:
            items.memory(program, instruction)
        for instruction in program.by_kind[Kind.FLOW]:
            items.flow(program, instruction)
        for _ in range(40 * size):
            items.ordinary(program)
        program.leave()
    program.begin(times=4)
    for _ in range(8):
        items.rewrite_code(program)
    program.leave()
    return program.image()
