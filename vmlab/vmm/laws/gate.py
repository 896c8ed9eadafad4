"""The gate between a monitor and its hart: everything that the hart does for a guest goes through.

It stands where the engine stands, so it sees what *is* and not what a monitor says: the hart's
words, the tables and the TLB at each entry, the pages written at each exit. A monitor without a
gate pays nothing.
"""

from __future__ import annotations

from typing import Any, Final, cast

import numpy as np

from vmlab.core.bits import MASK64
from vmlab.core.modes import VIRTUAL_ACTOR, Mode, mode_name
from vmlab.core.units import PAGE_BITS
from vmlab.engine.api import Engine, Halt, StopAt
from vmlab.isa.state import (
    ARENA_HART_BYTES,
    ARRAYS,
    FIELDS,
    HGATP,
    INTERCEPTS,
    MODE,
    SATP,
    UNHASHED,
    VIRTUAL,
)
from vmlab.machine import memmap
from vmlab.vmm.common.direct import DirectMonitor
from vmlab.vmm.common.frames import FREE, MONITOR
from vmlab.vmm.common.lending import Lent
from vmlab.vmm.common.vm import Vm
from vmlab.vmm.laws.reach import Reach, Words, arena_words, reach, tlb_pages

MOST_TOLD: Final = 8
OFTEN: Final = 16
"""Tables are looked at when they change, and anyway after so many looks."""


class Gate:
    """Looks at every entry and every exit of one monitor. `told` has what was wrong."""

    def __init__(self, monitor: DirectMonitor) -> None:
        self._monitor, self._host = monitor, monitor.host
        self._engine = self._host.engine
        self.told: list[str] = []
        self.looks = 0
        """Entries and exits that were looked at."""
        self._kept = _kept(monitor.lends)
        self._words = arena_words(self._host.machine)
        self._set_up: Words = self._words.copy()
        self._seen: tuple[int, int, int, int] | None = None
        self._left: int | None = None
        """Whose exit was the last: until the next entry the monitor still acts for it."""
        self._reach = Reach(True)
        self._engine.take_dirty_pages()
        self._host.engine = cast(Engine, self)

    def __getattr__(self, name: str) -> Any:
        """All else is the engine's."""
        return getattr(self._engine, name)

    def run(self, budget: int, stop: StopAt) -> Halt:
        """As the engine's, looked at."""
        self._before()
        halt = self._engine.run(budget, stop)
        self._after()
        return halt

    def go_on(self, budget: int) -> Halt:
        """As the engine's, looked at."""
        self._before()
        halt = self._engine.go_on(budget)
        self._after()
        return halt

    # What is looked at ---------------------------------------------------------------------------

    def _before(self) -> None:
        vm = self._monitor.current
        assert vm is not None
        self.looks += 1
        self._look_at_words("entry", vm)
        self._look_at_mode(vm)
        self._look_at_tables(vm)

    def _after(self) -> None:
        vm = self._monitor.current
        assert vm is not None
        self.looks += 1
        self._left = vm.number
        self._look_at_words("exit", vm)
        self._look_at_stores(vm)
        held, owner = tlb_pages(self._host.machine), self._host.frames.owner
        outside = (held < 0) | (held >= len(owner))
        if outside.any() or (owner[held] != vm.number).any():
            for page in held:
                self._own(vm, int(page), "the TLB holds")

    def tell(self, what: str) -> None:
        """Something is wrong."""
        if len(self.told) < MOST_TOLD:
            self.told.append(what)

    def _look_at_words(self, when: str, vm: Vm) -> None:
        """What was not lent is as it was set up."""
        changed = (self._words ^ self._set_up) & self._kept
        if changed.any():
            for slot in np.flatnonzero(changed):
                was, now = int(self._set_up[slot]), int(self._words[slot])
                self.tell(
                    f"{when} of virtual machine {vm.number}: the real {_name(int(slot))} is "
                    f"{now:#x}, the monitor's value is {was:#x}"
                )

    def _look_at_mode(self, vm: Vm) -> None:
        """It runs in no mode whose traps are the monitor's: there it would be the monitor."""
        words = self._host.words
        mode, virtual = Mode(words[MODE.slot]), bool(words[VIRTUAL.slot])
        own = words[INTERCEPTS.slot] >> mode + VIRTUAL_ACTOR * virtual & 1
        if own:
            self.tell(f"virtual machine {vm.number} is let into {mode_name(mode, virtual)}")

    def _look_at_tables(self, vm: Vm) -> None:
        """Every leaf is a page of that machine's; no table can be written through any."""
        machine, frames = self._host.machine, self._host.frames
        written = self._host.written
        for page in written:
            if int(frames.owner[page]) not in (MONITOR, vm.number, self._left, FREE):
                self.tell(f"the monitor wrote page {page}, of another machine's")
        words = machine.arena.words
        here = (words[SATP.slot], words[HGATP.slot], words[VIRTUAL.slot], vm.number)
        if here == self._seen and not written and self.looks % OFTEN:
            return
        self._seen = here
        written.clear()
        self._reach = found = reach(machine)
        if not found.translated:
            self.tell(f"virtual machine {vm.number} runs with no table that bounds it")
        writable: set[int] = set()
        for first, pages, may_write in found.leaves:
            inside = first >= 0 and first + pages <= len(frames.owner)
            if not inside or (frames.owner[first : first + pages] != vm.number).any():
                for page in range(first, first + pages):
                    self._own(vm, page, "a table of the real hart's maps")
            if may_write:
                writable |= {page for page in found.tables if first <= page < first + pages}
        for page in writable:
            self.tell(f"virtual machine {vm.number} may write {_shown(page)}, which is a table")
        for page in found.tables:
            if frames.owner_of(_address(page)) not in (MONITOR, vm.number):
                self.tell(f"a table of virtual machine {vm.number} stands at {_shown(page)}")

    def _look_at_stores(self, vm: Vm) -> None:
        """What was written is that machine's. A walk may set A and D in a table."""
        for page in self._engine.take_dirty_pages():
            if page not in self._reach.tables:
                self._own(vm, page, "a store went to")

    def _own(self, vm: Vm, page: int, what: str) -> None:
        owner = self._host.frames.owner_of(_address(page))
        if owner != vm.number:
            whose = {MONITOR: "the monitor's", None: "outside RAM", FREE: "nobody's"}
            told = whose.get(owner, f"virtual machine {owner}'s")
            self.tell(f"{what} {_shown(page)} for virtual machine {vm.number}; it is {told}")


def _address(page: int) -> int:
    return memmap.RAM + (page << PAGE_BITS)


def _shown(page: int) -> str:
    return f"the page at spa {_address(page):#x}"


def _name(slot: int) -> str:
    """The name of a word of the arena."""
    for name, word in FIELDS.items():
        if word.slot == slot:
            return name
    for name, array in ARRAYS.items():
        if array.slot <= slot < array.slot + array.length:
            return f"{name}[{slot - array.slot}]"
    return f"word {slot}"


def _kept(lent: Lent) -> Words:
    """For each word of the hart the bits that must stay as they were set up."""
    kept: Words = np.zeros(ARENA_HART_BYTES // 8, np.uint64)
    places = [(word.name, word.slot, 1) for word in FIELDS.values()]
    places += [(array.name, array.slot, array.length) for array in ARRAYS.values()]
    for name, slot, length in places:
        if name not in UNHASHED or name == INTERCEPTS.name:
            kept[slot : slot + length] = MASK64 & ~lent.get(name, 0)
    return kept
