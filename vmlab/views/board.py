"""The comparison board as rows: one column a lane, one row a count, a check or a law.

What was measured and what was modelled are rows of different kinds, never one number. Where a
technique has no such thing the cell says so, and is not 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.session.board import BoardSnapshot, Equality, How, Judged
from vmlab.session.lanes import LaneRow, Standing
from vmlab.views.compare import number
from vmlab.views.lane_strip import strip
from vmlab.views.phrase import NOTHING, Phrase, described, heard, say
from vmlab.views.table import Cell, Table
from vmlab.vmm.common.costs import PRESETS, cycles
from vmlab.vmm.common.counters import DEFINITIONS, Counters
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.compare.report import measured
from vmlab.vmm.laws.judge import LAWS
from vmlab.vmm.techniques import Verdict

ABSENT: Final = "–"
_CAUSE: Final = "exits_by_cause."
_ALWAYS: Final = ("insns", "exits_total")
_COUNTERS: Final = (
    *_ALWAYS,
    *(f"{_CAUSE}{reason.value}" for reason in Reason),
    "direct_fraction",
    "emulated_insns",
    "shadow_fills",
    "true_faults",
    "guest_pt_writes",
    "hypercalls",
    "gstage_faults",
    "tlb_misses",
    "pte_reads",
    "pte_reads_per_miss",
    "host_ops_per_insn",
)
_NAMES: Final = {
    "insns": Phrase("Guest instructions"),
    "exits_total": Phrase("Exits"),
    "direct_fraction": Phrase("Run directly"),
    "emulated_insns": Phrase("Carried out by the monitor"),
    "shadow_fills": Phrase("Shadow fills"),
    "true_faults": Phrase("True faults"),
    "guest_pt_writes": Phrase("Table writes seen"),
    "hypercalls": Phrase("Hypercalls"),
    "gstage_faults": Phrase("G-stage faults"),
    "tlb_misses": Phrase("TLB misses"),
    "pte_reads": Phrase("Page-table reads"),
    "pte_reads_per_miss": Phrase("Reads per TLB miss"),
    "host_ops_per_insn": Phrase("Operations per instruction"),
}
_INSNS_TEXT: Final = Phrase("guest instructions carried out, by whomever")
_SHARES: Final = frozenset({"direct_fraction"})
LAW_NAMES: Final = {
    "equivalence": Phrase("Equivalence"),
    "control": Phrase("Resource control"),
    "efficiency": Phrase("Efficiency"),
}
LAW_TEXTS: Final = {
    "equivalence": Phrase("the guest behaves as on the bare machine"),
    "control": Phrase("it reaches nothing that was not given to it"),
    "efficiency": Phrase("what needs no monitor runs without one"),
}


class Kind(Enum):
    """How a number came about, which is how it is drawn."""

    MEASURED = "measured"
    MODELLED = "modelled"


@dataclass(frozen=True, slots=True)
class CountRow:
    """One count in every lane. `parts` are None where there is no such thing."""

    id: str
    name: Phrase
    what: Phrase
    kind: Kind
    values: tuple[float | None, ...]
    texts: tuple[Cell, ...]

    @property
    def most(self) -> float:
        """The largest: what the bars are measured by."""
        return max((value for value in self.values if value is not None), default=0.0)


class Mark(Enum):
    """A verdict, or none yet."""

    PASS = "pass"
    FAIL = "fail"
    OPEN = "open"
    TODO = "todo"


@dataclass(frozen=True, slots=True)
class VerdictCell:
    """A verdict, a word, and a line of what it rests on; the evidence is one click away."""

    mark: Mark
    word: Phrase
    line: Phrase
    evidence: tuple[tuple[Phrase, Cell], ...] = ()
    """What was run, what was counted, what speaks against it."""


def per_operation(snapshot: BoardSnapshot) -> bool:
    """True if the counts are those of one operation: a benchmark has been counted in each lane."""
    return snapshot.goal.benchmark is not None and snapshot.arrived


def _counts(lane: LaneRow, each: bool) -> dict[str, float | None]:
    if lane.standing is Standing.ABSENT or (each and lane.cost is None):
        return {}
    counters, times = (
        (lane.cost.counters, lane.cost.times) if each and lane.cost else (lane.counters, 1)
    )
    return {"insns": counters.instructions / times, **dict(measured(counters, times))}


def _text(name: str, value: float | None) -> Cell:
    if value is None:
        return ABSENT
    return f"{100 * value:.4g} %" if name in _SHARES else number(value)


def count_rows(snapshot: BoardSnapshot) -> tuple[CountRow, ...]:
    """Every counter that somebody has, measured; then cycles by each preset, modelled."""
    each = per_operation(snapshot)
    lanes = [_counts(lane, each) for lane in snapshot.lanes]
    rows = []
    for name in _COUNTERS:
        values = tuple(counts.get(name) for counts in lanes)
        if name in _ALWAYS or any(values):
            reason = name.removeprefix(_CAUSE)
            rows.append(
                CountRow(
                    name,
                    _NAMES.get(name) or say("of those: {reason}", reason=described(reason)),
                    _INSNS_TEXT if name == "insns" else described(DEFINITIONS.get(name, "")),
                    Kind.MEASURED,
                    values,
                    tuple(_text(name, value) for value in values),
                )
            )
    return (*rows, *_modelled(snapshot, each))


def _modelled(snapshot: BoardSnapshot, each: bool) -> Iterable[CountRow]:
    for preset in PRESETS.values():
        values = tuple(_cycles(lane, preset.name, each) for lane in snapshot.lanes)
        yield CountRow(
            f"cycles.{preset.name}",
            say("Cycles, preset {preset}", preset=preset.name),
            described(preset.title),
            Kind.MODELLED,
            values,
            tuple(ABSENT if value is None else f"≈ {number(value)}" for value in values),
        )


def _cycles(lane: LaneRow, preset: str, each: bool) -> float | None:
    """Modelled cycles; None where what they would be modelled from was not counted."""
    if lane.standing is Standing.ABSENT or (each and lane.cost is None):
        return None
    counters: Counters = lane.cost.counters if each and lane.cost else lane.counters
    try:
        found = cycles(counters, PRESETS[preset]).value
    except BadInput:
        return None
    return found / (lane.cost.times if each and lane.cost else 1)


# States -----------------------------------------------------------------------------------------


def equality(snapshot: BoardSnapshot, lane: LaneRow) -> VerdictCell:
    """Whether the lane's guest stands where the bare machine's does."""
    found = snapshot.equalities.get(lane.technique.name)
    if found is None:
        absent = lane.standing in (Standing.ABSENT, Standing.FAILED)
        line = heard(lane.why) if absent else Phrase("compared at the common point")
        word = Phrase("Not compared")
        return VerdictCell(Mark.OPEN if absent else Mark.TODO, word, line)
    evidence: list[tuple[Phrase, Cell]] = [
        (Phrase("Guest instructions here"), f"{found.position:,}"),
        (Phrase("On the bare machine"), f"{found.bare_position:,}"),
        (Phrase("State hash here"), found.state_hash),
        (Phrase("On the bare machine"), found.bare_hash),
    ]
    if found.how is How.REFERENCE:
        return VerdictCell(
            Mark.OPEN, Phrase("Reference"), Phrase("the others are compared with this"),
            tuple(evidence[::2]),
        )  # fmt: skip
    if found.how is How.USERS:
        evidence += _as_users(found)
    mark = Mark.PASS if found.equal else Mark.FAIL
    word = Phrase("Equal") if found.equal else Phrase("Not equal")
    return VerdictCell(mark, word, _rests_on(found), tuple(evidence))


def _rests_on(found: Equality) -> Phrase:
    if found.how is How.STATE:
        return say("state hash {hash}…", hash=found.state_hash[:8])
    return say(
        "as users see it: {calls} calls, {pages} pages",
        calls=f"{found.calls:,}",
        pages=f"{found.pages:,}",
    )


def _as_users(found: Equality) -> list[tuple[Phrase, Cell]]:
    rows: list[tuple[Phrase, Cell]] = [
        (
            Phrase("Why not by the hash"),
            Phrase("its kernel is another build of the same sources, with other code and data"),
        ),
        (Phrase("Processes compared"), f"{found.processes:,}"),
        (Phrase("System calls compared"), f"{found.calls:,}"),
        (Phrase("Pages compared at their ends"), f"{found.pages:,}"),
    ]
    return [*rows, (Phrase("First difference"), found.told)] if found.told else rows


# Laws -------------------------------------------------------------------------------------------

_WORDS: Final = {
    Verdict.HOLDS: (Mark.PASS, Phrase("It holds")),
    Verdict.FAILS: (Mark.FAIL, Phrase("It fails")),
    Verdict.OPEN: (Mark.OPEN, Phrase("Not decided")),
}


def law(snapshot: BoardSnapshot, lane: LaneRow, name: str) -> VerdictCell:
    """One law of one technique, as it was judged here; before that, what is declared."""
    declared = getattr(lane.technique.promise, name)
    judged = snapshot.judged.get(lane.technique.name)
    if judged is None:
        _, word = _WORDS[declared]
        return VerdictCell(Mark.TODO, Phrase("Not judged"), say("declared: {word}", word=word))
    found = judged.judgement.laws[name]
    mark, word = _WORDS[found.measured]
    if found.open is not None:
        line = Phrase("nobody divides the machine among guests")
    elif found.as_declared:
        line = say("as declared; guests judged: {n}", n=f"{found.judged:,}")
    else:
        line = say("declared: {word}", word=_WORDS[declared][1])
    return VerdictCell(mark, word, line, _law_evidence(judged, name))


def _law_evidence(judged: Judged, name: str) -> tuple[tuple[Phrase, Cell], ...]:
    made, found = judged.judgement, judged.judgement.laws[name]
    rows: list[tuple[Phrase, Cell]] = [
        (Phrase("What was run"), _WHAT_WAS_RUN[name]),
        (Phrase("Guests judged"), f"{found.judged:,}"),
        (Phrase("Declared"), _WORDS[found.expected][1]),
        (Phrase("Measured"), _WORDS[found.measured][1]),
    ]
    if found.witness is not None:
        rows.append((Phrase("Witness"), found.witness))
    elif found.open is None:
        rows.append((Phrase("Witness"), Phrase("none: nothing spoke against it")))
    command = f"vmlab laws --technique {made.technique} --seed {made.seed}"
    return (*rows, (Phrase("In a terminal"), f"{command} --programs {made.programs}"))


_WHAT_WAS_RUN: Final = {
    "equivalence": Phrase(
        "random kernels, here and on the bare machine in step; every word, device and page of "
        "memory compared at checkpoints"
    ),
    "control": Phrase(
        "random kernels and hostile guests, each beside a neighbour that must not notice; the real "
        "hart looked at on each entry and exit"
    ),
    "efficiency": Phrase(
        "random kernels; their exits against what their own path on the bare machine explains"
    ),
}


# Text twins -------------------------------------------------------------------------------------


def heads(snapshot: BoardSnapshot) -> tuple[Phrase, ...]:
    """The names of the lanes."""
    return tuple(described(lane.technique.title) for lane in snapshot.lanes)


def unit(snapshot: BoardSnapshot) -> Phrase:
    """What the counts are of."""
    if per_operation(snapshot):
        return Phrase("for one operation")
    return Phrase("so far")


def table(snapshot: BoardSnapshot) -> Table:
    """The board's text twin: the same rows, and how each number came about."""
    rows: list[tuple[Cell, ...]] = []
    for row in count_rows(snapshot):
        kind = Phrase("measured") if row.kind is Kind.MEASURED else Phrase("modelled")
        rows.append((row.name, kind, *row.texts))
    strips = [strip(lane) for lane in snapshot.lanes]
    owners = (Phrase("User's instructions in the strip"), Phrase("Kernel's"), Phrase("Monitor's"))
    rows += [
        (name, Phrase("measured"), *(number(round(one.insns(at))) for one in strips))
        for at, name in enumerate(owners)
    ]
    rows.append(
        (
            Phrase("State at the common point"),
            Phrase("checked"),
            *(_said(equality(snapshot, lane)) for lane in snapshot.lanes),
        )
    )
    rows += [
        (LAW_NAMES[name], Phrase("checked"), *(_said(law(snapshot, lane, name)) for lane in
         snapshot.lanes))
        for name in LAWS
    ]  # fmt: skip
    columns = (Phrase("Count or check"), Phrase("Kind"), *heads(snapshot))
    title = say("Lanes, {unit}", unit=unit(snapshot))
    return Table(title, columns, tuple(rows), Phrase("No lanes."))


def _said(cell: VerdictCell) -> Phrase:
    return say("{word}: {line}", word=cell.word, line=cell.line) if cell.line else cell.word


STANDINGS: Final = {
    Standing.READY: Phrase("at power-on"),
    Standing.RUNNING: Phrase("on its way"),
    Standing.ARRIVED: Phrase("at the point"),
    Standing.ABSENT: Phrase("not applicable"),
    Standing.FAILED: Phrase("stopped"),
}


def standing(lane: LaneRow) -> Phrase:
    """Where a lane stands, in words."""
    return STANDINGS[lane.standing]


_MODES: Final = frozenset({"S", "U", "VS", "VU", "M", "HS"})


def real(lane: LaneRow) -> Phrase:
    """Where the guest's kernel really runs, and what the monitor owns."""
    if not lane.real_modes[1]:
        return NOTHING
    if lane.real_modes[1] not in _MODES:
        return Phrase("no mode of the hart: a program carries all out")
    if not lane.owner_mode:
        return say("kernel in {mode}, no monitor", mode=lane.real_modes[1])
    return say(
        "kernel in {mode}, monitor in {owner}", mode=lane.real_modes[1], owner=lane.owner_mode
    )
