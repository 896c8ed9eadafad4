"""The page-table walk (privileged manual, 10.3.2; the comments carry its step numbers), in one
stage or, with V = 1, in two (hypervisor chapter).

One text for every format and both stages: the number of levels is data, the walk goes round once a
level. The VS-stage asks the G-stage where each of its tables really stands: that nesting *is* the
two-dimensional walk, (n+1)(m+1)-1 entries read for n levels over m.

A leaf without A, or without D for a store, is a page fault (Svade), unless ADUE asks the hart to
set the bits (Svadu). With `commit` 0 nothing in memory is written, so that a debugger can walk
without a trace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vmlab.core.events import Stage
from vmlab.core.modes import Mode
from vmlab.isa.causes import ACCESS_FAULTS, GUEST_PAGE_FAULTS, PAGE_FAULTS
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.layouts import ENVCFG, PTE
from vmlab.isa.layouts import HGATP as HGATP_LAYOUT
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.layouts import SATP as SATP_LAYOUT
from vmlab.isa.state import (
    HGATP,
    MENVCFG,
    MSTATUS,
    RAM_BASE,
    RAM_SIZE,
    SATP,
    TRAP_TINST,
    TRAP_TVAL2,
    VSATP,
    VSSTATUS,
)
from vmlab.isa.system import time
from vmlab.isa.system.actor import is_hlvx, is_virtual, mode_of
from vmlab.isa.system.pmp import ALLOWED, pmp_check

FETCH, LOAD, STORE = range(3)
ALL_ACCESSES: Final = 7


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

    @property
    def gpa_bits(self) -> int:
        """Guest-physical addresses are this long where the format is a G-stage's (Sv39x4...)."""
        return self.va_bits + WIDER_BITS


PAGE_BITS: Final = 12
INDEX_BITS: Final = 9
"""Pages have 2**12 bytes and tables 2**9 entries in every format."""
WIDER_BITS: Final = 2
"""The root of a G-stage has four times the entries: 16 KiB."""
PA_MASK: Final = (1 << 56) - 1
FORMATS: Final = (Format("Sv39", 8, 3), Format("Sv48", 9, 4), Format("Sv57", 10, 5))
BY_NAME: Final = {fmt.name.lower(): fmt for fmt in FORMATS}
BARE: Final = 0
"""satp.MODE of no translation."""

IMPLICIT_READ: Final = 0x3000
IMPLICIT_WRITE: Final = 0x3020
"""tinst of a G-stage fault on an entry of the VS-stage: the pseudo-instructions of the manual."""


def in_ram(k: Kit, pa: Value, size_bytes: Value | int) -> Value:
    """True if the bytes pa .. pa+size are RAM; correct for every pa, also near 2**64."""
    offset = pa - k[RAM_BASE]
    return offset.ltu(k[RAM_SIZE]) & (k[RAM_SIZE] - offset).geu(size_bytes)


def by_access(k: Kit, access: Value, causes: tuple[int, int, int]) -> Value:
    """The cause for a fetch, a load or a store."""
    return k.select(access.eq(FETCH), causes[0], k.select(access.eq(LOAD), causes[1], causes[2]))


def _accesses(pte: Value, may_fetch: Value, may_access: Value, readable: Value) -> Value:
    """The accesses that R, W, X of a leaf allow: fetch 1, load 2, store 4."""
    fetch = (may_fetch & pte.any(PTE.mask("X"))).word()
    load = (may_access & readable).word() << LOAD
    store = (may_access & pte.any(PTE.mask("W"))).word() << STORE
    return fetch | load | store


def permitted_accesses(k: Kit, pte: Value, actor: Value, sum_: Value, mxr: Value) -> Value:
    """Step 5: the accesses that R, W, X and U of a leaf allow."""
    user_page = pte.any(PTE.mask("U"))
    user = mode_of(actor).eq(Mode.U)
    same = (user & user_page) | (~user & ~user_page)
    data = same | (~user & sum_)
    readable, executable = pte.any(PTE.mask("R")), pte.any(PTE.mask("X"))
    wanted = (~is_hlvx(actor) & readable) | ((is_hlvx(actor) | mxr) & executable)
    return _accesses(pte, same, data, wanted)


def guest_accesses(k: Kit, pte: Value, execute: Value, mxr: Value) -> Value:
    """Step 5 of the G-stage: all that reaches it counts as made by U. `execute` asks for X in
    place of R."""
    user_page = pte.any(PTE.mask("U"))
    readable, executable = pte.any(PTE.mask("R")), pte.any(PTE.mask("X"))
    wanted = (~execute & readable) | ((execute | mxr) & executable)
    return _accesses(pte, user_page, user_page, wanted)


def levels_of(k: Kit, mode: Value) -> Value:
    """How many levels the tables have that this satp.MODE or hgatp.MODE names; 0 for Bare."""
    levels: Value = k.const(FORMATS[0].levels)
    for fmt in FORMATS[1:]:
        levels = k.select(mode.eq(fmt.number), fmt.levels, levels)
    return k.select(mode.eq(BARE), 0, levels)


