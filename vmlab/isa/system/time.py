"""Virtual time and the timer (privileged manual, 3.2.1).

Virtual time is retired instructions plus those skipped in WFI, so that a run is a function of
its inputs. mtime is virtual time divided by a platform value.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.causes import H_INTERRUPTS
from vmlab.isa.extensions import has
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.layouts import ENVCFG, INTERRUPTS
from vmlab.isa.state import (
    EVENT_AT,
    EXTERNAL,
    HENVCFG,
    HTIMEDELTA,
    HVIP,
    INSNS_PER_TICK,
    MENVCFG,
    MIDELEG,
    MIP,
    MTIME_OFFSET,
    MTIMECMP,
    RETIRED,
    SKIPPED,
    STIMECMP,
    VSTIMECMP,
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


def henvcfg(k: Kit) -> Value:
    """henvcfg as it reads: what menvcfg has switched off is off (hypervisor chapter)."""
    return k[HENVCFG] & (k[MENVCFG] | ENVCFG.mask("FIOM"))


def _vs_timer(k: Kit) -> Value:
    """True if vstimecmp works."""
    return henvcfg(k).any(ENVCFG.mask("STCE"))


def delegated_interrupts(k: Kit) -> Value:
    """mideleg: what M leaves to S, and with the hypervisor VS's interrupts, always (3.1.8)."""
    forced = sum(1 << number for number in H_INTERRUPTS)
    return k[MIDELEG] | k.select(has(k, "h"), forced, 0)


@kernel(64)
def mtime(k: Kit) -> None:
    """The clock that devices and `time` show."""
    k.ret(_mtime(k))


@kernel(64)
def pending_interrupts(k: Kit) -> None:
    """mip as a guest reads it: the stored bits, those that HS injects, the external lines and the
    timers'. While S has a timer of its own, STI is that timer's and what M stored there does not
    show (Sstc, 3.1.9); VS's timer adds to what HS injects."""
    now = _mtime(k)
    machine = k[MTIMECMP].leu(now).word() << INTERRUPTS["MTI"].low
    due = _vs_timer(k) & k[VSTIMECMP].leu(now + k[HTIMEDELTA])
    guest = k[HVIP] | (due.word() << INTERRUPTS["VSTI"].low)
    stored = k[MIP] | k[EXTERNAL] | machine | guest
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
    first = k.var(k.select(event.ltu(machine), event, machine))
    with k.when(own_timer(k)):
        own = _due(k, k[STIMECMP], now)
        first.value = k.select(own.ltu(first.value), own, first.value)
    with k.when(_vs_timer(k)):
        guest = _due(k, k[VSTIMECMP], now + k[HTIMEDELTA])
        first.value = k.select(guest.ltu(first.value), guest, first.value)
    k.ret(first.value)
