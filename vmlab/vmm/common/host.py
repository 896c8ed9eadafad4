"""The real machine under a monitor: its hart, its memory, and the virtual machines in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from vmlab.core.bits import align_up
from vmlab.core.errors import BadInput
from vmlab.core.units import MIB, PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.engine.api import Engine, StopAt
from vmlab.engine.interpreter import Interpreter
from vmlab.engine.reference import Reference
from vmlab.engine.tiers import make_engine, new_arena, why_not_t1
from vmlab.isa.extensions import ISA_STRING
from vmlab.isa.layouts import SATP
from vmlab.isa.state import ARENA_HART_BYTES, RETIRED, SKIPPED
from vmlab.isa.system.tlb import tlb_flush
from vmlab.machine import memmap
from vmlab.machine.platform import Machine, Platform
from vmlab.vmm.common.frames import MONITOR, Frames
from vmlab.vmm.common.vhart import VirtualHart
from vmlab.vmm.common.vm import Payload, Vm

POOL_BYTES: Final = MIB
"""The monitor's own memory for the tables that it makes, for each virtual machine."""
LIST_SHARE: Final = 64
"""One byte more for so many of the guest's: for lists with an entry for each of its pages."""
MOST_SPACES: Final = SATP["ASID"].mask >> SATP["ASID"].low
"""Real address-space numbers, from 1."""
MOST_VMS: Final = 64


def real_engine(machine: Machine, name: str) -> Engine:
    """The engine of a machine under a monitor. `auto` leaves nothing to T0: exits come after few
    instructions as well as after many."""
    if name == "auto":
        name = "t0" if why_not_t1() else "t2"
    return make_engine(machine, name)


def follow(engine: Engine, old: Engine) -> None:
    """Those who listened to one engine listen to another in its place."""
    ours, theirs = engine.listeners, old.listeners
    ours.kinds, ours.emit, ours.batch = theirs.kinds, theirs.emit, theirs.batch


def real_hart(machine: Machine, engine: Engine) -> VirtualHart:
    """The description over the words of a machine that an engine runs: to set the hart up, and to
    ask it. It is the engine's own T0, which so hears of every flush."""
    if isinstance(engine, Interpreter):
        return VirtualHart(machine, engine.reference)
    return VirtualHart(machine, engine if isinstance(engine, Reference) else None)


