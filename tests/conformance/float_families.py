"""Programs about floating point: what is computed, and whether the unit may be used at all."""

from __future__ import annotations

from typing import Final

from tests.conformance import items
from tests.conformance.emit import word_of
from tests.conformance.image import Image
from tests.conformance.kinds import Kind
from tests.conformance.program import FS_INITIAL, Program
from tests.conformance.values import floats, word64
from vmlab.core.modes import Mode
from vmlab.isa.csrs import CSRS
from vmlab.isa.encoding import Instruction
from vmlab.isa.layouts import MSTATUS

FCSR: Final = ("fcsr", "frm", "fflags")
RESERVED: Final = 5, 6
"""Rounding modes that no instruction has; in frm, the dynamic one is none either."""
DYN: Final = 7


def floating(seed: int, size: int) -> Image:
    """Every instruction in every rounding mode, on special values and their neighbours, in M."""
    program = Program("floating", seed, needs="f", content=floats)
    rng = program.rng
    program.begin(traps=2047)
    program.set_csr("mstatus", FS_INITIAL)
    order = [
        (instruction, mode)
        for instruction in program.by_kind[Kind.FLOAT]
        for mode in range(5)
        for _ in range(3 * size)
    ]
    rng.shuffle(order)
    for at, (instruction, mode) in enumerate(order):
        if at % 40 == 0:
            _mode_and_flags(program)
        if at % 50 == 25:
            items.memory(program, rng.choice(program.by_kind[Kind.FLOAT_MEMORY]))
        compute(program, instruction, mode)
    program.leave()
    return program.image()


def compute(program: Program, instruction: Instruction, mode: int) -> None:
    """An instruction on registers, most of them fresh from memory. It rounds in the mode, told by
    itself or by frm."""
    rng, code, r = program.rng, program.code, program.roles
    values = items.random_operands(rng, program, instruction)
    for name in values:
        if name in ("frs1", "frs2", "frs3") and rng.random() < 0.8:
            load = "fld" if program.has("d") and rng.random() < 0.8 else "flw"
            code.op(load, frd=values[name], rs1=r.base, imm=rng.randrange(-2048, 2048) & -8)
    if "rs1" in values:
        values["rs1"] = rng.choice(r.free)
        code.li(values["rs1"], floats(rng) if rng.random() < 0.3 else word64(rng))
    if rng.random() < 0.1 and "frs2" in values:
        values["frs2"] = values["frs1"]
    if "rm" in values:
        values["rm"] = mode
        if rng.random() < 0.5:
            code.op("csrrwi", csr=CSRS["frm"].number, uimm=mode)
            values["rm"] = DYN
        elif rng.random() < 0.02:
            values["rm"] = rng.choice(RESERVED)
    code.raw(word_of(instruction, **values))
    if rng.random() < 0.3:
        code.op(
            rng.choice(("csrrwi", "csrrci", "csrrsi")),
            csr=CSRS["fflags"].number,
            rd=rng.choice(r.free),
            uimm=rng.choice((0, 0, 31, rng.randrange(32))),
        )


def _mode_and_flags(program: Program) -> None:
    """Write the CSRs as software may, reserved modes included; then a mode that there is."""
    rng, code, r = program.rng, program.code, program.roles
    code.li(r.pointer, word64(rng))
    code.csr(rng.choice(("csrrw", "csrrs", "csrrc")), rng.choice(FCSR), r.loop, r.pointer)
    for _ in range(2):
        compute(program, rng.choice(program.by_kind[Kind.FLOAT]), rng.choice((*range(5), DYN)))
    for name in FCSR:
        code.csr("csrrs", name, rd=rng.choice(r.free))
    code.op("csrrwi", csr=CSRS["frm"].number, uimm=rng.randrange(5))


def floating_unit(seed: int, size: int) -> Image:
    """The unit Off, Initial, Clean and Dirty, in each mode, for guests at both levels: what is
    refused, what makes it dirty; loads and stores to good and bad addresses."""
    program = Program("floating_unit", seed, needs="f", content=floats)
    rng, code = program.rng, program.code
    actors = [(mode, 0) for mode in Mode]
    if program.has("h"):
        actors += [(Mode.U, 1), (Mode.S, 1)]
    for at in range(15 * size):
        mode, virtual = actors[at % len(actors)]
        program.begin(times=2)
        program.set_csr("medeleg", program.delegation())
        program.stvec()
        if program.has("h"):
            program.set_csr("vsstatus", rng.randrange(4) << MSTATUS["FS"].low)
        program.enter(mode, rng.choice((0, 1, 1, 2, 2, 3)) << MSTATUS["FS"].low, virtual=virtual)
        for _ in range(40):
            kind = rng.randrange(10)
            if kind < 4:
                compute(program, rng.choice(program.by_kind[Kind.FLOAT]), rng.randrange(5))
            elif kind < 7:
                items.memory(program, rng.choice(program.by_kind[Kind.FLOAT_MEMORY]))
            elif kind < 8:
                items.ordinary(program)
            elif kind < 9:
                name = rng.choice(FCSR)
                rd, rs1 = items.destination(program), rng.choice((0, program.roles.base))
                code.csr(rng.choice(("csrrw", "csrrs", "csrrc")), name, rd, rs1)
            elif mode is not Mode.U:
                _switch(program, mode)
        program.leave()
    return program.image()


def _switch(program: Program, mode: Mode) -> None:
    """Give the unit another state, and read what is there now."""
    code, name = program.code, "mstatus" if mode is Mode.M else "sstatus"
    code.li(program.roles.pointer, MSTATUS.mask("FS"))
    code.csr("csrrc", name, rd=items.destination(program), rs1=program.roles.pointer)
    code.li(program.roles.pointer, program.rng.choice((0, 1, 1, 2, 2, 3)) << MSTATUS["FS"].low)
    code.csr("csrrs", name, rd=items.destination(program), rs1=program.roles.pointer)
