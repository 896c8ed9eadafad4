"""Loads, stores and fetches: alignment, translation, protection, then RAM or a device.

The order of checks is Spike's: a misaligned access raises its exception before it is translated.
`page` tells an engine that a whole page may be accessed so from now on (until `drop_page`,
`drop_all` or `pmp_changed`), so that it can do the next access by itself.
"""

from __future__ import annotations

from vmlab.core.modes import Mode
from vmlab.isa.causes import ACCESS_FAULTS, MISALIGNED
from vmlab.isa.csrs import BARE
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.layouts import SATP as SATP_LAYOUT
from vmlab.isa.state import MODE, MSTATUS, SATP
from vmlab.isa.system.pmp import ALLOWED, pmp_check
from vmlab.isa.system.tlb import tlb_context, tlb_fill, tlb_lookup
from vmlab.isa.system.walk import FETCH, LOAD, STORE, in_ram, walk_sv39

SIZES = (1, 2, 4, 8)
ROOT_MASK = (1 << 44) - 1


@kernel(2)
def data_mode(k: Kit) -> None:
    """The mode that loads and stores act in: MPP's while MPRV is set (3.1.6.3)."""
    status = k[MSTATUS]
    borrowed = status.any(STATUS.mask("MPRV"))
    k.ret(k.select(borrowed, STATUS.get(status, "MPP"), k[MODE]))


def is_bare(k: Kit, mode: Value) -> Value:
    """True if virtual addresses are physical: in M, or with satp.MODE Bare."""
    return mode.eq(Mode.M) | SATP_LAYOUT.get(k[SATP], "MODE").eq(BARE)


@kernel(4, 64, va=64, access=2, mode=2)
def translate(k: Kit, va: Value, access: Value, mode: Value) -> None:
    """(cause or 0, physical address)."""
    with k.when(is_bare(k, mode)):
        k.ret(0, va)
    context = k.call(tlb_context, mode)
    hit, known = k.calls(tlb_lookup, va, access, context)
    with k.when(hit.eq(1)):
        k.ret(0, known | (va & 0xFFF))
    k.count("tlb_misses")
    root = SATP_LAYOUT.get(k[SATP], "PPN") << 12
    cause, page, allowed, level = k.calls(walk_sv39, root, va, access, mode, k[MSTATUS])
    with k.when(cause.ne(0)):
        k.ret(cause, 0)
    k.calls(tlb_fill, va, context, page, allowed, level)
    k.ret(0, page | (va & 0xFFF))


def _locate(k: Kit, va: Value, size_bytes: Value | int, access: int, mode: Value) -> Value:
    """The physical address of a permitted access; returns (cause, 0) from the kernel if not."""
    cause, pa = k.calls(translate, va, access, mode)
    with k.when(cause.ne(0)):
        k.ret(cause, 0)
    with k.when(k.call(pmp_check, pa, pa + size_bytes - 1, access, mode).ne(ALLOWED)):
        k.ret(ACCESS_FAULTS[access], 0)
    page = pa & ~0xFFF
    with k.when(in_ram(k, page, 1 << 12)):
        whole_page = k.call(pmp_check, page, page + 0xFFF, access, mode)
        with k.when(whole_page.eq(ALLOWED)):
            k.hook("page", va, page, access)
    return pa


def _by_size(k: Kit, size: Value, do: object) -> None:
    assert callable(do)
    for size_bytes in SIZES:
        with k.when(size.eq(size_bytes)):
            do(size_bytes)


@kernel(4, 64, va=64, size=4)
def load(k: Kit, va: Value, size: Value) -> None:
    """(cause or 0, the zero-extended value). `size` is 1, 2, 4 or 8."""
    with k.when((va & (size - 1)).ne(0)):
        k.ret(MISALIGNED[LOAD], 0)
    pa = _locate(k, va, size, LOAD, k.call(data_mode))
    with k.when(in_ram(k, pa, size)):
        _by_size(k, size, lambda n: k.ret(0, k.ram_load(pa, n)))
    answered, value = k.mmio_load(pa, size)
    k.count("mmio_accesses")
    with k.when(answered.eq(0)):
        k.ret(ACCESS_FAULTS[LOAD], 0)
    k.ret(0, value)


@kernel(4, 1, va=64, size=4, value=64)
def store(k: Kit, va: Value, size: Value, value: Value) -> None:
    """(cause or 0, 0). Writes the low `size` bytes of `value`."""
    with k.when((va & (size - 1)).ne(0)):
        k.ret(MISALIGNED[STORE], 0)
    pa = _locate(k, va, size, STORE, k.call(data_mode))
    with k.when(in_ram(k, pa, size)):
        _by_size(k, size, lambda n: k.ram_store(pa, n, value))
        k.ret(0, 0)
    answered = k.mmio_store(pa, size, value)
    k.count("mmio_accesses")
    with k.when(answered.eq(0)):
        k.ret(ACCESS_FAULTS[STORE], 0)
    k.ret(0, 0)


@kernel(4, 32, va=64)
def fetch(k: Kit, va: Value) -> None:
    """(cause or 0, the instruction word). Of the devices only a ROM holds code."""
    pa = _locate(k, va, 4, FETCH, k[MODE])
    with k.when(in_ram(k, pa, 4)):
        k.ret(0, k.ram_load(pa, 4))
    answered, word = k.mmio_fetch(pa)
    with k.when(answered.eq(0)):
        k.ret(ACCESS_FAULTS[FETCH], 0)
    k.ret(0, word)
