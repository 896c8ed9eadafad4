"""The comparison as a session: lanes, checks and judgements, carried on piece by piece.

Whoever drives it calls `tick` again and again and looks at `snapshot`. The lane that is furthest
behind goes first, so that at each moment all stand at about the same place of the guest's run. At
the common point their states are compared with the bare machine's.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeVar

from vmlab.core.errors import BadInput, VmlabError
from vmlab.session.lanes import FIRST_GOAL, PROMPT, Goal, Lane, LaneRow, Standing, check
from vmlab.vmm.common.vm import guest_platform
from vmlab.vmm.compare.measure import MOST_INSNS, RAM_BYTES, Cost, Counting, on_path, walking
from vmlab.vmm.compare.papers import PAPERS
from vmlab.vmm.compare.shapes import ON_PATH, SHAPES, Asked, Verdict, judged
from vmlab.vmm.laws.judge import Judgement, judging
from vmlab.vmm.laws.userview import UserView, differences
from vmlab.vmm.techniques import TECHNIQUES, Technique, find

__all__ = ["Board", "BoardSnapshot", "Busy", "Equality", "How", "Judged"]

BARE: Final = "bare"
PIECE_S: Final = 0.004
"""How long a piece of a lane should take: two of them fit into a slice of the page."""
CHECK_PIECE_INSNS: Final = 2_000
JUDGED_PROGRAMS: Final = 1
JUDGED_SEED: Final = 1
MOST_PROGRAMS: Final = 20
"""That the page judges on: the command line takes more."""
WALKED: Final = "switch"
Number = TypeVar("Number", int, float)

Job = Generator[str, None, None]
"""Says before each piece what is being done (English; a technique's or a benchmark's name)."""


class How(Enum):
    """By what a lane's state is compared with the bare machine's."""

    REFERENCE = "reference"
    STATE = "state"
    """Every word, device and page of memory, by one hash, after as many instructions."""
    USERS = "users"
    """Another build of the same sources: what the guest's users can tell."""


@dataclass(frozen=True, slots=True)
class Equality:
    """What the comparison of one lane's state came to, and what it was made of."""

    how: How
    equal: bool
    position: int
    bare_position: int
    state_hash: str
    bare_hash: str
    processes: int = 0
    calls: int = 0
    """System calls that were compared, with arguments and results."""
    pages: int = 0
    told: str = ""
    """The first difference."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The three laws of a technique, judged here: one judgement, what it was made of."""

    judgement: Judgement
    guests: int
    """Guests that the laws were measured on, hostile ones included."""


class Busy(Enum):
    """What the board is doing."""

    IDLE = "idle"
    LANES = "lanes"
    CHECKING = "checking"
    JUDGING = "judging"
    SURVEY = "survey"


@dataclass(frozen=True, slots=True)
class BoardSnapshot:
    """All that a picture of the comparison needs."""

    version: int
    goal: Goal
    lanes: tuple[LaneRow, ...]
    busy: Busy
    doing: str
    """Which technique, guest or benchmark that is about."""
    steps: tuple[int, int]
    """Of a survey: how many parts are done, and how many there are."""
    equalities: Mapping[str, Equality]
    judged: Mapping[str, Judged]
    costs: Mapping[tuple[str, str], Cost]
    """Every cost counted on this board, by technique and benchmark."""
    shapes: tuple[Verdict, ...]

    @property
    def arrived(self) -> bool:
        """True once every lane goes no further, and one has come to the point."""
        over = all(lane.standing not in (Standing.READY, Standing.RUNNING) for lane in self.lanes)
        return over and any(lane.standing is Standing.ARRIVED for lane in self.lanes)


