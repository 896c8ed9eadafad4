"""What the ribbon draws along: bands in units of the picture, and the lanes that they lie in.

A unit is an instruction. Without a monitor that is all: a place in the picture is a position of
the run. A monitor in Python retires nothing, and a band without length cannot be seen; so each
of its bands is *drawn* so many units wide, and whoever shows it says that this is no measurement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from vmlab.core.modes import Mode, mode_name, split_actor
from vmlab.isa.causes import EXCEPTIONS, INTERRUPTS
from vmlab.session.historian import written
from vmlab.session.history import INTERRUPT, LOST, History, Ints, Why
from vmlab.session.snapshot import Snapshot
from vmlab.views.names import owner
from vmlab.views.phrase import NOTHING, Phrase, say
from vmlab.vmm.common.bands import Overview
from vmlab.vmm.common.whoran import BEGINNING, Band, Owner

EXIT_UNITS: Final = 8
"""How wide a monitor's band is drawn at least, beside what it carried out itself. All are alike,
since nobody has measured them: wider only where the guest's own bands are long."""
MOST_AHEAD: Final = 512
"""Bands that are drawn of what lies ahead of a monitored guest."""
MONITOR: Final = 6
"""The monitor's number among the actors; no mode has it."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One owner. `owner` is the mark: a mode's name (U, S, M, VU, VS), or V for a monitor."""

    actor: int
    owner: str
    name: Phrase
    believed: str
    """The mode that it takes itself to be in."""
    real: str

    @property
    def note(self) -> Phrase:
        """Believed and real, in words; one word when they agree, none before it has run."""
        if not self.real:
            return NOTHING
        if self.believed == self.real:
            return say("in {mode}", mode=self.real)
        return say("thinks {believed}, is {real}", believed=self.believed, real=self.real)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """`history` is in units of the picture; `at` are the positions at which its bands begin."""

    history: History
    at: Ints
    lanes: tuple[Lane, ...]
    exit_units: int = 0
    """So much wider than measured a monitor's bands are drawn; 0 where there is none."""
    position_end: int = 0
    present: int = 0
    """The number of the band in which the session stands; -1: it is no longer kept."""
    whys: tuple[Phrase, ...] | None = None
    """What began each band, where `history.why` does not say it all; else nothing."""
    overview: Overview | None = None
    """Of the whole run, where it is not in the history."""

    @property
    def modelled(self) -> bool:
        """Whether some bands are wider than what was measured."""
        return self.exit_units > 0

    def lane(self, actor: int) -> int:
        """The number of an actor's lane; -1 where nobody knows who ran."""
        return next((at for at, lane in enumerate(self.lanes) if lane.actor == actor), -1)

    def unit(self, position: int) -> int:
        """Where a position stands in the picture."""
        if not self.modelled or position < self.at[0]:
            return position
        band = max(0, int(np.searchsorted(self.at, position, "right")) - 1)
        return int(self.history.start[band]) + max(0, position - int(self.at[band]))

    def position(self, unit: int) -> int:
        """The position that stands at a place in the picture."""
        start = self.history.start
        if not self.modelled or unit < start[0]:
            return unit
        band = max(0, int(np.searchsorted(start, unit, "right")) - 1)
        after = int(self.at[band + 1]) if band + 1 < len(self.at) else self.position_end
        return min(int(self.at[band]) + max(0, unit - int(start[band])), after)

    def insns(self, bands: slice) -> Ints:
        """How many instructions each of these bands is long: measured."""
        after = self.at[bands.start + 1 : bands.stop + 1]
        missing = bands.stop - bands.start - len(after)
        ends = np.concatenate((after, np.full(missing, self.position_end, np.int64)))
        return ends - self.at[bands]


def track(snapshot: Snapshot) -> Track:
    """Under a technique, the guest's user, its kernel and the monitor; else a lane for each mode,
    firmware lowest."""
    side = snapshot.virtual
    if side is not None:
        return track_of_bands(side.bands, snapshot.position, snapshot.history, side.overview)
    history = snapshot.history
    there = history.actors() | {Mode.U, Mode.S, Mode.M}
    order = sorted(there, key=lambda actor: (actor & 3, -actor))
    lanes = tuple(map(_lane, order))
    present = history.present(snapshot.steps)
    return Track(history, history.start, lanes, position_end=history.end, present=present)


