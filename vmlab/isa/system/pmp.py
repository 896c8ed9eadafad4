"""Physical memory protection (privileged manual, 3.7).

Writes to the PMP's CSRs work out each entry's first and last byte once (`pmp_update`), so that a
check is a comparison. A check returns one of three verdicts, which also answers for whole pages:
a page that an entry covers only in part is MIXED and each access to it is checked by itself.
"""

from __future__ import annotations

from typing import Final

from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.layouts import PMPCFG as CFG
from vmlab.isa.state import PMP_ACTIVE, PMP_ENTRIES, PMP_FIRST, PMP_LAST, PMPADDR, PMPCFG

DENIED: Final = 0
ALLOWED: Final = 1
MIXED: Final = 2

OFF, TOR, NA4, NAPOT = range(4)  # the field A of an entry's configuration


@kernel()
def pmp_update(k: Kit) -> None:
    """Work out the range of each entry (3.7.1.1); one that is off or empty gets first > last."""
    active = k.var(0, 5)
    for entry in range(PMP_ENTRIES):
        mode = CFG.get(k[PMPCFG, entry], "A")
        address = k[PMPADDR, entry]
        k[PMP_FIRST, entry] = 1
        k[PMP_LAST, entry] = 0
        with k.when(mode.eq(TOR)):
            below = k[PMPADDR, entry - 1] if entry else k.const(0)
            with k.when(below.ltu(address)):
                k[PMP_FIRST, entry] = below << 2
                k[PMP_LAST, entry] = (address << 2) - 1
        with k.when(mode.eq(NA4)):
            k[PMP_FIRST, entry] = address << 2
            k[PMP_LAST, entry] = (address << 2) + 3
        with k.when(mode.eq(NAPOT)):
            # y...y011...1 with n ones covers 2**(n+3) bytes: adding 1 carries through the ones.
            span = address ^ (address + 1)
            k[PMP_FIRST, entry] = (address & ~span) << 2
            k[PMP_LAST, entry] = ((address | span) << 2) + 3
        with k.when(mode.ne(OFF)):
            active.value = entry + 1
    k[PMP_ACTIVE] = active.value
    k.hook("pmp_changed")


@kernel(2, first=64, last=64, access=2, mode=2)
def pmp_check(k: Kit, first: Value, last: Value, access: Value, mode: Value) -> None:
    """May `mode` make this access to the bytes first..last? The lowest entry that touches any
    of them decides, and it must cover all of them (3.7.1.3)."""
    entry = k.var(0, 5)
    with k.loop():
        at = entry.value
        with k.when(at.geu(k[PMP_ACTIVE])):
            k.leave()
        index = at & (PMP_ENTRIES - 1)
        low, high = k[PMP_FIRST, index], k[PMP_LAST, index]
        with k.when(low.leu(high) & low.leu(last) & first.leu(high)):
            with k.when(first.ltu(low) | high.ltu(last)):
                k.ret(MIXED)
            cfg = k[PMPCFG, index]
            with k.when(mode.eq(Mode.M) & cfg.none(CFG.mask("L"))):
                k.ret(ALLOWED)
            reads = k.select(access.eq(Access.LOAD), CFG.mask("R"), CFG.mask("W"))
            wanted = k.select(access.eq(Access.FETCH), CFG.mask("X"), reads)
            k.ret((cfg & wanted).ne(0).word())
        entry.value = (at + 1) & 31
    # No entry matches: M may, S and U may not.
    k.ret(mode.eq(Mode.M).word())
