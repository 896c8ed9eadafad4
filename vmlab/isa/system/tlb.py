"""The TLB: what a hart remembers of its walks (privileged manual, 10.2.1 and 10.3.2).

Direct-mapped by virtual page. It is machine state, equal on every engine: what it holds decides
how many walks are counted, and a guest that forgets sfence.vma sees what it holds. Flushing more
than asked is always legal, and done where it is cheaper: sfence.vma without an address starts a
new epoch; with an address that may lie in a superpage, too. With V = 1 an entry holds what both
stages have made of the address; a fence of guest-physical addresses forgets everything.

`drop_page` and `drop_all` tell an engine to forget what it remembers of these entries.
"""

from __future__ import annotations

from typing import Final

from vmlab.core.modes import Mode
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.layouts import HGATP as HGATP_LAYOUT
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.layouts import SATP as SATP_LAYOUT
from vmlab.isa.state import (
    HGATP,
    MSTATUS,
    SATP,
    TLB_ACCESS,
    TLB_CONTEXT,
    TLB_ENTRIES,
    TLB_EPOCH,
    TLB_KEY,
    TLB_PAGE,
    TLB_SUPERPAGES,
    VSATP,
    VSSTATUS,
)
from vmlab.isa.system.actor import is_virtual, mode_of

VALID = 1
CONTEXT_BITS: Final = 28
"""A context without its epoch."""
BARE: Final = 0
"""satp.MODE and hgatp.MODE of no translation."""


def _key(va: Value) -> Value:
    return (va & ~0xFFF) | VALID


def _index(va: Value) -> Value:
    return (va >> 12) & (TLB_ENTRIES - 1)


def is_bare(k: Kit, actor: Value) -> Value:
    """True if virtual addresses are physical: in M, or with satp.MODE Bare; with V = 1, if
    neither stage translates."""
    mode = "MODE"
    bare = mode_of(actor).eq(Mode.M) | SATP_LAYOUT.get(k[SATP], mode).eq(BARE)
    stages = SATP_LAYOUT.get(k[VSATP], mode) | HGATP_LAYOUT.get(k[HGATP], mode)
    return (is_virtual(actor) & stages.eq(BARE)) | (~is_virtual(actor) & bare)


@kernel(64, actor=4)
def tlb_context(k: Kit, actor: Value) -> None:
    """What a translation depends on besides the address, the actor in the low bits. hgatp is not
    in it: a write to hgatp flushes."""
    virtual = is_virtual(actor)
    status, atp = k.select(virtual, k[VSSTATUS], k[MSTATUS]), k.select(virtual, k[VSATP], k[SATP])
    sum_ = STATUS.get(status, "SUM") << 4
    mxr = STATUS.get(status, "MXR") << 5
    real_mxr = STATUS.get(k[MSTATUS], "MXR") << 6
    fmt = SATP_LAYOUT.get(atp, "MODE") << 8
    asid = SATP_LAYOUT.get(atp, "ASID") << 12
    k.ret((k[TLB_EPOCH] << CONTEXT_BITS) | asid | fmt | real_mxr | mxr | sum_ | actor)


@kernel(1, 56, va=64, access=2, context=64)
def tlb_lookup(k: Kit, va: Value, access: Value, context: Value) -> None:
    """(1 if an entry allows this access, its physical page)."""
    index = _index(va)
    same = k[TLB_KEY, index].eq(_key(va)) & k[TLB_CONTEXT, index].eq(context)
    with k.when(same & (k[TLB_ACCESS, index] >> access).any(1)):
        k.ret(1, k[TLB_PAGE, index])
    k.ret(0, 0)


@kernel(va=64, context=64, page=56, allowed=3, level=3)
def tlb_fill(k: Kit, va: Value, context: Value, page: Value, allowed: Value, level: Value) -> None:
    """Remember a walk's result, in place of what was there."""
    index = _index(va)
    k.hook("drop_page", k[TLB_KEY, index], k[TLB_CONTEXT, index])
    k[TLB_KEY, index] = _key(va)
    k[TLB_CONTEXT, index] = context
    k[TLB_PAGE, index] = page
    k[TLB_ACCESS, index] = allowed
    with k.when(level.ne(0)):
        k[TLB_SUPERPAGES] = 1


@kernel()
def tlb_flush(k: Kit) -> None:
    """Forget every translation."""
    k.count("tlb_flushes")
    k[TLB_EPOCH] = (k[TLB_EPOCH] + 1) & ((1 << 32) - 1)
    k[TLB_SUPERPAGES] = 0
    k.hook("drop_all")


@kernel(va=64)
def tlb_flush_page(k: Kit, va: Value) -> None:
    """Forget the translation of one address, in every address space."""
    with k.when(k[TLB_SUPERPAGES].ne(0)):
        k.calls(tlb_flush)
        k.ret()
    k.count("tlb_flushes")
    index = _index(va)
    with k.when(k[TLB_KEY, index].eq(_key(va))):
        k.hook("drop_page", k[TLB_KEY, index], k[TLB_CONTEXT, index])
        k[TLB_KEY, index] = 0
