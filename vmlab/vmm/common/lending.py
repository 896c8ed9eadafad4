"""Which words of the real hart may hold a guest's values while it runs: all others are the
monitor's, and stay as it has set them up.

A technique declares what it lends (`DirectMonitor.lends`); the law of resource control looks at
every entry and every exit whether more was lent (`laws.control`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.state import (
    FFLAGS,
    FRM,
    HGATP,
    MODE,
    MSTATUS,
    PC,
    RESERVATION,
    RETIRED,
    SATP,
    SKIPPED,
    STIMECMP,
    VIRTUAL,
    WAITING,
    F,
    X,
)

Lent = Mapping[str, int]
"""By the name of a word or an array: the bits that may differ from those that were set up."""


def whole(*names: str) -> dict[str, int]:
    """All bits of these words."""
    return dict.fromkeys(names, MASK64)


MOVED: Final[Lent] = MappingProxyType(
    whole(
        *(word.name for word in (MODE, VIRTUAL, RETIRED, SKIPPED, WAITING, SATP, HGATP, STIMECMP))
    )
)
"""What a monitor moves as it works. Each has a law of its own: the modes that are not intercepted,
time, the tables that the hart walks, the timer that ends a slice."""
REGISTERS: Final[Lent] = MappingProxyType(
    {
        **MOVED,
        **whole(X.name, PC.name, F.name, FFLAGS.name, FRM.name, RESERVATION.name),
        MSTATUS.name: STATUS.mask("FS", "SD"),
    }
)
"""What every monitor lends: the registers, and with those of floating point what says that they
are used."""