def reachable(k: Kit, address: Value, access: int) -> Value:
    """The walk accesses tables as S would, whoever it walks for (3.7.2)."""
    allowed = k.call(pmp_check, address, address + 7, access, Mode.S).eq(ALLOWED)
    return in_ram(k, address, 8) & allowed


@dataclass(frozen=True)
class Leaf:
    """A leaf that the walk has reached: the entry; its address, as its stage names it and as it
    is; its level, and what may be."""

    pte: Value
    entry: Value
    address: Value
    level: Value
    inside: Value
    """The bits of a page number that lie inside the leaf's page."""
    permitted: Value
    stale: Value
    """True if A or D must be set first."""
    after: Value
    """The entry with A and D set."""

    def page(self, address: Value) -> Value:
        """Step 8: the page that an address has become."""
        return (PTE.get(self.pte, "PPN") << PAGE_BITS) | (address & (self.inside << PAGE_BITS))


@dataclass(frozen=True)
class Walker:
    """What tells one stage's walk from the other's."""

    address: Value
    """What is translated."""
    root: Value
    levels: Value
    need: Value
    """The access that the leaf must allow."""
    widens: bool
    locate: Callable[[Value], Value]
    """Where an entry at this address (physical to this stage) really stands."""
    permitted: Callable[[Value], Value]
    stage: Value | int
    page_fault: Callable[[], None]
    access_fault: Callable[[], None]


def tables(k: Kit, w: Walker, leaf: Callable[[Leaf], None]) -> None:
    """Go through the tables; `leaf` ends the loop or the kernel."""
    table, level = k.var(w.root, 56), k.var(w.levels, 3)  # step 1
    with k.loop():
        level.value = (level.value - 1).bits(2, 0)
        at = level.value
        skipped = (at * INDEX_BITS).bits(5, 0)
        number = w.address >> PAGE_BITS >> skipped
        index = number & ((1 << INDEX_BITS) - 1)
        if w.widens:
            wide = number & ((1 << INDEX_BITS + WIDER_BITS) - 1)
            index = k.select((at + 1).eq(w.levels), wide, index)
        entry = (table.value + (index << 3)) & PA_MASK  # step 2
        address = w.locate(entry)
        with k.when(~reachable(k, address, LOAD)):
            w.access_fault()
        pte = k.ram_load(address, 8)
        k.count("pte_reads")
        k.note("pte", at, address, pte, w.stage, entry, w.address)
        invalid = pte.none(PTE.mask("V")) | (pte.none(PTE.mask("R")) & pte.any(PTE.mask("W")))
        with k.when(invalid | pte.any(PTE.mask("RESERVED"))):  # step 3
            w.page_fault()
        with k.when(pte.any(PTE.mask("R", "X"))):  # step 4: a leaf
            permitted = w.permitted(pte)
            with k.when((permitted >> w.need).none(1)):  # step 5
                w.page_fault()
            inside = (k.const(1) << skipped) - 1
            with k.when((PTE.get(pte, "PPN") & inside).ne(0)):  # step 6: a misaligned superpage
                w.page_fault()
            seen = k.select(w.need.eq(STORE), PTE.mask("A", "D"), PTE.mask("A"))
            after = pte | seen  # step 7
            clean = after.none(PTE.mask("D"))
            allowed = permitted & k.select(clean, ~(1 << STORE) & ALL_ACCESSES, ALL_ACCESSES)
            leaf(Leaf(pte, entry, address, at, inside, allowed, (pte & seen).ne(seen), after))
        with k.when(pte.any(PTE.mask("U", "A", "D")) | at.eq(0)):  # reserved in a pointer
            w.page_fault()
        table.value = PTE.get(pte, "PPN") << PAGE_BITS


def _update(k: Kit, w: Walker, leaf: Leaf, commit: Value) -> None:
    """Step 7, Svadu: set A and D in the entry, if PMP lets the walk write it."""
    with k.when(~reachable(k, leaf.address, STORE)):
        w.access_fault()
    with k.when(commit.eq(1)):
        k.ram_store(leaf.address, 8, leaf.after)