class Host:
    """A real machine; `ram_for` says how much RAM virtual machines need."""

    def __init__(
        self,
        ram_bytes: int,
        engine: str = "auto",
        *,
        isa: str = ISA_STRING,
        illegal_tval: str = "word",
        access_tinst: str = "zero",
    ) -> None:
        platform = Platform(
            ram_bytes, isa=isa, illegal_tval=illegal_tval, access_tinst=access_tinst
        )
        self.machine = Machine(platform, arena=new_arena(ram_bytes))
        self.engine = real_engine(self.machine, engine)
        self.words = self.machine.arena.words
        self.hart = real_hart(self.machine, self.engine)
        self._flush = self.hart.kernel(tlb_flush.name)
        self.frames = Frames(ram_bytes)
        self._next_space = 1
        self._free_spaces: list[int] = []
        self.vms: list[Vm] = []
        self.written: set[int] = set()
        """Pages of real RAM that the monitor has written since somebody asked."""
        self._noted: set[int] = set()
        self.reference: Callable[[Machine], Reference] = Reference
        """What carries the virtual harts out."""
        self.placed_by: Callable[[Platform, Payload], Vm] | None = None
        """Who gives a virtual machine its memory, if not the host, in one piece."""

    # Memory --------------------------------------------------------------------------------------

    def place(self, platform: Platform, payload: Payload, align_bytes: int = PAGE_SIZE_BYTES) -> Vm:
        """A new virtual machine, its memory in one piece behind the words of its hart. RAM begins
        at a multiple of `align_bytes`; the pages that this leaves out are free for tables. Unless
        `placed_by` does it otherwise."""
        if self.placed_by is not None:
            return self.placed_by(platform, payload)
        if len(self.vms) >= MOST_VMS:
            raise BadInput(f"expected at most {MOST_VMS} virtual machines, found one more")
        self.frames.skip(align_bytes, ARENA_HART_BYTES)
        words_at = self.frames.take_range(MONITOR, ARENA_HART_BYTES)
        number = len(self.vms)
        self.frames.take_range(number, platform.ram_bytes)
        vm = Vm(number, self.machine, words_at, platform, payload, self.reference)
        self.vms.append(vm)
        self._listen_to_devices(vm)
        return vm

    def _listen_to_devices(self, vm: Vm) -> None:
        """What the virtual machine's devices write, the real engine hears of, too."""
        first, own = vm.ram_at - memmap.RAM, vm.machine.dma.on_write

        def written(offset: int, length: int) -> None:
            own(offset, length)
            self.engine.device_wrote(first + offset, length)
            if vm.touched is not None:
                vm.touched.update(
                    range(offset >> PAGE_BITS, (offset + length - 1 >> PAGE_BITS) + 1)
                )

        vm.machine.dma.on_write = written

    def monitor_wrote(self, vm: Vm) -> None:
        """The monitor has acted for the guest: tell the engine which of its pages that wrote."""
        self.pages_changed(vm, vm.hart.take_dirty_pages())

    def pages_changed(self, vm: Vm, pages: set[int]) -> None:
        """These pages of a guest's RAM have been written, and not by the hart."""
        if vm.touched is not None:
            vm.touched |= pages
        for page in pages:
            at = vm.ram_at - memmap.RAM + (page << PAGE_BITS)
            self.engine.device_wrote(at, 1 << PAGE_BITS)

    def read8(self, pa: int) -> int:
        """A doubleword of real RAM."""
        return self.machine.arena.ram8[(pa - memmap.RAM) >> 3]

    def write8(self, pa: int, value: int) -> None:
        """Write a doubleword of the monitor's memory, which holds no code."""
        offset = pa - memmap.RAM
        self.machine.arena.ram8[offset >> 3] = value
        self.written.add(offset >> PAGE_BITS)

    def entries(self, pa: int, count: int) -> list[tuple[int, int]]:
        """(number, entry) of all of a table's `count` entries that are not 0."""
        first = pa - memmap.RAM >> 3
        found = np.frombuffer(self.machine.arena.ram, np.uint64)[first : first + count]
        there = np.flatnonzero(found)
        return list(zip(there.tolist(), found[there].tolist(), strict=True))

    def clear_page(self, pa: int) -> None:
        """Fill a page of the monitor's with zeros."""
        offset = pa - memmap.RAM
        self.machine.arena.ram[offset : offset + (1 << PAGE_BITS)] = bytes(1 << PAGE_BITS)
        self.written.add(offset >> PAGE_BITS)

    def note_written(self) -> set[int]:
        """Pages of real RAM written since this was last asked, by whomever; the words of virtual
        harts aside."""
        for vm in self.vms:
            self.monitor_wrote(vm)
        news = self.written | self.engine.take_dirty_pages()
        self.written.clear()
        self._noted |= news
        return news

    def take_written(self) -> set[int]:
        """The same since this was last asked, whatever was noted in between."""
        self.note_written()
        written, self._noted = self._noted, set()
        return written

    # Going back ----------------------------------------------------------------------------------

    def memo(self) -> Any:
        """A copy of what stands neither in real memory nor on the real hart."""
        return self.frames.memo(), self._next_space, tuple(self._free_spaces)

    def recall(self, memo: Any, changed: set[int]) -> None:
        """As it was when `memo` gave that. The real hart and these pages of real RAM have been
        put back."""
        frames, self._next_space, free = memo
        self.frames.recall(frames)
        self._free_spaces = list(free)
        self.written.clear()
        self._noted.clear()
        self.engine.forget(changed)

    def use_engine(self, name: str) -> None:
        """Go on with another engine, in the middle of a run if need be. Raises as `make_engine`
        does; the old one stays then."""
        engine = real_engine(self.machine, name)
        follow(engine, self.engine)
        self.written |= self.engine.take_dirty_pages()
        self.engine = engine
        self.hart = real_hart(self.machine, engine)
        self._flush = self.hart.kernel(tlb_flush.name)
        engine.run(0, StopAt())

    # The hart ------------------------------------------------------------------------------------

    def flush_tlb(self) -> None:
        """Forget every translation of the real hart, as sfence.vma does. T0 remembers more of
        pages than the TLB's words, and hears of it by the kernel alone."""
        self._flush()

    def hart_changed(self) -> None:
        """The monitor has written the hart's words (not RAM): the engine makes anew what it had
        derived from them."""
        self.engine.forget(set())
        self.engine.run(0, StopAt())

    def take_space(self) -> int:
        """A real address-space number (ASID, VMID) that no table uses."""
        if self._free_spaces:
            return self._free_spaces.pop()
        assert self._next_space <= MOST_SPACES, "tables are fewer than numbers"
        self._next_space += 1
        return self._next_space - 1

    def give_space(self, space: int) -> None:
        """A table is no more. The TLB must be flushed before its number is used again."""
        self._free_spaces.append(space)

    @property
    def retired(self) -> int:
        return self.words[RETIRED.slot]

    @property
    def time(self) -> int:
        """Real virtual time: what the real timer compares with."""
        return self.words[RETIRED.slot] + self.words[SKIPPED.slot]


def ram_for(vms: int, guest_ram_bytes: int) -> int:
    """Real RAM in bytes for so many virtual machines of this size."""
    # What a monitor has for each page of a guest's grows with the guest.
    lists = guest_ram_bytes // LIST_SHARE
    each = ARENA_HART_BYTES + align_up(guest_ram_bytes + lists, 1 << PAGE_BITS)
    return vms * (POOL_BYTES + each)
