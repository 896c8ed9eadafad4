"""The CSRs as data: number, layout, what a guest reads and what a write leaves (chapters 2, 3, 10).

A row's number says who may access it (bits 9:8) and whether it is read-only (bits 11:10).
`write` is the mask of bits that a write keeps (the others read zero), or a function that legalises.
WARL fields take Spike's choices where the manual leaves freedom.
"""

from __future__ import annotations

from typing import Final

from vmlab.core.modes import Mode
from vmlab.isa import csrs_h, fcsr, layouts, state
from vmlab.isa.causes import (
    ECALL_FROM_M,
    EXCEPTIONS,
    H_EXCEPTIONS,
    INSTRUCTION_ADDRESS_MISALIGNED,
    PAGE_FAULTS,
)
from vmlab.isa.csr_row import ALL, CSRS, Csr, Reader, Writer, row
from vmlab.isa.csr_rules import (
    HS_BITS,
    SSTATUS_MASK,
    SSTATUS_WRITE,
    TVEC_WRITE,
    UXL_64,
    dirty_summary,
    enabled,
    enabled_for_virtual,
    has_format,
    switches,
    with_translation,
    write_enables,
    write_epc,
)
from vmlab.isa.extensions import has, misa_letters
from vmlab.isa.lang import Kit, Value
from vmlab.isa.layout import Layout
from vmlab.isa.system import time
from vmlab.isa.system.pmp import pmp_update
from vmlab.isa.system.walk import BARE

__all__ = ["BY_NUMBER", "CSRS", "Csr", "fcsr"]

# Status --------------------------------------------------------------------------------------

_XLEN_64 = UXL_64 | 2 << layouts.MSTATUS["SXL"].low
_MSTATUS_WRITE = SSTATUS_WRITE | layouts.MSTATUS.mask(
    "MIE", "MPIE", "MPP", "MPRV", "TVM", "TW", "TSR"
)


def _read_mstatus(k: Kit) -> Value:
    status = k[state.MSTATUS]
    return status | _XLEN_64 | dirty_summary(status)


def _write_mstatus(k: Kit, value: Value) -> None:
    mpp = layouts.MSTATUS.get(value, "MPP")
    legal = k.select(mpp.eq(2), Mode.U, mpp)  # 2 is no mode here; Spike makes it U
    writable = k.select(has(k, "h"), layouts.MSTATUS.mask("GVA", "MPV"), 0) | _MSTATUS_WRITE
    written = layouts.MSTATUS.put(value, "MPP", legal) & writable
    k[state.MSTATUS] = written & with_translation(k)


def _write_sstatus(k: Kit, value: Value) -> None:
    written = value & SSTATUS_WRITE & with_translation(k)
    k[state.MSTATUS] = (k[state.MSTATUS] & ~SSTATUS_WRITE) | written


def _read_sstatus(k: Kit) -> Value:
    return _read_mstatus(k) & SSTATUS_MASK


def _read_misa(k: Kit) -> Value:
    return misa_letters(k) | (2 << layouts.MISA["MXL"].low | layouts.MISA.mask("S", "U"))


row("mstatus", 0x300, "machine status", _read_mstatus, _write_mstatus, layouts.MSTATUS)
row("misa", 0x301, "extensions present", _read_misa, 0, layouts.MISA)
row("sstatus", 0x100, "supervisor status", _read_sstatus, _write_sstatus, csrs_h.SSTATUS,
    virtual="vsstatus")  # fmt: skip

# Who we are: no vendor, no architecture number (section 3.1) ----------------------------------

row("mvendorid", 0xF11, "vendor (0: none)", 0)
row("marchid", 0xF12, "architecture (0: not registered)", 0)
row("mimpid", 0xF13, "implementation", 0)
row("mhartid", 0xF14, "number of this hart", 0)
row("mconfigptr", 0xF15, "configuration structure (0: none)", 0)

# Traps ---------------------------------------------------------------------------------------

