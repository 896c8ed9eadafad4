"""Accesses of the A extension (unprivileged manual, chapter 13): the read half of an AMO, and
load-reserved with store-conditional.

Spike's choices: the reservation is one physical address in RAM, of no size; a store by this hart
leaves it, a trap ends it (`system.trap`); store-conditional ends it whether it stored or not, and
faults where a store would even if it would fail; an access that is not aligned is never done.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.causes import ACCESS_FAULTS, MISALIGNED
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.state import MISALIGNED_DONE, NO_RESERVATION, RESERVATION
from vmlab.isa.system.memory import By, by_size, locate, refuse, usual
from vmlab.isa.system.walk import LOAD, STORE, in_ram


def _aligned(k: Kit, va: Value, size: Value, access: int, by: By) -> Value:
    """The physical address of a permitted and aligned access; returns (cause, tval) from the
    kernel if it is neither. Where others are done when misaligned, this is an access fault."""
    with k.when((va & (size - 1)).ne(0)):
        done = k[MISALIGNED_DONE].ne(0)
        refuse(k, by, k.select(done, ACCESS_FAULTS[access], MISALIGNED[access]), va)
    return locate(k, va, size, access, by)


@kernel(5, 64, va=64, size=4)
def amo_load(k: Kit, va: Value, size: Value) -> None:
    """(0, the zero-extended value) or (cause, tval): a load as if it were a store."""
    by = usual(k)
    pa = _aligned(k, va, size, STORE, by)
    with k.when(in_ram(k, pa, size)):
        by_size(k, size, lambda n: k.ret(0, k.ram_load(pa, n)))
    answered, value = k.mmio_load(pa, size)
    k.count("mmio_accesses")
    with k.when(answered.eq(0)):
        refuse(k, by, ACCESS_FAULTS[STORE], va)
    k.ret(0, value)


@kernel(5, 64, va=64, size=4)
def load_reserved(k: Kit, va: Value, size: Value) -> None:
    """(0, the zero-extended value) or (cause, tval)."""
    by = usual(k)
    pa = _aligned(k, va, size, LOAD, by)
    with k.when(in_ram(k, pa, size)):
        k[RESERVATION] = pa
        by_size(k, size, lambda n: k.ret(0, k.ram_load(pa, n)))
    refuse(k, by, ACCESS_FAULTS[LOAD], va)


@kernel(5, 64, va=64, size=4, value=64)
def store_conditional(k: Kit, va: Value, size: Value, value: Value) -> None:
    """(0, 1 if nothing was stored) or (cause, tval)."""
    by = usual(k)
    pa = _aligned(k, va, size, STORE, by)
    with k.when(~in_ram(k, pa, size)):
        refuse(k, by, ACCESS_FAULTS[STORE], va)
    held = k[RESERVATION].eq(pa)
    k[RESERVATION] = NO_RESERVATION
    with k.when(held):
        by_size(k, size, lambda n: k.ram_store(pa, n, value))
        k.ret(0, 0)
    k.ret(0, 1)


ATOMIC: Final = (amo_load, load_reserved, store_conditional)
