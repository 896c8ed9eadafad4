"""What the loop asks for when it has left its fast path: what comes between two instructions,
where the code at pc is, a trap, an instruction that has no place in the cache.

`Out` says how to go on. The order of what ends a run is T0's (`engine.reference`).
"""

from __future__ import annotations

from vmlab.derive.t1.access import settle
from vmlab.derive.t1.code import clear_alone, place_alone
from vmlab.derive.t1.layout import (
    ATTENTION,
    BETWEEN,
    END,
    FETCH_CONTEXT,
    FETCH_PLACE,
    FETCH_TAG,
    HIT,
    MODE_BEFORE,
    STOP_AT,
    STOP_AT_TRAP,
    STOP_MODE,
    STOP_REQUESTED,
)
from vmlab.derive.t1.numbers import Out
from vmlab.derive.t1.pages import choose_tables, index_of, page_of
from vmlab.derive.t1.watching import breaks_here
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.state import MODE, PC, RETIRED, SKIPPED, TRAP_CAUSE, TRAP_TVAL
from vmlab.isa.system import between as system
from vmlab.isa.system.actor import current
from vmlab.isa.system.contexts import data_context, fetch_context
from vmlab.isa.system.memory import fetch
from vmlab.isa.system.progress import trap_repeats
from vmlab.isa.system.time import deadline
from vmlab.isa.system.trap import take_trap

MOST_AT_ONCE = 1 << 30
"""The loop counts in 31 bits."""


@kernel(pc=64, left=64)
def retire(k: Kit, pc: Value, left: Value) -> None:
    """pc and the counts as they are before the instruction at pc, with `left` to go."""
    settle(k, pc, left)


@kernel()
def told(k: Kit) -> None:
    """A word has been written that decides what comes between two instructions."""
    k[ATTENTION] = k[ATTENTION] | BETWEEN


ASKED = (system.between, deadline, fetch_context, data_context)
"""The kernels that `resume` asks: whoever writes what they read has `told` it. That they also read
the count of retired instructions, the loop sees to, with a deadline."""


@kernel(4, cause=64, tval=64)
def trapped(k: Kit, cause: Value, tval: Value) -> None:
    """Take a trap; pc and the counts in the arena are those of its instruction."""
    mode, actor, epc = k[MODE], current(k), k[PC]
    k[HIT] = 0
    k[TRAP_CAUSE] = cause
    k[TRAP_TVAL] = tval
    with k.when(k.call(take_trap, cause, tval).eq(1)):
        k.ret(Out.INTERCEPT)
    with k.when(k.call(trap_repeats, actor, cause, tval, epc).eq(1)):
        k.ret(Out.TRAP_LOOP)
    with k.when(k[STOP_AT_TRAP].eq(1)):
        k.ret(Out.TRAP)
    with k.when(k[MODE].eq(k[STOP_MODE]) & mode.ne(k[MODE])):
        k.ret(Out.MODE)
    k.ret(Out.AGAIN)


@kernel(4, cause=64, tval=64, pc=64, left=64)
def fault(k: Kit, cause: Value, tval: Value, pc: Value, left: Value) -> None:
    """The instruction at pc raises an exception."""
    settle(k, pc, left + 1)
    k.ret(k.call(trapped, cause, tval))


@kernel(4, 64, 64)
def resume(k: Kit) -> None:
    """What comes between two instructions: (how to go on, pc, instructions left)."""
    k.calls(clear_alone)
    k[ATTENTION] = 0
    with k.when(k[HIT].ne(0)):
        k.ret(Out.WATCHPOINT, 0, 0)
    with k.when(k[STOP_REQUESTED].eq(1)):
        k.ret(Out.REQUEST, 0, 0)
    with k.when(k[MODE].eq(k[STOP_MODE]) & k[MODE].ne(k[MODE_BEFORE])):
        k.ret(Out.MODE, 0, 0)
    k[MODE_BEFORE] = k[MODE]
    # Budget first: a run that ends here leaves the next interrupt to the next run.
    with k.when(k[END].leu(k[RETIRED])):
        k.ret(Out.BUDGET, 0, 0)
    interrupt = k.var(0)
    with k.loop():
        verdict, cause = k.calls(system.between)
        with k.when(verdict.eq(system.STALLED)):
            k.ret(Out.WAITING, 0, 0)
        with k.when(verdict.ne(system.DEVICE)):
            interrupt.value = cause
            k.leave()
        k.hook("tick")
    with k.when(interrupt.value.ne(0)):
        out = k.call(trapped, interrupt.value, 0)
        with k.when(out.ne(Out.AGAIN)):
            k.ret(out, 0, 0)
    k.calls(choose_tables)
    now = k[RETIRED]
    due = k.call(deadline) - k[SKIPPED]
    first = k.select(due.ltu(k[END]), due, k[END])
    farthest = now + MOST_AT_ONCE
    stop = k.select(first.ltu(farthest), first, farthest)
    k[STOP_AT] = stop
    k.ret(Out.GO, k[PC], stop - now)


@kernel(4, 32, pc=64, left=64)
def find_code(k: Kit, pc: Value, left: Value) -> None:
    """(how to go on, the place of pc's page) for a page that the loop's table does not hold."""
    with k.when(left.eq(0)):
        k.ret(Out.GO, 0)  # the run or the wait for a deadline ends before this fetch
    settle(k, pc, left)
    with k.when(k.call(breaks_here).eq(1)):
        k.ret(Out.BREAKPOINT, 0)
    cause, word = k.calls(fetch, pc)
    with k.when(cause.ne(0)):
        k.ret(k.call(trapped, cause, word), 0)
    at = k[FETCH_CONTEXT] + index_of(pc)
    with k.when(k[FETCH_TAG, at].eq(page_of(pc))):
        k.ret(Out.GO, k[FETCH_PLACE, at])
    k.ret(Out.GO, k.call(place_alone, pc, word.bits(31, 0)))


@kernel(4, 32, pc=64, left=64)
def alone(k: Kit, pc: Value, left: Value) -> None:
    """(how to go on, a place for one use) for an instruction that the cache does not keep."""
    settle(k, pc, left)
    cause, word = k.calls(fetch, pc)
    with k.when(cause.ne(0)):
        k.ret(k.call(trapped, cause, word), 0)
    k.ret(Out.GO, k.call(place_alone, pc, word.bits(31, 0)))


@kernel(4, 32, pc=64, left=64)
def at_break(k: Kit, pc: Value, left: Value) -> None:
    """(how to go on, a place for one use) where a breakpoint may be: it is kept by its place in a
    page, so another page's breakpoint may have led here."""
    settle(k, pc, left)
    with k.when(k.call(breaks_here).eq(1)):
        k.ret(Out.BREAKPOINT, 0)
    out, place = k.calls(alone, pc, left)
    k.ret(out, place)


CONTROL = (resume, retire, told, fault, find_code, alone, at_break)
