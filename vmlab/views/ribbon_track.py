"""What the ribbon draws along: bands in units of the picture, and the lanes that they lie in.

A unit is an instruction. Without a monitor that is all: a place in the picture is a position of
the run. A monitor in Python retires nothing, and a band without length cannot be seen; so each
of its bands is *drawn* `EXIT_UNITS` wide, and whoever shows it says that this is no measurement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from vmlab.core.modes import Mode, mode_name, split_actor
from vmlab.session.historian import written
from vmlab.session.history import History, Ints, Why
from vmlab.session.snapshot import Snapshot
from vmlab.views.names import owner
from vmlab.views.phrase import Phrase, say
from vmlab.vmm.common.whoran import Band, Owner

EXIT_UNITS: Final = 8
"""How wide a monitor's band is drawn, beside what it carried out itself: one and the same for each,
since nobody has measured it."""
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
        """Believed and real, in words; one word when they agree."""
        if self.believed == self.real:
            return say("in {mode}", mode=self.real)
        return say("thinks {believed}, is {real}", believed=self.believed, real=self.real)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """`history` is in units of the picture; `at` are the positions at which its bands begin."""

    history: History
    at: Ints
    lanes: tuple[Lane, ...]
    modelled: bool = False
    """Whether some bands are wider than what was measured."""
    position_end: int = 0
    present: int = 0
    """The number of the band in which the session stands; -1: it is no longer kept."""
    whys: tuple[Phrase, ...] | None = None
    """What began each band, where it is not a cause's number alone."""

    def lane(self, actor: int) -> int:
        """The number of an actor's lane; -1 where nobody knows who ran."""
        return next((at for at, lane in enumerate(self.lanes) if lane.actor == actor), -1)

    def unit(self, position: int) -> int:
        """Where a position stands in the picture."""
        if not self.modelled:
            return position
        band = max(0, int(np.searchsorted(self.at, position, "right")) - 1)
        return int(self.history.start[band]) + max(0, position - int(self.at[band]))

    def position(self, unit: int) -> int:
        """The position that stands at a place in the picture."""
        if not self.modelled:
            return unit
        start = self.history.start
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
    """Of a machine without a monitor: a lane for each mode, firmware lowest."""
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


def track_of_bands(bands: Sequence[Band], position: int, end: int) -> Track:
    """Under a technique: the guest's user, its kernel, and the monitor, whose bands are widened."""
    insns = np.array([band.insns for band in bands], np.int64)
    actors = np.array([_ACTORS[band.owner] for band in bands], np.uint8)
    widths = insns + EXIT_UNITS * (actors == MONITOR)
    at = np.array([band.first for band in bands], np.int64)
    first = int(at[0]) if len(at) else 0
    start = first + np.concatenate(([0], np.cumsum(widths)))
    why = np.where(actors == MONITOR, 0, Why.RETURN)
    made = written(start[:-1], actors, why, int(start[-1]))
    lanes = tuple(_lane_of(one, bands) for one in Owner)
    whys = tuple(_why(band) for band in bands)
    present = int(np.searchsorted(at, position, "right")) - 1
    return Track(made, at, lanes, True, end, present, whys)


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
