"""One guest under one technique, on its way to a point that the guest itself could name.

Lanes of a comparison end where the guest has done the same: a benchmark's second mark, its prompt,
its end, or a number of its own instructions. They are carried on in pieces, so that a page can
breathe; the pieces change no count.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from vmlab.core.errors import BadInput, Unsupported, VmlabError
from vmlab.core.modes import Mode
from vmlab.guests.catalog import GUESTS
from vmlab.guests.nano import BENCHMARKS
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.bands import Band, Overview
from vmlab.vmm.common.counters import Counters
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.subject import Carried, Monitored, Subject
from vmlab.vmm.common.vm import Payload, State, guest_platform
from vmlab.vmm.common.whoran import WhoRan
from vmlab.vmm.compare.measure import GUEST, MOST_INSNS, RAM_BYTES, Cost, Counting
from vmlab.vmm.techniques import Technique

PROMPT: Final = "prompt"
END: Final = "end"
PROMPTS: Final = {GUEST: b"$ "}
"""What a guest prints when it first waits for somebody to type."""
MOST_INSNS_ASKED: Final = MOST_INSNS
SHOWN_BANDS: Final = 2048
BUCKETS: Final = 120
FIRST_PIECE_INSNS: Final = 256
FEWEST_INSNS: Final = 16
MOST_PIECE_INSNS: Final = 200_000


@dataclass(frozen=True, slots=True)
class Goal:
    """A guest, and the point to which every lane runs."""

    guest: str = GUEST
    point: str = "syscall"
    """A nanobenchmark's name, `PROMPT` or `END`."""
    insns: int | None = None
    """In place of a point: so many instructions of the guest."""

    @property
    def benchmark(self) -> str | None:
        """The nanobenchmark, if it is one."""
        return self.point if self.insns is None and self.point in BENCHMARKS else None


FIRST_GOAL: Final = Goal()
"""What is compared where nobody says otherwise: a system call."""


def guests() -> tuple[str, ...]:
    """Guests of the catalogue that a monitor can start: in S, under SBI."""
    return tuple(name for name, row in GUESTS.items() if row.needs_sbi)


def points(guest: str) -> tuple[str, ...]:
    """The points of a guest by name."""
    own = (*BENCHMARKS,) if guest == GUEST else ()
    return (*own, PROMPT) if guest in PROMPTS else (*own, END)


def check(goal: Goal) -> None:
    """Raises `BadInput` for a guest or a point that there is not."""
    if goal.guest not in guests():
        raise BadInput(
            f"expected a guest that a monitor can start ({', '.join(guests())}), "
            f"found {goal.guest[:40]!r}"
        )
    if goal.point not in points(goal.guest):
        raise BadInput(
            f"expected a point of {', '.join(points(goal.guest))}, found {goal.point[:40]!r}"
        )
    if goal.insns is not None and not 1 <= goal.insns <= MOST_INSNS_ASKED:
        raise BadInput(f"expected 1 to {MOST_INSNS_ASKED} instructions, found {goal.insns}")


class Way(Protocol):
    """How a lane comes to its point (`Counting` has it for a benchmark)."""

    @property
    def subject(self) -> Subject: ...
    @property
    def payload(self) -> Payload: ...
    @property
    def append(self) -> str | None: ...
    @property
    def so_far(self) -> Counters: ...
    @property
    def done(self) -> bool: ...
    def advance(self, insns: int) -> bool: ...


class Whole:
    """A run from power-on, until the guest has printed `text`, has carried out `insns`
    instructions, or has ended."""

    append: str | None = None

    def __init__(
        self, technique: Technique, guest: str, engine: str, text: bytes | None, insns: int | None
    ) -> None:
        self.payload = payload_of(guest + technique.build, ram_bytes=RAM_BYTES)
        self.subject: Carried = carried(
            technique.alone(guest_platform(RAM_BYTES), self.payload, engine)
        )
        self._text, self._insns = text, insns
        self.done = False
        if text is not None:
            machine, output = self.subject.machine, self.subject.output

            def printed(byte: int) -> None:
                output.append(byte)
                if output.endswith(text):
                    self.subject.request_stop()

            machine.uart.on_output = machine.terminal.on_output = printed

    @property
    def so_far(self) -> Counters:
        """All of it."""
        return self.subject.counters.copy()

    def advance(self, insns: int) -> bool:
        """Carry on for at most so many guest instructions. True at the point."""
        subject = self.subject
        most = MOST_INSNS if self._insns is None else self._insns
        left = most - subject.counters.instructions
        if not self.done and left > 0:
            subject.run(min(insns, left))
        at_end = not subject.runnable or subject.counters.instructions >= most
        self.done = at_end or (self._text is not None and subject.output.endswith(self._text))
        return self.done


def carried(subject: Subject) -> Carried:
    """The same, of a technique that a session can drive. Raises `Unsupported` for others."""
    if not isinstance(subject, Monitored | BareMachine):
        raise Unsupported("expected a technique that a session drives, found another")
    return subject


