"""Rows as a table for people: a line for each workload, as soon as it is measured."""

from __future__ import annotations

from collections.abc import Sequence

from vmlab.bench.measure import REFERENCES, Row

_FIRST = 15
_MIPS = 9
_GAP = 2


class Table:
    """Columns from the engines and peers that are measured: MIPS of each, then the ratios of each
    engine of ours to what there is to compare with."""

    def __init__(self, engines: Sequence[str], peers: Sequence[str]) -> None:
        self._measured = (*engines, *peers)
        self._pairs = [
            (engine, other)
            for engine in engines
            for other in REFERENCES
            if other in self._measured and other != engine
        ]

    def heading(self) -> str:
        """The names of the columns."""
        mips = "".join(f"{name:>{_MIPS}}" for name in self._measured)
        names = [f"{one}/{other}" for one, other in self._pairs]
        ratios = "".join(f"{name:>{len(name) + _GAP}}" for name in names)
        return f"{'MIPS':<{_FIRST}}{mips} {ratios}".rstrip()

    def line(self, rows: Sequence[Row]) -> str:
        """All rows of one workload."""
        mips = {row.engine: row.mips for row in rows}
        ratios = {(row.engine, row.ratio_to): row.ratio for row in rows}
        text = "".join(f"{_three(mips[name]):>{_MIPS}}" for name in self._measured)
        tail = "".join(
            f"{_three(ratios[pair] or 0.0):>{len('/'.join(pair)) + _GAP}}" for pair in self._pairs
        )
        return f"{rows[0].workload:<{_FIRST}}{text} {tail}".rstrip()


def _three(value: float) -> str:
    """Three digits that mean something; more before the point stay."""
    for limit, digits in ((0.1, 4), (1, 3), (10, 2), (100, 1)):
        if value < limit:
            return f"{value:.{digits}f}"
    return f"{value:.0f}"
