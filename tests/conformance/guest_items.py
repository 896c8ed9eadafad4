"""Random items of the hypervisor extension. They run in every mode: where one may not, it traps."""

from __future__ import annotations

from typing import Final

from tests.conformance import items, layout
from tests.conformance.emit import word_of
from tests.conformance.guest_tables import GuestTables
from tests.conformance.kinds import Kind
from tests.conformance.program import Program
from tests.conformance.system_items import LOAD_BYTE, access
from tests.conformance.tables import Target
from tests.conformance.values import word64
from vmlab.core.bits import MASK64
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import ENVCFG, HSTATUS, INTERRUPTS, MSTATUS
from vmlab.isa.table import INSTRUCTIONS

LOADS: Final = tuple(i for i in INSTRUCTIONS if i.name.startswith("hlv"))
STORES: Final = tuple(i for i in INSTRUCTIONS if i.name.startswith("hsv"))
FENCES: Final = ("hfence.vvma", "hfence.gvma", "hinval.vvma", "hinval.gvma")
INJECTED: Final = INTERRUPTS.mask("VSSI", "VSTI", "VSEI")
RANDOM_STATUS: Final = MSTATUS.mask("SIE", "SPIE", "SPP", "FS", "SUM", "MXR")


def _target(program: Program, tables: GuestTables) -> Target:
    rng = program.rng
    return rng.choice(rng.choice((tables.targets, tables.targets, tables.guest_targets)))


def _address(program: Program, target: Target) -> int:
    rng = program.rng
    va = target.va + (rng.randrange(64) * 8 if target.level == 0 else rng.randrange(0x1E00) * 8)
    va += rng.choice((0, 0, 0, 0, 0, 4, 1))
    if rng.random() < 0.15:  # reaches into the next page
        va = va | 0xFF8 | rng.randrange(8)
    return va


def _scratch(program: Program) -> int:
    """Somewhere in scratch, mostly aligned."""
    rng = program.rng
    return layout.SCRATCH + rng.randrange(layout.SCRATCH_BYTES - 8) & rng.choice(
        (-8, -8, -8, -4, -1)
    )


def mapped(program: Program, alias: int) -> None:
    """A load or store where the VS-stage is sound: the G-stage decides."""
    instruction = program.rng.choice(program.by_kind[Kind.MEMORY])
    access(program, instruction, _scratch(program) + alias)


def foreign(program: Program, tables: GuestTables) -> None:
    """hlv, hlvx or hsv at an address that either stage maps, or does not."""
    rng, code = program.rng, program.code
    target = _target(program, tables)
    va = _address(program, target)
    if rng.random() < 0.5:  # the VS-stage is sound there, for VS or for VU
        target = Target(_scratch(program) + rng.choice((0, layout.U_ALIAS)), 0, 0, False)
        va = target.va
    chosen = rng.choice(LOADS if target.fetch or rng.random() < 0.6 else STORES)
    if rng.random() < 0.08:
        va ^= 1 << rng.randrange(30, 64)
        chosen = rng.choice(LOADS)
    values = items.random_operands(rng, program, chosen) | {"rs1": program.roles.pointer}
    code.li(program.roles.pointer, va & MASK64)
    code.raw(word_of(chosen, **values))


def each_access(program: Program) -> None:
    """Every instruction of this kind in M, on a guest whose addresses are physical."""
    for instruction in (*LOADS, *STORES):
        values = items.random_operands(program.rng, program, instruction)
        program.code.raw(word_of(instruction, **values | {"rs1": program.roles.base}))


def physical(program: Program, tables: GuestTables) -> None:
    """An ordinary access at a guest-physical address: what vsatp Bare sees."""
    target = program.rng.choice(tables.guest_targets)
    va = _address(program, target)
    if program.rng.random() < 0.1:  # beyond what the G-stage knows
        va ^= 1 << program.rng.randrange(30, 64)
        access(program, LOAD_BYTE, va)
        return
    chosen = LOAD_BYTE if target.fetch else program.rng.choice(program.by_kind[Kind.MEMORY])
    access(program, chosen, va)


def fence(program: Program) -> None:
    """A fence of a guest's translations."""
    rng, code = program.rng, program.code
    name = rng.choice(FENCES)
    if name.startswith("hinval") and not program.has("svinval"):
        return
    code.op(name, rs1=rng.choice((0, rng.randrange(32))), rs2=rng.choice((0, rng.randrange(32))))


def change_guest(program: Program, tables: GuestTables) -> None:
    """M replaces an entry of the G-stage, and says so."""
    rng, code, r = program.rng, program.code, program.roles
    slot = rng.choice(tables.slots)
    code.li(r.pointer, slot)
    code.op("ld", rd=r.loop, rs1=r.pointer)
    code.op("xori", rd=r.loop, rs1=r.loop, imm=1 << rng.randrange(8))
    code.op("sd", rs1=r.pointer, rs2=r.loop)
    code.op("hfence.gvma", rs1=0, rs2=rng.choice((0, r.loop)))


