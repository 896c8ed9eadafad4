"""Building a snapshot: reading the machine without touching it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from vmlab.core.events import Access
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.derive.disasm import disassemble
from vmlab.engine.api import Engine
from vmlab.isa.csrs import CSRS
from vmlab.isa.state import COUNTERS, PMP_ENTRIES
from vmlab.machine import memmap
from vmlab.machine.platform import Machine
from vmlab.session.snapshot import CodeLine, Registers

WINDOW_BYTES = 256
"""The code window: this much code, cut where it cannot be fetched."""
WINDOW_STEP_BYTES = 64
"""The window moves in such steps, so that stepping does not shift every line."""


def _is_shown(name: str) -> bool:
    """CSRs that hold something: not the counters and PMP entries that are not built."""
    if name.startswith(("mhpmcounter", "mhpmevent")):
        return False
    if name.startswith("pmpaddr"):
        return int(name.removeprefix("pmpaddr")) < PMP_ENTRIES
    return not name.startswith("pmpcfg") or name in ("pmpcfg0", "pmpcfg2")


SHOWN_CSRS = tuple(csr for csr in CSRS.values() if _is_shown(csr.name))


def registers(machine: Machine, engine: Engine) -> Registers:
    """The hart's registers and CSRs now."""
    csrs = {csr.name: engine.read_csr(csr.number) for csr in SHOWN_CSRS}
    hart = machine.hart
    return Registers(hart.mode, hart.pc, tuple(hart.x), csrs)


def counters(machine: Machine) -> dict[str, int]:
    """The event counters of the arena."""
    return {name: machine.hart.word(name) for name in COUNTERS}


class CodeWindow:
    """Disassembles around pc; remembers lines, since most of them stay."""

    def __init__(self, symbols: Mapping[int, str]) -> None:
        self._symbols = symbols
        self._line = lru_cache(maxsize=4096)(self._make_line)

    def _make_line(self, address: int, word: int) -> CodeLine:
        text = disassemble(word, address, self._symbols)
        return CodeLine(address, word, 4, text, self._symbols.get(address))

    def lines(self, machine: Machine, engine: Engine) -> tuple[CodeLine, ...]:
        """The window around pc, each page translated as a fetch now would be."""
        pc = machine.hart.pc
        first = max(0, (pc & -WINDOW_STEP_BYTES) - WINDOW_STEP_BYTES)
        pages: dict[int, int | None] = {}
        found: list[CodeLine] = []
        for address in range(first, first + WINDOW_BYTES, 4):
            page = address & -PAGE_SIZE_BYTES
            if page not in pages:
                pages[page] = engine.peek(page, Access.FETCH)
            word = _fetch(machine, pages[page], address)
            if word is not None:
                found.append(self._line(address, word))
        return tuple(found)


def _fetch(machine: Machine, page_pa: int | None, address: int) -> int | None:
    if page_pa is None:
        return None
    pa = page_pa | (address & (PAGE_SIZE_BYTES - 1))
    offset = pa - memmap.RAM
    if 0 <= offset < machine.platform.ram_bytes:
        return machine.arena.ram4[offset >> 2]
    rom = machine.rom
    if rom.base <= pa < rom.base + len(rom.content.rstrip(b"\0")):
        return rom.read(pa - rom.base, 4)
    return None
