"""Shapes: what the papers and the mechanisms say about the counts, and whether ours agree.

A shape is a statement about numbers that were counted here (or modelled from them, and then it
says with which preset). It is reproduced, not reproduced, or cannot be asked: a technique is not
built, or was not part of the comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from vmlab.isa.system.walk import BY_NAME
from vmlab.vmm.common.costs import PRESETS, cycles
from vmlab.vmm.compare.measure import Cost
from vmlab.vmm.compare.papers import ADAMS_AGESEN, XEN, figure
from vmlab.vmm.techniques import TECHNIQUES

P4: Final = "p4-2006"
_LEVELS: Final = BY_NAME["sv39"].levels
WALKS: Final = {"one stage": _LEVELS, "two stages": (_LEVELS + 1) * (_LEVELS + 1) - 1}
"""Entries that a walk of Sv39 reads, and one of Sv39 over Sv39x4: (n+1)(m+1)-1."""
MOST_FOR_EQUAL: Final = 1.1
"""What still counts as costing the same, over the bare machine."""
USER_WORK: Final = "call"
"""A benchmark that only the user works in."""
ON_PATH: Final = ("syscall",)
"""Benchmarks for which a shape asks what their path on the bare machine is."""
NULL_CALL, FORK, ENTRY, TABLE = "syscall", "fork", "pte", "pte512"
PV, FULL, TRACED = "paravirt", "trap_emulate", "trap_emulate_traced"
"""Names, kept apart from the sentences of the checks."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the check of a shape may look at."""

    costs: Mapping[tuple[str, str], Cost]
    sensitive: Mapping[str, float]
    """Of each benchmark: sensitive instructions of the guest's kernel for an operation, counted on
    the bare machine."""

    walks: Mapping[str, int]
    """Of each technique: the entries that its longest walk read, heard while `switch` ran."""

    def cost(self, technique: str, benchmark: str) -> Cost:
        return self.costs[technique, benchmark]

    def modelled(self, technique: str, benchmark: str, preset: str = P4) -> float:
        """Modelled cycles of one operation."""
        found = self.cost(technique, benchmark)
        return cycles(found.counters, PRESETS[preset]).value / found.times

    def over_bare(self, technique: str, benchmark: str) -> float:
        """The same, over the bare machine's."""
        return self.modelled(technique, benchmark) / self.modelled("bare", benchmark)


Answer = tuple[bool, str]
Check = Callable[[Asked], Answer]


@dataclass(frozen=True, slots=True)
class Shape:
    """A statement, where it is from, and what it needs to be asked: techniques and benchmarks."""

    id: str
    says: str
    source: str
    techniques: tuple[str, ...]
    benchmarks: tuple[str, ...]
    check: Check


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a shape was reproduced (None: it cannot be asked), and the reason with numbers."""

    shape: Shape
    reproduced: bool | None
    reason: str


def judge(shape: Shape, asked: Asked) -> Verdict:
    """Ask a shape of what was counted."""
    unbuilt = [name for name in shape.techniques if name not in TECHNIQUES]
    if unbuilt:
        return Verdict(shape, None, f"not built: {', '.join(unbuilt)}")
    absent = [
        f"{benchmark} under {technique}"
        for technique in shape.techniques
        for benchmark in shape.benchmarks
        if (technique, benchmark) not in asked.costs
    ]
    if absent:
        return Verdict(shape, None, f"not compared here: {absent[0]}")
    reproduced, reason = shape.check(asked)
    return Verdict(shape, reproduced, reason)


# Checks that several shapes share ---------------------------------------------------------------


def _exits(technique: str, benchmark: str, expected: float) -> Check:
    def told(asked: Asked) -> Answer:
        found = asked.cost(technique, benchmark).exits
        return found == expected, f"{found:g} exits, expected {expected:g}"

    return told


def _one_and_k(technique: str, benchmark: str) -> Check:
    """One exit for the trap and one for each sensitive instruction of the kernel's answer."""

    def told(asked: Asked) -> Answer:
        k, found = asked.sensitive[benchmark], asked.cost(technique, benchmark).exits
        return found == 1 + k, f"{found:g} exits; k = {k:g} sensitive instructions on the bare path"

    return told


