"""The three laws of one technique, judged on random kernels, on hostile guests and on guests of the
catalogue: what each comes to, beside what the technique declares.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.vmm.common.path import GuestPath
from vmlab.vmm.common.vm import Payload
from vmlab.vmm.laws import built
from vmlab.vmm.laws.control import NOTHING, SLICE_INSNS, Controlled, Guest, beside
from vmlab.vmm.laws.efficiency import efficiency
from vmlab.vmm.laws.equivalence import compare, strides
from vmlab.vmm.laws.hostile import HOSTILES, Hostile
from vmlab.vmm.laws.kernels.program import board, random_program
from vmlab.vmm.laws.kernels.uservisible import first_difference, seen
from vmlab.vmm.laws.subjects import Trial, random_kernels
from vmlab.vmm.laws.tracing import trace
from vmlab.vmm.laws.userview import UserView, differences
from vmlab.vmm.techniques import Technique, Verdict, find

LAWS: Final = ("equivalence", "control", "efficiency")
MOST_PROGRAMS: Final = 100_000
NEIGHBOUR_SEED: Final = 1_000_003
NEIGHBOUR_OPERATIONS: Final = 24
"""Enough of each kind, and soon over: it runs beside every guest."""
HARTS: Final[tuple[dict[str, str], ...]] = (
    {},
    {"illegal_tval": "zero", "access_tinst": "full"},
)
"""Real harts that monitors are tried on, in turn: both kinds are legal."""


@dataclass(slots=True)
class Finding:
    """One law: how it was measured, and the first thing that speaks against it."""

    expected: Verdict
    judged: int = 0
    """Guests that it was measured on."""
    witness: str | None = None
    open: str | None = None
    """Why it cannot be measured."""

    @property
    def measured(self) -> Verdict:
        if self.open is not None:
            return Verdict.OPEN
        return Verdict.HOLDS if self.witness is None else Verdict.FAILS

    @property
    def as_declared(self) -> bool:
        return self.measured is self.expected

    def against(self, witness: str) -> None:
        """Something speaks against the law: what was first is kept."""
        if self.witness is None:
            self.witness = witness


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found of one technique."""

    technique: str
    seed: int
    programs: int
    laws: dict[str, Finding] = field(default_factory=dict)

    @property
    def as_declared(self) -> bool:
        """True if every law comes to what the technique declares."""
        return all(found.as_declared for found in self.laws.values())


def judge(
    technique: Technique,
    seed: int,
    programs: int,
    guests: Sequence[Trial] = (),
    engine: str = "auto",
    told: Callable[[str], None] = lambda what: None,
) -> Judgement:
    """Judge all three laws. `guests` are judged besides the random kernels; `told` hears what is
    being done. Raises `BadInput`."""
    pieces = judging(technique, seed, programs, guests, engine)
    while True:
        try:
            told(next(pieces))
        except StopIteration as done:
            judgement: Judgement = done.value
            return judgement


def judging(
    technique: Technique,
    seed: int,
    programs: int,
    guests: Sequence[Trial] = (),
    engine: str = "auto",
) -> Generator[str, None, Judgement]:
    """`judge` in pieces, for who has something else to do in between: says before each what is
    being done."""
    if not 1 <= programs <= MOST_PROGRAMS:
        raise BadInput(f"expected 1 to {MOST_PROGRAMS} programs, found {programs}")
    case = Case(technique, engine)
    trials = [*trials_of(technique, seed, programs), *guests]
    for number, trial in enumerate(trials):
        yield f"{technique.name}: {trial.name} ({number + 1} of {len(trials)})"
        case.equivalence(trial)
        yield f"{technique.name}: {trial.name} ({number + 1} of {len(trials)}), efficiency"
        case.efficiency(trial)
        yield f"{technique.name}: {trial.name} ({number + 1} of {len(trials)}), control"
        case.control(trial)
    for make in hostile_guests(technique).values():
        hostile = make()
        yield f"{technique.name}: {hostile.name}"
        case.control(hostile)
    return Judgement(technique.name, seed, programs, case.laws)


def trials_of(technique: Technique, seed: int, programs: int) -> Iterator[Trial]:
    """The programs of a seed, in the build that a technique runs."""
    return (built.trials if technique.build else random_kernels)(technique, seed, programs)


