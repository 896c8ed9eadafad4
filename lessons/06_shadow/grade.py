"""The checks of E05: scenes of a guest's life, each with random pages, and a storm of them all.

What is right is never said here: `harness.shadow_judge` makes every access on a machine of the
guest's own as well. A scene only sees to it that something is there to go wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from vmlab.course.exercise import Finding
from vmlab.course.harness.shadow_judge import Judge
from vmlab.course.harness.shadow_memory import FIRST, PAGES
from vmlab.course.harness.shadow_world import LARGE, Space, World, size_of
from vmlab.course.student import Student
from vmlab.lab import A, Access, Ctx, D, Flags, G, Mode, R, U, V, W, X

FETCH, LOAD, STORE = Access.FETCH, Access.LOAD, Access.STORE
ALL: Final = (FETCH, LOAD, STORE)
FRESH: Final = V | A | D
STORM: Final = 150
"""Steps of the storm."""
EDITS: Final = 0.15
"""How many of them change a leaf first."""


class Guest:
    """A guest, its two address spaces, and all pages that it has met."""

    def __init__(self, student: Student, rng: Random) -> None:
        self.rng = rng
        self.world = World(rng)
        self.judge = Judge(student, self.world)
        asid = rng.randrange(1, 1 << 15)
        self.spaces = [self.world.space(asid), self.world.space(asid | 1 << 15)]
        self.known: list[tuple[Space, int, int]] = []
        """Space, address and level of every leaf."""

    def map(self, flags: Flags, ppn: int = 0, level: int = 0, space: Space | None = None,
            va: int | None = None) -> int:  # fmt: skip
        """A new page, at a random address unless one is given; the address."""
        space = space or self.spaces[0]
        if va is None:
            va = self.world.va()
            while any(va // size_of(2) == at // size_of(2) for _, at, _ in self.known):
                va = self.world.va()
            va = va // size_of(level) * size_of(level)
        self.world.map(space, va, ppn or self.world.page(), flags, level)
        self.known.append((space, va, level))
        return va

    def touch(self, mode: Mode, va: int, *accesses: Access, sum: bool = False, mxr: bool = False,
              space: Space | None = None, level: int = 0) -> None:  # fmt: skip
        """Access a doubleword somewhere in a page."""
        ctx = Ctx(mode, sum, mxr, (space or self.spaces[0]).satp)
        for acc in accesses:
            self.judge.access(ctx, self.world.inside(va, level), acc)

    def edit(self, va: int, flags: Flags, ppn: int = 0, level: int = 0,
             space: Space | None = None) -> None:  # fmt: skip
        """The guest's kernel changes a leaf, and keeps its page unless another is given."""
        space = space or self.spaces[0]
        ppn = ppn or self.world.pte(space, va, level).ppn
        self.judge.edit(space, va, ppn, flags, level)

    def fence(self, va: int | None = None, space: Space | None = None, level: int = 0) -> None:
        """sfence.vma of a page or all, in an address space or all."""
        at = None if va is None else self.world.inside(va, level)
        self.judge.fence(at, None if space is None else space.asid)


def who_asks(guest: Guest) -> None:
    """A page is the user's or the kernel's, and SUM opens one way only."""
    user, kernel = guest.map(FRESH | R | W | X | U), guest.map(FRESH | R | W | X)
    guest.touch(Mode.U, user, *ALL)
    guest.touch(Mode.S, user, LOAD, STORE, FETCH)
    guest.touch(Mode.S, user, LOAD, STORE, FETCH, sum=True)
    guest.touch(Mode.S, user, LOAD, STORE)
    guest.touch(Mode.S, kernel, *ALL)
    guest.touch(Mode.U, kernel, *ALL)
    guest.touch(Mode.U, kernel, *ALL, sum=True)
    guest.touch(Mode.U, user, *ALL)


def spaces(guest: Guest) -> None:
    """One address, two address spaces."""
    va = guest.map(FRESH | R | W | U)
    guest.map(FRESH | R | U, space=guest.spaces[1], va=va)
    for space in (*guest.spaces, *guest.spaces):
        guest.touch(Mode.U, va, LOAD, STORE, space=space)


