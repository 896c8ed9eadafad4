"""Two-stage address translation once more, from the manual's words (hypervisor chapter, 'Two-Stage
Address Translation'), naively: a recursive function over concrete tables.

Nothing here shares a line with `vmlab.isa`; bit numbers are written as in the manual's figures. The
walk returns what it read, in order, so that the length of every walk can be compared, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.property.manual import ACCESS_FAULT, FETCH, LOAD, PAGE_FAULT, STORE, U, bit

GUEST_PAGE_FAULT = {FETCH: 20, LOAD: 21, STORE: 23}
LEVELS = {0: 0, 8: 3, 9: 4, 10: 5}
"""By the mode of satp, vsatp or hgatp: 0 is Bare."""


class Fault(Exception):
    """The walk ends: the cause, and of guest-page faults tval2 and tinst."""

    def __init__(self, cause: int, tval2: int = 0, tinst: int = 0) -> None:
        super().__init__(cause, tval2, tinst)
        self.told = cause, tval2, tinst


@dataclass
class Hart:
    """What a translation depends on."""

    read: Callable[[int], int | None]
    """The doubleword at a physical address, or None where a walk may not read."""
    write: Callable[[int, int], None]
    vsatp: int
    hgatp: int
    vs_sum: bool
    vs_mxr: bool
    hs_mxr: bool
    vs_updates: bool
    """Whether the VS-stage sets A and D by itself; otherwise it faults."""
    g_updates: bool
    reads: list[int] = field(default_factory=list)
    """Physical addresses of the entries read for translation; not those of setting A and D."""


def leaf_flags(pte: int) -> tuple[bool, ...]:
    """V R W X U G A D."""
    return tuple(bit(pte, n) for n in range(8))


def ppn_of(pte: int) -> int:
    return pte >> 10 & (1 << 44) - 1


def g_stage(hart: Hart, gpa: int, need: int, access: int, implicit: bool, hlvx: bool) -> int:
    """The supervisor physical address of a guest physical one. `need` is what is done there,
    `access` what all this is for."""

    def refuse() -> Fault:
        pseudo = {LOAD: 0x3000, STORE: 0x3020}.get(need, 0) if implicit else 0
        return Fault(GUEST_PAGE_FAULT[access], gpa >> 2, pseudo)

    levels = LEVELS[hart.hgatp >> 60]
    if not levels:
        return gpa
    if gpa >> 12 + 9 * levels + 2:  # Sv39x4: 41 bits
        raise refuse()
    table = (hart.hgatp & (1 << 44) - 1) << 12
    for level in range(levels - 1, -1, -1):
        width = 11 if level == levels - 1 else 9  # the root has four times the entries
        index = gpa >> 12 + 9 * level & (1 << width) - 1
        place = table + 8 * index & (1 << 56) - 1
        pte = hart.read(place)
        if pte is None:
            raise Fault(ACCESS_FAULT[access])
        hart.reads.append(place)
        v, r, w, x, u, _, a, d = leaf_flags(pte)
        if not v or (w and not r) or pte >> 54:
            raise refuse()
        if not (r or x):
            if level == 0 or u or a or d:
                raise refuse()
            table = ppn_of(pte) << 12
            continue
        readable = x if hlvx and not implicit else r or (x and hart.hs_mxr and not implicit)
        allowed = {FETCH: x, LOAD: readable, STORE: w}[need]
        if not u or not allowed or ppn_of(pte) & (1 << 9 * level) - 1:
            raise refuse()
        if not a or (need == STORE and not d):
            if not hart.g_updates:
                raise refuse()
            hart.write(place, pte | 1 << 6 | (need == STORE) << 7)
        inside = (1 << 12 + 9 * level) - 1
        return (ppn_of(pte) << 12 & ~inside) | (gpa & inside)
    raise AssertionError("not reached")


def translate(hart: Hart, va: int, access: int, mode: int, hlvx: bool = False) -> int:
    """The physical address that an access of VS or VU comes to; raises `Fault`."""
    gpa = vs_stage(hart, va, access, mode, hlvx)
    return g_stage(hart, gpa, access, access, False, hlvx)


def vs_stage(hart: Hart, va: int, access: int, mode: int, hlvx: bool) -> int:
    levels = LEVELS[hart.vsatp >> 60]
    if not levels:
        return va
    refused = Fault(PAGE_FAULT[access])
    top = va >> 12 + 9 * levels - 1
    if top not in (0, (1 << 64 - (12 + 9 * levels - 1)) - 1):
        raise refused
    table = (hart.vsatp & (1 << 44) - 1) << 12
    for level in range(levels - 1, -1, -1):
        entry = table + 8 * (va >> 12 + 9 * level & 511) & (1 << 56) - 1
        place = g_stage(hart, entry, LOAD, access, True, False)
        pte = hart.read(place)
        if pte is None:
            raise Fault(ACCESS_FAULT[access])
        hart.reads.append(place)
        v, r, w, x, u, _, a, d = leaf_flags(pte)
        if not v or (w and not r) or pte >> 54:
            raise refused
        if not (r or x):
            if level == 0 or u or a or d:
                raise refused
            table = ppn_of(pte) << 12
            continue
        readable = x if hlvx else r or (x and (hart.vs_mxr or hart.hs_mxr))
        allowed = {FETCH: x, LOAD: readable, STORE: w}[access]
        if mode == U:
            allowed = allowed and u
        elif u:
            allowed = allowed and access != FETCH and hart.vs_sum
        if not allowed or ppn_of(pte) & (1 << 9 * level) - 1:
            raise refused
        if not a or (access == STORE and not d):
            if not hart.vs_updates:
                raise refused
            before = len(hart.reads)
            g_stage(hart, entry, STORE, access, True, False)
            del hart.reads[before:]
            hart.write(place, pte | 1 << 6 | (access == STORE) << 7)
        inside = (1 << 12 + 9 * level) - 1
        return (ppn_of(pte) << 12 & ~inside) | (va & inside)
    raise AssertionError("not reached")