def _walk_of(technique: str, reads: int) -> Check:
    def told(asked: Asked) -> Answer:
        found = asked.walks[technique]
        return found == reads, f"the longest walk read {found} entries, expected {reads}"

    return told


def _direct(technique: str, least: float, most: float = 1.0) -> Check:
    def told(asked: Asked) -> Answer:
        found = asked.cost(technique, USER_WORK).counters.direct_fraction
        return least <= found <= most, f"{100 * found:.2f} % of user work ran directly"

    return told


def _equal_cycles(technique: str, benchmark: str, operation: str) -> Check:
    def told(asked: Asked) -> Answer:
        ratio = asked.over_bare(technique, benchmark)
        native, paravirtual, _ = (figure(XEN, operation, name) for name in XEN.columns)
        said = f"modelled ({P4}) {ratio:.2f}x bare; paper: {paravirtual / native:.2f}x"
        return ratio < MOST_FOR_EQUAL, said

    return told


def _between(benchmark: str, operation: str) -> Check:
    """Dearer than on the bare machine, and cheaper than under full virtualization: the paper's
    order of Linux, Xen and VMware. Its ratios are those of ring crossings of 2003."""

    def told(asked: Asked) -> Answer:
        pv, full = (asked.over_bare(name, benchmark) for name in (PV, FULL))
        native, *paper = (figure(XEN, operation, name) for name in XEN.columns)
        theirs = " < ".join(f"{one / native:.2f}x" for one in paper)
        return 1 < pv < full, f"modelled ({P4}) {pv:.1f}x and {full:.1f}x bare; paper: {theirs}"

    return told


def _never(asked: Asked) -> Answer:
    raise AssertionError("a shape of a technique that is not built is never asked")


def _short_suffer(asked: Asked) -> Answer:
    short, long = (
        asked.over_bare(FULL, NULL_CALL),
        asked.over_bare(FULL, FORK),
    )
    return (
        short > long,
        f"modelled ({P4}): system call {short:.1f}x bare, fork and exit {long:.1f}x",
    )


def _lazy_fill(asked: Asked) -> Answer:
    cost = asked.cost(FULL, ENTRY)
    found = cost.each(cost.counters.shadow_fills)
    return found == 1, f"{found:g} hidden faults an edit, 1 expected"


def _traced(asked: Asked) -> Answer:
    one, many = (asked.cost(TRACED, name) for name in (ENTRY, TABLE))
    seen = one.each(one.counters.guest_pt_writes), many.each(many.counters.guest_pt_writes)
    return seen == (1, 512), f"{seen[0]:g} and {seen[1]:g} stores seen, 1 and 512 expected"


def _batches(asked: Asked) -> Answer:
    cost = asked.cost(PV, TABLE)
    sizes = dict(cost.counters.updates_per_hypercall)
    largest = max(sizes, default=0)
    found = cost.each(cost.counters.hypercalls)
    return (
        largest == 512 and found <= 2,
        f"{found:g} hypercalls for 512 edits, up to {largest} in one",
    )


_MECHANISM: Final = "the mechanism itself"
_AA: Final = ADAMS_AGESEN.name
_XEN: Final = XEN.name

