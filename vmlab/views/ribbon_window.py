"""The part of a run that the ribbon shows: which it is at first, and how it moves and zooms.

A window is two places in units of the picture (`ribbon_track`), the second one excluded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from vmlab.views.ribbon_track import Track

NARROWEST: Final = 4
"""Units: one instruction is then as wide as a hand."""
NEAR_BANDS: Final = 4
"""So many bands before the present one and after it are near."""
NEAR_UNITS: Final = 60
NEAR_TIMES: Final = 6
"""Near is what lies within so many times the usual length of a band, and these units at least."""
EDGE: Final = 0.06
"""The playhead keeps this part of the window away from its end."""


@dataclass(frozen=True, slots=True)
class Window:
    """Units from `first` on, up to `last`."""

    first: int
    last: int

    @property
    def width(self) -> int:
        return self.last - self.first

    def place(self, unit: float) -> float:
        """Where a unit stands: 0 at the left edge, 1 at the right one."""
        return (unit - self.first) / self.width

    def has(self, unit: int) -> bool:
        """Whether a unit shows, with a little room to its right."""
        return self.first <= unit <= self.last - EDGE * self.width


def whole(track: Track) -> Window:
    """The run from its beginning to the furthest position."""
    return Window(0, max(NARROWEST, track.history.end))


def near(track: Track, unit: int) -> Window:
    """The bands around a place, unless some are so long that the others could not be seen."""
    start = track.history.start
    band = max(0, int(np.searchsorted(start, unit, "right")) - 1)
    begins = start[max(0, band - NEAR_BANDS) : band + NEAR_BANDS + 2]
    lengths = np.sort(np.diff(begins))[:-1]  # all but the longest
    usual = float(np.mean(lengths)) if len(lengths) else 0.0
    reach = max(NEAR_UNITS, int(NEAR_TIMES * usual))
    ends = int(begins[-1]) if band + NEAR_BANDS + 1 < len(start) else track.history.end
    first = max(int(begins[0]), unit - reach)
    last = min(max(ends, unit + NARROWEST), unit + reach)
    last = max(last, first + min(reach, NEAR_UNITS))
    return Window(first, last + int(EDGE * (last - first)) + 1)


def follow(window: Window, unit: int) -> Window:
    """The window, moved only if the playhead would not be in it."""
    if window.has(unit):
        return window
    return moved(window, unit - window.width // 2 - window.first)


def moved(window: Window, by: int) -> Window:
    """The same width elsewhere, not before the beginning."""
    first = max(0, window.first + by)
    return Window(first, first + window.width)


def zoomed(window: Window, factor: float, around: int, track: Track) -> Window:
    """Narrower or wider around a place, which stays where it is; at most the whole run."""
    all_of_it = whole(track)
    width = min(max(NARROWEST, round(window.width * factor)), max(all_of_it.width, NEAR_UNITS))
    place = min(max(window.place(around), 0.0), 1.0)
    first = max(0, round(min(max(around, window.first), window.last) - place * width))
    first = min(first, max(0, all_of_it.last - width + int(EDGE * width)))
    return Window(first, first + width)


def ticks(track: Track, window: Window, about: int = 8) -> tuple[tuple[int, float], ...]:
    """Round positions in the window, and where each stands."""
    first, last = track.position(window.first), track.position(window.last)
    if not track.modelled:
        last = window.last
    raw = max(1.0, (last - first) / about)
    power = 10 ** int(np.log10(raw))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= raw)
    marks = range(-(-first // step) * step, last + 1, step)
    return tuple((mark, window.place(track.unit(mark))) for mark in marks)
