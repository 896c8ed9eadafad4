"""What counts would cost in cycles, by named presets: a model, and always said to be one.

    cycles = sum over the counters of count x price

Our monitors are Python and retire no instructions, so what their work would cost a processor is
nothing that we can measure. A preset gives each exit and each count a price with its source; a
price that the source does not state is *derived*, and says how. `Modelled` is a type of its own,
which no number can be added to: nothing modelled can slip in among what was measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.vmm.common.counters import Counters
from vmlab.vmm.common.exits import Reason


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one event. `derived`: the source does not state it, but how it was found."""

    cycles: int
    source: str
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Preset:
    """A price for every reason to exit, and for every count besides (by the counter's name)."""

    name: str
    title: str
    exits: Mapping[Reason, Price]
    counts: Mapping[str, Price]

    def prices(self) -> dict[str, Price]:
        """Every price that is not 0, by what it is the price of."""
        named = {reason.value: price for reason, price in self.exits.items()} | dict(self.counts)
        return {name: price for name, price in named.items() if price.cycles}


@dataclass(frozen=True, slots=True)
class Modelled:
    """Cycles as a preset has them; never a measurement."""

    value: int
    preset: str

    def __str__(self) -> str:
        return f"{self.value:,} cycles (modelled, {self.preset})"


PRICED: Final = tuple(
    one.name for one in fields(Counters) if one.name not in ("exits", "updates_per_hypercall")
)
"""The counts that have a price, beside exits. The histogram's updates are hypercalls' work."""


def cycles(counters: Counters, preset: Preset) -> Modelled:
    """What these counts (or what one set of counts has grown by: `Counters.minus`) would cost.

    Raises `BadInput` if instructions were carried out by a program whose work was not counted.
    """
    if counters.emulated_insns > counters.exits_total and not counters.host_ops:
        raise BadInput(
            f"expected the operations of {counters.emulated_insns} interpreted instructions to be "
            "counted, found no count: a counting interpreter makes one"
        )
    total = sum(preset.exits[reason].cycles * count for reason, count in counters.exits.items())
    total += sum(preset.counts[name].cycles * (getattr(counters, name) or 0) for name in PRICED)
    return Modelled(total, preset.name)


# unit --------------------------------------------------------------------------------------------

_ONE: Final = Price(1, "one for each: a sum that anybody can check")
_NOTHING: Final = Price(0, "no event of its own: it is part of another that is priced")
_WITHIN: Final = dict.fromkeys(PRICED, _NOTHING)

UNIT: Final = Preset(
    "unit",
    "one a piece: instructions, page-table entries read, exits",
    MappingProxyType(dict.fromkeys(Reason, _ONE)),
    MappingProxyType(
        _WITHIN
        | {
            "direct_insns": _ONE,
            "monitor_insns": _ONE,
            "host_ops": _ONE,
            "pte_reads": _ONE,
            "world_switches": _ONE,
        }
    ),
)

# p4-2006 -----------------------------------------------------------------------------------------
# Adams and Agesen give the cost of whole operations, natively and under a VMM on the first VT-x.

_PAPER: Final = "Adams and Agesen, ASPLOS 2006, 3.8 GHz Pentium 4 672"
_IN, _FAULT, _EDIT = 15826, 11242, 12733
_NATIVE_FAULT, _NATIVE_DIVIDE, _NATIVE_CALL = 1093, 889, 242
_ROUND_TRIP: Final = _FAULT - _NATIVE_FAULT
_TRIP: Final = Price(
    _ROUND_TRIP,
    f"{_PAPER}: page fault, hardware VMM {_FAULT} less native {_NATIVE_FAULT}: what one exit with "
    "a small handler adds",
    derived=True,
)


def _stated(cycles: int, operation: str) -> Price:
    return Price(cycles, f"{_PAPER}: {operation}, hardware VMM")


def _delivered(native: int, what: str) -> Price:
    """An exit whose handler ends with a trap of the guest."""
    return Price(_ROUND_TRIP + native, f"{_TRIP.source}; and {what}, native {native}", derived=True)


_FREE: Final = Price(0, f"{_PAPER} gives no price; left out", derived=True)
_PLAIN: Final = Price(1, f"{_PAPER}: a plain store (ptemod), native", derived=True)

P4_2006: Final = Preset(
    "p4-2006",
    "a Pentium 4 with the first VT-x, 2006",
    MappingProxyType(
        {
            Reason.SENSITIVE: _TRIP,
            Reason.SYSTEM_CALL: _delivered(
                _NATIVE_CALL, "a system call (a figure that we could not verify)"
            ),
            Reason.EXCEPTION: _delivered(_NATIVE_DIVIDE, "a division by zero"),
            Reason.HIDDEN_FAULT: _TRIP,
            Reason.TRUE_FAULT: _stated(_FAULT, "page fault"),
            Reason.TABLE_WRITE: _stated(_EDIT, "ptemod"),
            Reason.GSTAGE_FAULT: _TRIP,
            Reason.DEVICE: _stated(_IN, "in (port 0x80)"),
            Reason.FIRMWARE_CALL: _TRIP,
            Reason.HYPERCALL: _TRIP,
            Reason.TIMER: _TRIP,
            Reason.IDLE: _TRIP,
        }
    ),
    MappingProxyType(
        _WITHIN
        | {
            "direct_insns": _PLAIN,
            "host_ops": _PLAIN,
            "tlb_misses": _FREE,
            "pte_reads": _FREE,
            "world_switches": _FREE,
        }
    ),
)

PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {preset.name: preset for preset in (UNIT, P4_2006)}
)


def find_preset(name: str) -> Preset:
    """The preset of this name. Raises `BadInput` that lists those that there are."""
    if name not in PRESETS:
        raise BadInput(f"expected a preset of {', '.join(PRESETS)}, found {name!r}")
    return PRESETS[name]
