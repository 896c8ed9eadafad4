"""Programs about guests: HS, VS and VU, two stages of translation, injected interrupts."""

from __future__ import annotations

from typing import Final

from tests.conformance import guest_items, items, layout, system_items
from tests.conformance.float_families import compute
from tests.conformance.freedoms import UNWRITTEN
from tests.conformance.guest_tables import GuestTables
from tests.conformance.image import Image
from tests.conformance.kinds import Kind
from tests.conformance.program import Program
from tests.conformance.system_families import _sweep, landing_page
from tests.conformance.values import word64
from vmlab.core.bits import MASK64
from vmlab.core.modes import Mode
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import ENVCFG, HSTATUS, INTERRUPTS, MSTATUS

ACTORS: Final = ((Mode.M, 0), (Mode.S, 0), (Mode.U, 0), (Mode.S, 1), (Mode.U, 1))
"""M, HS, U, VS and VU: the mode, and V."""


def guest_csrs(seed: int, size: int) -> Image:
    """Every CSR from M, HS, U, VS and VU, under random enables: who may, who may not, and which
    of the two exceptions says so. VS writes what it may."""
    program = Program("guest_csrs", seed, needs="h")
    rng, code = program.rng, program.code
    for mode, virtual in ACTORS:
        for _ in range(size):
            program.begin(traps=2047)
            program.stvec()
            program.set_csr("medeleg", program.delegation())
            guest_items.guest_state(program)
            program.set_csr("hstatus", rng.getrandbits(32) & ~HSTATUS.mask("VTSR"))
            for name in ("mcounteren", "scounteren", "hcounteren"):
                program.set_csr(name, rng.choice((MASK64, rng.getrandbits(32))))
            if program.has("sstc"):
                program.set_csr("menvcfg", rng.choice((0, ENVCFG.mask("STCE"))))
                program.set_csr("henvcfg", rng.choice((0, ENVCFG.mask("STCE"))))
            program.enter(mode, rng.choice((0, MSTATUS.mask("TVM"))), virtual=virtual)
            for csr in rng.sample(sorted(CSRS.values(), key=lambda c: c.number), len(CSRS)):
                if csr.name.startswith(("pmp", "hpm", "mhpm")) and rng.random() < 0.9:
                    continue
                code.op("csrrs", rd=items.destination(program), csr=csr.number)
                code.op("csrrsi", rd=items.destination(program), csr=csr.number, uimm=0)
                if rng.random() < 0.3 and not csr.name.startswith("m"):
                    code.op("csrrci", csr=csr.number, uimm=1)  # a bit that nobody needs
            program.leave()
    _written_by_guests(program, size)
    return program.image()


def _written_by_guests(program: Program, size: int) -> None:
    """What VS's writes leave, by S's names; HS's, by its own and VS's names."""
    rng = program.rng
    for mode, virtual in ((Mode.S, 1), (Mode.S, 0), (Mode.M, 0)):
        for csr in CSRS.values():
            mine = csr.virtual is not None if virtual else csr.extension == "h"
            if not mine or csr.lowest_mode is not mode or csr.is_read_only or csr.name in UNWRITTEN:
                continue
            program.begin()
            program.stvec()
            guest_items.guest_state(program)
            program.set_csr("medeleg", program.delegation())
            program.set_csr("hideleg", MASK64)
            program.set_csr("mcounteren", MASK64)
            program.set_csr("hcounteren", MASK64)
            if program.has("sstc"):
                program.set_csr("menvcfg", ENVCFG.mask("STCE"))
                program.set_csr("henvcfg", ENVCFG.mask("STCE"))
            program.enter(mode, virtual=virtual)
            values = [0, MASK64, word64(rng), rng.getrandbits(64)]
            if csr.name in ("satp", "stimecmp", "vstimecmp"):
                values = [0, (1 << 60) - 1, MASK64]
            if csr.name == "satp":
                values = [0, (1 << 60) - 1, 11 << 60 | 1, 7 << 60 | 2]
            _sweep(program, csr, values * size)
            program.leave()


def guest_modes(seed: int, size: int) -> Image:
    """Traps from VS and VU to VS, HS and M, interrupts injected and delegated, returns, waits."""
    program = Program("guest_modes", seed, bare=seed % 8 == 3, needs="h")
    rng = program.rng
    names = tuple(csr.name for csr in CSRS.values() if csr.lowest_mode < Mode.M)
    for bit in (INTERRUPTS.mask(name) for name in ("VSSI", "VSTI", "VSEI")):
        for further in (0, MASK64):
            program.begin()
            program.stvec()
            guest_items.guest_state(program)
            program.set_csr("hideleg", further)
            program.set_csr("hvip", bit)
            program.set_csr("mie", MASK64)
            program.enter(Mode.U, virtual=1)
            items.ordinary(program)
            program.leave()
    for _ in range(14 * size):
        program.begin(times=rng.randrange(1, 4))
        program.stvec()
        program.set_csr("mtvec", program.code.labels["m.vector"] + rng.randrange(2))
        guest_items.guest_state(program)
        program.set_csr("medeleg", program.delegation())
        program.set_csr("mideleg", rng.choice((0, MASK64, rng.getrandbits(16))))
        program.set_csr("mcounteren", rng.choice((0, MASK64, rng.getrandbits(32))))
        system_items.pending(program)
        program.set_csr("hvip", rng.choice((0, 0, guest_items.INJECTED, rng.getrandbits(13))))
        program.set_csr("mie", rng.choice((0, MASK64, rng.getrandbits(16))))
        waits = rng.random() < 0.3
        if waits:
            program.set_csr("mie", INTERRUPTS.mask("VSSI"))
            program.set_csr("hvip", INTERRUPTS.mask("VSSI"))
        mode, virtual = rng.choice((*ACTORS[1:], *ACTORS[3:], *ACTORS[3:]))
        program.enter(mode, rng.getrandbits(64) & ~MSTATUS.mask("MPRV"), virtual=virtual)
        if waits:
            program.code.op("wfi")
        for _ in range(18):
            rng.choice(
                (
                    items.ordinary, items.ordinary, guest_items.vs_csr, guest_items.hypervisor,
                    guest_items.inject, system_items.environment, system_items.xret,
                    system_items.fence, guest_items.fence,
                    _floating, lambda program: system_items.csr(program, names),
                )
            )(program)  # fmt: skip
        program.leave()
    return program.image()


