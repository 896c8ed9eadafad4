"""Which interrupt does the hart take now? (privileged manual, 3.1.9, 10.1.3 and the
hypervisor chapter)."""

from __future__ import annotations

from vmlab.core.modes import Mode
from vmlab.isa.causes import INTERRUPTS
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.state import HIDELEG, MIE, MODE, MSTATUS, VIRTUAL, VSSTATUS
from vmlab.isa.system.time import delegated_interrupts, pending_interrupts


def _highest(k: Kit, wanted: Value) -> None:
    """Return the pending cause that goes first."""
    for cause in sorted(INTERRUPTS.values(), key=lambda cause: cause.priority):
        with k.when(wanted.any(1 << cause.number)):
            k.ret(cause.number)


@kernel(6)
def interrupt(k: Kit) -> None:
    """The cause of the interrupt to take before the next instruction, or 0 for none.

    Interrupts for M come before those delegated to S, and those before what HS delegates to VS,
    which only V = 1 takes. A mode's own interrupts wait for its xIE bit; those of a higher mode
    do not, and HS is higher than all of V = 1.
    """
    pending = k.call(pending_interrupts) & k[MIE]
    with k.when(pending.eq(0)):
        k.ret(0)
    mode, status, virtual = k[MODE], k[MSTATUS], k[VIRTUAL].eq(1)
    delegated = delegated_interrupts(k)
    m_takes = mode.ltu(Mode.M) | status.any(STATUS.mask("MIE"))
    s_takes = virtual | mode.ltu(Mode.S) | (mode.eq(Mode.S) & status.any(STATUS.mask("SIE")))
    with k.when(m_takes):
        _highest(k, pending & ~delegated)
    with k.when(s_takes):
        _highest(k, pending & delegated & ~k[HIDELEG])
    vs_enabled = k[VSSTATUS].any(STATUS.mask("SIE"))
    with k.when(virtual & (mode.ltu(Mode.S) | vs_enabled)):
        _highest(k, pending & delegated & k[HIDELEG])
    k.ret(0)


@kernel(1)
def wakes(k: Kit) -> None:
    """1 if WFI ends: an enabled interrupt is pending, whatever the xIE bits say (3.3.3)."""
    k.ret((k.call(pending_interrupts) & k[MIE]).ne(0).word())
