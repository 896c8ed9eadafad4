"""Loads, stores and fetches: alignment, translation, protection, then RAM or a device.

A misaligned access either raises its exception, before it is translated (Spike's order), or is
done: a platform value chooses. Done, it is one operation: both pages are translated and checked
before a byte is written, and tval is the address of the part that faults (3.1.16).

`page` tells an engine that a whole page may be accessed so from now on (until `drop_page`,
`drop_all` or `pmp_changed`), so that it can do the next access by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vmlab.core.modes import Mode
from vmlab.isa.causes import ACCESS_FAULTS, MISALIGNED
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.state import MISALIGNED_DONE, MSTATUS, TRAP_OFFSET, TRAP_VIRTUAL
from vmlab.isa.system.actor import actor_of, current, is_virtual, mode_of
from vmlab.isa.system.pmp import ALLOWED, pmp_check
from vmlab.isa.system.tlb import is_bare, tlb_context, tlb_fill, tlb_lookup
from vmlab.isa.system.walk import FETCH, LOAD, STORE, in_ram, walk

SIZES = (1, 2, 4, 8)
PARCEL_BYTES = 2
"""Instructions are fetched in parts of this size."""
PAGE = 1 << 12


@kernel(3)
def data_actor(k: Kit) -> None:
    """As whom loads and stores act: in MPP's mode and MPV's V while MPRV is set (3.1.6.3)."""
    status = k[MSTATUS]
    mode = STATUS.get(status, "MPP")
    virtual = k.select(mode.eq(Mode.M), 0, STATUS.get(status, "MPV"))
    with k.when(status.any(STATUS.mask("MPRV"))):
        k.ret(actor_of(mode, virtual))
    k.ret(current(k))


@kernel(5, 64, va=64, access=2, actor=4)
def translate(k: Kit, va: Value, access: Value, actor: Value) -> None:
    """(cause or 0, physical address)."""
    with k.when(is_bare(k, actor)):
        k.ret(0, va)
    context = k.call(tlb_context, actor)
    hit, known = k.calls(tlb_lookup, va, access, context)
    with k.when(hit.eq(1)):
        k.ret(0, known | (va & 0xFFF))
    k.count("tlb_misses")
    cause, page, allowed, level = k.calls(walk, va, access, actor, 1)
    with k.when(cause.ne(0)):
        k.ret(cause, 0)
    k.calls(tlb_fill, va, context, page, allowed, level)
    k.ret(0, page | (va & 0xFFF))


@dataclass(frozen=True)
class By:
    """Who makes an access. `usual` says that it is how the hart accesses memory now, so that an
    engine may remember the page; what hlv and hsv see is not."""

    actor: Value
    usual: bool = True
    execute: bool = False
    """The memory must be executable as well as readable (hlvx)."""


def refuse(k: Kit, by: By, cause: Value | int, va: Value, offset: Value | int = 0) -> None:
    """Return (cause, tval) from the kernel, and note whether it was a guest's address, and how far
    behind the address of the instruction it lies."""
    k[TRAP_VIRTUAL] = is_virtual(by.actor).word()
    k[TRAP_OFFSET] = offset
    k.ret(cause, va)


def _protected(k: Kit, pa: Value, last: Value, access: int, by: By) -> Value:
    """True if protection allows the access. For hlvx both read and execute are asked."""
    mode = mode_of(by.actor)
    allowed = k.call(pmp_check, pa, last, access, mode).eq(ALLOWED)
    if by.execute:
        allowed = allowed & k.call(pmp_check, pa, last, FETCH, mode).eq(ALLOWED)
    return allowed


def locate(
    k: Kit, va: Value, size_bytes: Value | int, access: int, by: By, offset: Value | int = 0
) -> Value:
    """The physical address of a permitted access; returns (cause, tval) from the kernel if not."""
    cause, pa = k.calls(translate, va, access, by.actor)
    with k.when(cause.ne(0)):
        refuse(k, by, cause, va, offset)
    with k.when(~_protected(k, pa, pa + size_bytes - 1, access, by)):
        refuse(k, by, ACCESS_FAULTS[access], va, offset)
    if by.usual:
        page = pa & ~0xFFF
        with k.when(in_ram(k, page, 1 << 12)):
            whole_page = _protected(k, page, page + 0xFFF, access, by)
            with k.when(whole_page):
                k.hook("page", va, page, access)
    return pa


def by_size(k: Kit, size: Value, do: Callable[[int], None]) -> None:
    """`do` with the size as a number of the text."""
    for size_bytes in SIZES:
        with k.when(size.eq(size_bytes)):
            do(size_bytes)


def _both_pages(k: Kit, va: Value, size: Value, access: int, by: By) -> Callable[[Value], Value]:
    """Where byte `n` of a misaligned access that is done stands in RAM. Returns (cause, tval) from
    the kernel if a part may not be accessed; devices do not split an access, so a part outside
    RAM may not."""
    room = PAGE - (va & (PAGE - 1))
    head = k.select(room.ltu(size), room, size).bits(3, 0)
    first = locate(k, va, head, access, by)
    with k.when(~in_ram(k, first, head)):
        refuse(k, by, ACCESS_FAULTS[access], va)
    second = k.var(first + head)
    with k.when(head.ltu(size)):
        beyond = va + head
        skipped = head.bits(2, 0)
        tail = locate(k, beyond, size - head, access, by, skipped)
        with k.when(~in_ram(k, tail, size - head)):
            refuse(k, by, ACCESS_FAULTS[access], beyond, skipped)
        second.value = tail
    start = second.value
    return lambda n: k.select(n.ltu(head), first + n, start + (n - head))


def load_bytes(k: Kit, va: Value, size: Value, by: By) -> None:
    """A load of an address that is no multiple of the size."""
    with k.when(k[MISALIGNED_DONE].eq(0)):
        refuse(k, by, MISALIGNED[LOAD], va)
    place = _both_pages(k, va, size, LOAD, by)
    value, n = k.var(0), k.var(0, 4)
    with k.loop():
        byte = k.ram_load(place(n.value), 1)
        value.value = value.value | (byte << (n.value << 3).bits(5, 0))
        n.value = (n.value + 1).bits(3, 0)
        with k.when(n.value.eq(size)):
            k.ret(0, value.value)


def store_bytes(k: Kit, va: Value, size: Value, value: Value, by: By) -> None:
    """A store to an address that is no multiple of the size."""
    with k.when(k[MISALIGNED_DONE].eq(0)):
        refuse(k, by, MISALIGNED[STORE], va)
    place = _both_pages(k, va, size, STORE, by)
    n = k.var(0, 4)
    with k.loop():
        byte = (value >> (n.value << 3).bits(5, 0)) & 0xFF
        k.ram_store(place(n.value), 1, byte)
        n.value = (n.value + 1).bits(3, 0)
        with k.when(n.value.eq(size)):
            k.ret(0, 0)


def load_aligned(k: Kit, va: Value, size: Value, by: By) -> None:
    """A load of RAM or a device: returns (0, the zero-extended value) or (cause, tval)."""
    pa = locate(k, va, size, LOAD, by)
    with k.when(in_ram(k, pa, size)):
        by_size(k, size, lambda n: k.ret(0, k.ram_load(pa, n)))
    answered, value = k.mmio_load(pa, size)
    k.count("mmio_accesses")
    with k.when(answered.eq(0)):
        refuse(k, by, ACCESS_FAULTS[LOAD], va)
    k.ret(0, value)


def store_aligned(k: Kit, va: Value, size: Value, value: Value, by: By) -> None:
    """A store to RAM or a device: returns (0, 0) or (cause, tval)."""
    pa = locate(k, va, size, STORE, by)
    with k.when(in_ram(k, pa, size)):
        by_size(k, size, lambda n: k.ram_store(pa, n, value))
        k.ret(0, 0)
    answered = k.mmio_store(pa, size, value)
    k.count("mmio_accesses")
    with k.when(answered.eq(0)):
        refuse(k, by, ACCESS_FAULTS[STORE], va)
    k.ret(0, 0)


def usual(k: Kit) -> By:
    """Who loads and stores now."""
    return By(k.call(data_actor))


@kernel(5, 64, va=64, size=4)
def load_misaligned(k: Kit, va: Value, size: Value) -> None:
    """`load` of an address that is no multiple of the size."""
    load_bytes(k, va, size, usual(k))


@kernel(5, 64, va=64, size=4, value=64)
def store_misaligned(k: Kit, va: Value, size: Value, value: Value) -> None:
    """`store` to an address that is no multiple of the size."""
    store_bytes(k, va, size, value, usual(k))


@kernel(5, 64, va=64, size=4)
def load(k: Kit, va: Value, size: Value) -> None:
    """(0, the zero-extended value) or (cause, tval). `size` is 1, 2, 4 or 8."""
    with k.when((va & (size - 1)).ne(0)):
        k.ret(*k.calls(load_misaligned, va, size))
    load_aligned(k, va, size, usual(k))


@kernel(5, 64, va=64, size=4, value=64)
def store(k: Kit, va: Value, size: Value, value: Value) -> None:
    """(0, 0) or (cause, tval). Writes the low `size` bytes of `value`."""
    with k.when((va & (size - 1)).ne(0)):
        k.ret(*k.calls(store_misaligned, va, size, value))
    store_aligned(k, va, size, value, usual(k))


@kernel(5, 64, va=64)
def fetch_parcel(k: Kit, va: Value) -> None:
    """(0, 16 bits of an instruction) or (cause, tval). Of the devices only a ROM holds code."""
    by = By(current(k))
    pa = locate(k, va, PARCEL_BYTES, FETCH, by)
    with k.when(in_ram(k, pa, PARCEL_BYTES)):
        k.ret(0, k.ram_load(pa, PARCEL_BYTES))
    answered, parcel = k.mmio_fetch(pa)
    with k.when(answered.eq(0)):
        refuse(k, by, ACCESS_FAULTS[FETCH], va)
    k.ret(0, parcel)


@kernel(5, 64, va=64)
def fetch(k: Kit, va: Value) -> None:
    """(0, the instruction word, whose lowest bits tell its size) or (cause, tval). The halves of a
    32-bit one may lie in two pages; tval is the address of the one that faults."""
    cause, low = k.calls(fetch_parcel, va)
    with k.when(cause.ne(0) | low.bits(1, 0).ne(3)):
        k.ret(cause, low)
    other, high = k.calls(fetch_parcel, va + PARCEL_BYTES)
    with k.when(other.ne(0)):
        k.ret(other, high)
    k.ret(0, low.bits(15, 0) | (high.bits(15, 0) << 16))
