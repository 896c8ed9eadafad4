"""The page-table walk (privileged manual, 10.3.2; the comments carry its step numbers).

One text for every format: the number of levels is data, the walk goes round once a level. A leaf
without A, or without D for a store, is a page fault (Svade), unless menvcfg.ADUE asks the hart to
set the bits (Svadu). The walk itself never writes: it says what is to be written, and `translate`
does, so that a debugger can walk without a trace.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.core.modes import Mode
from vmlab.isa.causes import ACCESS_FAULTS, PAGE_FAULTS
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.layouts import ENVCFG, PTE
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.layouts import SATP as SATP_LAYOUT
from vmlab.isa.state import MENVCFG, MSTATUS, RAM_BASE, RAM_SIZE, SATP
from vmlab.isa.system.pmp import ALLOWED, pmp_check

FETCH, LOAD, STORE = range(3)


@dataclass(frozen=True)
class Format:
    """A translation format: its number in satp.MODE, and how many levels its tables have."""

    name: str
    number: int
    levels: int

    @property
    def va_bits(self) -> int:
        """Virtual addresses are this long and sign-extended."""
        return PAGE_BITS + INDEX_BITS * self.levels


PAGE_BITS: Final = 12
INDEX_BITS: Final = 9
"""Pages have 2**12 bytes and tables 2**9 entries in every format."""
FORMATS: Final = (Format("Sv39", 8, 3), Format("Sv48", 9, 4), Format("Sv57", 10, 5))
BY_NAME: Final = {fmt.name.lower(): fmt for fmt in FORMATS}
BARE: Final = 0
"""satp.MODE of no translation."""


def in_ram(k: Kit, pa: Value, size_bytes: Value | int) -> Value:
    """True if the bytes pa .. pa+size are RAM; correct for every pa, also near 2**64."""
    offset = pa - k[RAM_BASE]
    return offset.ltu(k[RAM_SIZE]) & (k[RAM_SIZE] - offset).geu(size_bytes)


def by_access(k: Kit, access: Value, causes: tuple[int, int, int]) -> Value:
    """The cause for a fetch, a load or a store."""
    return k.select(access.eq(FETCH), causes[0], k.select(access.eq(LOAD), causes[1], causes[2]))


def permitted_accesses(k: Kit, pte: Value, mode: Value, status: Value) -> Value:
    """Step 5: the accesses that R, W, X and U of a leaf allow: fetch 1, load 2, store 4."""
    user_page = pte.any(PTE.mask("U"))
    user = mode.eq(Mode.U)
    same = (user & user_page) | (~user & ~user_page)
    data = same | (~user & status.any(STATUS.mask("SUM")))
    readable = pte.any(PTE.mask("R")) | (pte.any(PTE.mask("X")) & status.any(STATUS.mask("MXR")))
    fetch = (same & pte.any(PTE.mask("X"))).word()
    load = (data & readable).word() << LOAD
    store = (data & pte.any(PTE.mask("W"))).word() << STORE
    return fetch | load | store


def levels_of(k: Kit, satp: Value) -> Value:
    """How many levels the tables have that satp names."""
    mode = SATP_LAYOUT.get(satp, "MODE")
    levels: Value = k.const(FORMATS[0].levels)
    for fmt in FORMATS[1:]:
        levels = k.select(mode.eq(fmt.number), fmt.levels, levels)
    return levels


@kernel(4, 56, 3, 3, 56, 64, va=64, access=2, mode=2)
def walk(k: Kit, va: Value, access: Value, mode: Value) -> None:
    """Walk from satp's root as `mode` would: (cause or 0, physical page, accesses allowed, level,
    where to write an entry with A and D set, that entry or 0)."""
    satp, status = k[SATP], k[MSTATUS]
    levels = levels_of(k, satp)
    root = SATP_LAYOUT.get(satp, "PPN") << PAGE_BITS

    def fault(causes: tuple[int, int, int] = PAGE_FAULTS) -> None:
        cause = by_access(k, access, causes)
        k.note("walk", va, access, mode, root, cause, 0, levels)
        k.ret(cause, 0, 0, 0, 0, 0)

    def reachable(address: Value, access: int) -> Value:
        """The walk accesses tables as S would, whoever it walks for (3.7.2)."""
        allowed = k.call(pmp_check, address, address + 7, access, Mode.S).eq(ALLOWED)
        return in_ram(k, address, 8) & allowed

    unused = (64 - PAGE_BITS - levels * INDEX_BITS).bits(5, 0)
    with k.when((va << unused).sar(unused).ne(va)):
        fault()
    table, level = k.var(root, 56), k.var(levels, 3)  # step 1
    with k.loop():
        level.value = (level.value - 1).bits(2, 0)
        at = level.value
        skipped = (at * INDEX_BITS).bits(5, 0)
        index = (va >> PAGE_BITS >> skipped) & ((1 << INDEX_BITS) - 1)
        address = (table.value + (index << 3)) & ((1 << 56) - 1)  # step 2
        with k.when(~reachable(address, LOAD)):
            fault(ACCESS_FAULTS)
        pte = k.ram_load(address, 8)
        k.count("pte_reads")
        k.note("pte", at, address, pte)
        invalid = pte.none(PTE.mask("V")) | (pte.none(PTE.mask("R")) & pte.any(PTE.mask("W")))
        with k.when(invalid | pte.any(PTE.mask("RESERVED"))):  # step 3
            fault()
        with k.when(pte.any(PTE.mask("R", "X"))):  # step 4: a leaf
            permitted = permitted_accesses(k, pte, mode, status)
            with k.when((permitted >> access).none(1)):  # step 5
                fault()
            inside = (k.const(1) << skipped) - 1
            with k.when((PTE.get(pte, "PPN") & inside).ne(0)):  # step 6: a misaligned superpage
                fault()
            seen = k.select(access.eq(STORE), PTE.mask("A", "D"), PTE.mask("A"))
            stale = (pte & seen).ne(seen)  # step 7
            with k.when(stale):
                with k.when(k[MENVCFG].none(ENVCFG.mask("ADUE"))):
                    fault()
                with k.when(~reachable(address, STORE)):
                    fault(ACCESS_FAULTS)
            after = pte | seen
            clean = after.none(PTE.mask("D"))
            allowed = permitted & k.select(clean, ~(1 << STORE) & 7, 7)
            offset = va & (inside << PAGE_BITS) & ((1 << 56) - 1)
            page = (PTE.get(pte, "PPN") << PAGE_BITS) | offset  # step 8
            k.note("walk", va, access, mode, root, 0, page, levels)
            k.ret(0, page, allowed, at, address, k.select(stale, after, 0))
        with k.when(pte.any(PTE.mask("U", "A", "D")) | at.eq(0)):  # reserved in a pointer
            fault()
        table.value = PTE.get(pte, "PPN") << PAGE_BITS
