"""One guest on two engines, which must not be told apart.

`Twins` gives both sides the same commands. After each run it compares what a guest can see and
what an engine may be asked: the outcome, every word of the hart (registers, CSRs, counters, the
TLB), the events; and on demand all of RAM, the devices and the state hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any, Final, cast

from vmlab.core.events import Access, Event, EventKind
from vmlab.derive.asm import assemble
from vmlab.engine.api import Engine, Halt, StopAt
from vmlab.engine.effort import FORCED, Effort
from vmlab.engine.interpreter import Interpreter
from vmlab.engine.reference import Reference
from vmlab.engine.sharedarena import SharedArena
from vmlab.engine.tiers import make_engine, new_arena
from vmlab.isa.state import ARENA_HART_BYTES, ARRAYS, FIELDS, MODE, PC, RETIRED, SKIPPED, X
from vmlab.machine import memmap
from vmlab.machine.disk import Disk
from vmlab.machine.platform import Machine, Platform

FORCED_T2: Final = "t2 forced"
PAIR: Final = ("alone", "t1")
"""The two sides of these tests, the oracle first."""
PAIRS: Final = (PAIR, ("alone", FORCED_T2))
"""Every test here runs with each of these (`conftest`)."""
RAM_BYTES: Final = 1 << 20

ALL: Final = EventKind.TRAP | EventKind.TRAP_RETURN | EventKind.WALK | EventKind.MMIO
QUIET: Final = EventKind(0)
Segments = Sequence[tuple[int, bytes]]

SCRATCH: Final = frozenset({"trap_cause", "trap_tval"})
"""Words that hold something within an instruction only."""


USED: Final[list[tuple[str, str]]] = [PAIR]
"""The last is the pair of the test that runs."""
MADE: Final[list[Twins]] = []
"""Those of the test that runs: `conftest` looks at their guards when it is over."""
MOST_KEPT: Final = 8
"""Of more, the first are looked at and let go: each holds some memory."""


class Different(AssertionError):
    """The two engines disagree."""


class Alone(Reference):
    """T0 without blocks: one instruction after another, with all that comes between."""

    name = "alone"

    def _burst(self, end: int, stop: StopAt) -> Halt | None:
        pc = self._s[PC.slot]
        if pc in stop.breakpoints and (pc, self._s[RETIRED.slot]) != self._resumed_at:
            return Halt.BREAKPOINT
        return self._one(stop)


def forced(machine: Machine, effort: Effort = FORCED) -> Interpreter:
    """T2 that translates whatever a jump leads to, at once; or with another effort."""
    assert isinstance(machine.arena, SharedArena)
    return Interpreter(machine, machine.arena, effort=effort)


class InTurn:
    """All tiers in turn on one machine, changed before many a run, as a session changes them."""

    name = "in turn"

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._rng = Random(1)
        self._dirty: set[int] = set()
        self.changes = 0
        self._engine = make_engine(machine, "t1")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def run(self, budget: int, stop: StopAt) -> Halt:
        if self._rng.random() < 0.4:
            self._change()
        return self._engine.run(budget, stop)

    def _change(self) -> None:
        old, self.changes = self._engine, self.changes + 1
        self._dirty |= old.take_dirty_pages()
        self._engine = engine_of(self._rng.choice(("t0", "t1", FORCED_T2)), self._machine)
        self._engine.forget()
        for name in ("kinds", "emit", "batch"):
            setattr(self._engine.listeners, name, getattr(old.listeners, name))

    def take_dirty_pages(self) -> set[int]:
        taken, self._dirty = self._dirty | self._engine.take_dirty_pages(), set()
        return taken


def engine_of(name: str, machine: Machine) -> Engine:
    """A tier by name, or one of the engines above."""
    if name == FORCED_T2:
        return forced(machine)
    if name == InTurn.name:
        return cast(Engine, InTurn(machine))
    return Alone(machine) if name == Alone.name else make_engine(machine, name)


@dataclass
class Program:
    """Bytes at their places in RAM, and the addresses of labels."""

    segments: Segments
    entry: int
    labels: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, source: str) -> Program:
        """An assembled source; it starts at its first instruction."""
        segments, labels = _assembled(source)
        return cls(segments, labels["_start"], dict(labels))


@lru_cache(maxsize=64)
def _assembled(source: str) -> tuple[Segments, dict[str, int]]:
    """Many a test runs one source with other tables, or in other pieces."""
    done = assemble(f".globl _start\n_start:\n{source}", "test.S", text_base=memmap.RAM)
    segments = tuple((part.address, part.data) for part in done.sections if part.data)
    return segments, {symbol.name: symbol.value for symbol in done.symbols}


@dataclass
class Side:
    """A machine, its engine and what it was told."""

    name: str
    machine: Machine
    engine: Engine
    events: list[Event] = field(default_factory=list)

    def listen(self, kinds: EventKind) -> None:
        """Write down events of these kinds."""
        self.engine.listeners.kinds = kinds
        self.engine.listeners.emit = self.events.append
        self.engine.listeners.batch = lambda batch: self.events.extend(batch.events())

    @property
    def words(self) -> memoryview:
        return self.machine.arena.words

    def hart(self) -> bytes:
        """The words of the hart that both sides must agree on."""
        kept = bytearray(self.machine.arena.hart[:_USED_BYTES])
        for at in _SCRATCH_AT:
            kept[at : at + 8] = bytes(8)
        return bytes(kept)

    def ram(self) -> bytes:
        return bytes(self.machine.arena.ram)

    def check_guards(self) -> None:
        """Nothing was written past an edge of the engine's memory."""
        arena = self.machine.arena
        damage = arena.damage() if isinstance(arena, SharedArena) else []
        if damage:
            raise Different(f"{self.name}: guards were written at {list(map(hex, damage))}")


