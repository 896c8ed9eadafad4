"""Which words a guest has on the real hart while V = 1, and how they go there and come home.

    the guest's word        on the real hart
    stvec sepc satp ...     vstvec vsepc vsatp ...      S's names mean these while V = 1
    mstatus (S's fields)    vsstatus                    mstatus keeps M's, and turns FP on
    mie, mip (S's bits)     mie, hvip, one bit higher   hideleg gives VS those
    scounteren, senvcfg     the same words              no VS register stands for them

The pairs are those of the table of CSRs: what S's name reaches with V = 1 stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.isa.csr_rules import SSTATUS_WRITE, VS_BITS
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import INTERRUPTS
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.state import (
    EXTERNAL,
    FFLAGS,
    FIELDS,
    FRM,
    HTIMEDELTA,
    HVIP,
    MIE,
    MIP,
    MODE,
    MSTATUS,
    SCOUNTEREN,
    SENVCFG,
    TLB_EPOCH,
    TRAPPED_AFTER,
    TRAPPED_X,
    VIRTUAL,
    VSSTATUS,
    F,
)
from vmlab.isa.system.time import mtime, pending_interrupts
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.vm import Vm

PAIRS: Final = tuple(
    (FIELDS[csr.name].slot, FIELDS[csr.virtual].slot)
    for csr in CSRS.values()
    if csr.virtual and csr.name in FIELDS and csr.virtual in FIELDS
)
"""(S's word, VS's word) of every CSR that is a word of its own in both."""
SHARED: Final = (SCOUNTEREN.slot, SENVCFG.slot)
LENT: Final[Mapping[str, int]] = MappingProxyType(
    {
        **{csr.virtual: MASK64 for csr in CSRS.values() if csr.virtual in FIELDS},
        **dict.fromkeys((SCOUNTEREN.name, SENVCFG.name, HTIMEDELTA.name), MASK64),
        VSSTATUS.name: SSTATUS_WRITE,
        MIE.name: VS_BITS,
        MIP.name: INTERRUPTS.mask("VSSI"),
        HVIP.name: VS_BITS,
    }
)
"""What the guest has of the real hart besides its registers: the bits of each word, by name."""
_MODE, _VIRTUAL, _MSTATUS, _VSSTATUS = MODE.slot, VIRTUAL.slot, MSTATUS.slot, VSSTATUS.slot
_MIE, _MIP, _HVIP, _EXTERNAL = MIE.slot, MIP.slot, HVIP.slot, EXTERNAL.slot
_EPOCH, _EPOCHS = TLB_EPOCH.slot, (1 << TLB_EPOCH.width) - 1
_F: Final = slice(F.slot, F.slot + F.length)
_FFLAGS, _FRM = FFLAGS.slot, FRM.slot
_FS: Final = STATUS.mask("FS")
_S_BITS: Final = VS_BITS >> 1
_SOFTWARE, _TIMER, _EXTERNAL_LINE = (INTERRUPTS.mask(name) for name in ("SSI", "STI", "SEI"))
_VS_SOFTWARE: Final = INTERRUPTS.mask("VSSI")
# What `system.progress` remembers stands together: a count, and what it is a count of.
_AFTER: Final = TRAPPED_AFTER.slot
_PROGRESS: Final = slice(_AFTER, TRAPPED_X.slot + TRAPPED_X.length)


def put(host: Host, vm: Vm, clock: bool) -> None:
    """The guest's words go to the real hart. `clock` says that VS reads `time` and has its
    timer there; else the timer's interrupt is injected like any other."""
    real, own = host.words, vm.hart.words
    for word, virtual in PAIRS:
        real[virtual] = own[word]
    for word in SHARED:
        real[word] = own[word]
    status = own[_MSTATUS]
    real[_VSSTATUS] = status & SSTATUS_WRITE
    if not status & _FS:  # the guest can turn FP on by itself: its registers must be there
        real[_F] = own[_F]
        real[_FFLAGS], real[_FRM] = own[_FFLAGS], own[_FRM]
    real[_MSTATUS] |= _FS
    real[_MIE] = real[_MIE] & ~VS_BITS | (own[_MIE] & _S_BITS) << 1
    software = (own[_MIP] & _SOFTWARE) << 1
    real[_MIP] = real[_MIP] & ~_VS_SOFTWARE | software
    lines = (own[_MIP] | own[_EXTERNAL]) & _EXTERNAL_LINE
    if clock:
        now = vm.hart.kernel(mtime.name)()
        real[HTIMEDELTA.slot] = now - host.hart.kernel(mtime.name)() & MASK64
    else:
        lines |= vm.hart.kernel(pending_interrupts.name)() & _TIMER
    real[_HVIP] = lines << 1
    real[_PROGRESS] = own[_PROGRESS]
    real[_AFTER] = own[_AFTER] + host.retired - vm.hart.retired & MASK64
    real[_MODE] = own[_MODE]
    real[_VIRTUAL] = 1


def fetch(host: Host, vm: Vm) -> None:
    """They come home. What the guest's own TLB held is forgotten: its fences went to the real
    one."""
    real, own = host.words, vm.hart.words
    for word, virtual in PAIRS:
        own[word] = real[virtual]
    for word in SHARED:
        own[word] = real[word]
    own[_MSTATUS] = own[_MSTATUS] & ~SSTATUS_WRITE | real[_VSSTATUS]
    own[_MIE] = own[_MIE] & ~_S_BITS | (real[_MIE] & VS_BITS) >> 1
    own[_MIP] = own[_MIP] & ~_SOFTWARE | (real[_MIP] & _VS_SOFTWARE) >> 1
    own[_PROGRESS] = real[_PROGRESS]
    own[_AFTER] = real[_AFTER] + vm.hart.retired - host.retired & MASK64
    own[_MODE] = real[_MODE]
    own[_EPOCH] = own[_EPOCH] + 1 & _EPOCHS
