"""The programs, by family. `size` scales how much each does."""

from __future__ import annotations

from tests.conformance import items
from tests.conformance.image import Image
from tests.conformance.kinds import BY_KIND, Kind
from tests.conformance.program import Program
from vmlab.core.modes import Mode


def compute(seed: int, size: int) -> Image:
    """Every instruction on registers, on corner values fresh from memory, in M."""
    program = Program("compute", seed)
    rng, code, r = program.rng, program.code, program.roles
    program.begin()
    order = list(BY_KIND[Kind.PLAIN]) * (12 * size)
    rng.shuffle(order)
    for instruction in order:
        values = items.random_operands(rng, program, instruction)
        for name in ("rs1", "rs2"):
            if name in values and rng.random() < 0.9:
                values[name] = rng.choice(r.free)
                code.op("ld", rd=values[name], rs1=r.base, imm=rng.randrange(-2048, 2048) & -8)
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
        for instruction in BY_KIND[Kind.MEMORY]:
            items.memory(program, instruction)
        for instruction in BY_KIND[Kind.FLOW]:
            items.flow(program, instruction)
        for _ in range(40 * size):
            items.ordinary(program)
        program.leave()
    program.begin(times=4)
    for _ in range(8):
        items.rewrite_code(program)
    program.leave()
    return program.image()
