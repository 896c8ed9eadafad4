"""Random items that touch privileged state. They run in every mode: where one may not, it traps."""

from __future__ import annotations

from typing import Final

from tests.conformance import items, layout
from tests.conformance.emit import BY_NAME, word_of
from tests.conformance.freedoms import UNWRITTEN
from tests.conformance.image import MSIP, MTIMECMP
from tests.conformance.kinds import Kind
from tests.conformance.program import EXITS, Program
from tests.conformance.tables import Tables, Target
from tests.conformance.values import word64
from vmlab.core.bits import MASK64
from vmlab.isa.csrs import CSRS
from vmlab.isa.encoding import Instruction
from vmlab.isa.lang.ir import Effect, walk
from vmlab.isa.layouts import ENVCFG, INTERRUPTS, MSTATUS
from vmlab.isa.system.walk import BARE

LOAD_BYTE: Final = BY_NAME["lb"]
"""What reads where nothing may be written."""

SHORT_BREAK: Final = word_of(BY_NAME["c.nop"]) << 16 | word_of(BY_NAME["c.ebreak"])
SHORT_RESERVED: Final = word_of(BY_NAME["c.nop"]) << 16 | 0x8000
"""Padded to four bytes, for handlers skip so many."""
HELD: Final = frozenset(
    {"mtvec", "stvec", "satp", "medeleg", "menvcfg", "stimecmp", *UNWRITTEN}
) | {name for name in CSRS if name.startswith("pmp")}
"""CSRs that random instructions only read: a program that loses them loses itself. Families of
their own write them."""


def csr(program: Program, names: tuple[str, ...] = ()) -> None:
    """A CSR instruction of any form; held CSRs are only read."""
    rng, code = program.rng, program.code
    name = rng.choice(names or tuple(CSRS))
    instruction = rng.choice(program.by_kind[Kind.CSR])
    values = items.random_operands(rng, program, instruction)
    values["csr"] = CSRS[name].number
    if name in HELD:
        code.csr("csrrs", name, rd=values["rd"])
        return
    if "rs1" in values and rng.random() < 0.7:
        code.li(program.roles.pointer, word64(rng))
        values["rs1"] = program.roles.pointer
    code.raw(word_of(instruction, **values))


def status(program: Program) -> None:
    """Set or clear some bits of sstatus that matter to memory accesses."""
    bits = program.rng.choice(
        (MSTATUS.mask("SUM"), MSTATUS.mask("MXR"), MSTATUS.mask("SUM", "MXR"))
    )
    program.code.li(program.roles.pointer, bits)
    program.code.csr(
        program.rng.choice(("csrrs", "csrrc")), "sstatus",
        rd=items.destination(program), rs1=program.roles.pointer,
    )  # fmt: skip


def xret(program: Program, alias: bool = False) -> None:
    """Return from a trap that never was, with a random previous mode and interrupt state."""
    rng, code, r = program.rng, program.code, program.roles
    level = rng.choice("ms")
    target = program.fresh("xret")
    code.address(r.pointer, target)
    if alias and rng.random() < 0.5:
        code.li(r.loop, layout.U_ALIAS)
        code.op(rng.choice(("add", "sub")), rd=r.pointer, rs1=r.pointer, rs2=r.loop)
    odd = 1 if program.has("zca") else 2  # a bit that xepc does not have
    code.op("ori", rd=r.pointer, rs1=r.pointer, imm=rng.choice((0, 0, 1, odd)))
    code.csr("csrrw", f"{level}epc", rs1=r.pointer)
    if rng.random() < 0.8:
        code.li(r.pointer, rng.getrandbits(64))
        code.csr("csrrw", f"{level}status", rs1=r.pointer)
    code.op(f"{level}ret")
    code.label(target)


def environment(program: Program) -> None:
    """Instructions that always trap, words that are no instruction, and instructions of extensions
    that are off."""
    rng, code = program.rng, program.code
    nothing = rng.getrandbits(32) & ~0x7F | 0x0B
    if program.absent and rng.random() < 0.5:
        absent = rng.choice(program.absent)
        code.put(word_of(absent, **items.random_operands(rng, program, absent)))
    else:
        code.raw(rng.choice((*EXITS.values(), nothing, 0xFFFF_FFFF, SHORT_BREAK, SHORT_RESERVED)))


