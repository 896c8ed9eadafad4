"""Shadow page tables, the smallest that work: one table, pages of 4 KiB, everything allowed."""

from collections.abc import Hashable

from vmlab.lab import *


def fill(g: Guest, va: GVA, acc: Access, ctx: Ctx) -> Leaf | Fault:
    """The hart found no leaf that allows this access: the leaf, or the guest's fault."""
    table = bits(ctx.satp, 43, 0)
    for level in (2, 1, 0):
        pte = g.pte(GPA(table * PAGE + 8 * bits(va, 20 + 9 * level, 12 + 9 * level)))
        if pte is None or not pte.flags & V:
            return Fault(PAGE_FAULT[acc], va)
        table = pte.ppn
    spa = g.spa(GPA(table * PAGE))
    if spa is None:
        return Fault(ACCESS_FAULT[acc], va)
    return Leaf(spa, V | R | W | X | U | A | D)


def key(ctx: Ctx) -> Hashable:
    """Which shadow table the hart walks while the guest is in this context: any name for it."""
    return "the only one"


def fence(s: Shadow, va: GVA | None, asid: int | None) -> None:
    """The guest executed sfence.vma; None stands for every address, every address space."""
    for kept in s.leaves():
        s.drop(kept)
