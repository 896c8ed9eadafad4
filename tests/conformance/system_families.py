"""Programs about privilege: CSRs, traps, interrupts, translation, protection."""

from __future__ import annotations

import struct
from typing import Final

from tests.conformance import items, layout, system_items
from tests.conformance.emit import BY_NAME, word_of
from tests.conformance.freedoms import ABSENT_NUMBERS, UNWRITTEN
from tests.conformance.image import Image
from tests.conformance.program import FS_INITIAL, Program
from tests.conformance.tables import LANDING, PAGE, Tables
from tests.conformance.values import word64
from vmlab.core.bits import MASK64
from vmlab.core.modes import Mode
from vmlab.isa.csrs import CSRS, Csr
from vmlab.isa.layouts import ENVCFG, INTERRUPTS, PMPCFG

NUMBERS: Final = 4096
LOCKS: Final = sum(PMPCFG["L"].mask << 8 * byte for byte in range(8))


def csr_numbers(seed: int, size: int) -> Image:
    """Read CSRs by number in each mode: which exist, and for whom. M sees a slice of all 4,096
    numbers (`seed` chooses it), S and U every row of the table and some others."""
    program = Program("csr_numbers", seed)
    rng, code = program.rng, program.code
    rows = [csr.number for csr in CSRS.values()]
    for mode in Mode:
        program.begin(traps=2047)
        program.set_csr("mcounteren", rng.getrandbits(32))
        program.set_csr("scounteren", rng.getrandbits(32))
        program.enter(mode)
        slice_ = (
            range(seed % 8, NUMBERS, 8) if mode is Mode.M else rng.sample(range(NUMBERS), 60 * size)
        )
        for number in sorted({*slice_, *rows} - ABSENT_NUMBERS):
            code.op("csrrs", rd=items.destination(program), csr=number)
        program.leave()
    return program.image()


def _sweep(program: Program, csr: Csr, values: list[int]) -> None:
    """Write values in every form, read each back, then put the old value back."""
    rng, code, r = program.rng, program.code, program.roles
    code.csr("csrrs", csr.name, rd=r.loop)
    for value in values:
        if csr.name.startswith("pmpcfg"):
            value &= ~LOCKS
        code.li(r.pointer, value)
        code.csr(
            rng.choice(("csrrw", "csrrw", "csrrs", "csrrc")),
            csr.name,
            items.destination(program),
            r.pointer,
        )
        code.csr("csrrs", csr.name, rd=rng.choice(program.roles.free))
    if not csr.name.startswith("pmpcfg"):
        for name in ("csrrwi", "csrrsi", "csrrci"):
            code.op(name, rd=items.destination(program), csr=csr.number, uimm=rng.randrange(32))
            code.csr("csrrs", csr.name, rd=rng.choice(program.roles.free))
    code.csr("csrrw", csr.name, rs1=r.loop)


def csr_values(seed: int, size: int) -> Image:
    """What a write leaves: corner and random values in every CSR, from M, S and U."""
    program = Program("csr_values", seed, bare=seed % 8 == 3)
    rng = program.rng
    for mode in (Mode.M, Mode.S, Mode.U):
        for csr in CSRS.values():
            if csr.name in UNWRITTEN:
                continue
            if mode is Mode.U and csr.lowest_mode is not Mode.U and rng.random() < 0.8:
                continue
            if mode < csr.lowest_mode and rng.random() < 0.9:
                continue
            program.begin()
            program.stvec()
            program.set_csr("medeleg", program.delegation())
            program.set_csr("mideleg", MASK64)
            program.enter(mode, FS_INITIAL if csr.extension == "f" else 0)
            values = [0, MASK64, word64(rng), rng.getrandbits(64), rng.getrandbits(64)]
            if csr.name == "satp" and mode is Mode.S:
                values = [0, (1 << 60) - 1, 11 << 60 | 1, 7 << 60 | 2, rng.getrandbits(60)]
            _sweep(program, csr, values * size)
            program.leave()
    return program.image()


