"""Why a page walk faulted, in words: the manual's steps asked again of the last entry read.

The machine does not say which step of the walk refused (a guest cannot see it either), but the
entry and the access do: this goes through section 4.3.2 in order and names the first step that
refuses. It explains; it never decides, so a disagreement shows as "no step refuses".
"""

from __future__ import annotations

from typing import Final

from vmlab.core.bits import sext64
from vmlab.core.events import Access, PteRead, Walk
from vmlab.core.modes import Mode
from vmlab.isa.causes import PAGE_FAULTS
from vmlab.isa.layouts import MSTATUS, PTE
from vmlab.isa.system.walk import FORMATS
from vmlab.views.names import short_hex
from vmlab.views.phrase import Phrase, say

V, R, W, X, U, A, D = (PTE.mask(flag) for flag in "VRWXUAD")
FLAGS: Final = tuple((flag, PTE.mask(flag)) for flag in "DAGUXWRV")
"""From bit 7 down to bit 0, as the manual draws an entry."""
LEAF: Final = R | W | X

_SUM: Final = MSTATUS.mask("SUM")
_MXR: Final = MSTATUS.mask("MXR")
_NEEDS: Final = {Access.FETCH: ("X", X), Access.LOAD: ("R", R), Access.STORE: ("W", W)}


def _invalid(pte: int) -> Phrase | None:
    """Step 3."""
    if not pte & V:
        return Phrase("Step 3: V is 0, the entry is not valid.")
    if pte & W and not pte & R:
        return Phrase("Step 3: W without R is reserved.")
    if pte & PTE.mask("RESERVED"):
        return Phrase("Step 3: a reserved bit above the page number is set.")
    return None


def _not_permitted(pte: int, walk: Walk, mstatus: int) -> Phrase | None:
    """Step 5."""
    letter, need = _NEEDS[walk.access]
    if walk.access is Access.LOAD and mstatus & _MXR:
        need |= X
    if not pte & need:
        return say(
            "Step 5: a {verb} needs {letter}, which is 0.",
            verb=walk.access.name.lower(), letter=letter,
        )  # fmt: skip
    if walk.mode is Mode.U and not pte & U:
        return Phrase("Step 5: U is 0, and the hart is in U: this page belongs to the kernel.")
    if walk.mode is not Mode.U and pte & U:
        if walk.access is Access.FETCH:
            return Phrase("Step 5: U is 1, and S never fetches from a user page.")
        if not mstatus & _SUM:
            return Phrase("Step 5: U is 1 and sstatus.SUM is 0: S may not touch a user page.")
    return None


def _unusable_leaf(read: PteRead, walk: Walk) -> Phrase | None:
    """Steps 6 and 7."""
    if read.level and PTE["PPN"].of(read.pte) & (1 << 9 * read.level) - 1:
        return Phrase("Step 6: the superpage is misaligned, low bits of its page number are set.")
    if not read.pte & A:
        return Phrase("Step 7: A is 0, and this hart leaves setting it to the kernel (Svade).")
    if walk.access is Access.STORE and not read.pte & D:
        return Phrase("Step 7: a store needs D, which is 0 (Svade).")
    return None


def fault_reason(walk: Walk, mstatus: int) -> Phrase:
    """The step of the walk that refused, and the bit that decided."""
    va_bits = next(fmt.va_bits for fmt in FORMATS if fmt.levels == walk.levels)
    if sext64(walk.va, va_bits) != walk.va:
        return say(
            "Step 1: bits 63 to {bits} of the va do not all equal bit {sign}.",
            bits=va_bits, sign=va_bits - 1,
        )  # fmt: skip
    if walk.fault not in PAGE_FAULTS:
        where = short_hex(walk.reads[-1].address if walk.reads else walk.root)
        return say("Step 2: the entry near pa {where} may not be read.", where=where)
    if not walk.reads:
        return Phrase("No entry was read.")
    last = walk.reads[-1]
    reason = _invalid(last.pte)
    if reason is None and last.pte & LEAF:
        reason = _not_permitted(last.pte, walk, mstatus) or _unusable_leaf(last, walk)
    elif reason is None and last.pte & (D | A | U):
        reason = Phrase("Step 4: D, A and U are reserved in an entry that points to a table.")
    elif reason is None and last.level == 0:
        reason = Phrase("Step 4: there is no level below this one, and the entry is no leaf.")
    return reason or Phrase("No step of the walk refuses this entry now.")