class Standing(Enum):
    """Where a lane stands."""

    READY = "ready"
    RUNNING = "running"
    ARRIVED = "arrived"
    ABSENT = "absent"
    """The guest has no build for the technique, or the point is none of its own."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LaneRow:
    """One lane as it is now."""

    technique: Technique
    standing: Standing
    why: str
    """Why it is absent or has failed; else empty."""
    position: int
    """The guest's instructions since power-on, in the present run."""
    counters: Counters
    """So far: since the first mark of a benchmark, else since power-on. All measured."""
    measuring: bool
    """True if what is counted counts: a benchmark is between its marks, or behind them."""
    cost: Cost | None
    """Of one operation, at the end of a benchmark."""
    real_modes: tuple[str, str]
    """The modes that the hart is in for the guest's U and S."""
    owner_mode: str
    """The mode that the monitor owns; empty without one."""
    bands: tuple[Band, ...]
    """Who had the hart, oldest first: the last of them, once a benchmark is counted."""
    overview: Overview | None
    append: str | None
    """The guest's command line."""
    engine: str


class Lane:
    """A lane; `advance` carries it on."""

    def __init__(self, technique: Technique, goal: Goal, engine: str = "auto") -> None:
        self.technique, self.goal = technique, goal
        self.standing, self.why = Standing.READY, ""
        self.piece_insns = FIRST_PIECE_INSNS
        self.carried_insns = 0
        """In all of its runs."""
        self.held = False
        """It has met the exit that it was to stop at."""
        self._one_exit = False
        self._way: Way | None = None
        self._who: WhoRan | None = None
        self._subject: Subject | None = None
        self._last: LaneRow | None = None
        try:
            if goal.insns is not None and technique.build:
                raise Unsupported(
                    "expected a point that every build comes to, found a number of instructions: "
                    "this kernel is another program"
                )
            self._way = self._start(engine)
            self._follow()
        except VmlabError as refusal:
            self.standing, self.why = Standing.ABSENT, str(refusal)

    def _start(self, engine: str) -> Way:
        goal = self.goal
        if goal.benchmark is not None:
            return Counting(self.technique, goal.benchmark, engine)
        text = PROMPTS.get(goal.guest) if goal.point == PROMPT and goal.insns is None else None
        return Whole(self.technique, goal.guest, engine, text, goal.insns)

    def _follow(self) -> None:
        """Write down who runs; a benchmark's second run begins anew."""
        assert self._way is not None
        subject = self._subject = self._way.subject
        self._who = WhoRan(subject)
        if isinstance(subject, Monitored):
            told = subject.monitor.on_told
            assert told is not None

            def heard(exit: TrapExit, reason: Reason, before: int) -> None:
                told(exit, reason, before)
                if self._one_exit:
                    self.held = True
                    subject.request_stop()

            subject.monitor.on_told = heard

    @property
    def done(self) -> bool:
        """It goes no further."""
        return self.standing not in (Standing.READY, Standing.RUNNING)

    @property
    def way(self) -> Way:
        """How it runs. It must not be absent."""
        assert self._way is not None, "an absent lane has no way"
        return self._way

    def advance(self, insns: int, one_exit: bool = False) -> None:
        """Carry on for at most so many of the guest's instructions, or to the next exit."""
        if self.done:
            return
        self.standing, self._one_exit, self.held = Standing.RUNNING, one_exit, False
        way = self.way
        before = way.subject.counters.instructions
        subject = way.subject
        try:
            if way.advance(insns):
                self.standing = Standing.ARRIVED
                if subject.state in (State.CRASHED, State.STOPPED):
                    self.standing, self.why = Standing.FAILED, subject.why
        except VmlabError as failure:
            self.standing, self.why = Standing.FAILED, str(failure)
        self.carried_insns += max(0, subject.counters.instructions - before)
        if way.subject is not self._subject:
            self._follow()

    def took(self, seconds: float, budget_s: float) -> None:
        """The last piece took so long; the next should take `budget_s`."""
        fits = int(self.piece_insns * budget_s / max(seconds, 1e-6))
        grown = min(fits, 2 * self.piece_insns, MOST_PIECE_INSNS)
        self.piece_insns = max(FEWEST_INSNS, grown)

    def row(self) -> LaneRow:
        """As it is now."""
        if not self.done:
            return self._row()
        if self._last is None:  # it changes no more
            self._last = self._row()
        return self._last

    def _row(self) -> LaneRow:
        if self._way is None or self._who is None:
            return LaneRow(
                self.technique, self.standing, self.why, 0, Counters(), False, None, ("", ""), "",
                (), None, None, "",
            )  # fmt: skip
        way, who = self._way, self._who
        subject = way.subject
        counting = way if isinstance(way, Counting) else None
        if isinstance(subject, Monitored):
            monitor = subject.monitor
            modes = (monitor.real_mode(Mode.U), monitor.real_mode(Mode.S))
            owner = monitor.owner_mode
        else:
            modes, owner = ("U", "S"), ""
        return LaneRow(
            self.technique,
            self.standing,
            self.why,
            subject.hart.retired,
            way.so_far,
            counting is None or counting.before is not None,
            counting.cost if counting is not None and counting.done else None,
            modes,
            owner,
            who.last(SHOWN_BANDS) if counting is not None and counting.done else (),
            who.overview(BUCKETS),
            way.append,
            carried(subject).engine.name,
        )
