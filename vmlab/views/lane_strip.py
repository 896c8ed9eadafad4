"""Who ran in a lane, to be drawn as a strip: the guest's user, its kernel, its monitor.

Everything here is measured in the guest's instructions. A monitor in Python retires none: what it
carried out in place of the guest has a length, and each exit is a mark that has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.session.lanes import LaneRow
from vmlab.vmm.common.bands import Band, Owner

OWNERS: Final = ("U", "K", "V")
_ROWS: Final = {Owner.USER: 0, Owner.KERNEL: 1, Owner.MONITOR: 2}


@dataclass(frozen=True, slots=True)
class Piece:
    """From `first` on, for `insns` instructions, an owner (its number in `OWNERS`) had `share` of
    the guest's instructions."""

    owner: int
    first: int
    insns: int
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Strip:
    """`length` instructions of a lane."""

    length: int
    one_operation: bool
    """True for one operation of a benchmark, band by band; else the whole run, in buckets."""
    pieces: tuple[Piece, ...]
    exits: tuple[tuple[int, int], ...]
    """(where, how many)."""

    def insns(self, owner: int) -> float:
        """Instructions of one owner."""
        return sum(piece.insns * piece.share for piece in self.pieces if piece.owner == owner)

    @property
    def exits_total(self) -> int:
        """Exits in all of it."""
        return sum(often for _, often in self.exits)


EMPTY: Final = Strip(0, False, (), ())


def strip(lane: LaneRow) -> Strip:
    """One operation where a benchmark is counted and its bands are kept; else the whole run."""
    if lane.cost is not None:
        found = _operation(lane.bands, round(lane.cost.insns), lane.position)
        if found is not None:
            return found
    return _whole(lane)


def _operation(bands: tuple[Band, ...], length: int, end: int) -> Strip | None:
    """One operation out of those in steady state: the last whole one before the way to the second
    mark, from where the user has the hart."""
    first = _beginning(bands, length, end)
    if length < 1 or first < bands[0].first:
        return None
    pieces, exits = [], []
    for band in bands:
        begins, ends = max(band.first, first), min(band.first + band.insns, first + length)
        if band.owner is Owner.MONITOR and first <= band.first < first + length:
            exits.append((band.first - first, 1))
        if ends > begins:
            pieces.append(Piece(_ROWS[band.owner], begins - first, ends - begins))
    return Strip(length, True, tuple(pieces), tuple(exits))


def _beginning(bands: tuple[Band, ...], length: int, end: int) -> int:
    earliest, latest = end - 3 * length, end - 2 * length
    for band in bands:
        if band.owner is Owner.USER and earliest <= band.first <= latest:
            return band.first
    return max(bands[0].first, latest)


def _whole(lane: LaneRow) -> Strip:
    seen = lane.overview
    if seen is None or not lane.position:
        return EMPTY
    pieces, exits = [], []
    columns = (seen.user, seen.kernel, seen.monitor)
    for at, (first, after) in enumerate(zip(seen.edges, seen.edges[1:], strict=False)):
        for owner, column in enumerate(columns):
            if column[at]:
                share = min(1.0, column[at] / (after - first))
                pieces.append(Piece(owner, first, after - first, share))
        if seen.exits[at]:
            exits.append((first, seen.exits[at]))
    return Strip(seen.edges[-1], False, tuple(pieces), tuple(exits))
