"""What can be classified: an instruction set with its rows, and the names of its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vmlab.vmm.popek_goldberg.search import Verdict, classify
from vmlab.vmm.popek_goldberg.shrink import shrink
from vmlab.vmm.popek_goldberg.states import Mode, State, Step
from vmlab.vmm.popek_goldberg.witness import Witness, verify, witnesses


@dataclass(frozen=True, slots=True)
class Row:
    """One instruction, or one of its forms: how it is stepped and in which states."""

    name: str
    step: Step
    pool: tuple[State, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """How a machine calls its modes and words; the search never looks here."""

    modes: Mapping[Mode, str]
    registers: tuple[str, ...]
    owned: tuple[str, ...]
    operands: Callable[[tuple[int, ...]], str]
    """The operand fields of an instruction as text."""
    cause: Callable[[int], str]
    """The name of a trap's cause."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An instruction's verdict, and the witnesses that were run again."""

    row: Row
    verdict: Verdict
    witnesses: tuple[Witness, ...]

    @property
    def name(self) -> str:
        return self.row.name


@dataclass(frozen=True, slots=True)
class Subject:
    """One instruction set in one configuration."""

    isa: str
    title: str
    doc: str
    names: Names
    rows: Sequence[Row]
    note: Callable[[Finding], str] = lambda finding: ""
    """A remark on one finding; empty for most."""
    remarks: Callable[[Sequence[Finding]], tuple[str, ...]] = lambda findings: ()
    """Remarks on the whole."""


def examine(row: Row) -> Finding:
    """Classify one row and run its witnesses again: what comes back has passed."""
    verdict = classify(row.step, row.pool)
    verdict = shrink(row.step, verdict)
    shown = witnesses(row.step, verdict)
    for witness in shown:
        verify(witness, row.step)
    return Finding(row, verdict, shown)
