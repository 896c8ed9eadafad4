"""Counting a guest's path on the bare machine, instruction by instruction on engine T0."""

from __future__ import annotations

from typing import Final

from vmlab.core.bits import MASK64
from vmlab.core.events import Access, Event, EventKind, Mmio, Retired, TrapTaken, Walk
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_BITS
from vmlab.derive.syntax import slots_of
from vmlab.engine.reference import Reference
from vmlab.isa.causes import ACCESS_FAULTS, ILLEGAL_INSTRUCTION
from vmlab.isa.csrs import BY_NUMBER, CSRS
from vmlab.isa.encoding import Instruction
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.layouts import SATP as SATP_LAYOUT
from vmlab.isa.registers import REGISTER_NUMBERS
from vmlab.isa.state import FIELDS, MODE, MSTATUS, SATP
from vmlab.machine import memmap
from vmlab.machine.platform import Platform
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common import sbi
from vmlab.vmm.common.path import GuestPath
from vmlab.vmm.common.vm import Payload
from vmlab.vmm.compare.path import is_sensitive

_WHO: Final = STATUS.mask("SUM", "MXR")
_FLUSHES: Final = FIELDS["tlb_flushes"].slot
_STIMECMP: Final = CSRS["stimecmp"].number
_STORES: Final = ("sb", "sh", "sw", "sd", "sc.", "amo", "fsw", "fsd", "c.sw", "c.sd", "c.fsd")


class Tracer:
    """Listens to a bare machine."""

    def __init__(self, bare: BareMachine, engine: Reference) -> None:
        self._bare, self._engine, self._words = bare, engine, bare.hart.words
        self.sensitive = self.counters = self.exceptions = self.illegal = self.waits = 0
        self.access_faults = 0
        self.deadlines = self.devices = self.untranslated = self.table_stores = self.misses = 0
        self.pages: set[int] = set()
        self._tables: set[int] = set()
        self._known: set[tuple[int, int, int]] = set()
        self._flushes = -1
        self._undo = (0, 0, 0, 0)

    def __call__(self, event: Event) -> None:
        match event:
            case Retired():
                self._retired(event)
            case TrapTaken():
                self._trapped(event)
            case Walk():
                self._tables |= {read.address >> PAGE_BITS for read in event.reads}
                self.pages |= {read.address >> PAGE_BITS for read in event.reads}
                if event.pa is not None:
                    self.misses += 1
                    self._touched(event.pa)
            case Mmio():
                self.devices += 1
                clock = memmap.CLINT <= event.address < memmap.CLINT + 0x1_0000
                self.deadlines += event.is_store and clock
            case _:
                pass

    def _touched(self, pa: int) -> None:
        if self._bare.machine.dma.holds(pa, 1):
            self.pages.add(pa >> PAGE_BITS)

    def _trapped(self, event: TrapTaken) -> None:
        if event.interrupt:
            return
        # What was counted as carried out a moment ago has trapped instead.
        sensitive, counters, waits, deadlines = self._undo
        self.sensitive -= sensitive
        self.counters -= counters
        self.waits -= waits
        self.deadlines -= deadlines
        self._undo = (0, 0, 0, 0)
        self.exceptions += 1
        self.illegal += event.cause == ILLEGAL_INSTRUCTION
        self.access_faults += event.cause in ACCESS_FAULTS

    def _retired(self, event: Retired) -> None:
        self._undo = (0, 0, 0, 0)
        if self._words[SATP.slot] >> SATP_LAYOUT["MODE"].low == 0:
            self._met(event.pc)
        found = self._bare.hart.decode(event.insn)
        if found is None:
            return
        instruction, operands = found
        x = self._engine.registers
        number = operands.get("csr", -1)
        row = BY_NUMBER.get(number)
        counter = row is not None and row.is_read_only and row.permission is not None
        sensitive = event.mode is Mode.S and is_sensitive(*found)
        call = instruction.name == "ecall" and event.mode is Mode.S
        timer = number == _STIMECMP or (call and x[sbi.A7] in (sbi.TIME, sbi.LEGACY_SET_TIMER))
        self._undo = (sensitive, counter, instruction.name == "wfi", timer)
        self.sensitive += sensitive
        self.counters += counter
        self.waits += instruction.name == "wfi"
        self.deadlines += timer
        self._data(instruction, operands)

    def _data(self, instruction: Instruction, operands: dict[str, int]) -> None:
        """What a load or store touches, where no walk tells it."""
        base = next((slot.base for slot in slots_of(instruction) if slot.base), None)
        if base is None:
            return
        register = operands[base] if base in operands else REGISTER_NUMBERS[base]
        address = self._engine.registers[register] + operands.get("imm", 0) & MASK64
        if self._words[SATP.slot] >> SATP_LAYOUT["MODE"].low == 0:
            self._met(address)
        if self._tables and instruction.name.startswith(_STORES):
            pa = self._engine.peek(address, Access.STORE)
            self.table_stores += pa is not None and pa >> PAGE_BITS in self._tables

    def _met(self, pa: int) -> None:
        """A page is met without translation."""
        flushes = self._words[_FLUSHES]
        if flushes != self._flushes:
            self._flushes = flushes
            self._known.clear()
        self._touched(pa)
        key = (pa >> PAGE_BITS, self._words[MODE.slot], self._words[MSTATUS.slot] & _WHO)
        if key not in self._known:
            self._known.add(key)
            self.untranslated += 1


def trace(platform: Platform, payload: Payload, most: int) -> GuestPath:
    """Run a guest on the bare machine, to its end or for `most` instructions, and count."""
    bare = BareMachine(platform, payload, "t0")
    engine = bare.engine
    assert isinstance(engine, Reference)
    tracer = Tracer(bare, engine)
    kinds = EventKind.RETIRE | EventKind.TRAP | EventKind.WALK | EventKind.MMIO
    engine.listeners.kinds, engine.listeners.emit = kinds, tracer
    bare.run(most)
    return GuestPath(
        instructions=bare.hart.retired,
        sensitive=tracer.sensitive,
        counters=tracer.counters,
        exceptions=tracer.exceptions,
        illegal=tracer.illegal,
        access_faults=tracer.access_faults,
        firmware_calls=bare.firmware_calls,
        waits=tracer.waits,
        deadlines=tracer.deadlines,
        devices=tracer.devices,
        misses=tracer.misses,
        untranslated=tracer.untranslated,
        pages=len(tracer.pages),
        table_stores=tracer.table_stores,
    )