def modes(seed: int, size: int) -> Image:
    """Traps from and to every mode, delegation, returns with random status, interrupts."""
    program = Program("modes", seed, bare=seed % 8 == 3)
    rng = program.rng
    for _ in range(14 * size):
        program.begin(times=rng.randrange(1, 4))
        program.stvec()
        program.set_csr("mtvec", program.code.labels["m.vector"] + rng.randrange(2))
        mode = rng.choice(tuple(Mode))
        waits = mode is Mode.S and rng.random() < 0.5
        ssi = INTERRUPTS.mask("SSI")
        program.set_csr(
            "mideleg", rng.choice((0, MASK64, rng.getrandbits(16))) | (ssi if waits else 0)
        )
        program.set_csr("medeleg", program.delegation())
        system_items.environment_of_s(program)
        system_items.pending(program)
        program.set_csr("mie", rng.choice((0, MASK64, rng.getrandbits(16))) | (ssi if waits else 0))
        if waits:
            program.code.op("csrrsi", csr=CSRS["mip"].number, uimm=ssi)
        program.enter(mode, 0 if waits else rng.getrandbits(64))
        if waits or mode is Mode.U:
            program.code.op("wfi")
        elif mode is Mode.M:
            system_items.wait(program)
        for _ in range(18):
            rng.choice(
                (
                    items.ordinary, items.ordinary, system_items.csr, system_items.csr,
                    system_items.environment, system_items.xret, system_items.fence,
                    system_items.own_timer,
                )
            )(program)  # fmt: skip
        program.leave()
    return program.image()


def _tables(program: Program) -> Tables:
    tables = Tables(program.rng)
    for _ in range(2):
        tables.root(program.rng.choice(program.formats))
    program.segments += tables.segments()
    program.segments.append((LANDING, landing_page(program)))
    return tables


