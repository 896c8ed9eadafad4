"""Where runs stop: the points of a session, and going past those whose condition does not hold."""

from __future__ import annotations

import time
from collections.abc import Collection

from vmlab.engine.api import Engine, Halt, StopAt, Watch
from vmlab.machine.platform import Machine
from vmlab.session.points import NowReads, Points


class Stopping:
    """The part of a driver that knows breakpoints and watchpoints."""

    machine: Machine
    _engine: Engine
    _began: tuple[int, int]
    _ends_at: float

    def __init__(self) -> None:
        self.points = Points()
        self.met_breakpoint = False
        """Whether the last run ended at a breakpoint of the list, and not at one of its own."""

    @property
    def breakpoints(self) -> frozenset[int]:
        """Where the breakpoints that are on stand."""
        return self.points.addresses

    @breakpoints.setter
    def breakpoints(self, addresses: frozenset[int]) -> None:
        self.points.use(sorted(addresses))

    @property
    def watches(self) -> tuple[Watch, ...]:
        """The watchpoints that are on."""
        return self.points.watches

    @watches.setter
    def watches(self, watches: tuple[Watch, ...]) -> None:
        self.points.use_watches(watches)

    @property
    def at_breakpoint(self) -> bool:
        """Whether the machine stands where a breakpoint would end a run."""
        pc = self.machine.hart.pc
        return pc in self.breakpoints and self.points.stops_at(pc, self.reads(), count=False)

    def reads(self) -> NowReads:
        """The machine as it stands, for conditions."""
        return NowReads(self.machine, self._engine)

    def _advance(self, budget: int, stop: StopAt) -> Halt:
        raise NotImplementedError

    def advance_past(self, most: int, stop: StopAt, own: Collection[int] = ()) -> Halt:
        """Run up to `most` instructions, past breakpoints and watchpoints whose conditions do not
        hold. The addresses `own` end it too: the run's own, not those of the list."""
        hart = self.machine.hart
        goal = hart.retired + most
        while True:
            halt = self._advance(goal - hart.retired, stop)
            if halt is Halt.BREAKPOINT:
                pc = hart.pc
                self.met_breakpoint = self.points.stops_at(pc, self.reads())
                if self.met_breakpoint or pc in own:
                    return halt
                self._began = stop.began = pc, hart.retired
            elif halt is not Halt.WATCHPOINT or self._watch_stops():
                return halt
            late = self._ends_at and time.perf_counter() > self._ends_at
            if late or hart.retired >= goal:
                return Halt.BUDGET

    @property
    def began(self) -> tuple[int, int]:
        """Where a run passes over a breakpoint: where it began or went on."""
        return self._began

    def pass_over(self) -> None:
        """Go on from here, whatever stands here."""
        self._began = self.machine.hart.pc, self.machine.hart.retired

    def one_step(self) -> Halt:
        """One instruction or one trap; `Halt.BUDGET` if nothing else happened."""
        halt = self._advance(1, StopAt(trap=True, watches=self.watches))
        if halt is Halt.TRAP or (halt is Halt.WATCHPOINT and not self._watch_stops()):
            return Halt.BUDGET
        return halt

    def _watch_stops(self) -> bool:
        hit = self._engine.watch_hit
        return hit is None or self.points.stops_on(hit.watch, self.reads())
