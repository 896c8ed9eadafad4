"""A comparison as data: compare/1 as JSON, and the same cells as CSV.

A cell is one counter of one benchmark under one technique, for one operation. What was measured
and what was modelled are cells of different kinds, never one number.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from vmlab.guests.nano import BENCHMARKS
from vmlab.vmm.common.costs import PRESETS, cycles
from vmlab.vmm.common.counters import DEFINITIONS, Counters
from vmlab.vmm.compare.measure import GUEST, Cost, costs, longest_walk, sensitive_on_path
from vmlab.vmm.compare.papers import PAPERS
from vmlab.vmm.compare.shapes import Asked, Verdict, judged
from vmlab.vmm.techniques import Technique

SCHEMA: Final = "vmlab/compare/1"
MEASURED: Final = "measured"
MODELLED: Final = "modelled"
CYCLES: Final = "cycles"
INSNS: Final = "insns"
RATIOS: Final = frozenset({"direct_fraction", "pte_reads_per_miss", "host_ops_per_insn"})
"""Counters that are ratios already: they are not divided by the number of operations."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One number. None where a technique has no such thing."""

    benchmark: str
    technique: str
    counter: str
    value: float | None
    kind: str
    preset: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that a comparison found."""

    guest: str
    techniques: tuple[str, ...]
    benchmarks: tuple[str, ...]
    presets: tuple[str, ...]
    costs: Mapping[tuple[str, str], Cost]
    verdicts: tuple[Verdict, ...]

    def cells(self) -> Iterator[Cell]:
        """Every number, in the order of benchmarks, then techniques."""
        for benchmark in self.benchmarks:
            for technique in self.techniques:
                yield from self._cells(self.costs[technique, benchmark])

    def _cells(self, cost: Cost) -> Iterator[Cell]:
        where = (cost.benchmark, cost.technique)
        yield Cell(*where, INSNS, cost.insns, MEASURED)
        for counter, value in measured(cost.counters, cost.times):
            yield Cell(*where, counter, value, MEASURED)
        for preset in self.presets:
            modelled = cycles(cost.counters, PRESETS[preset]).value / cost.times
            yield Cell(*where, CYCLES, modelled, MODELLED, preset)


def measured(counters: Counters, times: int) -> Iterator[tuple[str, float | None]]:
    """Each counter for one operation of so many, and how many updates hypercalls carried."""
    for name, value in counters.rows().items():
        yield name, value if value is None or name in RATIOS else value / times
    for size, often in sorted(counters.updates_per_hypercall.items()):
        yield f"updates_per_hypercall.{size}", often / times


def compare(
    techniques: Sequence[Technique],
    benchmarks: Sequence[str] = tuple(BENCHMARKS),
    presets: Sequence[str] = tuple(PRESETS),
    engine: str = "auto",
    progress: Callable[[str, str], None] = lambda technique, what: None,
) -> Comparison:
    """Run everything and judge the shapes. `progress` hears what comes next."""
    found = {
        (cost.technique, cost.benchmark): cost
        for cost in costs(techniques, benchmarks, engine, progress)
    }
    walks = {}
    for technique in techniques:
        progress(technique.name, "walks")
        walks[technique.name] = longest_walk(technique, engine)
    sensitive = {benchmark: sensitive_on_path(benchmark) for benchmark in benchmarks}
    asked = Asked(found, sensitive, walks)
    return Comparison(
        GUEST,
        tuple(technique.name for technique in techniques),
        tuple(benchmarks),
        tuple(presets),
        found,
        tuple(judged(asked)),
    )


def steps(techniques: int, benchmarks: int) -> int:
    """How often `progress` is called."""
    return techniques * (benchmarks + 1)


def as_json(found: Comparison) -> dict[str, Any]:
    """compare/1."""
    return {
        "schema": SCHEMA,
        "guest": found.guest,
        "unit": "one operation",
        "benchmarks": {name: BENCHMARKS[name] for name in found.benchmarks},
        "counters": dict(DEFINITIONS),
        "presets": {
            name: {of: asdict(price) for of, price in PRESETS[name].prices().items()}
            for name in found.presets
        },
        "cells": [asdict(cell) for cell in found.cells()],
        "shapes": [
            {
                "id": verdict.shape.id,
                "says": verdict.shape.says,
                "source": verdict.shape.source,
                "reproduced": verdict.reproduced,
                "reason": verdict.reason,
            }
            for verdict in found.verdicts
        ],
        "papers": [asdict(paper) for paper in PAPERS],
    }


def as_csv(cells: Iterable[Cell]) -> str:
    """A line a cell, with a line of names first. An empty value: there is no such thing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("benchmark", "technique", "counter", "value", "kind", "preset"))
    for cell in cells:
        value = "" if cell.value is None else f"{cell.value:.12g}"
        writer.writerow(
            (cell.benchmark, cell.technique, cell.counter, value, cell.kind, cell.preset or "")
        )
    return text.getvalue()
