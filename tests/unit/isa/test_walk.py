"""Directed walks: every format at every level, A and D by trap (Svade) and by the hart (Svadu)."""

from __future__ import annotations

import pytest

from vmlab.core.bits import sext64
from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.engine.reference import Reference
from vmlab.isa.causes import (
    LOAD_ACCESS_FAULT,
    LOAD_PAGE_FAULT,
    STORE_ACCESS_FAULT,
    STORE_PAGE_FAULT,
)
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import ENVCFG, PMPCFG, PTE, SATP
from vmlab.isa.system.walk import FORMATS, Format
from vmlab.machine import memmap
from vmlab.machine.platform import Machine, Platform

TABLES = memmap.RAM + 0x10_0000
V, R, W, A, D = (PTE[name].mask for name in "VRWAD")


class Space:
    """A machine in S whose page tables a test writes entry by entry."""

    def __init__(self, fmt: Format, flags: int, leaf_level: int = 0) -> None:
        self.machine = Machine(Platform(ram_bytes=4 << 20))
        self.machine.load([], memmap.RAM, dtb=b"")
        self.engine = Reference(self.machine)
        self.hart = self.machine.hart
        self.va = sext64(sum(0x155 << 12 + 9 * level for level in range(fmt.levels)), fmt.va_bits)
        inside = (1 << 12 + 9 * leaf_level) - 1
        self.pa = memmap.RAM & ~inside | self.va & inside
        self.leaf = 0
        for depth, level in enumerate(reversed(range(leaf_level, fmt.levels))):
            self.leaf = TABLES + 0x1000 * depth + 8 * (self.va >> 12 + 9 * level & 511)
            entry = (self.leaf & ~0xFFF) + 0x1000 >> 2 | V
            if level == leaf_level:
                entry = (memmap.RAM & ~inside) >> 2 | V | flags
            self.set_pte(entry)
        self.hart.set_word("satp", fmt.number << SATP["MODE"].low | TABLES >> 12)
        self.hart.set_word("mode", Mode.S)
        self.pmp("pmpcfg", 0, PMPCFG.mask("R", "W", "X", "A"))
        self.pmp("pmpaddr", 0, (1 << 54) - 1)

    def pmp(self, name: str, entry: int, value: int) -> None:
        number = CSRS["pmpcfg0" if name == "pmpcfg" else f"pmpaddr{entry}"].number
        if name == "pmpcfg":
            value = self.engine.read_csr(number) & ~(0xFF << 8 * entry) | value << 8 * entry
        self.engine.kernel("csr_write")(number, value)

    def set_pte(self, value: int) -> None:
        self.machine.write(self.leaf, value.to_bytes(8, "little"))

    @property
    def pte(self) -> int:
        return int.from_bytes(self.machine.read(self.leaf, 8), "little")

    def translate(self, access: Access, offset: int = 0) -> tuple[int, int]:
        result = self.engine.kernel("translate")(self.va + offset, access.value, Mode.S)
        return int(result[0]), int(result[1])


every_format = pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)


@every_format
def test_a_page_is_found_through_every_level(fmt: Format) -> None:
    space = Space(fmt, R | A)
    assert space.translate(Access.LOAD, 0x123) == (0, memmap.RAM + 0x123)
    assert space.hart.word("pte_reads") == fmt.levels


@pytest.mark.parametrize(
    ("fmt", "level"),
    [(fmt, level) for fmt in FORMATS for level in range(1, fmt.levels)],
    ids=lambda value: value.name if isinstance(value, Format) else str(value),
)
def test_a_superpage_ends_the_walk_at_its_level(fmt: Format, level: int) -> None:
    space = Space(fmt, R | A, level)
    assert space.translate(Access.LOAD) == (0, space.pa)
    assert space.hart.word("pte_reads") == fmt.levels - level


