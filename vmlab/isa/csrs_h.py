"""The CSRs of the hypervisor extension, and those that VS has in place of S's (hypervisor chapter).

Names of S reach the VS rows while V = 1 (`virtual` in the rows of `isa.csrs`). WARL fields take
Spike's choices where the manual leaves freedom.
"""

from __future__ import annotations

from typing import Final

from vmlab.core.modes import Mode
from vmlab.isa import layouts, state
from vmlab.isa.causes import (
    ECALL_FROM_M,
    ECALL_FROM_S,
    EXCEPTIONS,
    H_EXCEPTIONS,
)
from vmlab.isa.csr_row import ALL, Reader, row
from vmlab.isa.csr_rules import (
    HS_BITS,
    SSTATUS_MASK,
    SSTATUS_WRITE,
    TVEC_WRITE,
    UXL_64,
    VS_BITS,
    dirty_summary,
    enabled,
    has_format,
    switches,
    with_translation,
    write_enables,
    write_epc,
)
from vmlab.isa.extensions import has
from vmlab.isa.lang import Kit, Value
from vmlab.isa.layout import Layout
from vmlab.isa.system import time
from vmlab.isa.system.tlb import tlb_flush
from vmlab.isa.system.walk import BARE

SSTATUS: Final = Layout(tuple(f for f in layouts.MSTATUS.fields if f.mask & SSTATUS_MASK))
_VSXL_64 = 2 << layouts.HSTATUS["VSXL"].low
_HSTATUS_WRITE = layouts.HSTATUS.mask("GVA", "SPV", "SPVP", "HU", "VTW", "VTSR")

# Status and delegation ---------------------------------------------------------------------------


def _write_hstatus(k: Kit, value: Value) -> None:
    """VTVM exists where translation does (Spike's choice, as TVM)."""
    vtvm = k.select(k[state.TRANSLATION].eq(BARE), 0, layouts.HSTATUS.mask("VTVM"))
    k[state.HSTATUS] = value & (vtvm | _HSTATUS_WRITE)


row("hstatus", 0x600, "hypervisor status", lambda k: k[state.HSTATUS] | _VSXL_64,
    _write_hstatus, layouts.HSTATUS, extension="h")  # fmt: skip
_NEVER_TO_VS = {ECALL_FROM_S, ECALL_FROM_M, *H_EXCEPTIONS}
row("hedeleg", 0x602, "exceptions delegated to VS", state.HEDELEG,
    sum(1 << cause for cause in EXCEPTIONS if cause not in _NEVER_TO_VS),
    extension="h")  # fmt: skip
row("hideleg", 0x603, "interrupts delegated to VS", state.HIDELEG, VS_BITS, layouts.INTERRUPTS,
    extension="h")  # fmt: skip

# Interrupts: hvip, hip and hie are views of mip and mie ------------------------------------------

_VSSI: Final = layouts.INTERRUPTS.mask("VSSI")


def _pending(k: Kit) -> Value:
    return k.call(time.pending_interrupts)


def _write_vssi(k: Kit, value: Value) -> None:
    k[state.MIP] = (k[state.MIP] & ~_VSSI) | (value & _VSSI)


def _write_hvip(k: Kit, value: Value) -> None:
    _write_vssi(k, value)
    k[state.HVIP] = value & (VS_BITS & ~_VSSI)


def _write_hie(k: Kit, value: Value) -> None:
    k[state.MIE] = (k[state.MIE] & ~HS_BITS) | (value & HS_BITS)


def _as_vs_sees(source: Reader) -> Reader:
    """Delegated VS interrupts, whose numbers are one less for VS."""
    return lambda k: (source(k) & k[state.HIDELEG]) >> 1


def _write_vsie(k: Kit, value: Value) -> None:
    mask = k[state.HIDELEG]
    k[state.MIE] = (k[state.MIE] & ~mask) | ((value << 1) & mask)


def _write_vsip(k: Kit, value: Value) -> None:
    mask = k[state.HIDELEG] & _VSSI
    k[state.MIP] = (k[state.MIP] & ~mask) | ((value << 1) & mask)


row("hvip", 0x645, "interrupts injected into VS",
    lambda k: k[state.HVIP] | (k[state.MIP] & _VSSI), _write_hvip, layouts.INTERRUPTS,
    extension="h")  # fmt: skip
row("hip", 0x644, "interrupts of VS and of guests pending", lambda k: _pending(k) & HS_BITS,
    _write_vssi, layouts.INTERRUPTS, extension="h")  # fmt: skip
row("hie", 0x604, "interrupts of VS and of guests enabled", lambda k: k[state.MIE] & HS_BITS,
    _write_hie, layouts.INTERRUPTS, extension="h")  # fmt: skip
row("hgeip", 0xE12, "guest external interrupts pending (none is built)", 0, extension="h")
row("hgeie", 0x607, "guest external interrupts enabled (none is built)", 0, extension="h")
row("vsip", 0x244, "VS's interrupts pending", _as_vs_sees(_pending), _write_vsip,
    layouts.INTERRUPTS, extension="h")  # fmt: skip