def landing_page(program: Program) -> bytes:
    """A page of jumps back. Its last two bytes are the first half of an instruction that ends in
    the next page."""
    back = word_of(BY_NAME["jalr"], rs1=program.roles.loop)
    crossing = word_of(BY_NAME["c.nop"]) | word_of(BY_NAME["addi"]) << 16 & 0xFFFF_0000
    return struct.pack("<I", back) * (PAGE // 4 - 1) + struct.pack("<I", crossing)


def paging(seed: int, size: int) -> Image:
    """Loads, stores and fetches through random tables of every format, from S, U and (MPRV) M."""
    program = Program("paging", seed)
    tables = _tables(program)
    for _ in range(16 * size):
        program.begin(times=program.rng.randrange(1, 5))
        _paging_episode(program, tables)
        program.leave()
    return program.image()


def _paging_episode(program: Program, tables: Tables) -> None:
    rng, r = program.rng, program.roles
    program.stvec()
    program.set_csr("medeleg", program.delegation())
    for _ in range(3):
        system_items.change_table(program, tables)
    program.set_csr("satp", tables.satp())
    if rng.random() < 0.4:
        program.set_csr("menvcfg", ENVCFG.mask("ADUE"))
    mode = rng.choice(tuple(Mode))
    alias = layout.U_ALIAS if mode is Mode.U else 0
    program.enter(mode, rng.getrandbits(64) & ~0xAAA, alias)
    if mode is Mode.U:
        program.code.li(r.base, layout.SCRATCH + layout.SCRATCH_BYTES // 2 + alias)
    for _ in range(16):
        kind = rng.randrange(12)
        if kind < 6:
            system_items.translated(program, tables)
        elif kind < 7:
            system_items.again(program, tables)
        elif kind < 8:
            items.ordinary(program)
        elif kind < 9:
            system_items.status(program)
        elif kind < 10:
            rng.choice((system_items.fence, system_items.bad_space))(program)
        elif mode is Mode.M:
            system_items.borrow(program, tables)
        elif kind < 11:
            system_items.switch_space(program, tables)
        else:
            system_items.xret(program, alias=True)
    for _ in range(rng.randrange(1, 4)):
        system_items.translated_fetch(program, tables)


def pmp_address(program: Program) -> int:
    """An address for pmpaddr that no mode of matching carries out of scratch and its tables."""
    rng = program.rng
    area = layout.SCRATCH_TABLES if rng.random() < 0.15 else layout.SCRATCH
    low = rng.choice((0, 0, 1, 1, 2, 3, rng.randrange(14)))
    address = (area + rng.randrange(layout.SCRATCH_BYTES)) >> 2
    near = (area + layout.SCRATCH_BYTES // 2 + rng.randrange(-64, 64) * 4) >> 2
    address = rng.choice((address, near))
    return address & ~(1 << low) | ((1 << low) - 1)


def pmp_edges(addresses: list[int], kinds: list[int]) -> list[int]:
    """Where the entries that are on begin and end; the kinds are 1 TOR, 2 NA4, 3 NAPOT."""
    edges = []
    for entry, kind in enumerate(kinds):
        address = addresses[entry]
        if kind == 1:
            edges += [addresses[entry - 1] << 2, address << 2]
        elif kind == 2:
            edges += [address << 2, (address << 2) + 4]
        elif kind == 3:
            span = (address ^ (address + 1)) + 1 << 2
            edges += [(address << 2) // span * span, (address << 2) // span * span + span]
    return edges


def pmp_entries(program: Program, locked: bool) -> None:
    """Random entries 1 to 14; entry 0 keeps the code open, entry 15 mostly all the rest."""
    rng = program.rng
    for entry in range(1, 15):
        if rng.random() < 0.7:
            program.pmp_addresses[entry] = pmp_address(program)
            program.set_csr(f"pmpaddr{entry}", program.pmp_addresses[entry])
    density = rng.choice((0.15, 0.4, 0.9))
    configuration = [0x1F]
    for _ in range(14):
        lock = PMPCFG["L"].mask if locked and rng.random() < 0.2 else 0
        configuration.append((rng.getrandbits(5) if rng.random() < density else 0) | lock)
    configuration.append(rng.choice((0x1F, 0x1F, 0)))
    kinds = [0] + [PMPCFG["A"].of(byte) for byte in configuration[1:15]]
    program.edges = [*pmp_edges(program.pmp_addresses, kinds), layout.SCRATCH + 64]
    for name, part in (("pmpcfg0", configuration[:8]), ("pmpcfg2", configuration[8:])):
        program.set_csr(name, int.from_bytes(bytes(part), "little"), items.destination(program))
    program.code.op("sfence.vma")


def _protected(program: Program, size: int, locked: bool) -> Image:
    rng = program.rng
    tables = _tables(program)
    for _ in range(12 * size):
        program.begin(times=rng.randrange(1, 4))
        pmp_entries(program, locked)
        if rng.random() < 0.5:
            _paging_episode(program, tables)
        else:
            program.stvec()
            program.set_csr("medeleg", program.delegation())
            program.enter(rng.choice((Mode.U, Mode.S, Mode.M) if locked else (Mode.U, Mode.S)))
            for _ in range(30):
                rng.choice((items.memory, system_items.edge, system_items.edge))(program)
        if locked:
            for name in rng.sample([n for n in CSRS if n.startswith("pmp")], 6):
                program.code.csr("csrrs", name, rd=items.destination(program))
        program.leave()
    return program.image()


def pmp(seed: int, size: int) -> Image:
    """Random PMP entries, with and without translation."""
    return _protected(Program("pmp", seed), size, locked=False)


def pmp_locked(seed: int, size: int) -> Image:
    """The same with entries that lock: they bind M, and later writes to them change nothing."""
    return _protected(Program("pmp_locked", seed), size, locked=True)


def privileged(seed: int, size: int) -> Image:
    """Everything at once: translation, delegation, interrupts and random returns."""
    program = Program("privileged", seed)
    rng = program.rng
    tables = _tables(program)
    names = tuple(csr.name for csr in CSRS.values() if csr.lowest_mode < Mode.M)
    for _ in range(14 * size):
        program.begin(times=rng.randrange(1, 4))
        program.set_csr("mideleg", rng.getrandbits(16))
        system_items.environment_of_s(program)
        system_items.pending(program)
        program.set_csr("mie", rng.getrandbits(16))
        _paging_episode(program, tables)
        for _ in range(10):
            if rng.random() < 0.5:
                system_items.csr(program, names)
            else:
                system_items.translated(program, tables)
        program.leave()
    return program.image()
