"""The page-table walk (privileged manual, 10.3.2; the comments carry its step numbers).

One text for every format: levels and index widths are data. Accessed and dirty bits are not
written by the walk (Svade): a leaf without A, or without D for a store, is a page fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.core.modes import Mode
from vmlab.isa.causes import ACCESS_FAULTS, PAGE_FAULTS
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.layouts import PTE
from vmlab.isa.state import RAM_BASE, RAM_SIZE
from vmlab.isa.system.pmp import ALLOWED, pmp_check

FETCH, LOAD, STORE = range(3)


@dataclass(frozen=True)
class Format:
    """A translation format: `levels` tables of 2**`index_bits` entries, pages of 4 KiB."""

    name: str
    levels: int
    index_bits: int = 9

    @property
    def va_bits(self) -> int:
        return 12 + self.levels * self.index_bits

    def index(self, va: Value, level: int) -> Value:
        """VPN[level], the index into a table of that level."""
        low = 12 + level * self.index_bits
        return va.bits(low + self.index_bits - 1, low)


SV39: Final = Format("Sv39", 3)


def in_ram(k: Kit, pa: Value, size_bytes: Value | int) -> Value:
    """True if the bytes pa .. pa+size are RAM; correct for every pa, also near 2**64."""
    offset = pa - k[RAM_BASE]
    return offset.ltu(k[RAM_SIZE]) & (k[RAM_SIZE] - offset).geu(size_bytes)


def by_access(k: Kit, access: Value, causes: tuple[int, int, int]) -> Value:
    """The cause for a fetch, a load or a store."""
    return k.select(access.eq(FETCH), causes[0], k.select(access.eq(LOAD), causes[1], causes[2]))


def allowed_accesses(k: Kit, pte: Value, mode: Value, status: Value) -> Value:
    """Step 5 and 7: the accesses that a leaf allows, a bit each (fetch 1, load 2, store 4)."""
    user_page = pte.any(PTE.mask("U"))
    user = mode.eq(Mode.U)
    same = (user & user_page) | (~user & ~user_page)
    data = same | (~user & status.any(STATUS.mask("SUM")))
    readable = pte.any(PTE.mask("R")) | (pte.any(PTE.mask("X")) & status.any(STATUS.mask("MXR")))
    writable = pte.any(PTE.mask("W")) & pte.any(PTE.mask("D"))
    fetch = (same & pte.any(PTE.mask("X"))).word()
    load = (data & readable).word() << LOAD
    store = (data & writable).word() << STORE
    return k.select(pte.any(PTE.mask("A")), fetch | load | store, 0)


@kernel(4, 56, 3, 3, root=56, va=64, access=2, mode=2, status=64)
def walk_sv39(k: Kit, root: Value, va: Value, access: Value, mode: Value, status: Value) -> None:
    """Walk from the root table at `root`: (cause or 0, physical page, accesses allowed, level)."""
    walk(k, SV39, root, va, access, mode, status)


def walk(
    k: Kit, fmt: Format, root: Value, va: Value, access: Value, mode: Value, status: Value
) -> None:
    """The walk's text; see `walk_sv39`."""

    def fault(causes: tuple[int, int, int] = PAGE_FAULTS) -> None:
        cause = by_access(k, access, causes)
        k.note("walk", va, access, mode, root, cause, 0)
        k.ret(cause, 0, 0, 0)

    with k.when(va.sext(fmt.va_bits).ne(va)):
        fault()
    table = root  # step 1
    for level in reversed(range(fmt.levels)):
        address = (table + (fmt.index(va, level) << 3)) & ((1 << 56) - 1)  # step 2
        readable = k.call(pmp_check, address, address + 7, LOAD, Mode.S).eq(ALLOWED)
        with k.when(~(in_ram(k, address, 8) & readable)):
            fault(ACCESS_FAULTS)
        pte = k.ram_load(address, 8)
        k.count("pte_reads")
        k.note("pte", level, address, pte)
        invalid = pte.none(PTE.mask("V")) | (pte.none(PTE.mask("R")) & pte.any(PTE.mask("W")))
        with k.when(invalid | pte.any(PTE.mask("RESERVED"))):  # step 3
            fault()
        with k.when(pte.any(PTE.mask("R", "X"))):  # step 4: a leaf
            allowed = allowed_accesses(k, pte, mode, status)
            with k.when((allowed >> access).none(1)):  # steps 5 and 7
                fault()
            if level:  # step 6: a superpage's page number ends in zeros
                with k.when(pte.any(((1 << level * fmt.index_bits) - 1) << PTE["PPN"].low)):
                    fault()
            inside = (1 << level * fmt.index_bits) - 1 << 12
            page = (PTE.get(pte, "PPN") << 12) | (va & inside)  # step 8
            k.note("walk", va, access, mode, root, 0, page)
            k.ret(0, page, allowed, level)
        with k.when(pte.any(PTE.mask("U", "A", "D"))):  # reserved in a pointer
            fault()
        table = PTE.get(pte, "PPN") << 12
    fault()
