"""What happens between two instructions, in this order: the end of a wait, what a device does by
itself, an interrupt. One text for every engine, so that all happen before the same instruction.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.causes import INTERRUPT_BIT
from vmlab.isa.lang import Kit, kernel
from vmlab.isa.state import EVENT_AT, RETIRED, SKIPPED, WAITING
from vmlab.isa.system.interrupts import interrupt, wakes
from vmlab.isa.system.time import NEVER, deadline, virtual_time

GO: Final = 0
"""The next instruction may run."""
STALLED: Final = 1
"""The hart waits and nothing will wake it: only something from outside can."""
DEVICE: Final = 2
"""Virtual time has reached `event_at`: let the device act, then ask again."""
INTERRUPT: Final = 3
"""An interrupt is to be taken first; the cause has `INTERRUPT_BIT`."""


@kernel(3, 64)
def between(k: Kit) -> None:
    """(verdict, cause of an interrupt or 0). A wait that will end ends here: time goes on to the
    deadline at once. One that will not changes nothing, so asking again is harmless."""
    with k.when(k[WAITING].ne(0)):
        with k.when(k.call(wakes).eq(0)):
            due = k.call(deadline)
            with k.when(due.geu(NEVER)):
                k.ret(STALLED, 0)
            k[SKIPPED] = due - k[RETIRED]
        k[WAITING] = 0
    with k.when(k[EVENT_AT].leu(virtual_time(k))):
        k.ret(DEVICE, 0)
    cause = k.call(interrupt)
    with k.when(cause.ne(0)):
        k.ret(INTERRUPT, cause | INTERRUPT_BIT)
    k.ret(GO, 0)
