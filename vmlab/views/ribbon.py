"""Who is running? Bands by owner along the run, with its traps; and the whole run below.

`picture` is pure: a snapshot and a window in, rows out. Where more bands lie in the window than
can be told apart, it gives *buckets*, equal parts of the window with each owner's share, made from
running sums: a window over a million bands costs no more than one over a hundred.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from vmlab.session.history import FAULT, INTERRUPT, TRAPS, History, Ints, Why
from vmlab.session.snapshot import Snapshot
from vmlab.views.names import Symbols, cause_name, cause_tag
from vmlab.views.phrase import NOTHING, Phrase, say
from vmlab.views.ribbon_track import Lane, Track
from vmlab.views.ribbon_window import Window, ticks, whole
from vmlab.vmm.common.bands import Overview

MOST_BANDS: Final = 150
"""Drawn one by one; with more in the window, buckets are drawn."""
BUCKETS: Final = 120
MOST_WALKS: Final = 60
"""Marks of walks in the window; where more places would have one, neighbours share it."""


@dataclass(frozen=True, slots=True)
class BandRow:
    """One band, cut at the window's edges. `x` and `width` are parts of the window's width."""

    lane: int
    """The number of its lane; -1: nobody knows who ran."""
    first: int
    insns: int
    x: float
    width: float
    ran: float
    """The part of its width that lies before the playhead."""
    tag: str
    """The cause's number where a trap began it, else nothing."""
    why: Phrase
    where: str
    """Of a trap: where the one before was interrupted, as symbol+offset."""
    kind: str
    """What began it: `trap`, `return`, or `start`."""
    before: int
    """The lane of the band before; -1 for none."""
    happened: bool
    """Whether its trap or return lies behind the playhead."""
    begins_here: bool
    """False where the window's edge cuts it off."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A part of the run: who had how much of it."""

    first: int
    last: int
    x: float
    width: float
    shares: tuple[int, ...]
    """Instructions of each lane (with a monitor, units: its own are modelled)."""
    traps: int

    @property
    def total(self) -> int:
        """Also what nobody knows the owner of."""
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class WalkMark:
    """Page walks at one place, or at places too near to be told apart."""

    position: int
    x: float
    reads: int
    faults: int
    happened: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is drawn. Either `bands` or `buckets` is empty."""

    lanes: tuple[Lane, ...]
    window: Window
    from_position: int
    to_position: int
    bands: tuple[BandRow, ...]
    buckets: tuple[Bucket, ...]
    walks: tuple[WalkMark, ...]
    walk_count: int
    ticks: tuple[tuple[int, float], ...]
    position: int
    playhead: float
    """A part of the window's width; outside 0 to 1 it does not show."""
    recorded: int
    bar: tuple[Bucket, ...]
    """The whole run."""
    bar_window: tuple[float, float]
    """Where the window lies in it: from, to."""
    bar_playhead: float
    kept: Phrase
    modelled: Phrase

    @property
    def traps(self) -> int:
        """Traps that begin in the window."""
        if self.buckets:
            return sum(bucket.traps for bucket in self.buckets)
        return sum(row.kind == "trap" and row.begins_here for row in self.bands)


def picture(snapshot: Snapshot, track: Track, window: Window) -> Picture:
    """What the ribbon shows of a track in a window."""
    history = track.history
    around = history.within(window.first, window.last)
    one_by_one = window.first >= history.kept_from and around.stop - around.start <= MOST_BANDS
    playhead = track.unit(snapshot.position)
    run = whole(track) if track.overview is None else Window(0, max(1, track.position_end))
    marked, count = _walks(snapshot, track, window)
    return Picture(
        lanes=track.lanes,
        window=window,
        from_position=track.position(window.first),
        to_position=track.position(min(window.last, history.end)),
        bands=_bands(snapshot, track, window, around) if one_by_one else (),
        buckets=() if one_by_one else _buckets(track, window),
        walks=marked,
        walk_count=count,
        ticks=ticks(track, window),
        position=snapshot.position,
        playhead=window.place(playhead),
        recorded=snapshot.recorded,
        bar=_bar(snapshot, track, run),
        bar_window=(
            max(0.0, run.place(track.position(window.first))),
            min(1.0, run.place(min(window.last, track.position(window.last)))),
        ),
        bar_playhead=run.place(snapshot.position),
        kept=_kept(track),
        modelled=_modelled(track),
    )


def _bands(snapshot: Snapshot, track: Track, window: Window, around: slice) -> tuple[BandRow, ...]:
    history, symbols = track.history, Symbols(snapshot.symbols)
    playhead = track.unit(snapshot.position)
    begins, ends = history.start[around].tolist(), history.ends(around).tolist()
    actors = history.actor[max(0, around.start - 1) : around.stop].tolist()
    lanes = [track.lane(actor) for actor in actors]
    before = [-1] * (not around.start) + lanes[:-1]
    lanes = lanes[around.start > 0 :]
    rows = []
    for at, (start, end, insns) in enumerate(
        zip(begins, ends, track.insns(around).tolist(), strict=True)
    ):
        left, right = max(start, window.first), min(end, window.last)
        if right < left or (left == right and start != end):
            continue  # beyond the window, or only touching its edge
        number, word = around.start + at, int(history.why[around.start + at])
        tag, why, kind = _why(word)
        if track.whys is not None:
            why = track.whys[number] or why
        rows.append(
            BandRow(
                lane=lanes[at],
                first=int(track.at[number]),
                insns=insns,
                x=window.place(left),
                width=(right - left) / window.width,
                ran=_part(left, right, playhead, number <= track.present),
                tag=tag,
                why=why,
                where=symbols.near(int(history.pc[number])) or "" if kind == "trap" else "",
                kind=kind,
                before=before[at],
                happened=number <= track.present,
                begins_here=start >= window.first,
            )
        )
    return tuple(rows)


