"""Virtual time and the timer (privileged manual, 3.2.1).

Virtual time is retired instructions plus those skipped in WFI, so that a run is a function of
its inputs. mtime is virtual time divided by a platform value.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.layouts import ENVCFG, INTERRUPTS
from vmlab.isa.state import (
    EVENT_AT,
    EXTERNAL,
    INSNS_PER_TICK,
    MENVCFG,
    MIP,
    MTIME_OFFSET,
    MTIMECMP,
    RETIRED,
    SKIPPED,
    STIMECMP,
)

NEVER: Final = 1 << 63
"""A deadline that no run reaches."""
FARTHEST_TICKS: Final = 1 << 40
"""A timer further away than this counts as never."""


def virtual_time(k: Kit) -> Value:
    """Retired instructions plus those skipped in WFI."""
    return k[RETIRED] + k[SKIPPED]


def _mtime(k: Kit) -> Value:
    return virtual_time(k).divu(k[INSNS_PER_TICK]) + k[MTIME_OFFSET]


def own_timer(k: Kit) -> Value:
    """True if stimecmp works."""
    return k[MENVCFG].any(ENVCFG.mask("STCE"))


@kernel(64)
def mtime(k: Kit) -> None:
    """The clock that devices and `time` show."""
    k.ret(_mtime(k))


@kernel(64)
def pending_interrupts(k: Kit) -> None:
    """mip as a guest reads it: the stored bits, the external lines and the timers'. While S has
    a timer of its own, STI is that timer's and what M stored there does not show (Sstc, 3.1.9)."""
    now = _mtime(k)
    stored = k[MIP] | k[EXTERNAL] | (k[MTIMECMP].leu(now).word() << INTERRUPTS["MTI"].low)
    with k.when(own_timer(k)):
        mine = k[STIMECMP].leu(now).word() << INTERRUPTS["STI"].low
        k.ret((stored & ~INTERRUPTS.mask("STI")) | mine)
    k.ret(stored)


def _due(k: Kit, compare: Value, now: Value) -> Value:
    """The virtual time at which mtime reaches `compare`; NEVER if it has, or that is too far."""
    # Ticks from now on, not from mtime 0: a guest may have set mtime back.
    ticks = compare - now
    never = compare.leu(now) | ticks.geu(FARTHEST_TICKS)
    elapsed = virtual_time(k).divu(k[INSNS_PER_TICK])
    due = (elapsed + ticks) * k[INSNS_PER_TICK] & (NEVER - 1)
    return k.select(never, NEVER, due)


@kernel(64)
def deadline(k: Kit) -> None:
    """The virtual time at which a timer becomes pending or a device acts by itself, whichever
    comes first; NEVER if none will, or it is too far."""
    now = _mtime(k)
    machine, event = _due(k, k[MTIMECMP], now), k[EVENT_AT]
    first = k.select(event.ltu(machine), event, machine)
    with k.when(own_timer(k)):
        own = _due(k, k[STIMECMP], now)
        k.ret(k.select(own.ltu(first), own, first))
    k.ret(first)