class Board:
    """Lanes of one goal, the bare machine's first."""

    def __init__(
        self,
        clock: Callable[[], float],
        goal: Goal = FIRST_GOAL,
        techniques: Sequence[str] = tuple(TECHNIQUES),
        engine: str = "auto",
    ) -> None:
        """`clock` counts seconds; it chooses how long a piece is, and no count."""
        self._clock, self._engine = clock, engine
        self._version = 0
        self._costs: dict[tuple[str, str], Cost] = {}
        self._walks: dict[str, int] = {}
        self._sensitive: dict[str, float] = {}
        self._judged: dict[str, Judged] = {}
        self._shapes: tuple[Verdict, ...] = ()
        self._ask_shapes()
        self.choose(goal, techniques)

    # Choosing ------------------------------------------------------------------------------------

    def choose(self, goal: Goal, techniques: Sequence[str]) -> None:
        """Another guest, point or set of techniques, from power-on. Raises `BadInput`; then all
        stays as it was. The bare machine is the reference, and always among them."""
        check(goal)
        wanted = {BARE, *(find(name).name for name in techniques)}
        self.goal = goal
        self.techniques = tuple(row for name, row in TECHNIQUES.items() if name in wanted)
        self.reset()

    def reset(self) -> None:
        """Every lane back to power-on. Costs and judgements stay: they are of no lane."""
        self._job: Job | None = None
        self._busy, self._doing, self._steps = Busy.IDLE, "", (0, 0)
        self._lanes = [Lane(row, self.goal, self._engine) for row in self.techniques]
        self._equalities: dict[str, Equality] = {}
        self._changed()

    def _changed(self) -> None:
        self._version += 1

    # Commands ------------------------------------------------------------------------------------

    def race(self, one_exit: bool = False) -> None:
        """Lanes go on to the point, or each to its next exit."""
        self._begin(Busy.LANES, self._racing(one_exit))

    def judge(self, technique: str, programs: int = JUDGED_PROGRAMS) -> None:
        """Judge the three laws of a technique. Raises `BadInput`."""
        row = find(technique)
        if not 1 <= programs <= MOST_PROGRAMS:
            raise BadInput(f"expected 1 to {MOST_PROGRAMS} programs, found {programs}")
        self._begin(Busy.JUDGING, self._judging(row, programs))

    def survey(self) -> None:
        """Count every benchmark that a paper or a shape asks for, under each chosen technique."""
        self._begin(Busy.SURVEY, self._surveying())

    def stop(self) -> None:
        """Give up what is being done. Lanes stay where they are."""
        self._job = None
        self._busy, self._doing = Busy.IDLE, ""
        self._changed()

    def _begin(self, busy: Busy, job: Job) -> None:
        self._job, self._busy, self._doing = job, busy, ""
        self._changed()

    @property
    def working(self) -> bool:
        """True while `tick` has something to do."""
        return self._job is not None

    def tick(self, budget_s: float) -> bool:
        """Carry on for about so long. True while there is more to do."""
        until = self._clock() + budget_s
        while self._job is not None:
            try:
                self._doing = next(self._job)
            except StopIteration:
                self._job = None
                self._busy, self._doing = Busy.IDLE, ""
            except VmlabError:
                self._job = None
                self._busy, self._doing = Busy.IDLE, ""
                self._changed()
                raise
            self._changed()
            if self._clock() >= until:
                break
        return self._job is not None

    # Lanes ---------------------------------------------------------------------------------------

    def _racing(self, one_exit: bool) -> Job:
        waiting = [lane for lane in self._lanes if not lane.done]
        if one_exit:  # nobody leaves the bare machine, nor a program that carries all out
            waiting = [lane for lane in waiting if self._has_exits(lane)]
        while waiting:
            lane = min(waiting, key=lambda one: one.carried_insns)
            began = self._clock()
            lane.advance(lane.piece_insns, one_exit)
            lane.took(self._clock() - began, PIECE_S)
            if lane.done or lane.held:
                waiting.remove(lane)
                self._keep_cost(lane)
            yield lane.technique.name
        if all(lane.done for lane in self._lanes):
            yield from self._checking()

    def _has_exits(self, lane: Lane) -> bool:
        return lane.technique.bound is not None

    def _keep_cost(self, lane: Lane) -> None:
        cost = lane.row().cost
        if cost is not None:
            self._costs[cost.technique, cost.benchmark] = cost
            self._ask_shapes()

    # States --------------------------------------------------------------------------------------

    def _checking(self) -> Job:
        """Compare what arrived with the bare machine, which is the first lane."""
        bare, *others = self._lanes
        if bare.standing is not Standing.ARRIVED:
            return
        self._busy = Busy.CHECKING
        bare.way.subject.settle()
        here, found = bare.way.subject.hart.retired, bare.way.subject.machine.state_hash()
        self._equalities[BARE] = Equality(How.REFERENCE, True, here, here, found, found)
        for lane in others:
            if lane.standing is not Standing.ARRIVED:
                continue
            yield lane.technique.name
            subject = lane.way.subject
            subject.settle()
            position, mine = subject.hart.retired, subject.machine.state_hash()
            if lane.technique.build:
                yield from self._as_users_see_it(lane, position, mine)
            else:
                equal = (position, mine) == (here, found)
                self._equalities[lane.technique.name] = Equality(
                    How.STATE, equal, position, here, mine, found
                )

    def _as_users_see_it(self, lane: Lane, position: int, mine: str) -> Job:
        """Both builds again from power-on, each to its end (at a prompt, to where its lane stands),
        and looked at."""
        bare = self._lanes[0]
        views = []
        prompt = self.goal.benchmark is None and self.goal.point == PROMPT
        stands = (bare.way.subject.hart.retired, position)
        for one, here in zip((bare, lane), stands, strict=True):
            most = here if prompt else MOST_INSNS
            platform = guest_platform(RAM_BYTES)
            subject = one.technique.alone(platform, one.way.payload, self._engine)
            view = UserView(subject, one.way.payload)
            while subject.runnable and subject.hart.retired < most:
                view.watch(min(CHECK_PIECE_INSNS, most - subject.hart.retired))
                yield lane.technique.name
            views.append(view)
        told = differences(*views)
        processes = views[0].processes.values()
        self._equalities[lane.technique.name] = Equality(
            How.USERS,
            not told,
            position,
            bare.way.subject.hart.retired,
            mine,
            self._equalities[BARE].state_hash,
            len(processes),
            sum(len(process.calls) for process in processes),
            sum(len(process.memory or ()) for process in processes),
            told[0] if told else "",
        )

    # Laws ----------------------------------------------------------------------------------------

    def _judging(self, row: Technique, programs: int) -> Job:
        found = yield from judging(row, JUDGED_SEED, programs, engine=self._engine)
        guests = max(law.judged for law in found.laws.values())
        self._judged[row.name] = Judged(found, guests)

    # Papers --------------------------------------------------------------------------------------

    def _asked(self) -> tuple[str, ...]:
        """The benchmarks that papers and shapes ask for."""
        asked = {row.benchmark: None for paper in PAPERS for row in paper.rows if row.benchmark}
        asked |= {
            name: None
            for shape in SHAPES
            if all(one in TECHNIQUES for one in shape.techniques)
            for name in shape.benchmarks
        }
        return tuple(asked)

    def _surveying(self) -> Job:
        asked = self._asked()
        wanted = [(row, name) for name in asked for row in self.techniques
                  if (row.name, name) not in self._costs]  # fmt: skip
        unwalked = [row for row in self.techniques if row.name not in self._walks]
        unseen = [name for name in ON_PATH if name not in self._sensitive]
        total = len(wanted) + len(unwalked) + len(unseen)
        for number, (row, benchmark) in enumerate(wanted):
            self._steps = number, total
            yield from self._counting(row, benchmark)
            self._ask_shapes()
        for number, benchmark in enumerate(unseen):
            self._steps = len(wanted) + number, total
            pieces = on_path(benchmark, CHECK_PIECE_INSNS)
            self._sensitive[benchmark] = yield from _named(pieces, f"{BARE}, {benchmark}")
            self._ask_shapes()
        for number, row in enumerate(unwalked):
            self._steps = len(wanted) + len(unseen) + number, total
            self._walks[row.name] = yield from _named(
                walking(row, self._engine, CHECK_PIECE_INSNS), f"{row.name}, {WALKED}"
            )
            self._ask_shapes()
        self._steps = total, total

    def _counting(self, row: Technique, benchmark: str) -> Job:
        counting = Counting(row, benchmark, self._engine)
        insns = 256
        while True:
            began = self._clock()
            if counting.advance(insns):
                break
            took = self._clock() - began
            insns = max(16, min(2 * insns, int(insns * PIECE_S / max(took, 1e-6))))
            yield f"{row.name}, {benchmark}"
        self._costs[row.name, benchmark] = counting.cost

    def _ask_shapes(self) -> None:
        """Ask every shape of what has been counted so far. One whose walk or path was not counted
        is not asked: its costs are kept from it."""
        costs = self._costs
        if len(self._walks) < len(TECHNIQUES):
            unwalked = {name for name in TECHNIQUES if name not in self._walks}
            costs = {
                key: cost
                for key, cost in costs.items()
                if not (key[1] == WALKED and key[0] in unwalked)
            }
        costs = {
            key: cost
            for key, cost in costs.items()
            if key[1] in self._sensitive or key[1] not in ON_PATH
        }
        self._shapes = tuple(judged(Asked(costs, self._sensitive, self._walks)))

    # Looking -------------------------------------------------------------------------------------

    def snapshot(self) -> BoardSnapshot:
        """As it is now."""
        return BoardSnapshot(
            self._version,
            self.goal,
            tuple(lane.row() for lane in self._lanes),
            self._busy,
            self._doing,
            self._steps,
            MappingProxyType(dict(self._equalities)),
            MappingProxyType(dict(self._judged)),
            MappingProxyType(dict(self._costs)),
            self._shapes,
        )


def _named(pieces: Generator[None, None, Number], doing: str) -> Generator[str, None, Number]:
    """Pieces that say what is being done."""
    while True:
        try:
            next(pieces)
        except StopIteration as done:
            found: Number = done.value
            return found
        yield doing