_DELEGABLE = sum(1 << cause for cause in EXCEPTIONS if cause != ECALL_FROM_M)
_PAGE_FAULTS = sum(1 << cause for cause in PAGE_FAULTS)
_H_EXCEPTIONS = sum(1 << cause for cause in H_EXCEPTIONS)
_S_INTERRUPTS = layouts.INTERRUPTS.mask("SSI", "STI", "SEI")
_ALL_INTERRUPTS = layouts.INTERRUPTS.mask("SSI", "STI", "SEI", "MSI", "MTI", "MEI")


def _write_medeleg(k: Kit, value: Value) -> None:
    """Only what is ever raised can be delegated (Spike's choice): no page faults on a hart without
    translation, no misaligned jumps where instructions may have 16 bits."""
    never = k.select(k[state.TRANSLATION].eq(BARE), _PAGE_FAULTS, 0) | k.select(
        has(k, "zca"), 1 << INSTRUCTION_ADDRESS_MISALIGNED, 0
    )
    never = never | k.select(has(k, "h"), 0, _H_EXCEPTIONS)
    k[state.MEDELEG] = value & _DELEGABLE & ~never


def _view_of_delegated(source: Reader) -> Reader:
    return lambda k: source(k) & k[state.MIDELEG]


def _write_sie(k: Kit, value: Value) -> None:
    mask = k[state.MIDELEG]
    k[state.MIE] = (k[state.MIE] & ~mask) | (value & mask)


def _write_sip(k: Kit, value: Value) -> None:
    mask = k[state.MIDELEG] & layouts.INTERRUPTS.mask("SSI")
    k[state.MIP] = (k[state.MIP] & ~mask) | (value & mask)


def _write_mip(k: Kit, value: Value) -> None:
    """M raises what S waits for; STI is read-only while S has a timer of its own (Sstc)."""
    timer = layouts.INTERRUPTS.mask("STI")
    mask = k.select(time.own_timer(k), _S_INTERRUPTS & ~timer, _S_INTERRUPTS)
    mask = mask | k.select(has(k, "h"), layouts.INTERRUPTS.mask("VSSI"), 0)
    k[state.MIP] = (k[state.MIP] & ~mask) | (value & mask)


def _read_mip(k: Kit) -> Value:
    return k.call(time.pending_interrupts)


def _held_mip(k: Kit) -> Value:
    """Setting or clearing other bits must not store the PLIC's line in SEIP: only the bit that
    software wrote takes part (3.1.9)."""
    return k[state.MIP]


def _read_mideleg(k: Kit) -> Value:
    return time.delegated_interrupts(k)


def _write_mideleg(k: Kit, value: Value) -> None:
    k[state.MIDELEG] = value & _S_INTERRUPTS


def _write_mie(k: Kit, value: Value) -> None:
    k[state.MIE] = value & (k.select(has(k, "h"), HS_BITS, 0) | _ALL_INTERRUPTS)


row("medeleg", 0x302, "exceptions delegated to S", state.MEDELEG, _write_medeleg)
row("mideleg", 0x303, "interrupts delegated to S", _read_mideleg, _write_mideleg,
    layouts.INTERRUPTS)  # fmt: skip
row("mie", 0x304, "interrupts enabled", state.MIE, _write_mie, layouts.INTERRUPTS)
row("mip", 0x344, "interrupts pending", _read_mip, _write_mip, layouts.INTERRUPTS,
    held=_held_mip)  # fmt: skip
row("mtvec", 0x305, "machine trap vector", state.MTVEC, TVEC_WRITE, layouts.TVEC)
row("mscratch", 0x340, "scratch for M", state.MSCRATCH, ALL)
row("mepc", 0x341, "where the trap to M came from", state.MEPC, write_epc(state.MEPC))
row("mcause", 0x342, "why the trap to M was taken", state.MCAUSE, ALL, layouts.CAUSE)
row("mtval", 0x343, "address or instruction of the trap to M", state.MTVAL, ALL)
row("sie", 0x104, "delegated interrupts enabled",
    _view_of_delegated(lambda k: k[state.MIE]), _write_sie, layouts.INTERRUPTS,
    virtual="vsie")  # fmt: skip
row("sip", 0x144, "delegated interrupts pending",
    _view_of_delegated(_read_mip), _write_sip, layouts.INTERRUPTS,
    virtual="vsip")  # fmt: skip