def hostile_trial(hostile: Hostile) -> Trial:
    """A hostile guest, as the laws are judged on it."""
    return Trial(f"a guest that tries to {hostile.tries}", board(), hostile.payload(), 0)


def hostile_guests(technique: Technique) -> dict[str, Callable[[], Trial]]:
    """The hostile guests that a technique can be given, by name: each is made when it is asked
    for."""
    if technique.build:
        return {tries: partial(built.hostile, tries) for tries in built.HOSTILES}
    guests = HOSTILES if technique.divides else ()
    return {hostile.name: partial(hostile_trial, hostile) for hostile in guests}


class Case:
    """One technique under judgement."""

    def __init__(self, technique: Technique, engine: str = "auto") -> None:
        self._technique, self._engine = technique, engine
        self.laws = {name: Finding(getattr(technique.promise, name)) for name in LAWS}
        self._bare = find("bare")
        self._alone: Controlled | None = None
        self._long_one_counted = False
        if technique.build:
            beside_it, nothing = built.neighbour(technique), built.nothing()
            self._neighbour = beside_it.platform, beside_it.payload
            self._nothing, self._slice_insns = (
                (nothing.platform, nothing.payload),
                built.SLICE_INSNS,
            )
        else:
            whole = random_program(NEIGHBOUR_SEED)
            some = whole.only(whole.operations[:NEIGHBOUR_OPERATIONS])
            self._neighbour = board(), some.payload()
            self._nothing, self._slice_insns = (board(), NOTHING), SLICE_INSNS
        if not technique.divides:
            self.laws["control"].open = "nobody divides the machine among guests"

    def equivalence(self, trial: Trial) -> None:
        """In step with the bare machine, on one of `HARTS`."""
        law, choices = self.laws["equivalence"], HARTS[trial.seed % len(HARTS)]
        if trial.native is not None:
            self._as_users_see_it(trial, trial.native)
            return
        guests, engine = ((trial.platform, trial.payload),), self._engine
        found = compare(
            trial.name,
            lambda: self._bare.start(guests, engine)[0],
            lambda: self._technique.start(guests, engine, **choices)[0],
            trial.most_insns,
            strides(trial.seed, *trial.strides),
        )
        law.judged += 1
        if found is not None:
            law.against(str(found))

    def _as_users_see_it(self, trial: Trial, native: Payload) -> None:
        """The same sources, built twice: what their users see. Such a kernel knows its hart, which
        is no other than its board's."""
        law = self.laws["equivalence"]
        law.judged += 1
        (bare,) = self._bare.start(((trial.platform, native),), self._engine)
        (here,) = self._technique.start(((trial.platform, trial.payload),), self._engine)
        if trial.is_random:
            bare.run(trial.most_insns)
            here.run(trial.most_insns)
            told = first_difference(seen(bare), seen(here))
        else:
            views = UserView(bare, native), UserView(here, trial.payload)
            for view in views:
                view.watch(trial.most_insns)
            told = next(iter(differences(*views)), None)
        if told is not None:
            law.against(f"{trial.name}: {told} (the bare machine is named first)")

    def efficiency(self, trial: Trial, path: GuestPath | None = None) -> None:
        """Exits against the path on the bare machine, which is counted if it is not given. That
        goes instruction by instruction: of nano's programs only the first is counted."""
        law = self.laws["efficiency"]
        subject = self._technique.alone(trial.platform, trial.payload, self._engine)
        subject.run(trial.most_insns)
        long = trial.native is not None and not trial.is_random
        if path is None and self._technique.bound and not (long and self._long_one_counted):
            path = trace(trial.platform, trial.native or trial.payload, trial.most_insns)
            self._long_one_counted |= long
        law.judged += 1
        found = efficiency(self._technique, trial.name, path, subject.counters)
        if found.told:
            law.against(found.told)

    def control(self, trial: Trial) -> None:
        """Beside a neighbour, which must be what it is beside nobody."""
        law = self.laws["control"]
        if law.open is not None:
            return
        if self._alone is None:
            self._alone = self._beside(self._nothing)
        found = self._beside((trial.platform, trial.payload))
        law.judged += 1
        for one in found.told:
            law.against(f"{trial.name}: {one}")
        if found.neighbour != self._alone.neighbour:
            law.against(f"{trial.name}: its neighbour ends otherwise than beside nobody")

    def _beside(self, guest: Guest) -> Controlled:
        return beside(self._technique, guest, self._neighbour, self._engine, self._slice_insns)
