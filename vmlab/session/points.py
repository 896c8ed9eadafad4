"""Breakpoints and watchpoints as a list: switched on and off, with conditions and counts.

An engine knows addresses and watches only: it stops at each, and here the condition is tested. If
it does not hold the run goes on from there as if it had not stopped, so a breakpoint never changes
a run. Conditions read the machine as it stands, and so they hold at the same places when a stretch
of the past is run again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.core.modes import Mode
from vmlab.engine.api import Engine, Watch
from vmlab.machine.platform import Machine
from vmlab.session.conditions import Condition, Reads, Unreadable
from vmlab.session.look import read_virtual

MOST: Final = 4_096
"""Breakpoints and watchpoints together."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place to stop. `watch` is None for a breakpoint at `address`."""

    address: int
    watch: Watch | None = None
    enabled: bool = True
    condition: Condition | None = None
    hits: int = 0
    """How often a run forward came here and the condition, if there is one, held."""
    passed: int = 0
    """How often it came here and the condition did not hold."""


class NowReads:
    """What conditions read: the machine as it stands."""

    def __init__(self, machine: Machine, engine: Engine) -> None:
        self._machine, self._engine = machine, engine

    def register(self, number: int) -> int:
        """An integer register."""
        return int(self._machine.hart.x[number])

    @property
    def pc(self) -> int:
        """The next instruction's address."""
        return self._machine.hart.pc

    @property
    def mode(self) -> Mode:
        """The privilege mode."""
        return self._machine.hart.mode

    @property
    def virtual(self) -> bool:
        """V."""
        return bool(self._machine.hart.virtual)

    def csr(self, number: int) -> int:
        """As a guest in M reads it."""
        return self._engine.read_csr(number)

    def memory(self, address: int, size_bytes: int) -> int:
        """By virtual address, as a load would. Raises `Unreadable`."""
        data = read_virtual(self._machine, self._engine, address, size_bytes)
        if data is None:
            raise Unreadable(address)
        return int.from_bytes(data, "little")


class Points:
    """All of a session's, in the order in which they were set."""

    def __init__(self) -> None:
        self._breaks: dict[int, Point] = {}
        self._watches: dict[tuple[int, int], Point] = {}
        self.why = ""
        """Why the last condition could not be told, if it could not."""
        self._refresh()

    def _refresh(self) -> None:
        breaks, watches = self._breaks.values(), self._watches.values()
        self.addresses = frozenset(one.address for one in breaks if one.enabled)
        """Of all breakpoints that are on."""
        self.watches = tuple(one.watch for one in watches if one.enabled and one.watch is not None)
        """All watchpoints that are on."""

    def all(self) -> tuple[Point, ...]:
        """Breakpoints, then watchpoints."""
        return (*self._breaks.values(), *self._watches.values())

    def _room(self) -> None:
        if len(self._breaks) + len(self._watches) >= MOST:
            raise BadInput(f"expected at most {MOST} breakpoints and watchpoints, found more")

    # Changing ------------------------------------------------------------------------------------

    def use(self, addresses: Iterable[int]) -> None:
        """These breakpoints are on and no others; what is off stays as it is."""
        wanted = dict.fromkeys(addresses)
        kept = {at: one for at, one in self._breaks.items() if at in wanted or not one.enabled}
        for at in wanted:
            old = kept.get(at) or Point(at)
            kept[at] = old if old.enabled else replace(old, enabled=True)
        self._breaks = kept
        self._refresh()

    def use_watches(self, watches: Iterable[Watch]) -> None:
        """The same for watchpoints."""
        wanted = {(watch.first, watch.last): watch for watch in watches}
        kept = {at: one for at, one in self._watches.items() if at in wanted or not one.enabled}
        for at, watch in wanted.items():
            old = kept.get(at, Point(watch.first, watch))
            kept[at] = replace(old, watch=watch, enabled=True)
        self._watches = kept
        self._refresh()

    def set(self, address: int, condition: Condition | None = None) -> None:
        """A breakpoint; one that is there gets the condition and is switched on."""
        if address not in self._breaks:
            self._room()
        old = self._breaks.get(address, Point(address))
        self._breaks[address] = replace(old, enabled=True, condition=condition)
        self._refresh()

    def change(
        self, number: int, enabled: bool | None = None, condition: Condition | str | None = None
    ) -> None:
        """Switch one of `all()` on or off, or give it a condition ("": none)."""
        point = self._find(number)
        if enabled is not None:
            point = replace(point, enabled=enabled)
        if condition is not None:
            made = condition if isinstance(condition, Condition) else None
            point = replace(point, condition=made, hits=0, passed=0)
        self._keep(point)
        self._refresh()

    def remove(self, number: int) -> None:
        """Take one of `all()` away."""
        point = self._find(number)
        if point.watch is None:
            del self._breaks[point.address]
        else:
            del self._watches[point.watch.first, point.watch.last]
        self._refresh()

    def _find(self, number: int) -> Point:
        found = self.all()
        if not 0 <= number < len(found):
            raise BadInput(f"expected a breakpoint of 0 to {len(found) - 1}, found {number}")
        return found[number]

    def _keep(self, point: Point) -> None:
        if point.watch is None:
            self._breaks[point.address] = point
        else:
            self._watches[point.watch.first, point.watch.last] = point

    def forget_counts(self) -> None:
        """The run begins again."""
        for point in self.all():
            self._keep(replace(point, hits=0, passed=0))

    # Asking --------------------------------------------------------------------------------------

    def stops_at(self, pc: int, reads: Reads, count: bool = True) -> bool:
        """Whether the breakpoint at `pc` ends a run; a condition that cannot be told does."""
        point = self._breaks.get(pc)
        return point is not None and point.enabled and self._met(point, reads, count)

    def stops_on(self, watch: Watch, reads: Reads, count: bool = True) -> bool:
        """Whether an access that met a watch ends a run."""
        point = self._watches.get((watch.first, watch.last))
        return point is None or self._met(point, reads, count)

    def _met(self, point: Point, reads: Reads, count: bool) -> bool:
        self.why = ""
        holds = True
        if point.condition is not None:
            try:
                holds = point.condition.holds(reads)
            except Unreadable as error:
                self.why = f"the condition {point.condition.text} cannot be told: {error}"
        if count:
            hits, passed = point.hits + holds, point.passed + (not holds)
            self._keep(replace(point, hits=hits, passed=passed))
        return holds
