"""Regions by themselves: T1's side of them is played here, T0 says what is right.

`Stage` has two machines with the same bytes. On one a region runs, with T0's kernels for the
accesses that it calls, on the other T0 runs as many instructions. After each run of the region
both must agree: registers, RAM, pc, the count, and what trapped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from tests.tiers.sides import Alone, new_machine
from vmlab.core.bits import MASK32, MASK64
from vmlab.derive.asm import assemble
from vmlab.derive.t1 import layout
from vmlab.derive.t2.accesses import ACCESSES
from vmlab.derive.t2.blocks import Page
from vmlab.derive.t2.facts import How, Region
from vmlab.derive.t2.region import WHOLE_ISA, translate
from vmlab.engine.api import Halt, StopAt
from vmlab.engine.sharedarena import SharedArena
from vmlab.engine.t1words import Words
from vmlab.isa.state import FIELDS, PC, RETIRED, X
from vmlab.machine import memmap
from vmlab.machine.platform import Platform

RAM_BYTES: Final = 1 << 18
CODE_AT: Final = memmap.RAM + 0x3000
DATA_AT: Final = memmap.RAM + 0x8000
"""Where programs find their data."""
DATA_BYTES: Final = 0x4000
_DONE, _TRAPPED, _ATTENTION = range(3)


def page_of(source: str) -> bytes:
    """A page that begins with these instructions."""
    code = assemble(source, "test.S", text_base=CODE_AT).section(".text").data[:4096]
    return code.ljust(4096, b"\0")


@dataclass
class Stage:
    """The two machines, and the region that is tried."""

    rng: Random
    known: float = 0.5
    """How many pages of data T1's tables know."""
    attention: float = 0.0
    """How often something wants attention after an access that is a call."""
    isa: str = ""
    left_by: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        platform = Platform(ram_bytes=RAM_BYTES, **({"isa": self.isa} if self.isa else {}))
        self.machine, self.twin = new_machine(platform), new_machine(platform)
        for machine in (self.machine, self.twin):
            machine.load([(CODE_AT, bytes(8))], CODE_AT, dtb=b"")
        self.kernels, self.oracle = Alone(self.machine), Alone(self.twin)
        arena = self.machine.arena
        assert isinstance(arena, SharedArena)
        self.block = arena.block
        self.w = Words(arena)

    # Before a run --------------------------------------------------------------------------------

    def show(self, page: bytes, region: Region) -> None:
        """Put the page where it runs, and compile its region."""
        self.region = region
        for machine in (self.machine, self.twin):
            machine.write(CODE_AT, page)
        self.oracle.forget()
        imports = {f"region_{what}": self._access(what) for what in ACCESSES}
        exports = self.block.instantiate(region.module.encode_file(), imports)
        self.run_region: Callable[..., Any] = exports["region"]

    def set(self, registers: Sequence[int], data: bytes) -> None:
        """The registers from x1 on, and the data, on both machines; other pages are known."""
        for machine in (self.machine, self.twin):
            words = machine.arena.words
            for at, value in enumerate(registers):
                words[X.slot + 1 + at] = value
            words[RETIRED.slot] = 0
            machine.write(DATA_AT, data)
        self.oracle.forget()
        for page in range(memmap.RAM >> 12, (memmap.RAM + RAM_BYTES) >> 12):
            at, here = page & 0xFF, self.rng.random() < self.known
            place = ((page << 12) - memmap.RAM - (page << 12)) & MASK32
            self._table(layout.LOAD_TAG, at, page << 12 if here else MASK64)
            stores = here and self.rng.random() < 0.7
            self._table(layout.STORE_TAG, at, page << 12 if stores else MASK64)
            self._table(layout.DATA_PLACE, at, place)

    def _table(self, array: Any, at: int, value: int) -> None:
        self.w.words[(layout.ARENA_AT + array.offset_bytes >> 3) + at] = value

    def _access(self, what: str) -> Callable[..., Any]:
        """T1's kernel, by way of T0's."""
        kernel = self.kernels.kernel(what)

        def access(*args: int) -> Any:
            *given, pc, left = args
            self.machine.arena.words[PC.slot] = pc
            self.accesses.append((pc, self.budget - left - 1))
            cause, value = kernel(*given)
            if cause:
                self.w[layout.REGION_CAUSE], self.w[layout.REGION_TVAL] = cause, value
                status, value = _TRAPPED, value
            else:
                status = _ATTENTION if self.rng.random() < self.attention else _DONE
            return status, value

        return access

    # A run ---------------------------------------------------------------------------------------

    def go(self, offset: int, budget: int) -> tuple[How, int, int]:
        """Enter the region at an offset; how it was left, the offset of pc then, and how many
        instructions have retired. All is compared."""
        self.budget, self.accesses = budget, list[tuple[int, int]]()
        label = self.region.labels[offset]
        pc, left, how = self.run_region(CODE_AT + offset, budget, 0, label)
        how = How(how)
        self.left_by[how.name] = self.left_by.get(how.name, 0) + 1
        left -= (left & 1 << 31) << 1
        assert 0 <= left <= budget, f"{left} left of {budget}"
        retired = budget - left - (how is How.TRAP)
        words = self.twin.arena.words
        began = words[RETIRED.slot]
        words[PC.slot] = CODE_AT + offset
        stop = StopAt(trap=True)
        assert self.oracle.run(retired, stop) is Halt.BUDGET
        assert words[PC.slot] == pc, f"T0 {words[PC.slot]:#x}, region {pc:#x} after {retired}"
        self._compare()
        for at, count in self.accesses:
            assert CODE_AT <= at < CODE_AT + 4096, hex(at)
            assert 0 <= count < retired + 1, f"an access as number {count} of {retired}"
        if how is How.TRAP:
            assert self.oracle.run(1, stop) in (Halt.TRAP, Halt.TRAP_LOOP)
            mine = self.w[layout.REGION_CAUSE], self.w[layout.REGION_TVAL]
            assert mine == (words[FIELDS["mcause"].slot], words[FIELDS["mtval"].slot])
        elif how is How.ALONE:
            assert left > 0
            assert left < self.region.longest or self.accesses_at(pc - CODE_AT)
        words[RETIRED.slot] = began + retired
        self.pc = pc
        return how, pc - CODE_AT, retired

    def accesses_at(self, offset: int) -> bool:
        """Whether T1 may be asked to run what stands there, for its tables do not know the page."""
        site = Page(self.region.content, (), WHOLE_ISA).site(offset)
        return site is not None and bool(site.shape.accesses - set(ACCESSES))

    def alone(self) -> int | None:
        """T1 runs the instruction that the region was left for: the offset of the next, None after
        a trap."""
        self.machine.arena.words[PC.slot] = self.pc
        self.kernels.forget()
        engines = self.kernels, self.oracle
        traps = {engine.run(1, StopAt(trap=True)) is not Halt.BUDGET for engine in engines}
        assert len(traps) == 1
        self._compare()
        self.pc = self.twin.arena.words[PC.slot]
        return None if traps == {True} else self.pc - CODE_AT

    def _compare(self) -> None:
        mine, right = self.machine.arena.words, self.twin.arena.words
        for at in range(32):
            one, other = mine[X.slot + at], right[X.slot + at]
            assert one == other, f"x{at} is {one:#x}, should be {other:#x}"
        assert bytes(self.machine.arena.ram) == bytes(self.twin.arena.ram)


def region_of(page: bytes, entries: Sequence[int] = (0,), **more: Any) -> Region:
    """The region of a page that has one."""
    region = translate(page, entries, **more)
    assert region is not None
    return region


def play(stage: Stage, budget: int, offset: int | None = None) -> None:
    """Run from a label, and again as long as the region is left at one, up to the budget."""
    labels = list(stage.region.labels)
    at = stage.rng.choice(labels) if offset is None else offset
    for _ in range(8):
        how, after, retired = stage.go(at, budget)
        budget -= retired
        next_at = stage.alone() if how is How.ALONE else after
        if how is How.TRAP or next_at not in stage.region.labels or budget <= 0:
            break
        at = next_at