def executable(guest: Guest) -> None:
    """A page with X alone: MXR lets it be read."""
    for flags, mode in ((U, Mode.U), (U, Mode.S), (Flags(0), Mode.S)):
        va = guest.map(FRESH | X | flags)
        guest.touch(mode, va, LOAD, FETCH, STORE, sum=True, mxr=True)
        guest.touch(mode, va, LOAD, FETCH, sum=True)


def clean(guest: Guest) -> None:
    """The first access sets A, the first store D, and both again once they were cleared."""
    va, other = guest.map(V | R | W | U), guest.map(V | R | W | X | A | U)
    only = guest.map(V | R | U)
    guest.touch(Mode.U, va, LOAD, LOAD, STORE, STORE, LOAD)
    guest.touch(Mode.U, other, FETCH, LOAD, STORE)
    guest.touch(Mode.U, only, STORE, LOAD, STORE)
    for flags in (V | R | W | U | A, V | R | W | U):
        guest.edit(va, flags)
        guest.fence(va, guest.spaces[0])
        guest.touch(Mode.U, va, LOAD, STORE)
    guest.touch(Mode.U, guest.map(V | R | W | U), STORE, LOAD)


def superpages(guest: Guest) -> None:
    """Leaves of level 1 and 2; the shadow has 4 KiB each time."""
    mega = guest.map(V | R | W | U, FIRST + LARGE, level=1)
    giga = guest.map(FRESH | R | W | X, FIRST, level=2)
    for _ in range(4):
        guest.touch(Mode.U, mega, LOAD, STORE, level=1)
    for _ in range(3):
        page = giga + guest.rng.randrange(PAGES) * size_of(0)
        guest.touch(Mode.S, page, *ALL)
    guest.touch(Mode.S, giga, LOAD, level=2)  # most of it is behind the end of memory
    for level in (1, 2):
        crooked = guest.map(FRESH | R | W | X | U, FIRST + guest.rng.randrange(1, 512), level)
        guest.touch(Mode.U, crooked + guest.rng.randrange(512) * size_of(0), *ALL)


def true_faults(guest: Guest) -> None:
    """What the guest's own tables refuse, or lead nowhere."""
    for flags in (R | W | X | U | A | D, FRESH | W | U, FRESH | W | X | U, V):
        guest.touch(Mode.U, guest.map(flags), *ALL)
    nowhere = (guest.rng.randrange(FIRST), FIRST + PAGES + guest.rng.randrange(1 << 20))
    for ppn in nowhere:
        guest.touch(Mode.U, guest.map(FRESH | R | W | X | U, ppn), *ALL)
        guest.touch(Mode.U, guest.map(V, ppn, level=1), *ALL)
    user = guest.map(FRESH | R | U)
    for root in (nowhere[1], guest.spaces[0].root | 1 << 43):
        lost = Space(guest.spaces[0].asid ^ 1, root)
        guest.touch(Mode.U, user, *ALL, space=lost)
    guest.touch(Mode.U, user, LOAD, STORE, FETCH)
    for wrong in (1 << 39, 1 << guest.rng.randrange(39, 64), (1 << 64) - (1 << 39)):
        guest.touch(Mode.U, user ^ wrong, LOAD, STORE, FETCH)


def fences(guest: Guest) -> None:
    """A page gets another frame; the guest says so in each of four ways."""
    one, other = guest.spaces
    first = guest.world.va()
    vas = [first, first ^ size_of(0), first ^ size_of(1)]
    for space in guest.spaces:
        for va in vas:
            guest.map(FRESH | R | W | U, space=space, va=va)

    def look() -> None:
        for space in guest.spaces:
            for at in vas:
                guest.touch(Mode.U, at, LOAD, STORE, space=space)
                guest.touch(Mode.S, at, LOAD, sum=True, space=space)

    look()
    for named, within in ((True, one), (True, None), (False, one), (False, None)):
        va = guest.rng.choice(vas)
        guest.edit(va, FRESH | R | W | U, guest.world.page())
        if within is None:
            guest.edit(va, FRESH | R | W | U, guest.world.page(), space=other)
        guest.fence(va if named else None, within)
        look()