def fence(program: Program) -> None:
    """sfence.vma in any form, or one of its parts."""
    rng, code = program.rng, program.code
    name = rng.choice(
        ("sfence.vma", "sfence.vma", "sinval.vma", "sfence.w.inval", "sfence.inval.ir")
    )
    if name.endswith(".vma"):
        code.op(
            name, rs1=rng.choice((0, rng.randrange(32))), rs2=rng.choice((0, rng.randrange(32)))
        )
    else:
        code.op(name)


def switch_space(program: Program, tables: Tables) -> None:
    """Another address space that maps the code just as well."""
    program.code.li(program.roles.pointer, tables.satp())
    program.code.csr("csrrw", "satp", rd=items.destination(program), rs1=program.roles.pointer)


def bad_space(program: Program) -> None:
    """A mode that satp does not have: the write changes nothing."""
    rng = program.rng
    built = {BARE, *(fmt.number for fmt in program.formats)}
    mode = rng.choice([mode for mode in range(16) if mode not in built])
    program.code.li(program.roles.pointer, mode << 60 | rng.getrandbits(60))
    program.code.csr("csrrw", "satp", rd=items.destination(program), rs1=program.roles.pointer)


def wait(program: Program) -> None:
    """wfi that ends at once: an interrupt is pending and enabled, but xIE is clear."""
    code = program.code
    bit = INTERRUPTS.mask("SSI")
    code.op("csrrci", csr=CSRS["mstatus"].number, uimm=MSTATUS.mask("MIE"))
    code.op("csrrsi", csr=CSRS["mie"].number, uimm=bit)
    code.op("csrrsi", csr=CSRS["mip"].number, uimm=bit)
    code.op("wfi")


def translated(program: Program, tables: Tables) -> None:
    """A load or store at an address that a random table maps, or does not."""
    rng = program.rng
    target = _target(program, tables, fetch=rng.random() < 0.1)
    instruction = LOAD_BYTE if target.fetch else rng.choice(program.by_kind[Kind.MEMORY])
    va = target.va + (rng.randrange(64) * 8 if target.level == 0 else rng.randrange(0x1E00) * 8)
    va += rng.choice((0, 0, 0, 0, 0, 4, 1))
    if rng.random() < 0.15:  # reaches into the next page
        va = va | 0xFF8 | rng.randrange(8)
    if rng.random() < 0.08:  # mostly not canonical; a store could reach code by chance
        va ^= 1 << rng.randrange(30, 64)
        instruction = LOAD_BYTE
    access(program, instruction, va)


def access(program: Program, instruction: Instruction, va: int, near: bool = True) -> None:
    """A load or store at an address or, if `near`, beside it."""
    rng, code, r = program.rng, program.code, program.roles
    code.li(r.pointer, va & MASK64)
    values = items.random_operands(rng, program, instruction)
    if "imm" in values:
        values["imm"] = rng.choice((0, 0, 0, 8, -8)) if near else 0
    elif "uimm" in values:
        values["uimm"] = rng.choice((0, 0, 0, 8)) if near else 0
    items.aim(program, instruction, values, r.pointer)
    code.put(word_of(instruction, **values))


def again(program: Program, tables: Tables) -> None:
    """One address several times, SUM and MXR changing between: what a TLB must not confuse."""
    rng = program.rng
    target = _target(program, tables, fetch=rng.random() < 0.3)
    for _ in range(4):
        fitting = (LOAD_BYTE,) if target.fetch else program.by_kind[Kind.MEMORY]
        access(program, rng.choice(fitting), target.va)
        status(program)


def _effects(instruction: Instruction) -> set[str]:
    statements = walk(instruction.traced().body)
    return {statement.what for statement in statements if isinstance(statement, Effect)}


def edge(program: Program) -> None:
    """A load or store over an end of a range that PMP knows, or just beside it. Not a
    store-conditional: see `freedoms.FAILING_STORE_CONDITIONAL`."""
    rng = program.rng
    plain = [i for i in program.by_kind[Kind.MEMORY] if "store_conditional" not in _effects(i)]
    instruction = rng.choice(plain)
    at = rng.choice(program.edges) + rng.choice((-8, -4, -1, 0, 0, 0, 0, 1, 3, 4))
    inside = min(max(at, layout.SCRATCH + 8), layout.SCRATCH + layout.SCRATCH_BYTES - 16)
    size = max(s.size_bytes for s in walk(instruction.traced().body) if isinstance(s, Effect))
    access(program, instruction, inside & -size if rng.random() < 0.9 else inside, near=False)


