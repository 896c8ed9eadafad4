"""Noticing a guest that will trap for ever.

Two cases, both certain enough to stop: a handler that cannot even be fetched (traps with nothing
retired between them), and a handler that faults inside itself again and again with the same
registers. An `ecall` or `ebreak` in a loop is neither: its handler may be working. An interrupt
is neither: time went on.

The words that this remembers are no part of the hart. They stand in the arena so that every
engine stops at the same trap, also one that takes over in the middle.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Final

from vmlab.isa.causes import (
    BREAKPOINT,
    ECALL_FROM_M,
    ECALL_FROM_S,
    ECALL_FROM_U,
    ECALL_FROM_VS,
    INTERRUPT_BIT,
)
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.state import (
    RETIRED,
    TRAPPED_AFTER,
    TRAPPED_CAUSE,
    TRAPPED_EPC,
    TRAPPED_TVAL,
    TRAPPED_X,
    TRAPS_ALIKE,
    TRAPS_STILL,
    X,
)
from vmlab.isa.system.actor import current

DELIBERATE: Final = (BREAKPOINT, ECALL_FROM_U, ECALL_FROM_S, ECALL_FROM_VS, ECALL_FROM_M)
WITHOUT_PROGRESS: Final = 4
INSIDE_ITSELF: Final = 256


@kernel(1, from_actor=3, cause=64, tval=64, epc=64)
def trap_repeats(k: Kit, from_actor: Value, cause: Value, tval: Value, epc: Value) -> None:
    """Note a trap that has been taken (the hart is in its handler; the registers are in the arena):
    1 if it will come again and again and nothing else will."""
    # One more than the count, so that the words of a reset, 0, are no trap.
    after = k[RETIRED] + 1
    with k.when(cause.any(INTERRUPT_BIT)):
        k[TRAPS_STILL] = 0
        k[TRAPS_ALIKE] = 0
        k[TRAPPED_AFTER] = after
        k.ret(0)
    still = k.select(after.eq(k[TRAPPED_AFTER]), k[TRAPS_STILL] + 1, 0)
    k[TRAPS_STILL] = still
    k[TRAPPED_AFTER] = after
    deliberate = reduce(or_, (cause.eq(number) for number in DELIBERATE))
    with k.when(deliberate | from_actor.ne(current(k))):
        k[TRAPS_ALIKE] = 0
        k.ret(still.geu(WITHOUT_PROGRESS).word())
    same = epc.eq(k[TRAPPED_EPC]) & cause.eq(k[TRAPPED_CAUSE]) & tval.eq(k[TRAPPED_TVAL])
    k[TRAPPED_EPC] = epc
    k[TRAPPED_CAUSE] = cause
    k[TRAPPED_TVAL] = tval
    alike = k.var(k.select(same, k[TRAPS_ALIKE] + 1, 0))
    register = k.var(1, 6)
    with k.loop():
        at = register.value
        now = k[X, at]
        with k.when(now.ne(k[TRAPPED_X, at])):
            k[TRAPPED_X, at] = now
            alike.value = 0
        register.value = (at + 1).bits(5, 0)
        with k.when(register.value.eq(X.length)):
            k.leave()
    k[TRAPS_ALIKE] = alike.value
    k.ret((still.geu(WITHOUT_PROGRESS) | alike.value.geu(INSIDE_ITSELF)).word())