def hypervisor(program: Program) -> None:
    """Bits of hstatus that choose who may do what, and as whom hlv acts."""
    rng = program.rng
    bits = HSTATUS.mask(rng.choice(("HU", "SPVP", "VTVM", "VTW", "VTSR")))
    program.code.li(program.roles.pointer, bits)
    program.code.csr(
        rng.choice(("csrrs", "csrrc")), "hstatus",
        rd=items.destination(program), rs1=program.roles.pointer,
    )  # fmt: skip


def inject(program: Program) -> None:
    """Raise or clear interrupts of VS in every way there is, and look at them by every name."""
    rng, code, r = program.rng, program.code, program.roles
    name = rng.choice(("hvip", "hvip", "hip", "mip", "vsip", "sip"))
    code.li(r.pointer, rng.choice((INJECTED, rng.getrandbits(13), 0)))
    if name == "mip":  # and nothing of M's and S's
        code.op("andi", rd=r.pointer, rs1=r.pointer, imm=INJECTED)
    code.csr(rng.choice(("csrrw", "csrrs", "csrrc")), name, items.destination(program), r.pointer)
    for seen in rng.sample(("mip", "hip", "hvip", "vsip", "sip"), 2):
        code.csr("csrrs", seen, rd=items.destination(program))


def timer(program: Program) -> None:
    """VS's timer is due or never."""
    code, r, rng = program.code, program.roles, program.rng
    code.op("addi", rd=r.loop, rs1=0, imm=rng.choice((0, -1)))
    code.csr("csrrw", "vstimecmp", rd=items.destination(program), rs1=r.loop)
    code.csr("csrrs", rng.choice(("sip", "hip", "mip", "vsip")), rd=items.destination(program))


def guest_state(program: Program, tables: GuestTables | None = None) -> None:
    """M sets up all that a guest's run depends on, at random."""
    rng, code, r = program.rng, program.code, program.roles
    code.address(r.pointer, "v.vector")
    code.op("addi", rd=r.pointer, rs1=r.pointer, imm=rng.randrange(2))
    code.csr("csrrw", "vstvec", rs1=r.pointer)
    program.set_csr("hedeleg", rng.choice((0, MASK64, rng.getrandbits(64))))
    program.set_csr("hideleg", rng.choice((0, MASK64, rng.getrandbits(13))))
    program.set_csr("vsstatus", rng.getrandbits(64) & RANDOM_STATUS)
    program.set_csr("hcounteren", rng.choice((0, MASK64, rng.getrandbits(32))))
    status = HSTATUS.mask("HU", "SPVP", "VTVM", "VTW", "VTSR")
    if rng.random() < 0.7:
        status = HSTATUS.mask("HU", "SPVP")
    program.set_csr("hstatus", rng.getrandbits(32) & status)
    if rng.random() < 0.5 and program.has("svadu"):
        program.set_csr("menvcfg", ENVCFG.mask("ADUE"))
        program.set_csr("henvcfg", rng.choice((0, ENVCFG.mask("ADUE"))))
    if tables is not None:
        program.set_csr("hgatp", tables.hgatp())
        program.set_csr("vsatp", tables.satp())


def vs_csr(program: Program) -> None:
    """A CSR of HS or VS by its own name, with a random value where that harms nothing."""
    rng, code = program.rng, program.code
    names = [c.name for c in CSRS.values() if c.extension == "h"]
    name = rng.choice(names)
    held = {"vstvec", "vsatp", "hgatp", "hedeleg", "vstimecmp", "henvcfg", "htimedelta", "hideleg"}
    if name in held or rng.random() < 0.3:
        code.csr("csrrs", name, rd=items.destination(program))
        return
    code.li(program.roles.pointer, word64(rng))
    form = rng.choice(("csrrw", "csrrs", "csrrc"))
    code.csr(form, name, rd=items.destination(program), rs1=program.roles.pointer)


def landing(program: Program, tables: GuestTables) -> None:
    """Jump through a random mapping of the VS-stage."""
    fitting = [target for target in tables.targets if target.fetch]
    if not fitting:
        return
    code, r, rng = program.code, program.roles, program.rng
    back = program.fresh("back")
    code.li(r.pointer, rng.choice(fitting).va + 4 * rng.randrange(1000) & MASK64)
    code.address(r.loop, back)
    code.op("jalr", rd=items.destination(program), rs1=r.pointer)
    code.label(back)


SCRATCH_MIDDLE: Final = layout.SCRATCH + layout.SCRATCH_BYTES // 2