row("vsie", 0x204, "VS's interrupts enabled", _as_vs_sees(lambda k: k[state.MIE]), _write_vsie,
    layouts.INTERRUPTS, extension="h")  # fmt: skip

# Traps -------------------------------------------------------------------------------------------

row("htval", 0x643, "guest-physical address >> 2 of the trap to HS", state.HTVAL, ALL,
    extension="h")  # fmt: skip
row("htinst", 0x64A, "instruction of the trap to HS", state.HTINST, ALL, extension="h")
row("mtval2", 0x34B, "guest-physical address >> 2 of the trap to M", state.MTVAL2, ALL,
    extension="h")  # fmt: skip
row("mtinst", 0x34A, "instruction of the trap to M", state.MTINST, ALL, extension="h")


def _read_vsstatus(k: Kit) -> Value:
    status = k[state.VSSTATUS]
    return status | UXL_64 | dirty_summary(status)


def _write_vsstatus(k: Kit, value: Value) -> None:
    k[state.VSSTATUS] = value & SSTATUS_WRITE & with_translation(k)


row("vsstatus", 0x200, "VS's status", _read_vsstatus, _write_vsstatus, SSTATUS, extension="h")
row("vstvec", 0x205, "VS's trap vector", state.VSTVEC, TVEC_WRITE, layouts.TVEC, extension="h")
row("vsscratch", 0x240, "scratch for VS", state.VSSCRATCH, ALL, extension="h")
row("vsepc", 0x241, "where the trap to VS came from", state.VSEPC, write_epc(state.VSEPC),
    extension="h")  # fmt: skip
row("vscause", 0x242, "why the trap to VS was taken", state.VSCAUSE, ALL, layouts.CAUSE,
    extension="h")  # fmt: skip
row("vstval", 0x243, "address or instruction of the trap to VS", state.VSTVAL, ALL,
    extension="h")  # fmt: skip

# Translation -------------------------------------------------------------------------------------

_ROOT_ALIGNED = 3
"""Bits of the page number that a root of 16 KiB leaves 0."""


def _write_hgatp(k: Kit, value: Value) -> None:
    """A mode that the hart has not leaves the mode as it was. What was known of guest-physical
    addresses is forgotten: more than the manual asks, and never wrong."""
    k.calls(tlb_flush)
    mode = layouts.HGATP.mask("MODE")
    kept = k.select(has_format(k, layouts.HGATP.get(value, "MODE")), 0, mode)
    fields = layouts.HGATP.mask("MODE", "VMID", "PPN") & ~_ROOT_ALIGNED
    k[state.HGATP] = (k[state.HGATP] & kept) | (value & fields & ~kept)


def _hgatp_allowed(k: Kit) -> Value:
    """TVM takes hgatp away from HS; VS never had it."""
    in_hs = k[state.MODE].eq(Mode.S) & k[state.VIRTUAL].eq(0)
    return ~(in_hs & k[state.MSTATUS].any(layouts.MSTATUS.mask("TVM")))


def _write_vsatp(k: Kit, value: Value) -> None:
    """Written by its own name, a mode that the hart has not leaves the mode as it was, and only
    the mode; written as satp with V = 1, it leaves everything."""
    mode = layouts.SATP.mask("MODE")
    known = has_format(k, layouts.SATP.get(value, "MODE"))
    kept = k.select(known, 0, k.select(k[state.VIRTUAL].eq(1), ALL, mode))
    with k.when(k[state.TRANSLATION].ne(BARE)):
        k[state.VSATP] = (k[state.VSATP] & kept) | (value & ~kept)


row("hgatp", 0x680, "G-stage translation", state.HGATP, _write_hgatp, layouts.HGATP,
    _hgatp_allowed, extension="h")  # fmt: skip
row("vsatp", 0x280, "VS-stage translation", state.VSATP, _write_vsatp, layouts.SATP,
    extension="h")  # fmt: skip

# Environment and counters ------------------------------------------------------------------------


def _write_henvcfg(k: Kit, value: Value) -> None:
    """Switches that menvcfg has off keep what they were, and read 0."""
    within = k[state.MENVCFG] | layouts.ENVCFG.mask("FIOM")
    mask = switches(k) & within
    k[state.HENVCFG] = (k[state.HENVCFG] & ~mask) | (value & mask)


row("henvcfg", 0x60A, "environment of VS", time.henvcfg, _write_henvcfg, layouts.ENVCFG,
    extension="h")  # fmt: skip
row("hcounteren", 0x606, "counters VS may read", state.HCOUNTEREN,
    write_enables(state.HCOUNTEREN), layouts.COUNTEREN, extension="h")  # fmt: skip
row("htimedelta", 0x605, "what VS's time is ahead of time", state.HTIMEDELTA, ALL, extension="h")


def _vs_timer_allowed(k: Kit) -> Value:
    """As stimecmp for HS; and the row needs Sstc, not the hypervisor alone."""
    given = k[state.MODE].eq(Mode.M) | (time.own_timer(k) & enabled(1)(k))
    return has(k, "sstc") & given


row("vstimecmp", 0x24D, "VS's timer is pending when VS's time reaches it", state.VSTIMECMP, ALL,
    permission=_vs_timer_allowed, extension="h")  # fmt: skip
