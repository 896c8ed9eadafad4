"""The TLB of the hart that translates, entry by entry, beside what the tables say now.

An entry keeps its level nowhere (`isa.system.tlb`): the tables that it came from say it, as long
as they still do. Nor is there a VMID among its tags: a write of hgatp forgets everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from vmlab.core.bits import bits
from vmlab.core.events import Access
from vmlab.core.modes import Mode, split_actor
from vmlab.core.units import PAGE_OFFSET, PAGE_SIZE_BYTES
from vmlab.isa.layouts import SATP
from vmlab.isa.state import (
    TLB_ACCESS,
    TLB_CONTEXT,
    TLB_ENTRIES,
    TLB_EPOCH,
    TLB_KEY,
    TLB_PAGE,
)
from vmlab.isa.system.tlb import (
    ASID_AT,
    EPOCH_AT,
    FORMAT_AT,
    MXR_AT,
    SUM_AT,
    VALID,
)
from vmlab.isa.system.walk import FORMATS
from vmlab.machine.platform import Machine
from vmlab.session.tables import Of, Tree

_ACTOR_BITS: Final = 3
_FORMATS: Final = {fmt.number: fmt.name for fmt in FORMATS}
_ASID_BITS: Final = SATP["ASID"].high - SATP["ASID"].low + 1


@dataclass(frozen=True, slots=True)
class TlbEntry:
    """One entry. Its tags: the page, ASID, format, mode and V, SUM, MXR, and the epoch."""

    index: int
    va: int
    pa: int
    mode: Mode
    virtual: bool
    asid: int
    format: str
    sum: bool
    mxr: bool
    allowed: str
    """`rwx`, a dash for each access that needs another walk."""
    flushes_ago: int
    """How many flushes of everything there were since it was made; 0: it is alive."""
    level: int | None
    """Of the leaf of the first stage that is in the tables now; None if they are not at hand."""
    agrees: bool | None
    """Whether the tables lead to the same page now; None if they are not at hand."""
    is_next: bool
    """The next instruction is fetched through it."""


def tlb_entries(machine: Machine, pc: int, trees: Sequence[Tree]) -> tuple[TlbEntry, ...]:
    """The entries that hold something, by their place. `pc` is that of the next instruction."""
    words = machine.arena.words
    keys, contexts, pages, accesses = (
        words[field.slot : field.slot + TLB_ENTRIES]
        for field in (TLB_KEY, TLB_CONTEXT, TLB_PAGE, TLB_ACCESS)
    )
    epoch = words[TLB_EPOCH.slot]
    real = not trees or trees[0].arena is machine.arena
    found = []
    for index in np.flatnonzero(np.array(keys)).tolist():
        va, context = keys[index] & ~PAGE_OFFSET & ~VALID, contexts[index]
        mode, virtual = split_actor(bits(context, _ACTOR_BITS - 1, 0))
        asid = bits(context, ASID_AT + _ASID_BITS - 1, ASID_AT)
        ago = _flushes(epoch, context)
        said = None if ago else _said(trees, va, virtual, asid, real)
        found.append(
            TlbEntry(
                index, va, pages[index], mode, virtual, asid,
                _FORMATS.get(bits(context, FORMAT_AT + 3, FORMAT_AT), "Bare"),
                bool(context >> SUM_AT & 1), bool(context >> MXR_AT & 1),
                _rights(accesses[index]), ago,
                None if said is None else said[0],
                None if said is None else said[1] == pages[index],
                not ago and va == pc & -PAGE_SIZE_BYTES and _fetches(accesses[index]),
            )
        )  # fmt: skip
    return tuple(found)


def fetched_pages(machine: Machine) -> dict[int, int]:
    """Physical to virtual address of each page that its TLB lets the hart fetch from now."""
    words = machine.arena.words
    epoch, found = words[TLB_EPOCH.slot], {}
    keys = words[TLB_KEY.slot : TLB_KEY.slot + TLB_ENTRIES]
    for index in np.flatnonzero(np.array(keys)).tolist():
        flushes_ago = _flushes(epoch, words[TLB_CONTEXT.slot + index])
        if not flushes_ago and _fetches(words[TLB_ACCESS.slot + index]):
            found[words[TLB_PAGE.slot + index]] = keys[index] & ~PAGE_OFFSET & ~VALID
    return found


def _flushes(epoch: int, context: int) -> int:
    """How many flushes of everything there were since an entry with this context was made."""
    return (epoch - (context >> EPOCH_AT)) & (1 << TLB_EPOCH.width) - 1


def _fetches(allowed: int) -> bool:
    return bool(allowed >> Access.FETCH.value & 1)


def _rights(allowed: int) -> str:
    order = ((Access.LOAD, "r"), (Access.STORE, "w"), (Access.FETCH, "x"))
    return "".join(letter if allowed >> access.value & 1 else "-" for access, letter in order)


def _said(
    trees: Sequence[Tree], va: int, virtual: bool, asid: int, real: bool
) -> tuple[int | None, int | None] | None:
    """(level of the leaf, page) that the tables of this address space have for an address now;
    None if those are not at hand. `real` is False for a hart that a program carries out."""
    wanted = (Of.GUEST,) if virtual or not real else (Of.SHADOW, Of.VALIDATED, Of.OWN)
    tree = next((tree for of in wanted for tree in trees if tree.of is of), None)
    second = next((tree for tree in trees if tree.of is Of.GSTAGE), None)
    if tree is None:
        if not virtual or second is None:
            return None
        return None, second.translate(va)  # the first stage is Bare
    if tree.space != asid:
        return None
    leaf, page = tree.leaf(va), tree.translate(va)
    if virtual and second is not None and page is not None:
        page = second.translate(page)
    return None if leaf is None else leaf.level, page