@kernel(5, 56, 3, gpa=64, need=2, access=2, implicit=1, actor=4, commit=1)
def g_stage(
    k: Kit, gpa: Value, need: Value, access: Value, implicit: Value, actor: Value, commit: Value
) -> None:
    """Where a guest-physical address is: (cause or 0, physical page, accesses allowed).

    `need` is the access to be made there, `access` the one that all of this is for: faults are
    of its kind. `implicit` 1 says that an entry of the VS-stage is accessed, and not for `access`
    itself; then neither MXR nor hlvx counts."""
    hgatp = k[HGATP]
    mode = HGATP_LAYOUT.get(hgatp, "MODE")
    with k.when(mode.eq(BARE)):
        k.ret(0, gpa & PA_MASK & ~0xFFF, ALL_ACCESSES)
    levels = levels_of(k, mode)
    explicit = implicit.eq(0)
    mxr = explicit & k[MSTATUS].any(STATUS.mask("MXR"))

    def page_fault() -> None:
        k[TRAP_TVAL2] = gpa >> 2
        pseudo = k.select(need.eq(STORE), IMPLICIT_WRITE, IMPLICIT_READ)
        k[TRAP_TINST] = k.select(explicit, 0, pseudo)
        k.ret(by_access(k, access, GUEST_PAGE_FAULTS), 0, 0)

    walker = Walker(
        address=gpa,
        root=HGATP_LAYOUT.get(hgatp, "PPN") << PAGE_BITS,
        levels=levels,
        need=need,
        widens=True,
        locate=lambda entry: entry,
        permitted=lambda pte: guest_accesses(k, pte, explicit & is_hlvx(actor), mxr),
        stage=Stage.G,
        page_fault=page_fault,
        access_fault=lambda: k.ret(by_access(k, access, ACCESS_FAULTS), 0, 0),
    )

    def leaf(found: Leaf) -> None:
        with k.when(found.stale):
            with k.when(k[MENVCFG].none(ENVCFG.mask("ADUE"))):
                page_fault()
            _update(k, walker, found, commit)
        k.ret(0, found.page(gpa) & PA_MASK & ~0xFFF, found.permitted)

    wide_bits = (levels * INDEX_BITS + (PAGE_BITS + WIDER_BITS)).bits(5, 0)
    with k.when((gpa >> wide_bits).ne(0)):
        page_fault()
    tables(k, walker, leaf)


@kernel(5, 56, 3, 3, va=64, access=2, actor=4, commit=1)
def walk(k: Kit, va: Value, access: Value, actor: Value, commit: Value) -> None:
    """Translate as the actor would: (cause or 0, physical page, accesses allowed, the level of the
    first stage's leaf)."""
    virtual = is_virtual(actor)
    atp, status = k.select(virtual, k[VSATP], k[SATP]), k.select(virtual, k[VSSTATUS], k[MSTATUS])
    levels = levels_of(k, SATP_LAYOUT.get(atp, "MODE"))
    guest_levels = levels_of(k, HGATP_LAYOUT.get(k[HGATP], "MODE"))
    shape = levels | (k.select(virtual, guest_levels, 0) << 3)
    root = SATP_LAYOUT.get(atp, "PPN") << PAGE_BITS
    sum_ = status.any(STATUS.mask("SUM"))
    mxr = (status | k[MSTATUS]).any(STATUS.mask("MXR"))
    first: Value = k.select(virtual, Stage.VS, Stage.ONE)

    def fault(cause: Value, stage: Value | int, gpa: Value | int) -> None:
        """`gpa` is the address that the G-stage refused."""
        where = k.select(virtual, stage, Stage.ONE)
        k.note("walk", va, access, actor, root, cause, gpa, shape | (where << 6))
        k.ret(cause, 0, 0, 0)

    def locate(entry: Value, need: int = LOAD) -> Value:
        """The VS-stage's tables stand at guest-physical addresses."""
        place = k.var(entry, 56)
        with k.when(virtual):
            cause, page, _ = k.calls(g_stage, entry, need, access, 1, actor, commit)
            with k.when(cause.ne(0)):
                fault(cause, Stage.G, entry)
            place.value = page | (entry & 0xFFF)
        return place.value

    walker = Walker(
        address=va,
        root=root,
        levels=levels,
        need=access,
        widens=False,
        locate=locate,
        permitted=lambda pte: permitted_accesses(k, pte, actor, sum_, mxr),
        stage=first,
        page_fault=lambda: fault(by_access(k, access, PAGE_FAULTS), Stage.VS, 0),
        access_fault=lambda: fault(by_access(k, access, ACCESS_FAULTS), Stage.VS, 0),
    )
    # What this stage makes of the address: physical, or with V = 1 guest-physical.
    made, allowed, level = k.var(va), k.var(ALL_ACCESSES, 3), k.var(0, 3)

    def leaf(found: Leaf) -> None:
        with k.when(found.stale):
            environment = k.select(virtual, time.henvcfg(k), k[MENVCFG])
            with k.when(environment.none(ENVCFG.mask("ADUE"))):
                walker.page_fault()
            locate(found.entry, STORE)  # the G-stage must let the entry be written, too
            _update(k, walker, found, commit)
        made.value = found.page(va) & PA_MASK & ~0xFFF | (va & 0xFFF)
        allowed.value = found.permitted
        level.value = found.level
        k.leave()

    with k.when(levels.ne(0)):
        unused = (64 - PAGE_BITS - levels * INDEX_BITS).bits(5, 0)
        with k.when((va << unused).sar(unused).ne(va)):
            walker.page_fault()
        tables(k, walker, leaf)
    page = k.var(made.value & PA_MASK & ~0xFFF, 56)
    with k.when(virtual):
        gpa = made.value
        cause, place, second = k.calls(g_stage, gpa, access, access, 0, actor, commit)
        with k.when(cause.ne(0)):
            fault(cause, Stage.G, gpa)
        page.value = place
        allowed.value = allowed.value & second
    k.note("walk", va, access, actor, root, 0, page.value, shape)
    k.ret(0, page.value, allowed.value, level.value)
