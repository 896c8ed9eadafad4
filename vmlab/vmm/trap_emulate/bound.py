"""How many exits a guest may cost under trap and emulate: what follows from its own path.

One for each instruction that needs S, one for each exception, call and device access, one for each
time that a timer was set for, and a hidden fault for each page that a context had not met since a
fence. The last is what the bare machine's TLB missed at least once, too; where the guest does not
translate, the shadow does, so there the pages themselves are counted.
"""

from __future__ import annotations

from vmlab.vmm.common.path import GuestPath


def most_exits(path: GuestPath) -> int:
    """With lazy shadows."""
    own = path.sensitive + path.counters + path.exceptions + path.firmware_calls
    return own + path.devices + path.deadlines + path.misses + path.untranslated


def most_exits_traced(path: GuestPath) -> int:
    """With traced shadows: each store to a table is one more, and so is the fault by which what it
    has changed comes back."""
    return most_exits(path) + 2 * path.table_stores