def _target(program: Program, tables: Tables, fetch: bool) -> Target:
    fitting = [target for target in tables.targets if target.fetch == fetch]
    return program.rng.choice(fitting or tables.targets)


def translated_fetch(program: Program, tables: Tables) -> None:
    """Jump through a random mapping to the landing page, which jumps back."""
    rng, code, r = program.rng, program.code, program.roles
    fitting = [target for target in tables.targets if target.fetch]
    if not fitting:
        return
    back = program.fresh("back")
    target = rng.choice(fitting)
    va = target.va + 4 * rng.randrange(1000)
    if program.has("zca") and target.level == 0 and rng.random() < 0.3:
        va = target.va | 0xFFE
    code.li(r.pointer, va & MASK64)
    code.address(r.loop, back)
    code.op("jalr", rd=items.destination(program), rs1=r.pointer)
    code.label(back)


def change_table(program: Program, tables: Tables) -> None:
    """M replaces an entry on the way to a target, and says so (sfence.vma)."""
    rng, code, r = program.rng, program.code, program.roles
    target = rng.choice(tables.targets)
    code.li(r.pointer, target.slot)
    if rng.random() < 0.5:  # another flag; when the episode is repeated, back again
        code.op("ld", rd=r.loop, rs1=r.pointer)
        code.op("xori", rd=r.loop, rs1=r.loop, imm=1 << rng.randrange(8))
    else:
        code.li(r.loop, rng.choice((tables.leaf(target.level, target.fetch), 0)))
    code.op("sd", rs1=r.pointer, rs2=r.loop)
    code.op("sfence.vma", rs1=0, rs2=rng.choice((0, r.loop)))


def borrow(program: Program, tables: Tables) -> None:
    """M accesses memory as S or U would (MPRV)."""
    rng, code, r = program.rng, program.code, program.roles
    status = MSTATUS.mask("MPRV") | rng.choice((0, 0, 1, 3)) << MSTATUS["MPP"].low
    status |= rng.choice((0, MSTATUS.mask("SUM"))) | rng.choice((0, MSTATUS.mask("MXR")))
    code.li(r.pointer, status)
    code.csr("csrrw", "mstatus", rs1=r.pointer)
    for _ in range(rng.randrange(1, 4)):
        translated(program, tables)
    if rng.random() < 0.5:
        code.csr("csrrw", "mstatus", rs1=0)


def environment_of_s(program: Program) -> None:
    """M lets S have a timer of its own, and walks set A and D, or not; S's timer is far or due."""
    rng, code, r = program.rng, program.code, program.roles
    switches = rng.choice((0, ENVCFG.mask("STCE"))) | rng.choice((0, ENVCFG.mask("ADUE")))
    program.set_csr("menvcfg", switches, items.destination(program))
    program.set_csr("mcounteren", rng.choice((0, MASK64, rng.getrandbits(32))))
    code.op("addi", rd=r.loop, rs1=0, imm=rng.choice((0, -1)))
    code.csr("csrrw", "stimecmp", rs1=r.loop)


def own_timer(program: Program) -> None:
    """Set S's timer: due at once or never, since the clocks of the two machines differ."""
    code, r = program.code, program.roles
    code.op("addi", rd=r.loop, rs1=0, imm=program.rng.choice((0, -1)))
    code.csr("csrrw", "stimecmp", rd=items.destination(program), rs1=r.loop)
    code.csr("csrrs", program.rng.choice(("sip", "mip")), rd=items.destination(program))


def pending(program: Program) -> None:
    """Raise and clear interrupts in every way that M has, while none can be taken.

    The CSR write after the stores to the CLINT makes Spike look at once.
    """
    rng, code, r = program.rng, program.code, program.roles
    code.op("csrrci", csr=CSRS["mstatus"].number, uimm=MSTATUS.mask("MIE"))
    if rng.random() < 0.5:
        code.li(r.pointer, MSIP)
        code.op("addi", rd=r.loop, rs1=0, imm=rng.randrange(2))
        code.op("sw", rs1=r.pointer, rs2=r.loop)
    if rng.random() < 0.5:
        code.li(r.pointer, MTIMECMP)
        code.op("addi", rd=r.loop, rs1=0, imm=rng.choice((0, -1)))
        code.op("sd", rs1=r.pointer, rs2=r.loop)
    code.li(r.pointer, rng.choice((rng.getrandbits(12), MASK64, 0)))
    code.csr("csrrw", "mip", rd=items.destination(program), rs1=r.pointer)
    code.csr("csrrs", "mip", rd=items.destination(program))
