"""What a guest has of the real hart with V = 1: its registers, VS's words, its interrupts, and of
what HS decides for VS the bits that a guest's own firmware would decide so. All else is HS's."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from vmlab.isa.csr_rules import VS_BITS
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import COUNTEREN, ENVCFG, HSTATUS, INTERRUPTS
from vmlab.isa.state import (
    FIELDS,
    HCOUNTEREN,
    HEDELEG,
    HENVCFG,
    HTIMEDELTA,
    HVIP,
    MIE,
    MIP,
    SCOUNTEREN,
    SENVCFG,
)
from vmlab.isa.state import HSTATUS as HSTATUS_WORD
from vmlab.vmm.common.lending import REGISTERS, Lent, whole
from vmlab.vmm.common.vhart import DELEGATED

_VS_WORDS: Final = FIELDS.keys() & {csr.virtual for csr in CSRS.values() if csr.virtual}
"""What S's names reach while V = 1."""
LENDS: Final[Lent] = MappingProxyType(
    {
        **REGISTERS,
        **whole(*_VS_WORDS),
        **whole(SCOUNTEREN.name, SENVCFG.name, HTIMEDELTA.name),
        MIE.name: VS_BITS,
        MIP.name: INTERRUPTS.mask("VSSI"),
        HVIP.name: VS_BITS,
        HEDELEG.name: DELEGATED,
        HENVCFG.name: ENVCFG.mask("FIOM", "ADUE", "STCE"),
        HCOUNTEREN.name: COUNTEREN.mask("TM"),
        HSTATUS_WORD.name: HSTATUS.mask("VTW", "VTVM"),
    }
)
