"""What the papers measured, in their units, and where they stand.

These numbers are their authors' and are shown beside ours, never mixed with them. Some of them are
derived from a ratio in the text or a graph: `derived` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a paper."""

    value: float
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One operation of a paper, its numbers by the paper's own columns, and which of our
    nanobenchmarks stands for it; None if none does."""

    operation: str
    benchmark: str | None
    figures: tuple[tuple[str, Figure], ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A table of a paper."""

    name: str
    source: str
    unit: str
    rows: tuple[Row, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """What the paper compares, its first column first."""
        return tuple(dict.fromkeys(name for row in self.rows for name, _ in row.figures))


def _row(operation: str, benchmark: str | None, **figures: float | tuple[float, str]) -> Row:
    """`(number, "derived")` marks what the text gives as a ratio only."""
    found = []
    for column, figure in figures.items():
        if isinstance(figure, tuple):
            found.append((column, Figure(figure[0], derived=True)))
        else:
            found.append((column, Figure(figure)))
    return Row(operation, benchmark, tuple(found))


ADAMS_AGESEN: Final = Paper(
    "Adams and Agesen 2006",
    "K. Adams, O. Agesen: A Comparison of Software and Hardware Techniques for x86 "
    "Virtualization, ASPLOS 2006; 3.8 GHz Pentium 4 672",
    "cycles",
    (
        _row("in", "mmio_read", native=3209, software=(214, "derived"), hardware=15826),
        _row("cr8wr", "csr", native=(140, "derived"), software=35, hardware=(140, "derived")),
        _row("call/ret", "call", native=11, software=51, hardware=11),
        _row("page fault", "fault", native=1093, software=3927, hardware=11242),
        _row("divide by zero", "illegal", native=889, software=3223, hardware=1014),
        _row("ptemod", "pte", native=1, software=391, hardware=12733),
    ),
)
"""RISC-V division never traps: an illegal instruction stands for the division by zero."""

XEN: Final = Paper(
    "Xen 2003",
    "P. Barham et al.: Xen and the Art of Virtualization, SOSP 2003, tables of lmbench",
    "microseconds",
    (
        _row("null call", "syscall", native=0.45, paravirtual=0.46, vmware=0.73),
        _row("fork", "fork", native=110, paravirtual=198, vmware=874),
        _row("page fault", "fault", native=1.42, paravirtual=2.73, vmware=12.4),
        _row("context switch 2p/0K", "switch", native=0.77, paravirtual=1.97, vmware=18.1),
    ),
)

PAPERS: Final = (ADAMS_AGESEN, XEN)


def figure(paper: Paper, operation: str, column: str) -> float:
    """One number of a paper."""
    row = next(row for row in paper.rows if row.operation == operation)
    return dict(row.figures)[column].value
