"""Breakpoints and watchpoints. With none set, nothing on the fast path knows of them: a place with
a breakpoint is decoded as one, and a watched page stays out of the tables of pages."""

from __future__ import annotations

from vmlab.derive.t1.layout import (
    ATTENTION,
    BETWEEN,
    BREAK,
    BREAKPOINTS,
    HIT,
    HIT_ACCESS,
    HIT_ADDRESS,
    HIT_PC,
    HIT_SIZE,
    MOST_BREAKPOINTS,
    MOST_WATCHES,
    RESUMED_AT,
    RESUMED_PC,
    WATCH_ACCESS,
    WATCH_FIRST,
    WATCH_LAST,
    WATCHES,
)
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.state import PC, RETIRED


@kernel(1, address=64, mask=64)
def has_breakpoint(k: Kit, address: Value, mask: Value) -> None:
    """1 if a breakpoint is at this address, of which only the bits of `mask` count."""
    n = k.var(0, 16)
    with k.loop():
        at = n.value
        with k.when(at.geu(k[BREAKPOINTS])):
            k.leave()
        with k.when(((k[BREAK, at & (MOST_BREAKPOINTS - 1)] ^ address) & mask).eq(0)):
            k.ret(1)
        n.value = (at + 1).bits(15, 0)
    k.ret(0)


@kernel(1)
def breaks_here(k: Kit) -> None:
    """1 if the run stops before the instruction at pc: not where it was resumed."""
    resumed = k[PC].eq(k[RESUMED_PC]) & k[RETIRED].eq(k[RESUMED_AT])
    k.ret(k.select(resumed, 0, k.call(has_breakpoint, k[PC], (1 << 64) - 1)))


@kernel(1, page=64)
def page_is_watched(k: Kit, page: Value) -> None:
    """1 if a watch lies in this virtual page."""
    n = k.var(0, 8)
    with k.loop():
        at = n.value
        with k.when(at.geu(k[WATCHES])):
            k.leave()
        watch = at & (MOST_WATCHES - 1)
        with k.when(k[WATCH_FIRST, watch].leu(page | 0xFFF) & page.leu(k[WATCH_LAST, watch])):
            k.ret(1)
        n.value = (at + 1).bits(7, 0)
    k.ret(0)


@kernel(va=64, size=4, access=2, pc=64)
def watch_access(k: Kit, va: Value, size: Value, access: Value, pc: Value) -> None:
    """An access has been made: does a watch meet it?"""
    last = va + (size - 1)
    n = k.var(0, 8)
    with k.loop():
        at = n.value
        with k.when(at.geu(k[WATCHES])):
            k.ret()
        watch = at & (MOST_WATCHES - 1)
        n.value = (at + 1).bits(7, 0)
        touches = k[WATCH_FIRST, watch].leu(last) & va.leu(k[WATCH_LAST, watch])
        with k.when(touches & (k[WATCH_ACCESS, watch] >> access).any(1)):
            k[HIT] = n.value
            k[HIT_ADDRESS] = va
            k[HIT_SIZE] = size
            k[HIT_ACCESS] = access
            k[HIT_PC] = pc
            k[ATTENTION] = k[ATTENTION] | BETWEEN
            k.ret()
