"""Accesses of HS to a guest's memory: hlv, hlvx and hsv (hypervisor chapter).

They act as if V were 1, in the mode that hstatus.SPVP names, whatever MPRV says. No engine may
remember the pages that they see: its own loads and stores see others.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.layouts import HSTATUS as HSTATUS_LAYOUT
from vmlab.isa.state import HSTATUS
from vmlab.isa.system.actor import HLVX, actor_of
from vmlab.isa.system.memory import By, load_aligned, load_bytes, store_aligned, store_bytes


def _guest(k: Kit, execute: bool = False) -> By:
    """The guest whose memory it is, in the mode that the last trap to HS came from."""
    actor = actor_of(HSTATUS_LAYOUT.get(k[HSTATUS], "SPVP"), k.const(1))
    return By(actor | (HLVX if execute else 0), usual=False, execute=execute)


def _load(k: Kit, va: Value, size: Value, by: By) -> None:
    with k.when((va & (size - 1)).ne(0)):
        load_bytes(k, va, size, by)
    load_aligned(k, va, size, by)


@kernel(5, 64, va=64, size=4)
def guest_load(k: Kit, va: Value, size: Value) -> None:
    """(0, the zero-extended value) or (cause, tval)."""
    _load(k, va, size, _guest(k))


@kernel(5, 64, va=64, size=4)
def guest_load_code(k: Kit, va: Value, size: Value) -> None:
    """The same of memory that need not be readable, but executable."""
    _load(k, va, size, _guest(k, execute=True))


@kernel(5, 64, va=64, size=4, value=64)
def guest_store(k: Kit, va: Value, size: Value, value: Value) -> None:
    """(0, 0) or (cause, tval)."""
    by = _guest(k)
    with k.when((va & (size - 1)).ne(0)):
        store_bytes(k, va, size, value, by)
    store_aligned(k, va, size, value, by)


GUEST: Final = (guest_load, guest_load_code, guest_store)
