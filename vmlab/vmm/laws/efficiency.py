"""Efficiency: what needs no monitor does not come to it.

Popek and Goldberg want all innocuous instructions carried out by the hart itself. Measured, that is
two things: a guest has no more exits than its own path explains (`Technique.bound`), and at each
exit the monitor carries out one instruction at most; all others the hart retired.
"""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.vmm.common.counters import Counters
from vmlab.vmm.common.path import GuestPath
from vmlab.vmm.techniques import Technique


@dataclass(frozen=True, slots=True)
class Efficient:
    """What one guest cost."""

    guest: str
    exits: int
    bound: int | None
    direct: int
    emulated: int

    @property
    def told(self) -> str | None:
        """What is too much; None if nothing is."""
        if self.emulated > self.exits:
            return (
                f"{self.guest}: {self.emulated:,} instructions were emulated at {self.exits:,} "
                f"exits, and {self.direct:,} ran directly"
            )
        if self.bound is not None and self.exits > self.bound:
            return f"{self.guest}: {self.exits:,} exits, and its path explains {self.bound:,}"
        return None


def efficiency(
    technique: Technique, guest: str, path: GuestPath | None, counters: Counters
) -> Efficient:
    """Judge what was counted of one whole run; without a path no bound is asked."""
    bound = None if technique.bound is None or path is None else technique.bound(path)
    return Efficient(
        guest, counters.exits_total, bound, counters.direct_insns, counters.emulated_insns
    )
