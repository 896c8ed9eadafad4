"""What is real while a guest believes: what a technique adds to a snapshot.

Everything else in a `Snapshot` is what the guest sees of itself. This tells what its monitor sees:
who had the hart and why that changed, what the real registers hold, what the monitor's tables map,
whose each page of real memory is. It is plain data, made from the machine and never changing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # a session without a technique needs no monitor
    from vmlab.vmm.common.bands import Band, Overview
    from vmlab.vmm.common.tables import Tables

SHOWN_BANDS: Final = 512
SHOWN_LEAVES: Final = 512
BUCKETS: Final = 256
"""Of the overview, at most."""

Number = int | float | None
"""A counter; None where the technique has no such thing."""


class Whose(Enum):
    """Whose value a real register holds."""

    GUEST = "guest"
    """The guest's own: it was lent the register, or the hardware keeps one for it."""
    MONITOR = "monitor"
    NOBODY = "nobody"
    """No real register stands for it: the guest's is words in the monitor's memory."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A register of the guest's beside the real one that the hart obeys."""

    name: str
    """As the guest calls it; a register that only the monitor has goes by its real name."""
    believed: int | None
    """What the guest reads there; None for a register that it does not have."""
    real_name: str
    """The real register that decides: vstvec for a guest in VS."""
    real: int | None
    whose: Whose


@dataclass(frozen=True, slots=True)
class Owned:
    """Real memory from `first` to `last`, both included, is one owner's: "monitor", "free", or
    "guest 0"."""

    first: int
    last: int
    owner: str


@dataclass(frozen=True, slots=True)
class VirtualSide:
    """What is real now."""

    technique: str
    """Its name in the table of techniques."""
    title: str
    owner_mode: str
    """The mode that the monitor owns."""
    believed_mode: str
    """The mode that the guest believes to be in."""
    real_mode: str
    """The mode that the hart is in while the guest runs there."""
    bands: tuple[Band, ...]
    """Who had the hart, up to now: the last `SHOWN_BANDS`, oldest first. Lengths are in the guest's
    instructions; a monitor in Python retires none of its own, and its time is a model's."""
    overview: Overview
    exits: Mapping[str, int]
    """By reason (`vmm.common.exits.Reason`), every reason."""
    counters: Mapping[str, Number]
    """`vmm.common.counters.DEFINITIONS`, all measured."""
    beside: tuple[Beside, ...]
    tables: Tables
    hidden_faults: int
    """Faults that only the monitor's tables caused."""
    true_faults: int
    """Faults that the guest's own tables caused, and its kernel got."""
    memory: tuple[Owned, ...]
    """Real memory, by address, without gaps."""
