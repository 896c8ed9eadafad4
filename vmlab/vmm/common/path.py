"""A guest's own path: what it executed and met on the bare machine, counted.

A technique's bound on its exits is a function of this and of nothing else (`techniques`): what a
guest costs under a monitor must follow from what it does. `laws.tracing` counts it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GuestPath:
    """Counts of one run on the bare machine."""

    instructions: int
    sensitive: int
    """Executed in S and allowed there: CSRs, sret, sfence.vma, wfi."""
    counters: int
    """Of those, and in U, reads of `cycle`, `time`, `instret` and their kin."""
    exceptions: int
    """Exceptions that the guest's kernel took, page faults among them."""
    illegal: int
    """Of those, illegal instructions."""
    access_faults: int
    """And accesses of what is neither RAM nor a device that answers."""
    firmware_calls: int
    waits: int
    """wfi."""
    deadlines: int
    """How often the guest has set a time at which its timer is due."""
    devices: int
    """Loads and stores of device registers."""
    misses: int
    """Walks that ended well, for the TLB did not hold the page: at least one for each page, context
    and right that a fence had made unknown."""
    untranslated: int
    """Pages met without translation, for each mode, SUM and MXR, and again after each fence."""
    pages: int
    """Pages of RAM that were touched at all, by the guest or by the walks for it."""
    table_stores: int
    """Stores to pages that walks had read entries from."""