def rights(guest: Guest) -> None:
    """A page loses rights and gets them back. Taken rights need a fence; given ones do not."""
    va = guest.map(FRESH | R | W | X | U)
    for flags in (FRESH | R | U, FRESH | R, FRESH | R | W | U, A | D, FRESH | R | X | U):
        guest.touch(Mode.U, va, *ALL)
        guest.edit(va, flags)
        guest.fence(va, guest.spaces[0])
        guest.touch(Mode.U, va, *ALL)
    for flags in (Flags(0), FRESH | R | U, FRESH | R | W | U):
        guest.edit(va, flags)
        if not flags:
            guest.fence(va)
        guest.touch(Mode.U, va, LOAD, STORE)
    guest.fence(va)


def large_fences(guest: Guest) -> None:
    """One address names all of a superpage; what is no leaf any more needs a fence of all."""
    va = guest.map(FRESH | R | W | U, FIRST + LARGE, level=1)
    beside = guest.map(FRESH | R | W | U, FIRST + LARGE, level=1, va=va ^ size_of(1))
    pages = [va + index * size_of(0) for index in guest.rng.sample(range(512), 3)]
    for ppn in (FIRST, FIRST + LARGE):
        for page in (*pages, beside):
            guest.touch(Mode.U, page, LOAD, STORE)
        guest.edit(va, FRESH | R | W | U, ppn, level=1)
        guest.fence(guest.rng.choice(pages), guest.spaces[0])
    for page in (*pages, beside):
        guest.touch(Mode.U, page, LOAD, STORE)
    guest.edit(va, V, guest.world.table(), level=1)
    guest.edit(pages[0], FRESH | R | U, guest.world.page())
    guest.fence(space=guest.spaces[0])
    for page in pages:
        guest.touch(Mode.U, page, LOAD, STORE)


def everywhere(guest: Guest) -> None:
    """A global page is in all address spaces, and goes when all are named."""
    va = guest.map(FRESH | R | W | G)
    guest.map(FRESH | R | W | G, guest.world.pte(guest.spaces[0], va).ppn,
              space=guest.spaces[1], va=va)  # fmt: skip
    for named in (va, None):
        for space in guest.spaces:
            guest.touch(Mode.S, va, LOAD, STORE, space=space)
        ppn = guest.world.page()
        for space in guest.spaces:
            guest.edit(va, FRESH | R | W | G, ppn, space=space)
        guest.fence(named)
    for space in guest.spaces:
        guest.touch(Mode.S, va, LOAD, STORE, space=space)


def reused(guest: Guest) -> None:
    """An address space's number goes to another one, once the guest has fenced it."""
    va = guest.map(FRESH | R | W | U)
    old = guest.spaces[0]
    new = guest.world.space(old.asid)
    guest.map(FRESH | R | W | U, space=new, va=va)
    for space in (old, new, old):
        guest.fence(space=old)
        guest.touch(Mode.U, va, LOAD, STORE, space=space)
    guest.known.pop()  # the old one has its number back


def storm(guest: Guest) -> None:
    """Anything, by anybody."""
    rng = guest.rng
    for _ in range(STORM):
        space, va, level = rng.choice(guest.known)
        if rng.random() < EDITS:
            change(guest, space, va, level)
        guest.touch(Mode(rng.randrange(2)), va, rng.choice(ALL), sum=rng.random() < 0.5,
                    mxr=rng.random() < 0.3, space=space, level=min(level, 1))  # fmt: skip


def change(guest: Guest, space: Space, va: int, level: int) -> None:
    """Another leaf for a page, and a fence that is wide enough: one address names leaves only, and
    one address space no global ones."""
    rng, old = guest.rng, guest.world.pte(space, va, level).flags
    leads_on = old & V and not old & (R | X)
    flags = rng.choice((V, V | A, FRESH)) | Flags(rng.randrange(256)) & (R | W | X | U)
    if flags & (R | X):  # else it would lead on, and U, A and D are reserved there
        ppn = FIRST + LARGE * rng.randrange(2) if level else guest.world.page()
        guest.edit(va, flags, ppn, level, space=space)
        everybody = old & G or rng.random() < 0.5
        everywhere = leads_on or rng.random() < 0.5
        guest.fence(None if everywhere else va, None if everybody else space, level)


SCENES: Final = (
    who_asks, spaces, executable, clean, superpages, true_faults, fences, rights, large_fences,
    everywhere, reused, storm,
)  # fmt: skip


def grade(student: Student, seed: int) -> Iterator[Finding]:
    """One guest's life."""
    guest = Guest(student, Random(seed))
    for scene in SCENES:
        scene(guest)
    yield from guest.judge.findings()
