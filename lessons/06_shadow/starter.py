"""Shadow page tables, the smallest: one table, 4 KiB, no rights."""

from collections.abc import Hashable

from vmlab.lab import *


def fill(g: Guest, va: GVA, acc: Access, ctx: Ctx) -> Leaf | Fault:
    """What the hart lacks: a leaf, or a fault for the guest."""
    table = bits(ctx.satp, 43, 0)
    for level in (2, 1, 0):
        index = bits(va, 20 + 9 * level, 12 + 9 * level)
        pte = g.pte(GPA(table * PAGE + 8 * index))
        if pte is None or not pte.flags & V:
            return Fault(PAGE_FAULT[acc], va)
        table = pte.ppn
    spa = g.spa(GPA(table * PAGE))
    if spa is None:
        return Fault(ACCESS_FAULT[acc], va)
    return Leaf(spa, V | R | W | X | U | A | D)


def key(ctx: Ctx) -> Hashable:
    """Which shadow table the hart walks: any name for it."""
    return "the only one"


def fence(s: Shadow, va: GVA | None, asid: int | None) -> None:
    """sfence.vma; None is every address, every address space."""
    for kept in s.leaves():
        s.drop(kept)