SHAPES: Final = (
    Shape("syscall.hwassist", "A null system call leaves the guest 0 times with two stages",
          _MECHANISM, ("hwassist",), ("syscall",), _exits("hwassist", "syscall", 0)),
    Shape("syscall.paravirt", "A null system call leaves the guest 0 times: ecall is the kernel's",
          _XEN, ("paravirt",), ("syscall",), _exits("paravirt", "syscall", 0)),
    Shape("syscall.paravirt_u", "With the guest's kernel in U it leaves twice, as on x86-64",
          _MECHANISM, ("paravirt_u",), ("syscall",), _exits("paravirt_u", "syscall", 2)),
    Shape("syscall.trap_emulate", "A null system call leaves 1 + k times under trap and emulate",
          _MECHANISM, ("trap_emulate",), ("syscall",), _one_and_k("trap_emulate", "syscall")),
    Shape("walk.bare", "A TLB miss reads 3 entries on the bare machine",
          _MECHANISM, ("bare",), ("switch",), _walk_of("bare", WALKS["one stage"])),
    Shape("walk.hwassist", "A TLB miss reads 15 entries with two stages",
          _MECHANISM, ("hwassist",), ("switch",),
          _walk_of("hwassist", WALKS["two stages"])),
    Shape("walk.trap_emulate", "A TLB miss reads 3 entries of a shadow",
          _MECHANISM, ("trap_emulate",), ("switch",),
          _walk_of("trap_emulate", WALKS["one stage"])),
    Shape("pte.hwassist", "An edit of a page-table entry leaves the guest 0 times with two stages",
          _MECHANISM, ("hwassist",), ("pte",), _exits("hwassist", "pte", 0)),
    Shape("pte.lazy", "An edit costs a lazy shadow one fill", _MECHANISM, ("trap_emulate",),
          ("pte",), _lazy_fill),
    Shape("pte.traced", "Each edit of a traced table is seen: one exit for each store",
          _MECHANISM, ("trap_emulate_traced",), ("pte", "pte512"), _traced),
    Shape("pte.paravirt", "512 edits go into one hypercall", _XEN, ("paravirt",), ("pte512",),
          _batches),
    Shape("direct.interpret", "An interpreter runs nothing directly",
          _MECHANISM, ("interpret",), (USER_WORK,), _direct("interpret", 0.0, 0.0)),
    *(Shape(f"direct.{name}", f"User work runs directly under {name}", _MECHANISM, (name,),
            (USER_WORK,), _direct(name, 0.95))
      for name in ("trap_emulate", "paravirt", "hwassist")),
    Shape("xen.null-call", "Paravirtual: a null call costs what it costs natively", _XEN,
          ("bare", "paravirt"), ("syscall",), _equal_cycles("paravirt", "syscall", "null call")),
    *(Shape(f"xen.{benchmark}", f"Bare, then paravirtual, then full: {operation}", _XEN,
            ("bare", "paravirt", "trap_emulate"), (benchmark,), _between(benchmark, operation))
      for benchmark, operation in (("fork", "fork"), ("fault", "page fault"),
                                   ("switch", "context switch 2p/0K"))),
    Shape("disco.short", "Short services suffer most under trap and emulate", "Disco, SOSP 1997",
          ("bare", "trap_emulate"), ("syscall", "fork"), _short_suffer),
    Shape("aa.syscall", "First hardware: a system call costs what it costs natively", _AA,
          ("hwassist1",), ("syscall",), _never),
    Shape("aa.call", "First hardware runs call and return as natively; translation does not", _AA,
          ("bintrans", "hwassist1"), ("call",), _never),
    Shape("aa.divzero", "First hardware takes an exception more cheaply than translation", _AA,
          ("bintrans", "hwassist1"), ("illegal",), _never),
    Shape("aa.in", "Translation reads a device register more cheaply than the bare machine", _AA,
          ("bintrans",), ("mmio_read",), _never),
    Shape("aa.cr8wr", "Translation writes a control register more cheaply than the bare machine",
          _AA, ("bintrans",), ("csr",), _never),
    Shape("aa.fault", "Translation takes a page fault more cheaply than first hardware", _AA,
          ("bintrans", "hwassist1"), ("fault",), _never),
    Shape("aa.ptemod", "First hardware edits a table 20 to 40 times dearer than translation", _AA,
          ("bintrans", "hwassist1"), ("pte",), _never),
    Shape("neve.nested", "A nested hypercall traps 126 times without help", "NEVE 2017",
          ("nested",), ("syscall",), _never),
    Shape("felter.containers", "A container adds no exit and no walk", "Felter et al. 2014",
          ("containers",), ("syscall",), _never),
)  # fmt: skip


def judged(asked: Asked) -> list[Verdict]:
    """Every shape, asked."""
    return [judge(shape, asked) for shape in SHAPES]
