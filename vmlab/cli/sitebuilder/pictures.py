"""The "Who is running?" ribbon of a recording as numbers for a template: places in percent.

The page draws it without a program; the player only moves a playhead over it. A band that has a
measured length is a block. A Python monitor's has none: it is a sliver of a width of its own,
hatched, and the legend says that this is a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from vmlab.cli.sitebuilder.recordings import Recording

LANES: Final = ("U", "K", "V")
TICKS: Final = (1, 2, 5)
MOST_TICKS: Final = 7
LABEL_PERCENT: Final = 1.1
"""Of the ribbon's width, for a letter of a label, at the width that a page usually has."""


@dataclass(frozen=True, slots=True)
class Block:
    """A band with a length, or a sliver without one (`width` 0)."""

    band: int
    owner: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Label:
    """A word above the moment of an exit."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Ribbon:
    """One window of a recording."""

    first: int
    """Of the bands that are shown."""
    last: int
    """One past the last."""
    start: int
    """The guest instruction at its left edge."""
    insns: int
    blocks: tuple[Block, ...]
    labels: tuple[Label, ...]
    ticks: tuple[Label, ...]
    simulated: bool
    """True if a program carried out all of it."""
    exits: int


@dataclass(frozen=True, slots=True)
class Row:
    """A band for the text twin."""

    number: int
    first: int
    insns: int
    owner: str
    believed: str
    real: str
    why: str
    reason: str
    pc: str


def rows(recording: Recording) -> list[Row]:
    """The whole recording as rows: what the twin shows, and what every picture is drawn from."""
    content = recording.content
    bands: Mapping[str, list[Any]] = content["bands"]
    starts = [0, *accumulate(bands["insns"])]
    found = []
    for number, (mode, insns, why, reason, pc) in enumerate(
        zip(*(bands[name] for name in ("mode", "insns", "why", "reason", "pc")), strict=True)
    ):
        owner, believed, real = content["modes"][mode]
        named = content["reasons"][reason] if reason >= 0 else ""
        why_text = content["whys"][why]
        found.append(Row(number, starts[number], insns, owner, believed, real, why_text, named, pc))
    return found


def ribbon(
    recording: Recording, first: int, last: int, scale: int | None = None, labels: bool = True
) -> Ribbon:
    """The bands `first` to `last`; the ribbon's width is `scale` instructions, else all of them."""
    shown = rows(recording)[first:last]
    start = shown[0].first
    insns = shown[-1].first + shown[-1].insns - start
    width = max(scale or insns, 1)

    def x(position: int) -> float:
        return round(100 * (position - start) / width, 3)

    blocks = []
    for row in shown:
        length = 0.0 if row.owner == "V" else round(100 * row.insns / width, 3)
        if length or row.owner == "V":
            blocks.append(Block(row.number, row.owner, x(row.first), length))
    exits = [row for row in shown if row.owner == "V"]
    ticks = tuple(Label(x(at), f"{at:,}") for at in _ticks(start, insns))
    return Ribbon(
        first,
        last,
        start,
        insns,
        tuple(blocks),
        tuple(_labels(exits, x)) if labels else (),
        ticks,
        not recording.direct,
        len(exits),
    )


def _labels(exits: list[Row], x: Any) -> list[Label]:
    """As many as fit without touching, the first of each crowd."""
    found: list[Label] = []
    free = 0.0
    for row in exits:
        at = x(row.first)
        if at >= free and at + LABEL_PERCENT * len(row.reason) <= 100:
            found.append(Label(at, row.reason))
            free = at + LABEL_PERCENT * (len(row.reason) + 1)
    return found


def _ticks(start: int, insns: int) -> list[int]:
    """Round numbers inside a window."""
    power = 1
    while True:
        for one in TICKS:
            step = one * power
            if insns <= step * MOST_TICKS:
                first = -(-start // step) * step
                return list(range(first, start + insns + 1, step))
        power *= 10
