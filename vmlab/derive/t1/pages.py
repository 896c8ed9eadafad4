"""Pages that need no translation: tables that the loop looks into before it asks the kernels.

They are a shadow of the TLB, never more than it: `page` adds to them what the kernels have just
found, `drop_page` takes away what the TLB forgets, and a context that has changed (another address
space, a flush, other protection) finds its table labelled with another and empties it.

A store goes through here only into a page that is noted as written and holds no decoded code, so
the loop's stores need not look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.core.bits import MASK32
from vmlab.derive.t1.code import slot_of
from vmlab.derive.t1.layout import (
    ATTENTION,
    BETWEEN,
    CONTEXTS,
    DATA_CONTEXT,
    DATA_FILLED,
    DATA_LABEL,
    DATA_LIST,
    DATA_PLACE,
    DIRTY,
    FETCH_CONTEXT,
    FETCH_FILLED,
    FETCH_LABEL,
    FETCH_LIST,
    FETCH_PLACE,
    FETCH_TAG,
    FEW,
    INVALID,
    LOAD_TAG,
    PAGES,
    RELOOK,
    SLOT_BYTES,
    SLOT_MASK,
    STORE_TAG,
    TOHOST,
    WATCHES,
)
from vmlab.derive.t1.watching import page_is_watched
from vmlab.isa.lang import Array, Field, Kit, Value, kernel
from vmlab.isa.state import RAM_BASE, TLB_ENTRIES
from vmlab.isa.system.contexts import data_context, fetch_context
from vmlab.isa.system.tlb import SUM_AT
from vmlab.isa.system.walk import FETCH, LOAD

INDEX_BITS = TLB_ENTRIES.bit_length() - 1


def page_of(va: Value) -> Value:
    return va & ~0xFFF


def index_of(va: Value) -> Value:
    """Where a page stands in its table: as in the TLB."""
    return (va >> 12) & (TLB_ENTRIES - 1)


@dataclass(frozen=True)
class Tables:
    """The tables of one kind of access, one a context."""

    current: Field
    label: Array
    tags: tuple[Array, ...]
    filled: Array
    list: Array

    def note(self, k: Kit, at: Value) -> None:
        """Something is added to the current table at this place."""
        table = k[self.current] >> INDEX_BITS
        count = k[self.filled, table]
        k[self.filled, table] = count + 1
        with k.when(count.ltu(FEW)):
            k[self.list, table * FEW + count] = at.bits(11, 0)

    def empty(self, k: Kit, table: Value) -> None:
        """Forget what a table holds."""
        count = k[self.filled, table]
        k[self.filled, table] = 0
        listed = count.leu(FEW)
        end = k.select(listed, count, TLB_ENTRIES)
        n = k.var(0, INDEX_BITS + 1)
        with k.loop():
            with k.when(n.value.eq(end)):
                k.ret()
            at = k.var((table << INDEX_BITS) + n.value, 13)
            with k.when(listed):
                at.value = k[self.list, table * FEW + n.value]
            for tag in self.tags:
                k[tag, at.value] = INVALID
            n.value = (n.value + 1).bits(INDEX_BITS, 0)


FETCHES: Final = Tables(FETCH_CONTEXT, FETCH_LABEL, (FETCH_TAG,), FETCH_FILLED, FETCH_LIST)
DATA: Final = Tables(DATA_CONTEXT, DATA_LABEL, (LOAD_TAG, STORE_TAG), DATA_FILLED, DATA_LIST)


@kernel(va=64, page_pa=64, access=2)
def hook_page(k: Kit, va: Value, page_pa: Value, access: Value) -> None:
    """A whole page may be accessed so from now on, in the present context."""
    page, offset = page_of(va), page_pa - k[RAM_BASE]
    number = (offset >> 12).bits(18, 0)
    with k.when(access.eq(FETCH)):
        slot = k.call(slot_of, number)
        at = k[FETCH_CONTEXT] + index_of(va)
        FETCHES.note(k, at)
        k[FETCH_TAG, at] = page
        k[FETCH_PLACE, at] = (slot * SLOT_BYTES - (page << 3)) & MASK32
        k.ret()
    with k.when(k[WATCHES].ne(0)), k.when(k.call(page_is_watched, page).eq(1)):
        k.ret()
    at = k[DATA_CONTEXT] + index_of(va)
    DATA.note(k, at)
    place = (offset - page) & MASK32
    with k.when(access.eq(LOAD)):
        with k.when(k[STORE_TAG, at].ne(page)):
            k[STORE_TAG, at] = INVALID  # one place serves both tags
        k[LOAD_TAG, at] = page
        k[DATA_PLACE, at] = place
        k.ret()
    held = k[PAGES, number]
    with k.when(held.any(SLOT_MASK) | ((k[TOHOST] - k[RAM_BASE]) >> 12).eq(number)):
        k.ret()
    with k.when(k[LOAD_TAG, at].ne(page)):
        k[LOAD_TAG, at] = INVALID
    k[PAGES, number] = held | DIRTY
    k[STORE_TAG, at] = page
    k[DATA_PLACE, at] = place


@kernel(key=64, context=64)
def hook_drop_page(k: Kit, key: Value, context: Value) -> None:
    """The TLB forgets an entry."""
    page, table = page_of(key), _table(context)
    at = table * TLB_ENTRIES + index_of(key)
    with k.when(k[LOAD_TAG, at].eq(page)):
        k[LOAD_TAG, at] = INVALID
    with k.when(k[STORE_TAG, at].eq(page)):
        k[STORE_TAG, at] = INVALID
    with k.when(k[FETCH_TAG, at].eq(page)):
        k[FETCH_TAG, at] = INVALID
        k[ATTENTION] = k[ATTENTION] | RELOOK


@kernel()
def hook_pmp_changed(k: Kit) -> None:
    """Protection has changed: every table is emptied before its next use."""
    for table in range(CONTEXTS):
        k[FETCH_LABEL, table] = 0
        k[DATA_LABEL, table] = 0
    k[ATTENTION] = k[ATTENTION] | BETWEEN


def _table(context: Value) -> Value:
    """The table that serves a context; others may share it, and take turns. Mode, V and SUM tell
    those apart that a system changes between most often."""
    return context.bits(2, 0) | (context.bits(SUM_AT, SUM_AT) << 3)


@kernel(table=4)
def empty_data(k: Kit, table: Value) -> None:
    """Forget a table of loads and stores."""
    DATA.empty(k, table)


@kernel(table=4)
def empty_fetches(k: Kit, table: Value) -> None:
    """Forget a table of fetches."""
    FETCHES.empty(k, table)


@kernel()
def choose_tables(k: Kit) -> None:
    """Make the tables of the present contexts the current ones."""
    for tables, asked, empty in (
        (FETCHES, fetch_context, empty_fetches),
        (DATA, data_context, empty_data),
    ):
        context = k.call(asked)
        table = _table(context)
        k[tables.current] = table << INDEX_BITS
        with k.when(k[tables.label, table].ne(context)):
            k[tables.label, table] = context
            k.calls(empty, table)
