"""Virtual time and the timer (privileged manual, 3.2.1).

Virtual time is retired instructions plus those skipped in WFI, so that a run is a function of
its inputs. mtime is virtual time divided by a platform value.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.layouts import INTERRUPTS
from vmlab.isa.state import (
    EVENT_AT,
    EXTERNAL,
    INSNS_PER_TICK,
    MIP,
    MTIME_OFFSET,
    MTIMECMP,
    RETIRED,
    SKIPPED,
)

NEVER: Final = 1 << 63
"""A deadline that no run reaches."""


def virtual_time(k: Kit) -> Value:
    """Retired instructions plus those skipped in WFI."""
    return k[RETIRED] + k[SKIPPED]


def _mtime(k: Kit) -> Value:
    return virtual_time(k).divu(k[INSNS_PER_TICK]) + k[MTIME_OFFSET]


@kernel(64)
def mtime(k: Kit) -> None:
    """The clock that devices and `time` show."""
    k.ret(_mtime(k))


@kernel(64)
def pending_interrupts(k: Kit) -> None:
    """mip as a guest reads it: the stored bits, the external lines and the timer's."""
    k.ret(k[MIP] | k[EXTERNAL] | (k[MTIMECMP].leu(_mtime(k)).word() << INTERRUPTS["MTI"].low))


@kernel(64)
def deadline(k: Kit) -> None:
    """The virtual time at which the timer becomes pending or a device acts by itself, whichever
    comes first; NEVER if neither will, or it is too far."""
    ticks = k[MTIMECMP] - k[MTIME_OFFSET]
    never = k[MTIMECMP].leu(_mtime(k)) | ticks.geu(1 << 40)
    due = (ticks & ((1 << 40) - 1)) * k[INSNS_PER_TICK] & (NEVER - 1)
    timer = k.select(never, NEVER, due)
    event = k[EVENT_AT]
    k.ret(k.select(event.ltu(timer), event, timer))
