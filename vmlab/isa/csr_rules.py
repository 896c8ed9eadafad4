"""Rules that rows of the table of CSRs share: what S, HS and VS each have one of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vmlab.core.modes import Mode
from vmlab.isa import layouts, state
from vmlab.isa.causes import H_INTERRUPTS, VS_INTERRUPTS
from vmlab.isa.csr_row import ALL, Writer
from vmlab.isa.extensions import has
from vmlab.isa.lang import Field, Kit, Value
from vmlab.isa.system.walk import BARE, FORMATS

# Status: sstatus and vsstatus look alike (10.1.1) ------------------------------------------------

UXL_64: Final = 2 << layouts.MSTATUS["UXL"].low
SSTATUS_MASK: Final = layouts.MSTATUS.mask("SIE", "SPIE", "SPP", "FS", "SUM", "MXR", "UXL", "SD")
SSTATUS_WRITE: Final = layouts.MSTATUS.mask("SIE", "SPIE", "SPP", "FS", "SUM", "MXR")


def dirty_summary(status: Value) -> Value:
    """SD: some register state is dirty."""
    return layouts.MSTATUS.get(status, "FS").eq(3).word() << layouts.MSTATUS["SD"].low


def with_translation(k: Kit) -> Value:
    """SUM, MXR and TVM are 0 on a hart without translation (Spike's choice, 3.1.6)."""
    paging = layouts.MSTATUS.mask("SUM", "MXR", "TVM")
    return k.select(k[state.TRANSLATION].eq(BARE), ALL & ~paging, ALL)


# Traps -------------------------------------------------------------------------------------------

TVEC_WRITE: Final = ALL & ~2  # mode is 0 or 1; no other alignment asked


def write_epc(word: Field) -> Writer:
    """Addresses of instructions: their low bit is 0, and bit 1 where IALIGN is 32 (3.1.14)."""

    def write(k: Kit, value: Value) -> None:
        k[word] = value & k.select(has(k, "zca"), ALL & ~1, ALL & ~3)

    return write


VS_BITS: Final = sum(1 << number for number in VS_INTERRUPTS)
HS_BITS: Final = sum(1 << number for number in H_INTERRUPTS)


# Translation -------------------------------------------------------------------------------------


def has_format(k: Kit, mode: Value) -> Value:
    """True for the number of a translation format that the hart has: every one up to its highest,
    and Bare."""
    highest = k[state.TRANSLATION]
    built = mode.geu(FORMATS[0].number) & mode.leu(highest)
    return mode.eq(BARE) | (highest.ne(BARE) & built)


# Environment and counters ------------------------------------------------------------------------

COUNTERS: Final = {
    "zicntr": layouts.COUNTEREN.mask("CY", "TM", "IR"),
    "zihpm": layouts.COUNTEREN.mask("HPM"),
}
"""The bits of the counter enables, by the extension that has the counters."""


def write_enables(word: Field) -> Writer:
    def write(k: Kit, value: Value) -> None:
        there = k.const(0)
        for extension, mask in COUNTERS.items():
            there = there | k.select(has(k, extension), mask, 0)
        k[word] = value & there

    return write


def switches(k: Kit) -> Value:
    """Switches of menvcfg and henvcfg for extensions that the machine has (3.1.18)."""
    there = k.const(layouts.ENVCFG.mask("FIOM"))
    for extension, switch in (("svadu", "ADUE"), ("sstc", "STCE")):
        there = there | k.select(has(k, extension), layouts.ENVCFG.mask(switch), 0)
    return there


def enabled(bit: int) -> Callable[[Kit], Value]:
    """HS, and so all below M, needs the counter's bit in mcounteren; U needs it in scounteren,
    too (3.1.11, 10.1.5). With V = 1 the other registers are asked afterwards."""

    def permission(k: Kit) -> Value:
        by_m = k[state.MODE].eq(Mode.M) | k[state.MCOUNTEREN].any(1 << bit)
        user = k[state.MODE].eq(Mode.U) & k[state.VIRTUAL].eq(0)
        return by_m & (~user | k[state.SCOUNTEREN].any(1 << bit))

    return permission


def enabled_for_virtual(bit: int) -> Callable[[Kit], Value]:
    """VS needs the bit in hcounteren, VU needs it there and in scounteren (hypervisor chapter)."""

    def permission(k: Kit) -> Value:
        user = k[state.MODE].eq(Mode.U)
        by_s = ~user | k[state.SCOUNTEREN].any(1 << bit)
        return k[state.HCOUNTEREN].any(1 << bit) & by_s

    return permission
