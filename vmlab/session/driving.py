"""Driving: a machine moved forward, with its input, its engine and what stops it.

A run is a function of its setup and its input, which is stamped with the step at which it
arrived. On the way keyframes are taken, from which `session.travel` goes back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.core.events import ConsoleOutput, Event, EventKind
from vmlab.core.modes import VIRTUAL_ACTOR
from vmlab.engine.api import Engine, Halt, StopAt, Watch
from vmlab.engine.tiers import why_not_t1
from vmlab.session import edits, observe
from vmlab.session.carrier import power_on
from vmlab.session.console import Console
from vmlab.session.edits import Edit, Place
from vmlab.session.endings import detail, ending, exit_code, reason_of
from vmlab.session.inputs import Given, Input, Inputs
from vmlab.session.keyframes import Keyframes
from vmlab.session.log import RunLog
from vmlab.session.look import Looker
from vmlab.session.opening import Setup
from vmlab.session.pacing import Pace
from vmlab.session.places import told
from vmlab.session.relay import Relay
from vmlab.session.snapshot import ENDINGS, Reason, Registers, Status, Stop
from vmlab.session.stopping import Stopping
from vmlab.session.until import Until
from vmlab.session.virtual import Beside

FAR: Final = 1024
SPARE: Final = 16
"""A trap is a step that retires nothing. To come to a step, the engine stops at each trap on the
last FAR steps; before, it runs a SPAREth of the way without: between two instructions that retire
there are fewer traps, because a mode whose handler cannot begin is in a trap loop."""
UNLIMITED: Final = 1 << 62


class Driver(Stopping):
    """One run of one guest, forward."""

    def __init__(self, setup: Setup, engine: str = "auto") -> None:
        self.setup = setup
        super().__init__()
        self.version = 0
        self.message: str | None = None
        self.engine_asked = engine
        self._relay = Relay()
        self._power_on()

    def _power_on(self) -> None:
        self._carrier = power_on(self.setup, self.engine_asked)
        self.machine, self.image = self._carrier.machine, self._carrier.image
        self._engine: Engine = self._carrier.engine
        self._log = RunLog(self._actor())
        self._console = Console((self.machine.uart, self.machine.terminal))
        self._console.on_output = self._printed
        self._inputs = Inputs()
        self._furthest = (0, 0)
        self._before: Registers | None = None
        self._before_beside: tuple[Beside, ...] = ()
        self._stop: Stop | None = None
        self._until: Until | None = None
        self._limit_at = UNLIMITED
        self._began = (0, 0)
        self._pace = Pace()
        self.status = Status.PAUSED
        self._looker = Looker()
        self._frames = Keyframes(self._carrier, self._log.mark())
        self._ends_at = 0.0
        self._time_is_up = False
        self.machine.bus.on_access = self._look_at_clock
        self._relay.connect(self._engine.listeners, self._log)

    # The engine -----------------------------------------------------------------------------------

    @property
    def engine(self) -> Engine:
        """The engine, for tools and tests that look below the session."""
        return self._engine

    def use_engine(self, name: str) -> None:
        """Go on with another engine (`api.ENGINES`): here, now, in the middle of a run if need be.
        Nothing else changes. Raises `Unsupported` for a tier that cannot run here, `BadInput` for
        one that is unknown; the old one stays then."""
        self._note_written()  # the next engine may use the same words
        self._carrier.use_engine(name)
        self._engine, self.engine_asked = self._carrier.engine, name
        self._relay.connect(self._engine.listeners, self._log)
        self._pace.restart()
        self.version += 1

    @property
    def tier(self) -> str:
        """The tier that runs all but single steps, which `auto` gives to T0."""
        return self._carrier.tier

    @property
    def engine_note(self) -> str | None:
        """Why a slower engine runs than `auto` stands for, if one does."""
        reason = why_not_t1() if self.engine_asked == "auto" else None
        return None if reason is None else f"the slower engine t0 runs: {reason}"

    # Position -------------------------------------------------------------------------------------

    @property
    def position(self) -> int:
        """Instructions retired since reset."""
        return self.machine.hart.retired

    @property
    def steps(self) -> int:
        """Instructions retired plus traps taken: each step of the machine adds one."""
        return self.machine.hart.retired + self.machine.hart.word("traps")

    @property
    def symbols(self) -> Mapping[int, str]:
        """The image's names, by virtual address."""
        return {} if self.image is None else self.image.symbols

    @property
    def stop(self) -> Stop | None:
        """Why the last run or step ended."""
        return self._stop

    # Events ---------------------------------------------------------------------------------------

    def subscribe(self, kinds: EventKind, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` with each event of these kinds from now on; returns how to end that.
        Replays (going back) are silent. A listener must not drive the session."""
        self._pace.restart()
        return self._relay.subscribe(kinds, listener)

    def _printed(self, byte: int) -> None:
        if self._relay.quiet:
            return
        pattern = None if self._until is None else self._until.at_console
        if pattern is not None and self._console.search(pattern):
            self._time_is_up = False
            self._engine.request_stop()
        self._relay.tell(ConsoleOutput(self.position, bytes([byte])))

    # Going forward --------------------------------------------------------------------------------

    def step(self, n: int = 1) -> Stop:
        """Make `n` steps: each retires one instruction or takes one trap."""
        at_least_one("steps", n)
        self._remember()
        self.message = None
        target = self.steps + n
        reason = Reason.STEP
        while self.steps < target and self.status is not Status.ENDED:
            halt = self._approach(target, self.watches)
            if halt is Halt.WATCHPOINT and not self._watch_stops():
                continue
            if halt not in (Halt.BUDGET, Halt.TRAP):
                reason = reason_of(halt, self.machine, False)
                break
        return self._stopped(reason)

    def run(self, until: Until | None = None, limit: int | None = None) -> Stop:
        """Run until the condition holds, a breakpoint, the guest's end, or `limit` more
        instructions have retired."""
        self.start(until, limit)
        while self.status is Status.RUNNING:
            self._slice(self._pace.piece)
        assert self._stop is not None
        return self._stop

    def start(self, until: Until | None = None, limit: int | None = None) -> None:
        """Begin a run that `tick` carries on, slice by slice."""
        if limit is not None:
            at_least_one("limit", limit)
        self._remember()
        self.message = None
        self._until = until
        self._limit_at = UNLIMITED if limit is None else self.position + limit
        self._began = self.machine.hart.pc, self.position
        self.met_breakpoint = False
        self._console.arm()
        if until is not None and until.at_count is not None and until.at_count <= self.position:
            self._stopped(Reason.COUNT)
        elif self.status is not Status.ENDED:
            self.status = Status.RUNNING
            self.version += 1
        else:
            self._stopped(self._stop.reason if self._stop else Reason.STEP)

    def tick(self, budget_ms: float = 8.0) -> bool:
        """Carry a run on for about `budget_ms` of host time; False when it has stopped."""
        if self.status is not Status.RUNNING:
            return False
        began = now = time.perf_counter()
        self._ends_at = end = began + budget_ms / 1000
        before, insns = self.position, self._pace.first_insns
        try:
            while insns and self.status is Status.RUNNING:
                since, start = now, self.position
                self._slice(insns)
                now = time.perf_counter()
                made = self.position - start
                insns = self._pace.next_insns(insns, made, now - since, end - now)
        finally:
            self._ends_at = 0.0
        self._pace.slice_took(self.position - before, now - began, budget_ms / 1000)
        self.version += 1
        return self.status is Status.RUNNING

    def _look_at_clock(self) -> None:
        """A device is used. That takes an engine a thousand times longer than an instruction, so
        a slice of a guest that begins to do so would take that much longer, too."""
        if self._ends_at and time.perf_counter() > self._ends_at:
            self._time_is_up = True
            self._engine.request_stop()

    def pause(self) -> None:
        """End a run that `start` began."""
        if self.status is Status.RUNNING:
            self._stopped(Reason.PAUSE)

    def _slice(self, most: int) -> None:
        """Run at most `most` instructions of a started run."""
        until = self._until or Until()
        goal = self._limit_at if until.at_count is None else min(until.at_count, self._limit_at)
        halt = Halt.BUDGET
        if self.position < goal:
            most = min(most, goal - self.position)
            try:
                if until.plan is not None:
                    halt = until.plan.go(self, most)
                else:
                    own = () if until.at_pc is None else (until.at_pc,)
                    stop = until.stop_at(self.breakpoints, self.watches, self._began)
                    halt = self.advance_past(most, stop, own)
            except BaseException:
                self._stopped(Reason.PAUSE)  # whoever listened failed: what has run has run
                raise
        if halt is not Halt.BUDGET:
            self._stopped(reason_of(halt, self.machine, self.met_breakpoint))
        elif self.position >= goal:
            self._stopped(Reason.COUNT if self.position == until.at_count else Reason.LIMIT)

    def _approach(self, step: int, watches: tuple[Watch, ...] = ()) -> Halt:
        """Come nearer to a step, or to it."""
        left = step - self.steps
        if left > FAR:
            return self._advance(left // SPARE, StopAt(watches=watches))
        return self._advance(left, StopAt(trap=True, watches=watches))

    def _advance(self, budget: int, stop: StopAt) -> Halt:
        """Run the engine up to `budget` instructions, delivering recorded input on the way and
        taking keyframes. Comes back early where a piece ends."""
        began, start = time.perf_counter(), self.steps
        target = self._frames.last_step + self._pace.keyframe_every - start
        halt = self._run_piece(min(budget, max(1, target)), stop)
        if self.machine.finisher.asks_reset:
            self._frames.note_written(self._carrier.reboot())
            if self.steps >= self._furthest[0]:
                self._log.history.resume(self.steps, self.position, self._actor())
            halt = Halt.BUDGET
        ran_s = time.perf_counter() - began
        if self.steps >= self._frames.last_step + self._pace.keyframe_every:
            self._take_keyframe()
        self._receive()
        self._pace.steps_took(self.steps - start, ran_s)
        self._furthest = max(self._furthest, (self.steps, self.position))
        return halt

    def _run_piece(self, piece: int, stop: StopAt) -> Halt:
        """Run up to so many instructions, and not past the step at which input comes."""
        self._time_is_up = False
        traps = self.machine.hart.word("traps")
        self._log.history.expect(self.steps, traps, self._furthest[0])
        due = self._inputs.next_step()
        left = UNLIMITED if due is None else due - self.steps
        if left > FAR:
            halt = self._engine.run(min(piece, left // SPARE), stop)
        else:
            # Between here and the input's step there may be traps: they stop the piece early.
            halt = self._engine.run(min(piece, left), replace(stop, trap=True))
            if halt is Halt.TRAP and not stop.trap:
                halt = Halt.MODE if self._log.entered(stop.mode) else Halt.BUDGET
        if due is not None and self.steps > due:
            raise BrokenInvariant(f"expected to stop at step {due}, found {self.steps}")
        if halt is Halt.REQUEST and self._time_is_up and ending(self.machine) is None:
            halt = Halt.BUDGET
        return halt

    def _actor(self) -> int:
        """Who has the hart."""
        return self.machine.hart.mode + VIRTUAL_ACTOR * self.machine.hart.virtual

    def _note_written(self) -> None:
        """Let the keyframes know what has been written since they were told last."""
        self._frames.note_written(self._carrier.take_written())

    def _take_keyframe(self) -> None:
        began = time.perf_counter()
        self._note_written()
        self._frames.take(self.steps, self.position, self._log.mark(), self._inputs.delivered)
        self._pace.keyframe_took(time.perf_counter() - began)

    def _receive(self) -> None:
        """Let the input arrive whose step has come: at once, and not when the run goes on, so that
        the state after some steps is one state."""
        self._inputs.deliver(self.steps, self._carrier.receive)

    def _stopped(self, reason: Reason) -> Stop:
        over = self._carrier.over()
        reason = ending(self.machine) or (reason if over is None else over[0])
        code = exit_code(self.machine, reason)
        hit = self._engine.watch_hit if reason is Reason.WATCHPOINT else None
        said = detail(self.machine, reason, self._log) if hit is None else told(hit, self.symbols)
        if over is not None and reason is over[0]:
            said = over[1]
        elif reason in (Reason.BREAKPOINT, Reason.WATCHPOINT) and self.points.why:
            said = self.points.why
        self._stop = Stop(reason, self.position, self.machine.hart.pc, code, said, hit)
        if reason in ENDINGS:
            self.status = Status.ENDED
        else:
            self.status = Status.WAITING if reason is Reason.WAITING else Status.PAUSED
        self._until = None
        self._pace.ips = 0.0
        self.version += 1
        return self._stop

    def reset(self) -> Stop:
        """Power off and on: everything is as when the session was opened, breakpoints aside."""
        self._power_on()
        self.points.forget_counts()
        return self._stopped(Reason.STEP)

    def _remember(self) -> None:
        """Keep the registers that the next stop's change marks compare with."""
        self._before = observe.registers(self.machine, self._engine)
        self._before_beside = self._carrier.beside()
        self._looker.remember(self.machine)

    # Input ------------------------------------------------------------------------------------

    def send(self, data: bytes | str) -> None:
        """Type into the guest's console, now. What had been recorded after now is dropped."""
        raw = data.encode() if isinstance(data, str) else bytes(data)
        if raw:
            self._give(Input(self.steps, raw))

    def edit(self, place: Place, number: int, data: bytes) -> None:
        """Change the machine, now: a register's word in little-endian order, or bytes of RAM. What
        had been recorded after now is dropped. Raises `BadInput` for what cannot be changed."""
        given = Edit(self.steps, place, number, bytes(data))
        edits.check(self.machine, given)
        self._carrier.check(given)
        self._give(given)

    def _give(self, given: Given) -> None:
        if self.steps < self._furthest[0]:
            self._note_written()
            self._frames.cut_after(self.steps)
            self._log.history.cut(self.steps, self.position, self._actor())
            self._console.cut()
            self._furthest = (self.steps, self.position)
        self._inputs.add(given)
        self._receive()
        if self.status is Status.WAITING:
            self.status = Status.PAUSED
        self.version += 1

    @property
    def inputs(self) -> tuple[Given, ...]:
        """All input of this run, in order."""
        return self._inputs.all()

    def feed(self, inputs: tuple[Given, ...]) -> None:
        """Give the whole input of a recorded run, at its beginning."""
        if self.steps or self._inputs:
            raise BadInput(f"expected to replay from the beginning, found step {self.steps}")
        for given in inputs:
            if isinstance(given, Edit):
                edits.check(self.machine, given)
                self._carrier.check(given)
        self._inputs = Inputs(inputs)
        self._receive()


def at_least_one(what: str, number: int) -> None:
    """Raise `BadInput` for less."""
    if number < 1:
        raise BadInput(f"expected at least 1 for {what}, found {number}")
