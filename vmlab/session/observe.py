"""Building a snapshot: reading the machine without touching it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache

from vmlab.core.events import Access
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.derive.decoder import size_of
from vmlab.derive.disasm import disassemble
from vmlab.engine.api import Engine
from vmlab.isa.csrs import CSRS
from vmlab.isa.extensions import extensions_of
from vmlab.isa.state import COUNTERS, PMP_ENTRIES
from vmlab.isa.system.floating import FS
from vmlab.isa.system.memory import PARCEL_BYTES
from vmlab.machine import memmap
from vmlab.machine.platform import Machine
from vmlab.session.snapshot import CodeLine, DeviceState, Registers

WINDOW_BYTES = 256
"""The code window: this much code, cut where it cannot be fetched."""
WINDOW_STEP_BYTES = 64
"""The window moves in such steps, so that stepping does not shift every line."""
READ_AHEAD_BYTES = 1024
"""How far before the window a symbol may stand from which its instructions are counted off."""


def _is_shown(name: str) -> bool:
    """CSRs that hold something: not the counters and PMP entries that are not built."""
    if name.startswith(("mhpmcounter", "mhpmevent", "hpmcounter")):
        return False
    if name.startswith("pmpaddr"):
        return int(name.removeprefix("pmpaddr")) < PMP_ENTRIES
    return not name.startswith("pmpcfg") or name in ("pmpcfg0", "pmpcfg2")


SHOWN_CSRS = tuple(csr for csr in CSRS.values() if _is_shown(csr.name))


def registers(machine: Machine, engine: Engine) -> Registers:
    """The hart's registers and CSRs now."""
    have = extensions_of(machine.platform.isa)
    there = (csr for csr in SHOWN_CSRS if csr.extension is None or csr.extension in have)
    csrs = {csr.name: engine.read_csr(csr.number) for csr in there}
    hart = machine.hart
    is_on = hart.word("mstatus") & FS and "f" in have
    floats = tuple(hart.f) if is_on else ()
    return Registers(hart.mode, hart.pc, tuple(hart.x), csrs, floats, hart.virtual)


def devices(machine: Machine) -> tuple[DeviceState, ...]:
    """What the devices hold now; empty slots are left out."""
    found = []
    for device in machine.bus.devices:
        facts = tuple((fact.label, fact.value) for fact in device.facts())
        if facts:
            found.append(DeviceState(device.name, device.base, facts))
    return tuple(found)


def counters(machine: Machine) -> dict[str, int]:
    """The event counters of the arena."""
    return {name: machine.hart.word(name) for name in COUNTERS}


class CodeWindow:
    """Disassembles around pc; remembers lines, since most of them stay."""

    def __init__(self, symbols: Mapping[int, str]) -> None:
        self._symbols = symbols
        self._starts = sorted(symbols)
        self._line = lru_cache(maxsize=4096)(self._make_line)

    def _make_line(self, address: int, word: int) -> CodeLine:
        text = disassemble(word, address, self._symbols)
        return CodeLine(address, word, size_of(word), text, self._symbols.get(address))

    def lines(
        self, machine: Machine, engine: Engine, at: int | None = None
    ) -> tuple[CodeLine, ...]:
        """The window around pc, or another instruction's address, each page translated as a fetch
        now would be."""
        pc = machine.hart.pc if at is None else at
        first = max(0, (pc & -WINDOW_STEP_BYTES) - WINDOW_STEP_BYTES)
        code = _Fetcher(machine, engine)
        found: list[CodeLine] = []
        address = self._in_step(code, first, pc)
        while address < first + WINDOW_BYTES:
            word = code.word(address)
            size = PARCEL_BYTES if word is None else size_of(word)
            half = address + PARCEL_BYTES
            if size > PARCEL_BYTES and (half == pc or half in self._symbols):
                address = half  # an instruction starts there for certain: so none starts here
                continue
            if word is not None:
                found.append(self._line(address, word))
            address += size
        return tuple(found)

    def _in_step(self, code: _Fetcher, first: int, pc: int) -> int:
        """The first address of an instruction in the window. Where sizes are mixed, that takes
        reading from the symbol before it; without one near enough, the window's start will do."""
        at = bisect_right(self._starts, first) - 1
        if at < 0 or first - self._starts[at] > READ_AHEAD_BYTES:
            return first
        address = self._starts[at] & ~(PARCEL_BYTES - 1)
        while address < first:
            word = code.word(address)
            address += PARCEL_BYTES if word is None else size_of(word)
        return address


class _Fetcher:
    """Reads instructions as a fetch would see them, without a trace on the machine."""

    def __init__(self, machine: Machine, engine: Engine) -> None:
        self._machine = machine
        self._engine = engine
        self._pages: dict[int, int | None] = {}

    def word(self, address: int) -> int | None:
        """The instruction at an address, None where there is none."""
        low = self._parcel(address)
        if low is None or size_of(low) == PARCEL_BYTES:
            return low
        high = self._parcel(address + PARCEL_BYTES)
        return None if high is None else low | high << 8 * PARCEL_BYTES

    def _parcel(self, address: int) -> int | None:
        page = address & -PAGE_SIZE_BYTES
        if page not in self._pages:
            self._pages[page] = self._engine.peek(page, Access.FETCH)
        page_pa = self._pages[page]
        if page_pa is None:
            return None
        pa = page_pa | (address & (PAGE_SIZE_BYTES - 1))
        offset = pa - memmap.RAM
        if 0 <= offset < self._machine.platform.ram_bytes:
            return self._machine.arena.ram2[offset >> 1]
        rom = self._machine.rom
        if rom.base <= pa < rom.base + len(rom.content.rstrip(b"\0")):
            return rom.read(pa - rom.base, PARCEL_BYTES)
        return None