def _part(left: int, right: int, playhead: int, happened: bool) -> float:
    """How much of [left, right] lies before the playhead."""
    if left == right:
        return float(happened)
    return min(1.0, max(0.0, (playhead - left) / (right - left)))


def _why(word: int) -> tuple[str, Phrase, str]:
    """Number, words and kind of what began a band."""
    if word < Why.RETURN:
        interrupt, cause = divmod(word, INTERRUPT)
        return cause_tag(cause, bool(interrupt)), cause_name(cause, bool(interrupt)), "trap"
    if word == Why.RETURN:
        return "", Phrase("return"), "return"
    if word == Why.LOST:
        return "", Phrase("not watched"), "start"
    return "", Phrase("start"), "start"


def _buckets(track: Track, window: Window) -> tuple[Bucket, ...]:
    """Equal parts of a window, as far as the run goes."""
    if track.overview is not None and window.first < track.history.kept_from:
        return _of_overview(track.overview, window, track.exit_units)
    last = min(window.last, track.history.end)
    return _equal(track, track.history, window, (window.first, last), track.position)


def _bar(snapshot: Snapshot, track: Track, run: Window) -> tuple[Bucket, ...]:
    """The whole run. Under a monitor, exits are known up to now; ahead is who runs without them."""
    if track.overview is None:
        return _buckets(track, run)
    ahead = (snapshot.position, snapshot.recorded)
    return (
        *_of_overview(track.overview, run, track.exit_units),
        *_equal(track, snapshot.history, run, ahead, int),
    )


def _equal(
    track: Track,
    history: History,
    window: Window,
    part: tuple[int, int],
    position: Callable[[int], int],
) -> tuple[Bucket, ...]:
    """Equal buckets of a part of a history; `position` tells what its places are positions of."""
    first, last = part
    count = min(BUCKETS, max(1, last - first))
    edges: Ints = np.linspace(first, max(last, first), count + 1).astype(np.int64)
    edges, sums = history.sums(edges)
    grown, width = np.diff(sums, axis=0), np.diff(edges)
    columns = [lane.actor for lane in track.lanes]
    rows = zip(edges[:-1].tolist(), width.tolist(), grown.tolist(), strict=True)
    return tuple(
        Bucket(
            position(begins),
            position(begins + units),
            window.place(begins),
            units / window.width,
            tuple(row[column] for column in columns),
            row[TRAPS],
        )
        for begins, units, row in rows
        if units
    )


def _of_overview(overview: Overview, window: Window, units: int) -> tuple[Bucket, ...]:
    """Its buckets that begin in the window. Exits stand for traps, and are drawn as wide as bands
    of a monitor are."""
    parts = zip(
        pairwise(overview.edges),
        overview.user,
        overview.kernel,
        overview.monitor,
        overview.exits,
        strict=True,
    )
    return tuple(
        Bucket(
            first,
            last,
            window.place(first),
            (min(last, window.last) - first) / window.width,
            (user, kernel, monitor + units * exits),
            exits,
        )
        for (first, last), user, kernel, monitor, exits in parts
        if window.first <= first < window.last
    )


def _walks(snapshot: Snapshot, track: Track, window: Window) -> tuple[tuple[WalkMark, ...], int]:
    """The walks in the window, those at one place together; and how many there are."""
    history = snapshot.history
    first, last = np.searchsorted(
        history.walk_at, (track.position(window.first), track.position(window.last))
    ).tolist()
    walked = history.walk_at[first:last]
    places, counts = np.unique(walked, return_counts=True)
    if len(places) > MOST_WALKS:
        cell = -(-window.width // MOST_WALKS)
        _, begins, counts = np.unique(walked // cell, return_index=True, return_counts=True)
        places = walked[begins]
    made, at = [], first
    for place, count in zip(places.tolist(), counts.tolist(), strict=True):
        reads = history.walk_reads[at : at + count]
        at += count
        made.append(
            WalkMark(
                place,
                window.place(track.unit(place)),
                int((reads % FAULT).sum()),
                int((reads >= FAULT).sum()),
                place < snapshot.position,
            )
        )
    return tuple(made), last - first


def _kept(track: Track) -> Phrase:
    history = track.history
    values = {"end": f"{track.position_end:,}", "from": f"{track.position(history.kept_from):,}"}
    if track.modelled and history.kept_from:
        return say("0 to {end}; band by band from {from}", **values)
    if history.first_mark:
        return say("0 to {end}; before {from} only sums are kept", **values)
    if not history.is_complete and not track.modelled:
        seen = next(iter(track.at[1:].tolist()), 0)
        return say("0 to {end}; watched from {from}", end=values["end"], **{"from": f"{seen:,}"})
    return say("0 to {end}, all kept", **values)


def _modelled(track: Track) -> Phrase:
    if not track.modelled:
        return NOTHING
    return say(
        "≈ a Python monitor retires no instruction: each of its bands is drawn {n} "
        "instructions wide",
        n=track.exit_units,
    )


def summary(drawn: Picture) -> Phrase:
    """One line beside the title."""
    values = {"n": f"{drawn.to_position - drawn.from_position:,}", "traps": f"{drawn.traps:,}"}
    if drawn.buckets:
        return say("{n} instructions, traps: {traps}. Each column is a share.", **values)
    return say("{n} instructions, traps: {traps}. Click one to travel there.", **values)
