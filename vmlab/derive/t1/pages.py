"""Pages that need no translation: tables that the loop looks into before it asks the kernels.

They are a shadow of the TLB, never more than it: `page` adds to them what the kernels have just
found, `drop_page` takes away what the TLB forgets, and a context that has changed (another address
space, a flush, other protection) finds its table labelled with another and empties it.

A store goes through here only into a page that is noted as written and holds no decoded code, so
the loop's stores need not look.
"""

from __future__ import annotations

from vmlab.core.bits import MASK32
from vmlab.derive.t1.code import slot_of
from vmlab.derive.t1.layout import (
    ATTENTION,
    CONTEXTS,
    DATA_CONTEXT,
    DATA_LABEL,
    DATA_PLACE,
    DIRTY,
    FETCH_CONTEXT,
    FETCH_LABEL,
    FETCH_PLACE,
    FETCH_TAG,
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
from vmlab.isa.lang import Array, Kit, Value, kernel
from vmlab.isa.state import RAM_BASE, TLB_ENTRIES
from vmlab.isa.system.contexts import data_context, fetch_context
from vmlab.isa.system.walk import FETCH, LOAD

INDEX_BITS = TLB_ENTRIES.bit_length() - 1


def page_of(va: Value) -> Value:
    return va & ~0xFFF


def index_of(va: Value) -> Value:
    """Where a page stands in its table: as in the TLB."""
    return (va >> 12) & (TLB_ENTRIES - 1)


@kernel(va=64, page_pa=64, access=2)
def hook_page(k: Kit, va: Value, page_pa: Value, access: Value) -> None:
    """A whole page may be accessed so from now on, in the present context."""
    page, offset = page_of(va), page_pa - k[RAM_BASE]
    number = (offset >> 12).bits(18, 0)
    with k.when(access.eq(FETCH)):
        slot = k.call(slot_of, number)
        at = k[FETCH_CONTEXT] + index_of(va)
        k[FETCH_TAG, at] = page
        k[FETCH_PLACE, at] = (slot * SLOT_BYTES - (page << 3)) & MASK32
        k.ret()
    with k.when(k[WATCHES].ne(0)), k.when(k.call(page_is_watched, page).eq(1)):
        k.ret()
    at = k[DATA_CONTEXT] + index_of(va)
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


def _table(context: Value) -> Value:
    """The table that serves a context; others may share it, and take turns."""
    return context & (CONTEXTS - 1)


@kernel(table=4)
def empty_data(k: Kit, table: Value) -> None:
    """Forget a table of loads and stores."""
    _empty(k, table, (LOAD_TAG, STORE_TAG))


@kernel(table=4)
def empty_fetch(k: Kit, table: Value) -> None:
    """Forget a table of fetches."""
    _empty(k, table, (FETCH_TAG,))


def _empty(k: Kit, table: Value, tags: tuple[Array, ...]) -> None:
    first = table * TLB_ENTRIES
    n = k.var(0, INDEX_BITS + 1)
    with k.loop():
        at = first + n.value
        for tag in tags:
            k[tag, at] = INVALID
        n.value = (n.value + 1).bits(INDEX_BITS, 0)
        with k.when(n.value.eq(TLB_ENTRIES)):
            k.ret()


@kernel()
def choose_tables(k: Kit) -> None:
    """Make the tables of the present contexts the current ones."""
    fetch, data = k.call(fetch_context), k.call(data_context)
    table = _table(fetch)
    k[FETCH_CONTEXT] = table << INDEX_BITS
    with k.when(k[FETCH_LABEL, table].ne(fetch)):
        k[FETCH_LABEL, table] = fetch
        k.calls(empty_fetch, table)
    table = _table(data)
    k[DATA_CONTEXT] = table << INDEX_BITS
    with k.when(k[DATA_LABEL, table].ne(data)):
        k[DATA_LABEL, table] = data
        k.calls(empty_data, table)