@pytest.mark.parametrize(
    ("fmt", "level"),
    [(fmt, level) for fmt in FORMATS for level in range(1, fmt.levels)],
    ids=lambda value: value.name if isinstance(value, Format) else str(value),
)
def test_a_misaligned_superpage_faults(fmt: Format, level: int) -> None:
    space = Space(fmt, R | A, level)
    space.set_pte(space.pte | 1 << PTE["PPN"].low + 9 * level - 1)
    assert space.translate(Access.LOAD)[0] == LOAD_PAGE_FAULT


@every_format
def test_an_address_must_be_sign_extended(fmt: Format) -> None:
    space = Space(fmt, R | A)
    for bit in range(fmt.va_bits, 64):
        cause, _ = space.translate(Access.LOAD, (1 << bit) - (space.va & 1 << bit) * 2)
        assert cause == LOAD_PAGE_FAULT, bit


def test_svade_faults_where_a_or_d_is_missing() -> None:
    assert Space(FORMATS[0], R).translate(Access.LOAD)[0] == LOAD_PAGE_FAULT
    assert Space(FORMATS[0], R | W | A).translate(Access.STORE)[0] == STORE_PAGE_FAULT
    space = Space(FORMATS[0], R | W | A)
    assert space.translate(Access.LOAD)[0] == 0
    assert space.pte & (A | D) == A


@every_format
def test_svadu_sets_a_on_a_load_and_d_on_a_store(fmt: Format) -> None:
    space = Space(fmt, R | W)
    space.hart.set_word("menvcfg", ENVCFG.mask("ADUE"))
    assert space.translate(Access.LOAD)[0] == 0
    assert space.pte & (A | D) == A
    assert space.translate(Access.STORE)[0] == 0, "a page with D clear is not writable in the TLB"
    assert space.pte & (A | D) == A | D


def test_svadu_leaves_an_entry_alone_that_the_access_may_not_use() -> None:
    space = Space(FORMATS[0], R)
    space.hart.set_word("menvcfg", ENVCFG.mask("ADUE"))
    before = space.pte
    assert space.translate(Access.STORE)[0] == STORE_PAGE_FAULT
    assert space.pte == before


def test_a_debugger_s_walk_sets_nothing() -> None:
    space = Space(FORMATS[0], R | W)
    space.hart.set_word("menvcfg", ENVCFG.mask("ADUE"))
    before = space.machine.state_hash()
    assert space.engine.peek(space.va, Access.STORE) == memmap.RAM
    assert space.machine.state_hash() == before


def test_setting_a_bit_is_a_store_that_pmp_may_forbid() -> None:
    space = Space(FORMATS[0], R | W)
    space.hart.set_word("menvcfg", ENVCFG.mask("ADUE"))
    space.pmp("pmpaddr", 1, (1 << 54) - 1)
    space.pmp("pmpaddr", 0, TABLES >> 2 | 0x1FF * 4 + 3)  # 16 KiB of tables, read-only
    space.pmp("pmpcfg", 1, PMPCFG.mask("R", "W", "X", "A"))
    space.pmp("pmpcfg", 0, PMPCFG.mask("R", "A"))
    assert space.translate(Access.LOAD)[0] == LOAD_ACCESS_FAULT
    assert space.translate(Access.STORE)[0] == STORE_ACCESS_FAULT
    space.set_pte(space.pte | A | D)
    assert space.translate(Access.STORE)[0] == 0


@pytest.mark.parametrize("highest", ["bare", *(fmt.name.lower() for fmt in FORMATS)])
def test_satp_takes_the_modes_that_the_machine_has(highest: str) -> None:
    machine = Machine(Platform(ram_bytes=1 << 20, translation=highest))
    engine = Reference(machine)
    number = CSRS["satp"].number
    built = [fmt.number for fmt in FORMATS if fmt.name.lower() <= highest != "bare"]
    for mode in range(16):
        engine.kernel("csr_write")(number, 0)
        engine.kernel("csr_write")(number, mode << 60 | 0x1234)
        kept = mode in built or (mode == 0 and highest != "bare")
        assert engine.read_csr(number) == (mode << 60 | 0x1234 if kept else 0)
