"""What HS gives a guest of the hart, and keeps from it: the controls that bound V = 1.

All that firmware gives S, where the guest's board is like the real one. Where the board tells
something else (tval of an illegal instruction, ticks, formats, misaligned accesses), less is given:
the guest comes to the monitor for it, and its virtual hart answers as the board would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from vmlab.core.errors import Unsupported
from vmlab.isa.causes import ILLEGAL_INSTRUCTION, MISALIGNED
from vmlab.isa.extensions import extensions_of
from vmlab.isa.layouts import COUNTEREN, ENVCFG
from vmlab.isa.layouts import HSTATUS as HSTATUS_LAYOUT
from vmlab.isa.state import HCOUNTEREN, HEDELEG, HENVCFG, HSTATUS
from vmlab.machine.platform import Platform
from vmlab.vmm.common.vhart import DELEGATED

_MISALIGNED: Final = sum(1 << cause for cause in MISALIGNED)
TAKEN_AWAY: Final[Mapping[str, int]] = MappingProxyType(
    {
        HEDELEG.name: 1 << ILLEGAL_INSTRUCTION | _MISALIGNED,
        HENVCFG.name: ENVCFG.mask("STCE"),
        HCOUNTEREN.name: COUNTEREN.mask("TM"),
        HSTATUS.name: HSTATUS_LAYOUT.mask("VTVM"),
    }
)
"""The bits by which one guest's board may need less than another's, by word."""


@dataclass(frozen=True, slots=True)
class Given:
    """For one guest."""

    clock: bool
    """True if the real clock, moved, is the guest's, and its timer the hart's."""
    words: tuple[tuple[int, int], ...]
    """(place of a word of control, its value)."""


def check(real: Platform, board: Platform) -> None:
    """Raises `Unsupported` for a guest's board that the real hart can't be bounded to."""
    expected, found = extensions_of(real.isa) - {"h"}, extensions_of(board.isa)
    if found != expected:
        odd = ", ".join(sorted(expected ^ found))
        raise Unsupported(f"expected a guest with the extensions of its host, found {odd} apart")
    if real.misaligned == "done" and board.misaligned == "trap":
        raise Unsupported("expected a host that traps misaligned accesses as its guest does")


def given(real: Platform, board: Platform, menvcfg: int) -> Given:
    """What a guest with this board gets. `menvcfg` is what firmware switches on."""
    delegated = DELEGATED
    if real.illegal_tval != board.illegal_tval:
        delegated &= ~(1 << ILLEGAL_INSTRUCTION)
    if real.misaligned != board.misaligned:
        delegated &= ~_MISALIGNED
    clock = real.insns_per_tick == board.insns_per_tick == 1
    traps = ["VTW"] if real.translation == board.translation else ["VTW", "VTVM"]
    return Given(
        clock,
        (
            (HEDELEG.slot, delegated),
            (HENVCFG.slot, menvcfg if clock else menvcfg & ~ENVCFG.mask("STCE")),
            # Never cycle and instret: the real ones count what others have run, too.
            (HCOUNTEREN.slot, COUNTEREN.mask("TM") if clock else 0),
            (HSTATUS.slot, HSTATUS_LAYOUT.mask(*traps)),
        ),
    )