def _floating(program: Program) -> None:
    """The floating-point unit, which HS's FS and VS's turn off and both keep track of."""
    if program.has("f"):
        chosen = program.rng.choice(program.by_kind[Kind.FLOAT])
        compute(program, chosen, program.rng.randrange(5))


def _guest_tables(program: Program) -> GuestTables:
    tables = GuestTables(program.rng)
    for _ in range(2):
        tables.root(program.rng.choice(program.formats))
        tables.guest_root(program.rng.choice(program.formats))
    program.segments += tables.segments()
    program.segments.append((layout.CODE + layout.CODE_BYTES - 4096, landing_page(program)))
    return tables


def guest_paging(seed: int, size: int) -> Image:
    """Loads, stores and fetches through two stages of random tables of every format, from VS, VU,
    and M by MPRV with MPV."""
    program = Program("guest_paging", seed, needs="h")
    tables = _guest_tables(program)
    for _ in range(16 * size):
        program.begin(times=program.rng.randrange(1, 5))
        _guest_episode(program, tables)
        program.leave()
    return program.image()


def _guest_episode(program: Program, tables: GuestTables) -> None:
    rng, r = program.rng, program.roles
    program.stvec()
    program.set_csr("medeleg", program.delegation())
    for _ in range(3):
        rng.choice((system_items.change_table, guest_items.change_guest))(program, tables)
    guest_items.guest_state(program, tables)
    if rng.random() < 0.3:
        program.set_csr("satp", tables.satp())
    mode, virtual = rng.choice((*ACTORS[3:], *ACTORS[3:], (Mode.M, 0)))
    alias = layout.U_ALIAS if mode is Mode.U else 0
    program.enter(mode, rng.getrandbits(64) & ~0xAAA & ~MSTATUS.mask("MPRV"), alias, virtual)
    if mode is Mode.U:
        program.code.li(r.base, guest_items.SCRATCH_MIDDLE + alias)
    for _ in range(16):
        kind = rng.randrange(12)
        if mode is Mode.M and kind < 8:
            _borrow(program, tables)
        elif kind < 3:
            guest_items.mapped(program, alias)
        elif kind < 6:
            system_items.translated(program, tables)
        elif kind < 7:
            system_items.again(program, tables)
        elif kind < 8:
            items.ordinary(program)
        elif kind < 9:
            system_items.status(program)
        elif kind < 10:
            rng.choice((system_items.fence, system_items.bad_space, guest_items.fence))(program)
        elif kind < 11:
            system_items.switch_space(program, tables)
        else:
            guest_items.physical(program, tables)
    for _ in range(rng.randrange(1, 4)):
        guest_items.landing(program, tables)


def _borrow(program: Program, tables: GuestTables) -> None:
    """M accesses memory as VS or VU would (MPRV with MPV)."""
    rng, code, r = program.rng, program.code, program.roles
    status = MSTATUS.mask("MPRV") | rng.choice((0, 0, 1, 3)) << MSTATUS["MPP"].low
    status |= rng.choice((0, MSTATUS.mask("SUM"))) | rng.choice((0, MSTATUS.mask("MXR")))
    status |= rng.choice((0, MSTATUS.mask("MPV"), MSTATUS.mask("MPV")))
    code.li(r.pointer, status)
    code.csr("csrrw", "mstatus", rs1=r.pointer)
    for _ in range(rng.randrange(1, 4)):
        rng.choice((system_items.translated, guest_items.physical))(program, tables)
    if rng.random() < 0.5:
        code.csr("csrrw", "mstatus", rs1=0)


def guest_memory(seed: int, size: int) -> Image:
    """hlv, hlvx and hsv from every mode, with HU, SPVP, SUM and MXR of both levels changing."""
    program = Program("guest_memory", seed, needs="h")
    rng = program.rng
    tables = _guest_tables(program)
    program.begin()
    guest_items.each_access(program)
    program.leave()
    for _ in range(14 * size):
        program.begin(times=rng.randrange(1, 4))
        program.stvec()
        program.set_csr("medeleg", program.delegation())
        for _ in range(2):
            rng.choice((system_items.change_table, guest_items.change_guest))(program, tables)
        guest_items.guest_state(program, tables)
        mode, virtual = rng.choice((*ACTORS, *ACTORS[:2], *ACTORS[:3]))
        alias = layout.U_ALIAS if mode is Mode.U and virtual else 0
        program.enter(mode, rng.getrandbits(64) & ~0xAAA & ~MSTATUS.mask("MPRV"), alias, virtual)
        for _ in range(20):
            kind = rng.randrange(12)
            if kind < 8:
                guest_items.foreign(program, tables)
            elif kind < 9:
                guest_items.hypervisor(program)
            elif kind < 10:
                system_items.status(program)
            elif kind < 11:
                guest_items.fence(program)
            else:
                guest_items.vs_csr(program)
        program.leave()
    return program.image()
