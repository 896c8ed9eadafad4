"""Exercise `pv_mmu`: a paravirtual kernel asks to change its page tables, a monitor checks it.

As on Xen, the guest knows the machine's addresses: slots are spa, and entries hold machine frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from vmlab.lab.wire import live, record, symbol
from vmlab.lab.words import SPA

MOST_UPDATES: Final = 2048
"""Updates that one hypercall may carry."""


@symbol
class Event(Enum):
    """What the kernel is about to do."""

    TO_USER = "to user"
    """Return to a user program."""
    FENCE = "fence"
    """sfence.vma: from here on the hart is to use what was written."""
    SATP = "satp"
    """Switch to another root."""


@symbol
class Kind(Enum):
    """What a frame is used as."""

    TABLE = "table"
    DATA = "data"


@record
@dataclass(frozen=True, slots=True)
class Update:
    """Write the entry `val` at `slot`."""

    slot: SPA
    val: int


@live("asking", "owner", "kind", "level")
class Frames:
    """What the monitor knows of each machine frame, by its number (`ppn`)."""

    def asking(self) -> int:
        """The guest that asks for the update."""
        raise NotImplementedError

    def owner(self, ppn: int) -> int:
        """Whose frame it is: a guest's number; 0 is the monitor."""
        raise NotImplementedError

    def kind(self, ppn: int) -> Kind:
        """Whether it is a page table now."""
        raise NotImplementedError

    def level(self, ppn: int) -> int:
        """The level at which a table is used: 2 is a root, 0 holds pages. -1 for data."""
        raise NotImplementedError
