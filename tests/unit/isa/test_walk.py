"""Directed walks: every format at every level, A and D by trap (Svade) and by the hart (Svadu)."""

from __future__ import annotations

import pytest

from tests.unit.isa.space import TABLES, A, D, R, Space, W
from vmlab.core.events import Access
from vmlab.engine.reference import Reference
from vmlab.isa.causes import (
    LOAD_ACCESS_FAULT,
    LOAD_PAGE_FAULT,
    STORE_ACCESS_FAULT,
    STORE_PAGE_FAULT,
)
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import ENVCFG, PMPCFG, PTE
from vmlab.isa.system.walk import FORMATS, Format
from vmlab.machine import memmap
from vmlab.machine.platform import Machine, Platform

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
