# hint: accessed
"""Shadow page tables: compose a leaf when the hart faults, forget what sfence.vma names."""

from collections.abc import Hashable

from vmlab.lab import *

NEEDS = {Access.FETCH: X, Access.LOAD: R, Access.STORE: W}


def fill(g: Guest, va: GVA, acc: Access, ctx: Ctx) -> Leaf | Fault:
    refuse, nothing_there = Fault(PAGE_FAULT[acc], va), Fault(ACCESS_FAULT[acc], va)
    if sext(va, 39) % 2**64 != va:
        return refuse
    table = bits(ctx.satp, 43, 0)
    for level in (2, 1, 0):
        index = bits(va, 20 + 9 * level, 12 + 9 * level)
        at = GPA(table * PAGE + 8 * index)
        pte = g.pte(at)
        if pte is None:
            return nothing_there
        if not pte.flags & V or pte.flags & (R | W) == W:
            return refuse
        if pte.flags & (R | X):
            break
        table = pte.ppn
    else:
        return refuse
    inside = 2 ** (9 * level) - 1  # bits of the page number that a superpage leaves to the gva
    rights = allowed(pte.flags, ctx)
    if not rights & NEEDS[acc] or pte.ppn & inside:
        return refuse
    spa = g.spa(GPA((pte.ppn | va // PAGE & inside) * PAGE))
    if spa is None:
        return nothing_there
    seen = pte.flags | A | (D if acc is Access.STORE else A)
    if not seen & D:
        rights &= ~W  # so that the first store comes here, and sets D
    return Leaf(spa, V | U | A | D | rights, level)


def allowed(flags: Flags, ctx: Ctx) -> Flags:
    """What the guest's leaf allows in this context, of R, W and X."""
    rights = flags & (R | W | X)
    if ctx.mxr and flags & X:
        rights |= R
    if ctx.mode is Mode.U:
        return rights if flags & U else Flags(0)
    if flags & U:
        return rights & ~X if ctx.sum else Flags(0)
    return rights


def key(ctx: Ctx) -> Hashable:
    return ctx


def fence(s: Shadow, va: GVA | None, asid: int | None) -> None:
    for kept in s.leaves():
        size = PAGE << 9 * kept.leaf.level
        if asid in (None, bits(kept.key.satp, 59, 44)) and (
            va is None or va // size == kept.va // size
        ):
            s.drop(kept)