def _lane(actor: int) -> Lane:
    mode, virtual = split_actor(actor)
    real = mode_name(mode, virtual)
    return Lane(actor, real, owner(mode, virtual), real, real)


_NAMES: Final = {
    Owner.USER: Phrase("Guest user"),
    Owner.KERNEL: Phrase("Guest kernel"),
    Owner.MONITOR: Phrase("VMM"),
}
_MARKS: Final = {Owner.USER: "U", Owner.KERNEL: "S", Owner.MONITOR: "V"}
_ACTORS: Final = {Owner.USER: int(Mode.U), Owner.KERNEL: int(Mode.S), Owner.MONITOR: MONITOR}


_WORDS: Final = {
    **{info.name: INTERRUPT + code for code, info in INTERRUPTS.items()},
    **{info.name: code for code, info in EXCEPTIONS.items()},
    BEGINNING: Why.BEGINNING,
}
"""What began a band, by its name; all else is a return."""


def track_of_bands(
    bands: Sequence[Band], position: int, guest: History, overview: Overview | None = None
) -> Track:
    """Bands up to a position, those of a monitor widened. What lies ahead is drawn as the guest's
    own history has it: which exits there were, the monitor says when the run comes there again."""
    begins, actors, words, whys = _ahead(guest, position)
    at = np.array([*(band.first for band in bands), *begins], np.int64)
    insns = np.diff(at, append=guest.end)
    owners = np.array([*(_ACTORS[band.owner] for band in bands), *actors], np.uint8)
    units = _exit_units(insns[owners < MONITOR])
    drawn = np.cumsum(insns + units * (owners == MONITOR))
    start = (at[0] if len(at) else 0) + np.concatenate(([0], drawn))
    why = [*(_WORDS.get(band.why, Why.RETURN) for band in bands), *words]
    return Track(
        written(start[:-1], owners, why, int(start[-1])),
        at,
        tuple(_lane_of(one, bands) for one in Owner),
        units,
        guest.end,
        max(0, len(bands) - 1),
        (*map(_why, bands), *whys),
        overview,
    )


def _ahead(guest: History, position: int) -> tuple[list[int], list[int], list[int], list[Phrase]]:
    """Where the bands ahead of a position begin, whose they are, what begins each."""
    if guest.end <= position:
        return [], [], [], []
    next_one = int(np.searchsorted(guest.start, position, "right"))
    shown = slice(next_one, next_one + MOST_AHEAD)
    begins = [position, *guest.start[shown].tolist()]
    actors = [actor & 3 for actor in guest.actor[next_one - 1 : shown.stop].tolist()]
    words = [int(Why.LOST), *guest.why[shown].tolist()]
    if len(guest.start) > shown.stop:
        actors[-1] = LOST  # and so is all that follows
        words[-1] = Why.LOST
    return begins, actors, words, [Phrase("recorded ahead"), *[NOTHING] * (len(begins) - 1)]


def _exit_units(insns: Ints) -> int:
    """About a quarter of a usual band of the guest's: a power of two, so that it seldom changes."""
    usual = float(np.median(insns)) if len(insns) else 0.0
    return max(EXIT_UNITS, 1 << max(0, int(usual) // 4).bit_length() >> 1)


def _lane_of(one: Owner, bands: Sequence[Band]) -> Lane:
    """As its last band was; a monitor takes itself to be where it is."""
    last = next((band for band in reversed(bands) if band.owner is one), None)
    believed, real = ("", "") if last is None else (last.believed, last.real)
    if one is Owner.MONITOR:
        believed = real
    return Lane(_ACTORS[one], _MARKS[one], _NAMES[one], believed, real)


def _why(band: Band) -> Phrase:
    cause = Phrase(band.why)
    if band.reason is None:
        return cause
    return say("{cause}: {reason}", cause=cause, reason=Phrase(band.reason.value))
