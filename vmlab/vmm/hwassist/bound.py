"""How many exits a guest may cost with hardware assistance: what follows from its own path.

System calls, page faults, page tables, timers and nearly all CSRs cost none. What is left: a page
of memory met for the first time (by the guest, or by a walk through its tables), a device or what
is none, a wait, a call of the firmware, a counter that would show what others have run, and an
instruction that is illegal for the guest though not for its hart.
"""

from __future__ import annotations

from vmlab.vmm.common.path import GuestPath


def most_exits(path: GuestPath) -> int:
    """With small pages in the G-stage, and no dirty log."""
    hidden = path.counters + path.illegal + path.access_faults
    return hidden + path.pages + path.devices + path.waits + path.firmware_calls + path.deadlines
