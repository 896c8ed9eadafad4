"""Which interrupt does the hart take now? (privileged manual, 3.1.9 and 10.1.3)."""

from __future__ import annotations

from vmlab.core.modes import Mode
from vmlab.isa.causes import INTERRUPTS
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.state import MIDELEG, MIE, MODE, MSTATUS
from vmlab.isa.system.time import pending_interrupts


def _highest(k: Kit, wanted: Value) -> None:
    """Return the pending cause that goes first."""
    for cause in sorted(INTERRUPTS.values(), key=lambda cause: cause.priority):
        with k.when(wanted.any(1 << cause.number)):
            k.ret(cause.number)


@kernel(6)
def interrupt(k: Kit) -> None:
    """The cause of the interrupt to take before the next instruction, or 0 for none.

    Interrupts for M come before all that are delegated. A mode's own interrupts wait for its
    xIE bit; those of a higher mode do not.
    """
    pending = k.call(pending_interrupts) & k[MIE]
    with k.when(pending.eq(0)):
        k.ret(0)
    mode, status = k[MODE], k[MSTATUS]
    m_takes = mode.ltu(Mode.M) | status.any(STATUS.mask("MIE"))
    s_takes = mode.ltu(Mode.S) | (mode.eq(Mode.S) & status.any(STATUS.mask("SIE")))
    with k.when(m_takes):
        _highest(k, pending & ~k[MIDELEG])
    with k.when(s_takes):
        _highest(k, pending & k[MIDELEG])
    k.ret(0)


@kernel(1)
def wakes(k: Kit) -> None:
    """1 if WFI ends: an enabled interrupt is pending, whatever the xIE bits say (3.3.3)."""
    k.ret((k.call(pending_interrupts) & k[MIE]).ne(0).word())
