"""What is counted for a virtual machine, under the same names for every technique.

`DEFINITIONS` says once what each number counts; `web/docs/counters.md` works an example through.
All of these are measured. Cycles are modelled from them (`common.costs`), and never stand here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.vmm.common.exits import Reason

DEFINITIONS: Final = MappingProxyType(
    {
        "exits_total": "transfers of the hart from the guest to its monitor",
        "exits_by_cause": "the same, by what each exit was for",
        "direct_insns": "guest instructions that the hart itself retired",
        "emulated_insns": "guest instructions that the monitor carried out instead, SBI calls too",
        "monitor_insns": "instructions that a monitor made of code retired on the guest's hart",
        "direct_fraction": "direct_insns / (direct_insns + emulated_insns)",
        "guest_pt_writes": "stores of the guest to its own page tables that the monitor saw",
        "shadow_fills": "leaves put into a shadow page table (each answers a hidden fault)",
        "true_faults": "page faults passed on to the guest's kernel",
        "hypercalls": "requests of a guest that knows its monitor",
        "updates_per_hypercall": "page-table updates that one hypercall carried: how often each",
        "gstage_faults": "guest-page faults that mapped a page of the guest's memory",
        "tlb_misses": "translations that the hart's TLB did not hold",
        "pte_reads": "page-table entries that the hart's walker read, both stages",
        "pte_reads_per_miss": "pte_reads / tlb_misses",
        "units_translated": "translation units made",
        "units_executed": "translation units entered",
        "chain_hits": "of those, entered straight from another unit",
        "world_switches": "times that the hart went from one virtual machine to another",
        "host_ops_per_insn": "operations of the description evaluated for a guest instruction",
    }
)


@dataclass(slots=True)
class Counters:
    """The counts of one virtual machine."""

    exits: Counter[Reason] = field(default_factory=Counter)
    direct_insns: int = 0
    emulated_insns: int = 0
    monitor_insns: int | None = None
    """None for a monitor in Python, which retires none."""
    guest_pt_writes: int = 0
    shadow_fills: int = 0
    true_faults: int = 0
    hypercalls: int = 0
    updates_per_hypercall: Counter[int] = field(default_factory=Counter)
    gstage_faults: int = 0
    tlb_misses: int = 0
    pte_reads: int = 0
    world_switches: int = 0
    host_ops: int = 0

    def copy(self) -> Counters:
        """The counts as they are now."""
        return self.minus(Counters())

    def minus(self, earlier: Counters) -> Counters:
        """What has been counted since."""
        found = Counters()
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(earlier, one.name)
            if mine is None:
                setattr(found, one.name, None)
            elif isinstance(mine, int):
                setattr(found, one.name, mine - (theirs or 0))
            else:
                grown = Counter(mine)
                grown.subtract(theirs)
                setattr(found, one.name, Counter({key: n for key, n in grown.items() if n}))
        return found

    def packed(self) -> dict[str, int]:
        """All of them as numbers by name, for a file."""
        found = {f"exits.{reason.name}": often for reason, often in self.exits.items()}
        sizes = self.updates_per_hypercall.items()
        found |= {f"updates_per_hypercall.{size}": often for size, often in sizes}
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, int):
                found[one.name] = value
        return found

    @classmethod
    def unpacked(cls, found: Mapping[str, int]) -> Counters:
        """The same, from a file. Raises `BadInput` for a name that this version does not have."""
        counters = cls()
        plain = {one.name for one in fields(cls)} - {"exits", "updates_per_hypercall"}
        for name, value in found.items():
            kind, _, which = name.partition(".")
            if kind == "exits" and which in Reason.__members__:
                counters.exits[Reason[which]] = value
            elif kind == "updates_per_hypercall" and which.isdecimal() and len(which) < 8:
                counters.updates_per_hypercall[int(which)] = value
            elif name in plain:
                setattr(counters, name, value)
            else:
                raise BadInput(f"expected a counter that this version has, found {name[:40]!r}")
        return counters

    @property
    def exits_total(self) -> int:
        return self.exits.total()

    @property
    def instructions(self) -> int:
        """Guest instructions carried out, by whomever."""
        return self.direct_insns + self.emulated_insns

    @property
    def direct_fraction(self) -> float:
        """The share that the hart retired itself; 1 for a guest that has run nothing."""
        return self.direct_insns / self.instructions if self.instructions else 1.0

    def rows(self) -> dict[str, int | float | None]:
        """Every counter of `DEFINITIONS` that is one number; None where the technique has no such
        thing. `exits_by_cause` gives a row for each reason."""
        instructions, misses = self.instructions, self.tlb_misses
        return {
            "exits_total": self.exits_total,
            **{f"exits_by_cause.{reason.value}": self.exits[reason] for reason in Reason},
            "direct_insns": self.direct_insns,
            "emulated_insns": self.emulated_insns,
            "monitor_insns": self.monitor_insns,
            "direct_fraction": self.direct_fraction,
            "guest_pt_writes": self.guest_pt_writes,
            "shadow_fills": self.shadow_fills,
            "true_faults": self.true_faults,
            "hypercalls": self.hypercalls,
            "gstage_faults": self.gstage_faults,
            "tlb_misses": misses,
            "pte_reads": self.pte_reads,
            "pte_reads_per_miss": self.pte_reads / misses if misses else None,
            "units_translated": None,
            "units_executed": None,
            "chain_hits": None,
            "world_switches": self.world_switches,
            "host_ops_per_insn": self.host_ops / instructions if self.host_ops else None,
        }