row("stvec", 0x105, "supervisor trap vector", state.STVEC, TVEC_WRITE, layouts.TVEC,
    virtual="vstvec")  # fmt: skip
row("sscratch", 0x140, "scratch for S", state.SSCRATCH, ALL, virtual="vsscratch")
row("sepc", 0x141, "where the trap to S came from", state.SEPC, write_epc(state.SEPC),
    virtual="vsepc")  # fmt: skip
row("scause", 0x142, "why the trap to S was taken", state.SCAUSE, ALL, layouts.CAUSE,
    virtual="vscause")  # fmt: skip
row("stval", 0x143, "address or instruction of the trap to S", state.STVAL, ALL,
    virtual="vstval")  # fmt: skip

# Translation ---------------------------------------------------------------------------------


def _write_satp(k: Kit, value: Value) -> None:
    """A write with a mode that the hart has not changes nothing (10.1.11). It has every format
    up to its highest; without any, satp is read-only 0."""
    known = has_format(k, layouts.SATP.get(value, "MODE"))
    with k.when(k[state.TRANSLATION].ne(BARE) & known):
        k[state.SATP] = value


def _satp_allowed(k: Kit) -> Value:
    in_s = k[state.MODE].eq(Mode.S) & k[state.VIRTUAL].eq(0)
    return ~(in_s & k[state.MSTATUS].any(layouts.MSTATUS.mask("TVM")))


def _satp_for_virtual(k: Kit) -> Value:
    return k[state.HSTATUS].none(layouts.HSTATUS.mask("VTVM"))


row("satp", 0x180, "address translation", state.SATP, _write_satp, layouts.SATP, _satp_allowed,
    virtual="vsatp", for_virtual=_satp_for_virtual)  # fmt: skip

# Environment and counters --------------------------------------------------------------------


def _write_menvcfg(k: Kit, value: Value) -> None:
    """Switches of extensions that the machine has (3.1.18). When S loses its timer, STI stays as
    it is, until M writes it (Spike's choice)."""
    with k.when(time.own_timer(k)):
        sti = layouts.INTERRUPTS.mask("STI")
        kept = k.call(time.pending_interrupts) & sti
        k[state.MIP] = (k[state.MIP] & ~sti) | kept
    k[state.MENVCFG] = value & switches(k)


_SENVCFG = Layout((layouts.ENVCFG["FIOM"],))
row("menvcfg", 0x30A, "environment of S", state.MENVCFG, _write_menvcfg, layouts.ENVCFG)
row("senvcfg", 0x10A, "environment of U", state.SENVCFG, _SENVCFG.mask("FIOM"), _SENVCFG)
row("mcounteren", 0x306, "counters S may read", state.MCOUNTEREN,
    write_enables(state.MCOUNTEREN), layouts.COUNTEREN)  # fmt: skip
row("scounteren", 0x106, "counters U may read", state.SCOUNTEREN,
    write_enables(state.SCOUNTEREN), layouts.COUNTEREN)  # fmt: skip
row("mcountinhibit", 0x320, "counters stopped (none can be)", 0)


def _cycle(k: Kit) -> Value:
    return time.virtual_time(k) + k[state.MCYCLE_OFFSET]


def _instret(k: Kit) -> Value:
    return k[state.RETIRED] + k[state.MINSTRET_OFFSET]


def _write_cycle(k: Kit, value: Value) -> None:
    """The next instruction reads what was written: this one still counts, hence the 1."""
    k[state.MCYCLE_OFFSET] = value - time.virtual_time(k) - 1


def _write_instret(k: Kit, value: Value) -> None:
    k[state.MINSTRET_OFFSET] = value - k[state.RETIRED] - 1


def _counter(bit: int, name: str, doc: str, source: Reader | int, extension: str) -> None:
    """What S and U see of a counter: its number and its enable are the same bit."""
    row(name, 0xC00 + bit, doc, source, permission=enabled(bit), extension=extension,
        for_virtual=enabled_for_virtual(bit))  # fmt: skip