_USED_BYTES: Final = max(
    [place.offset_bytes + 8 for place in FIELDS.values()]
    + [array.offset_bytes + 8 * array.length for array in ARRAYS.values()]
)
_SCRATCH_AT: Final = [FIELDS[name].offset_bytes for name in SCRATCH]


def new_machine(platform: Platform, seed: int = 0, disk: bytes | None = None) -> Machine:
    """A machine in memory that every tier can use."""
    arena = new_arena(platform.ram_bytes)
    return Machine(platform, seed, None if disk is None else Disk(disk), arena)


class Twins:
    """One program on two machines, each with an engine of its own."""

    def __init__(
        self,
        program: Program | str,
        *,
        pair: tuple[str, str] | None = None,
        ram_bytes: int = RAM_BYTES,
        listen: EventKind = EventKind.TRAP,
        disk: bytes | None = None,
        seed: int = 0,
        tohost: int | None = None,
        **platform: Any,
    ) -> None:
        self.program = Program.of(program) if isinstance(program, str) else program
        self.sides: list[Side] = []
        for name in pair or USED[-1]:
            machine = new_machine(Platform(ram_bytes=ram_bytes, **platform), seed, disk)
            machine.load(self.program.segments, self.program.entry, dtb=b"")
            machine.tohost = tohost
            machine.hart.set_word("pc", self.program.entry)
            side = Side(name, machine, engine_of(name, machine))
            side.listen(listen)
            self.sides.append(side)
        self.runs = 0
        MADE.append(self)
        if len(MADE) > MOST_KEPT:
            MADE.pop(0).check_guards()

    def check_guards(self) -> None:
        """Nothing was written past an edge of either engine's memory."""
        for side in self.sides:
            side.check_guards()

    # commands

    def each(self, command: Callable[[Side], Any]) -> Any:
        """Do something to both sides; what it returned, which must be the same."""
        one, other = (command(side) for side in self.sides)
        if one != other:
            raise Different(f"{self._where()}: {one!r} | {other!r}")
        return one

    def run(self, budget: int, stop: StopAt | None = None) -> Halt:
        """Run both and compare."""
        stop = stop or StopAt()
        halts = [side.engine.run(budget, stop) for side in self.sides]
        self.runs += 1
        self.check()
        if halts[0] is not halts[1]:
            raise Different(f"{self._where()}: stopped by {halts[0]} | {halts[1]}")
        return halts[0]

    def finish(self, most: int = 100_000, budget: int | None = None) -> None:
        """Run to the program's write to the finisher, in pieces of `budget`; then compare all."""
        while self.sides[0].machine.finisher.written is None:
            assert self.retired < most, f"{self._where()}: no end after {most} instructions"
            halt = self.run(budget or most)
            assert halt in (Halt.BUDGET, Halt.REQUEST), f"{self._where()}: {halt}"
        self.check_all()

    def play(self, most: int, budget: int | None = None) -> None:
        """As `finish`, but the program may go on for ever: then only so many instructions."""
        while self.retired < most and self.sides[0].machine.finisher.written is None:
            halt = self.run(budget or most)
            if halt is Halt.TRAP_LOOP or halt is Halt.WAITING:
                break
        self.check_all()

    def poke(self, name: str, value: int) -> None:
        """Set a word of the hart on both sides; the engines are told."""
        for side in self.sides:
            side.machine.hart.set_word(name, value)
            side.engine.forget(set())

    def write(self, pa: int, data: bytes) -> None:
        """Write RAM from outside on both sides; the engines are told."""
        pages = set(range((pa - memmap.RAM) >> 12, ((pa - memmap.RAM + len(data) - 1) >> 12) + 1))
        for side in self.sides:
            side.machine.write(pa, data)
            side.engine.forget(pages)

    # what both have

    @property
    def hart(self) -> Any:
        return self.sides[0].machine.hart

    @property
    def retired(self) -> int:
        return int(self.hart.retired)

    def word(self, name: str) -> int:
        return int(self.hart.word(name))

    def label(self, name: str) -> int:
        return self.program.labels[name]

    # comparing

    def check(self) -> None:
        """Compare the hart and the events."""
        one, other = self.sides
        if one.hart() != other.hart():
            raise Different(f"{self._where()}\n{self._hart_differences()}")
        if one.events != other.events:
            pairs = zip([*one.events, None], [*other.events, None], strict=False)
            first = next(pair for pair in pairs if pair[0] != pair[1])
            raise Different(f"{self._where()}: events {first[0]} | {first[1]}")

    def check_dirty(self) -> None:
        """Both know the same pages of RAM as written since this was last asked."""
        self.each(lambda side: sorted(side.engine.take_dirty_pages()))

    def check_all(self) -> str:
        """Compare everything; the state hash."""
        self.check()
        one, other = self.sides
        if one.ram() != other.ram():
            ours, theirs = one.ram(), other.ram()
            at = next(at for at in range(len(ours)) if ours[at] != theirs[at]) & ~7
            values = [int.from_bytes(ram[at : at + 8], "little") for ram in (ours, theirs)]
            place = memmap.RAM + at
            raise Different(f"{self._where()}: [{place:#x}] {values[0]:#x} | {values[1]:#x}")
        hashes = [side.machine.state_hash() for side in self.sides]
        if hashes[0] != hashes[1]:
            raise Different(f"{self._where()}: devices differ")
        return hashes[0]

    def _where(self) -> str:
        names = " | ".join(side.name for side in self.sides)
        hart = self.hart
        at = f"pc {hart.pc:#x} mode {hart.mode.name} retired {hart.retired}"
        return f"{names}: after {self.runs} runs, {at}"

    def _hart_differences(self) -> str:
        one, other = self.sides
        lines = [
            f"  {place_name(at)}: {one.words[at]:#x} | {other.words[at]:#x}"
            for at in range(_USED_BYTES // 8)
            if one.words[at] != other.words[at] and 8 * at not in _SCRATCH_AT
        ]
        return "\n".join(lines[:30])


def place_name(at: int) -> str:
    """The name of the hart's word at an index."""
    for name, place in FIELDS.items():
        if place.slot == at:
            return name
    for name, array in ARRAYS.items():
        if array.slot <= at < array.slot + array.length:
            return f"{name}[{at - array.slot}]"
    return f"word {at}"


class Trace:
    """A hash over every instruction of a run: where it stood, and what it left in registers."""

    def __init__(self) -> None:
        self._digest = hashlib.blake2b(digest_size=32)
        self.last = b""

    def add(self, side: Side, events: Iterable[Event] = ()) -> None:
        words = side.words
        self.last = bytes(words[X.slot : X.slot + 32]) + b"".join(
            int(words[place.slot]).to_bytes(8, "little") for place in (PC, MODE, RETIRED, SKIPPED)
        )
        self._digest.update(self.last)
        for event in events:
            self._digest.update(repr(event).encode())

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


assert _USED_BYTES <= ARENA_HART_BYTES
__all__ = ["ALL", "PAIR", "Access", "Different", "Program", "Side", "Trace", "Twins", "engine_of"]
