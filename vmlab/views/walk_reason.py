"""Why a page walk faulted, in words: the manual's steps asked again of the last entry read.

The machine does not say which step of the walk refused (a guest cannot see it either), but the
entry and the access do: this goes through section 4.3.2 in order and names the first step that
refuses. It explains; it never decides, so a disagreement shows as "no step refuses".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vmlab.core.bits import sext64
from vmlab.core.events import Access, PteRead, Stage, Walk
from vmlab.core.modes import Mode
from vmlab.isa.causes import GUEST_PAGE_FAULTS, PAGE_FAULTS
from vmlab.isa.layouts import MSTATUS, PTE
from vmlab.isa.system.walk import FORMATS, Format
from vmlab.views.names import ACCESSES, short_hex
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


def _not_permitted(pte: int, walk: Walk, status: int, mxr: bool) -> Phrase | None:
    """Step 5. `status` is mstatus, or vsstatus in the VS-stage."""
    letter, need = _NEEDS[walk.access]
    if walk.access is Access.LOAD and mxr:
        need |= X
    if not pte & need:
        return say(
            "Step 5: a {verb} needs {letter}, which is 0.",
            verb=ACCESSES[walk.access], letter=letter,
        )  # fmt: skip
    name, kernel = ("VU", "VS") if walk.virtual else ("U", "S")
    if walk.mode is Mode.U and not pte & U:
        return say(
            "Step 5: U is 0, and the hart is in {mode}: this page belongs to the kernel.", mode=name
        )
    if walk.mode is not Mode.U and pte & U:
        if walk.access is Access.FETCH:
            return say("Step 5: U is 1, and {mode} never fetches from a user page.", mode=kernel)
        if not status & _SUM:
            return say(
                "Step 5: U is 1 and {name}.SUM is 0: {mode} may not touch a user page.",
                name="vsstatus" if walk.virtual else "sstatus", mode=kernel,
            )  # fmt: skip
    return None


def _unusable_leaf(read: PteRead, access: Access) -> Phrase | None:
    """Steps 6 and 7."""
    if read.level and PTE["PPN"].of(read.pte) & (1 << 9 * read.level) - 1:
        return Phrase("Step 6: the superpage is misaligned, low bits of its page number are set.")
    if not read.pte & A:
        return Phrase("Step 7: A is 0, and this hart leaves setting it to the kernel (Svade).")
    if access is Access.STORE and not read.pte & D:
        return Phrase("Step 7: a store needs D, which is 0 (Svade).")
    return None


def _entry(last: PteRead, leaf: Callable[[], Phrase | None]) -> Phrase:
    """The steps that an entry is asked, in their order; `leaf` asks those of a leaf."""
    reason = _invalid(last.pte)
    if reason is None and last.pte & LEAF:
        reason = leaf()
    elif reason is None and last.pte & (D | A | U):
        reason = Phrase("Step 4: D, A and U are reserved in an entry that points to a table.")
    elif reason is None and last.level == 0:
        reason = Phrase("Step 4: there is no level below this one, and the entry is no leaf.")
    return reason or Phrase("No step of the walk refuses this entry now.")


def _format(levels: int) -> Format:
    return next(fmt for fmt in FORMATS if fmt.levels == levels)


def _g_stage(walk: Walk, mxr: bool) -> Phrase:
    """Why the G-stage refused: its own steps, for the access that it was asked for."""
    gpa = walk.gpa or 0
    bits = _format(walk.guest_levels).gpa_bits
    if gpa >> bits:
        return say("gpa {gpa} has more than {bits} bits.", gpa=short_hex(gpa), bits=bits)
    own = [read for read in walk.reads if read.stage is Stage.G and read.of == gpa]
    if walk.fault not in GUEST_PAGE_FAULTS:
        return say("Step 2: an entry on the way of gpa {gpa} may not be read.", gpa=short_hex(gpa))
    if not own:
        return Phrase("No entry was read.")
    last = own[-1]
    seen = [read for read in walk.reads if read.stage is Stage.VS]
    # An entry that had been read before is to be written now; one that had not, to be read.
    entries = {read.entry for read in seen}
    finished = walk.levels == 0 or bool(seen and seen[-1].pte & LEAF)
    writes = finished and gpa in entries
    implicit = writes or not finished
    access = (Access.STORE if writes else Access.LOAD) if implicit else walk.access

    def leaf() -> Phrase | None:
        letter, need = _NEEDS[access]
        if access is Access.LOAD and mxr and not implicit:
            need |= X
        if not last.pte & U:
            return Phrase("Step 5: U is 0: to the G-stage every access is one of a user.")
        if not last.pte & need:
            return say(
                "Step 5: a {verb} needs {letter}, which is 0.",
                verb=ACCESSES[access], letter=letter,
            )  # fmt: skip
        return _unusable_leaf(last, access)

    return _entry(last, leaf)


def fault_reason(walk: Walk, mstatus: int, vsstatus: int = 0) -> Phrase:
    """The step of the walk that refused, and the bit that decided; in two stages, which stage."""
    mxr = bool((mstatus | (vsstatus if walk.virtual else 0)) & _MXR)
    if walk.stage is Stage.G:
        return say("G-stage: {why}", why=_g_stage(walk, bool(mstatus & _MXR)))
    reason = _first_stage(walk, vsstatus if walk.virtual else mstatus, mxr)
    return say("VS-stage: {why}", why=reason) if walk.virtual else reason


def _first_stage(walk: Walk, status: int, mxr: bool) -> Phrase:
    va_bits = _format(walk.levels).va_bits
    if sext64(walk.va, va_bits) != walk.va:
        return say(
            "Step 1: bits 63 to {bits} of the va do not all equal bit {sign}.",
            bits=va_bits, sign=va_bits - 1,
        )  # fmt: skip
    reads = [read for read in walk.reads if read.stage is not Stage.G]
    if walk.fault not in PAGE_FAULTS:
        where = short_hex(reads[-1].address if reads else walk.root)
        return say("Step 2: the entry near pa {where} may not be read.", where=where)
    if not reads:
        return Phrase("No entry was read.")
    last = reads[-1]
    return _entry(
        last,
        lambda: _not_permitted(last.pte, walk, status, mxr) or _unusable_leaf(last, walk.access),
    )