row("mcycle", 0xB00, "virtual time: a cycle an instruction", _cycle, _write_cycle)
row("minstret", 0xB02, "instructions retired", _instret, _write_instret)
_counter(0, "cycle", "mcycle, read-only", _cycle, "zicntr")


def _time(k: Kit) -> Value:
    """VS's time is ahead of the real one."""
    return k.call(time.mtime) + k.select(k[state.VIRTUAL].eq(1), k[state.HTIMEDELTA], 0)


def _timer_for_virtual(k: Kit) -> Value:
    """henvcfg.STCE gives VS its timer."""
    return enabled_for_virtual(1)(k) & time.henvcfg(k).any(layouts.ENVCFG.mask("STCE"))


_counter(1, "time", "mtime, read-only", _time, "zicntr")
row("stimecmp", 0x14D, "S's timer is pending when time reaches it", state.STIMECMP, ALL,
    permission=lambda k: k[state.MODE].eq(Mode.M) | (time.own_timer(k) & enabled(1)(k)),
    extension="sstc", virtual="vstimecmp", for_virtual=_timer_for_virtual)  # fmt: skip
_counter(2, "instret", "minstret, read-only", _instret, "zicntr")
for _n in range(3, 32):
    row(f"mhpmcounter{_n}", 0xB00 + _n, "performance counter (none is built)", 0)
    row(f"mhpmevent{_n}", 0x320 + _n, "event of a performance counter", 0)
    _counter(_n, f"hpmcounter{_n}", "performance counter, read-only", 0, "zihpm")

# Physical memory protection ------------------------------------------------------------------


def _read_pmpcfg(first: int) -> Reader:
    def read(k: Kit) -> Value:
        value = k[state.PMPCFG, first]
        for byte in range(1, 8):
            value = value | (k[state.PMPCFG, first + byte] << 8 * byte)
        return value

    return read


def _write_pmpcfg(first: int) -> Writer:
    writable = layouts.PMPCFG.mask("R", "W", "X", "A", "L")
    w = layouts.PMPCFG.mask("W")

    def write(k: Kit, value: Value) -> None:
        for byte in range(8):
            old = k[state.PMPCFG, first + byte]
            new = (value >> 8 * byte) & writable
            # W without R is reserved: W is dropped (Spike's choice).
            legal = k.select(new.any(layouts.PMPCFG.mask("R")), new, new & ~w & 0xFF)
            with k.when(old.none(layouts.PMPCFG.mask("L"))):
                k[state.PMPCFG, first + byte] = legal
        k.calls(pmp_update)

    return write


def _write_pmpaddr(entry: int) -> Writer:
    """Locked by the entry itself, or by a locked top-of-range entry above it (3.7.1.2)."""
    config = layouts.PMPCFG
    lock = config.mask("L")

    def write(k: Kit, value: Value) -> None:
        free = k[state.PMPCFG, entry].none(lock)
        if entry + 1 < state.PMP_ENTRIES:
            above = k[state.PMPCFG, entry + 1]
            free = free & ~(above.any(lock) & config.get(above, "A").eq(1))
        with k.when(free):
            k[state.PMPADDR, entry] = value & ((1 << state.PMPADDR.width) - 1)
            k.calls(pmp_update)

    return write


def _read_pmpaddr(entry: int) -> Reader:
    return lambda k: k[state.PMPADDR, entry]


for _n in range(0, 16, 2):
    if 4 * _n < state.PMP_ENTRIES:
        row(
            f"pmpcfg{_n}",
            0x3A0 + _n,
            "PMP configuration",
            _read_pmpcfg(4 * _n),
            _write_pmpcfg(4 * _n),
        )
    else:
        row(f"pmpcfg{_n}", 0x3A0 + _n, "PMP configuration (not built)", 0)
for _n in range(64):
    if _n < state.PMP_ENTRIES:
        row(f"pmpaddr{_n}", 0x3B0 + _n, "PMP address >> 2", _read_pmpaddr(_n), _write_pmpaddr(_n))
    else:
        row(f"pmpaddr{_n}", 0x3B0 + _n, "PMP address (not built)", 0)

BY_NUMBER: Final = {csr.number: csr for csr in CSRS.values()}
