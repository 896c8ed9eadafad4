"""Every CSR: what a write leaves is legal, stays, and changes no other CSR that is not a view."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.core.bits import MASK64
from vmlab.core.modes import Mode
from vmlab.engine.reference import Reference
from vmlab.isa.csrs import CSRS, Csr
from vmlab.isa.layouts import MSTATUS
from vmlab.machine.platform import Machine, Platform

WRITABLE = {
    "mstatus": 0x7E79AA | 3 << 38,
    "sstatus": 0xC6122,
    "misa": 0,
    "medeleg": 0xF0_B7FE,  # bit 0 is never raised with 16-bit instructions
    "mideleg": 0x222,
    "mie": 0x1EEE,
    "mip": 0x226,
    "hstatus": 0x70_03C0,
    "hedeleg": 0xB1FF,
    "hideleg": 0x444,
    "hvip": 0x444,
    "hip": 0x4,
    "hie": 0x1444,
    "hcounteren": 0xFFFF_FFFF,
    "henvcfg": 1,  # the others follow menvcfg, which has none after reset
    "hgatp": 0x3FFF << 44 | (1 << 44) - 4,  # a mode that the hart has not leaves the mode
    "vsatp": (1 << 60) - 1,
    "vsstatus": 0xC6122,
    "vstvec": MASK64 & ~2,
    "vsepc": MASK64 & ~1,
    "sie": 0,  # nothing is delegated after reset
    "sip": 0,
    "mtvec": MASK64 & ~2,
    "stvec": MASK64 & ~2,
    "mepc": MASK64 & ~1,
    "sepc": MASK64 & ~1,
    "mcounteren": 0xFFFF_FFFF,
    "scounteren": 0xFFFF_FFFF,
    "mcountinhibit": 0,
    "menvcfg": 1 << 63 | 1 << 61 | 1,
    "senvcfg": 1,
    "pmpcfg0": 0x9F9F_9F9F_9F9F_9F9F,
    "pmpcfg2": 0x9F9F_9F9F_9F9F_9F9F,
    **dict.fromkeys(("mscratch", "sscratch", "mcause", "scause", "mtval", "stval"), MASK64),
    **dict.fromkeys(("stimecmp", "vstimecmp", "htimedelta", "vsscratch", "vscause"), MASK64),
    **dict.fromkeys(("vstval", "htval", "htinst", "mtval2", "mtinst"), MASK64),
    **{f"pmpaddr{entry}": (1 << 54) - 1 for entry in range(16)},
    "fflags": 0x1F,
    "frm": 7,
    "fcsr": 0xFF,
}
"""Bits that all-ones leave, from the manual; what is not here is read-only zero, or counts."""

VIEWS = (
    {"mstatus", "sstatus"},
    {"mie", "sie", "mip", "sip", "mideleg", "menvcfg", "hvip", "hip", "hie", "vsip", "vsie"},
    {"mcycle", "cycle"},
    {"minstret", "instret"},
    {"fcsr", "fflags", "frm", "mstatus", "sstatus"},
)
"""CSRs that show the same state; menvcfg chooses what STI is, and mstatus says what is dirty."""
COUNTING = {"mcycle", "minstret"}


INITIAL, CLEAN, DIRTY = (state << MSTATUS["FS"].low for state in (1, 2, 3))


class Csrs:
    """The CSRs of one machine, read and written as M does, with floating point on."""

    def __init__(self) -> None:
        self.machine = Machine(Platform(ram_bytes=1 << 16))
        self.machine.hart.set_word("mstatus", INITIAL)
        self.engine = Reference(self.machine)

    def read(self, csr: Csr) -> int:
        return self.engine.read_csr(csr.number)

    def write(self, csr: Csr, value: int) -> int:
        self.engine.kernel("csr_write")(csr.number, value)
        return self.read(csr)

    def all(self) -> dict[str, int]:
        return {name: self.read(csr) for name, csr in CSRS.items()}

    def allowed(self, csr: Csr, mode: Mode, write: bool) -> bool:
        self.machine.hart.set_word("mode", mode)
        return bool(self.engine.kernel("csr_allowed")(csr.number, int(write)))


every_csr = pytest.mark.parametrize("name", CSRS)
writable_csr = pytest.mark.parametrize("name", [n for n, c in CSRS.items() if not c.is_read_only])


@writable_csr
def test_all_ones_leave_the_bits_that_the_manual_has(name: str) -> None:
    if name in COUNTING or name == "satp":
        return  # told below, and in test_walk
    csrs = Csrs()
    csr = CSRS[name]
    constant = csrs.write(csr, 0)
    assert csrs.write(csr, MASK64) & ~constant == WRITABLE.get(name, 0) & ~constant | (
        MSTATUS.mask("SD") if name in ("mstatus", "sstatus", "vsstatus") else 0
    )


@writable_csr
@given(value=st.integers(0, MASK64))
def test_what_a_write_leaves_can_be_written_back(name: str, value: int) -> None:
    csrs, csr = Csrs(), CSRS[name]
    if name in COUNTING:
        return
    kept = csrs.write(csr, value)
    assert csrs.write(csr, kept) == kept


@pytest.mark.parametrize("name", sorted(COUNTING))
def test_a_counter_reads_what_was_written_after_the_write_has_retired(name: str) -> None:
    csrs = Csrs()
    assert csrs.write(CSRS[name], 1234) == 1233
    csrs.machine.hart.set_word("retired", 1)
    assert csrs.read(CSRS[name]) == 1234


@writable_csr
def test_a_write_changes_nothing_but_the_csr_and_its_views(name: str) -> None:
    csrs = Csrs()
    before = csrs.all()
    csrs.write(CSRS[name], 0x5A5A_5A5A_5A5A_5A5A)
    changed = {other for other, value in csrs.all().items() if before[other] != value}
    same = next((views for views in VIEWS if name in views), {name})
    assert changed <= same


@every_csr
def test_who_may_access_it(name: str) -> None:
    csrs, csr = Csrs(), CSRS[name]
    for mode in Mode:
        if mode < csr.lowest_mode:
            assert not csrs.allowed(csr, mode, write=False)
        if csr.is_read_only:
            assert not csrs.allowed(csr, mode, write=True)
    assert csrs.allowed(csr, Mode.M, write=False)


@pytest.mark.parametrize("bit", range(32))
def test_counter_enables(bit: int) -> None:
    """S needs mcounteren; U needs scounteren too (3.1.11, 10.1.5)."""
    csr = next(csr for csr in CSRS.values() if csr.number == 0xC00 + bit)
    for machine in (0, 1):
        for supervisor in (0, 1):
            csrs = Csrs()
            csrs.write(CSRS["mcounteren"], machine << bit)
            csrs.write(CSRS["scounteren"], supervisor << bit)
            assert csrs.allowed(csr, Mode.M, write=False)
            assert csrs.allowed(csr, Mode.S, write=False) == bool(machine)
            assert csrs.allowed(csr, Mode.U, write=False) == bool(machine and supervisor)


@pytest.mark.parametrize("stce", [False, True])
@pytest.mark.parametrize("tm", [False, True])
def test_stimecmp_needs_stce_and_tm_below_m(stce: bool, tm: bool) -> None:
    csrs, csr = Csrs(), CSRS["stimecmp"]
    csrs.write(CSRS["menvcfg"], stce << 63)
    csrs.write(CSRS["mcounteren"], tm << 1)
    assert csrs.allowed(csr, Mode.M, write=True)
    assert csrs.allowed(csr, Mode.S, write=True) == (stce and tm)


def test_tvm_takes_satp_away_from_s_only() -> None:
    csrs = Csrs()
    csrs.write(CSRS["mstatus"], MSTATUS.mask("TVM"))
    assert csrs.allowed(CSRS["satp"], Mode.M, write=True)
    assert not csrs.allowed(CSRS["satp"], Mode.S, write=False)


@pytest.mark.parametrize("field", ["MPP", "SPP"])
def test_previous_modes_hold_modes_only(field: str) -> None:
    csrs = Csrs()
    layout = MSTATUS[field]
    for value in range(layout.mask >> layout.low + 0, -1, -1):
        kept = layout.of(csrs.write(CSRS["mstatus"], value << layout.low))
        assert kept == (0 if value == 2 else value)


def test_a_locked_entry_and_the_address_below_a_locked_range_stay() -> None:
    csrs = Csrs()
    csrs.write(CSRS["pmpaddr1"], 0x1000)
    csrs.write(CSRS["pmpaddr2"], 0x2000)
    csrs.write(CSRS["pmpcfg0"], 0x89 << 16)  # entry 2: locked, top of range, R
    for name, kept in (("pmpaddr1", 0x1000), ("pmpaddr2", 0x2000)):
        assert csrs.write(CSRS[name], 7) == kept
    assert csrs.write(CSRS["pmpaddr3"], 7) == 7
    assert csrs.write(CSRS["pmpcfg0"], 0) == 0x89 << 16
    assert csrs.write(CSRS["pmpcfg0"], 0x1F << 24) == 0x89 << 16 | 0x1F << 24


@pytest.mark.parametrize("name", ["fflags", "frm", "fcsr"])
def test_floating_point_csrs_need_the_unit_and_make_it_dirty(name: str) -> None:
    csrs, csr = Csrs(), CSRS[name]
    for mode in Mode:
        csrs.write(CSRS["mstatus"], 0)
        assert not csrs.allowed(csr, mode, write=False)
        for state in (INITIAL, CLEAN, DIRTY):
            csrs.write(CSRS["mstatus"], state)
            assert csrs.allowed(csr, mode, write=True)
            csrs.read(csr)
            assert csrs.read(CSRS["mstatus"]) & DIRTY == state
    csrs.write(CSRS["mstatus"], CLEAN)
    csrs.write(csr, csrs.read(csr))
    assert csrs.read(CSRS["mstatus"]) & (DIRTY | 1 << 63) == DIRTY | 1 << 63


def test_fcsr_is_its_parts_side_by_side() -> None:
    csrs = Csrs()
    csrs.write(CSRS["fcsr"], 0xFFFF_FF6A)
    assert (csrs.read(CSRS["frm"]), csrs.read(CSRS["fflags"])) == (3, 10)
    csrs.write(CSRS["frm"], 5)
    csrs.write(CSRS["fflags"], 1)
    assert csrs.read(CSRS["fcsr"]) == 0xA1


def test_writing_without_reading_is_no_permission() -> None:
    assert Csrs().write(CSRS["pmpcfg0"], 0x1E) == 0x1C
