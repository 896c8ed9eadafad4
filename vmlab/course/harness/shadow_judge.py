"""The judge of the exercise on shadow page tables: a student's VMM in lock-step with the twin.

Every access is made twice: on the twin, where the guest is alone, and on the real hart behind the
student's tables, which the student fills where it faults. What differs is a finding; then the
tables are put right, so that no mistake is counted as another one too.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.course.exercise import Counter, Finding
from vmlab.course.facts import Said, Told, misfit
from vmlab.course.harness.shadow_ledger import Filled, Ledger
from vmlab.course.harness.shadow_memory import HARDWARE, Walked, different_entries
from vmlab.course.harness.shadow_terms import (
    access,
    answer,
    context,
    fence,
    flags,
    gpa,
    gva,
    kind,
    where,
)
from vmlab.course.harness.shadow_terms import spa as spa_
from vmlab.course.harness.shadow_world import Space, World, size_of
from vmlab.course.student import Student, Wrong, described
from vmlab.isa.causes import ACCESS_FAULTS
from vmlab.isa.layouts import PTE
from vmlab.isa.system.walk import INDEX_BITS
from vmlab.lab import (
    GPA,
    GVA,
    SPA,
    A,
    Access,
    Cause,
    Ctx,
    D,
    Fault,
    Flags,
    G,
    Kept,
    Leaf,
    R,
    U,
    V,
    W,
    X,
    fitting,
)

PROPERTIES: Final = (
    "own-memory", "isolation", "composition", "dirty", "faults", "fresh", "fills",
)  # fmt: skip
RIGHTS: Final = {Access.FETCH: X, Access.LOAD: R, Access.STORE: W}
NO_FLAGS: Final = Flags(0)


def _check_fields(found: Leaf | Fault) -> None:
    """Raises `Wrong` if a record's fields are of other types than it declares. One that came by a
    line has been asked already; a program in this process can put anything there."""
    try:
        fitting.checked(type(found), [getattr(found, one.name) for one in fields(found)])
    except BadInput as error:
        raise Wrong("fill", Said("one of the values"), misfit(error)) from None


class Judge:
    """Runs a student's functions for one guest."""

    def __init__(self, student: Student, world: World) -> None:
        self.student, self.world = student, world
        self.ledger = Ledger()
        self.failed: dict[str, Finding] = {}
        """The first failure of each property."""
        self.leaks = 0
        self._filled: dict[Kept, Filled] = {}
        self._survived: set[Kept] = set()
        """Leaves that a fence named and the student left where they are."""
        self._key_of: tuple[Ctx, Hashable] | None = None

    def findings(self) -> Iterator[Finding]:
        """One for each property."""
        counted = (
            Counter("leaks", self.leaks, 0),
            Counter("fills", self.ledger.fills, self.ledger.budget),
        )
        if (wasted := self.ledger.wasted) is not None:
            hint, va, acc = wasted
            values = {"va": gva(va), "access": kind(acc)}
            self._fail("fills", hint, values, f"<= {self.ledger.budget}", str(self.ledger.fills))
        for one in PROPERTIES:
            shown = counted if one == "fills" else counted[:1] if one == "isolation" else ()
            found = self.failed.get(one) or Finding(one, True)
            yield Finding(found.property, found.passed, found.hint, found.values, found.expected,
                          found.found, found.where, shown)  # fmt: skip

    def _fail(
        self, name: str, hint: str, values: Mapping[str, Told], expected: Told, found: Told,
        at: Told = "",
    ) -> None:  # fmt: skip
        self.failed.setdefault(name, Finding(name, False, hint, values, expected, found, at))

    # What a guest does ---------------------------------------------------------------------------

    def access(self, ctx: Ctx, va: GVA, acc: Access) -> None:
        """The guest fetches, loads or stores."""
        key, page = self._key(ctx), GVA(va & -PAGE_SIZE_BYTES)
        hit = self.world.real.passes(key, va, acc)
        if hit and self.ledger.is_unfenced(ctx, va):
            return  # until the fence the old translation is as good as the new one
        expected = self.world.twin.walk(ctx, va, acc)
        before = self._entry(ctx, va, acc)
        if hit:
            judged = self._hit(key, ctx, va, acc, expected)
        else:
            judged = self._miss(key, ctx, va, acc, expected)
        self._same_entries(acc, va, judged)
        if not expected.cause:
            filled = Filled(ctx, page, expected.level, bool(before & G))
            self.ledger.count(filled, HARDWARE[acc], acc, expected.allowed, hit)

    def edit(self, space: Space, va: int, ppn: int, flags: Flags, level: int = 0) -> None:
        """The guest's kernel writes an entry of its tables. Nothing is fenced."""
        self.world.map(space, va, ppn, flags, level)
        self.ledger.unfenced.append((space.asid, va, level))

    def fence(self, va: GVA | None, asid: int | None) -> None:
        """The guest executes sfence.vma; with `va` only leaves' entries may have changed."""
        real = self.world.real
        before = real.leaves()
        self.student.call("fence", real, va, asid)
        left = set(real.leaves())
        for kept in before:
            filled = self._filled[kept]
            if kept not in left:
                self.ledger.dropped(filled, va, asid)
            elif filled.is_named(va, asid):
                self._survived.add(kept)
                if not self._is_current(kept, filled.ctx):
                    self._stale(kept, fence(va, asid))
        self.ledger.fenced(va, asid)

    # The hart got through ------------------------------------------------------------------------

    def _key(self, ctx: Ctx) -> Hashable:
        """The student's name for a context's table: asked for when the context changes."""
        if self._key_of is None or self._key_of[0] != ctx:
            key = self.student.call("key", ctx)
            try:
                hash(key)
            except TypeError:
                raise Wrong("key", Said("can be hashed"), described(key)) from None
            self._key_of = ctx, key
        return self._key_of[1]

    def _hit(self, key: Hashable, ctx: Ctx, va: int, acc: Access, expected: Walked) -> bool:
        """Is it where the twin got to? True if it is."""
        kept = self.world.real.kept(key, va)
        assert kept is not None, "the hart walks what was installed"
        if not expected.cause and kept.leaf.spa == self._spa(expected):
            return True
        self.leaks += 1
        filled_for = self._filled[kept].ctx
        if kept in self._survived:
            self._stale(kept, where(acc, va, ctx))
            return False
        if expected.cause:
            self._leak(ctx, va, acc, expected, kept.leaf, filled_for)
        else:
            values = {"va": gva(va), "then": context(filled_for), "now": context(ctx)}
            right = self._spa(expected)
            self._fail("composition", "context", values, spa_(right), spa_(kept.leaf.spa))
        self._put_away(kept)
        return False

    def _is_current(self, kept: Kept, ctx: Ctx) -> bool:
        """Whether the guest's tables give now all that a leaf gives, A and D included."""
        for acc, flag in RIGHTS.items():
            if kept.leaf.flags & flag:
                now = self.world.twin.walk_unaided(ctx, kept.va, acc)
                if now.cause or self._spa(now) != kept.leaf.spa:
                    return False
        return True

    def _stale(self, kept: Kept, at: Told) -> None:
        leaf = answer(kept.leaf)
        self._fail(
            "fresh", "stale", {"va": gva(kept.va)}, Said("no leaf", {"leaf": leaf}), leaf, at
        )
        self._put_away(kept)

    def _put_away(self, kept: Kept) -> None:
        """Take a wrong leaf out; that it must be filled again is not the student's doing."""
        self.world.real.drop(kept)
        self.ledger.forget(kept.va)

    # The hart faulted ----------------------------------------------------------------------------

    def _miss(self, key: Hashable, ctx: Ctx, va: GVA, acc: Access, expected: Walked) -> bool:
        """Ask the student. True if A and D of the guest's entries are to be compared."""
        found = self.student.call("fill", self.world.memory, va, acc, ctx, returns=Leaf | Fault)
        _check_fields(found)
        if isinstance(found, Leaf):
            found = Leaf(found.spa, Flags(found.flags & 0xFF), found.level)
        if expected.cause:
            self._refused(ctx, va, acc, expected, found)
            return isinstance(found, Fault) and expected.cause not in ACCESS_FAULTS
        right = self._leaf(expected)
        good = False
        if isinstance(found, Fault):
            values = {"access": access(acc, va)}
            self._fail("faults", "leaked", values, answer(right), answer(found),
                       where(acc, va, ctx))  # fmt: skip
        else:
            good = self._is_good(ctx, va, acc, expected, found)
        self._install(key, ctx, va, acc, expected, found if good else right)
        return isinstance(found, Leaf)

    def _install(
        self, key: Hashable, ctx: Ctx, va: int, acc: Access, expected: Walked, leaf: Leaf
    ) -> None:
        """Put a leaf into its table, and make the access again."""
        real, right = self.world.real, self._leaf(expected)
        kept = Kept(key, GVA(va & -PAGE_SIZE_BYTES), leaf)
        real.install(kept)
        if not real.passes(key, va, acc):
            values = {"access": kind(acc), "flags": flags(leaf.flags)}
            self._fail("composition", "unusable", values, answer(right), answer(leaf),
                       where(acc, va, ctx))  # fmt: skip
            kept = Kept(key, kept.va, right)
            real.install(kept)
        is_global = bool(self._entry(ctx, va, acc) & G)
        self._filled[kept] = Filled(ctx, kept.va, expected.level, is_global)
        self._survived.discard(kept)

    def _refused(
        self, ctx: Ctx, va: GVA, acc: Access, expected: Walked, found: Leaf | Fault
    ) -> None:
        """The twin took a fault: the guest must get the same one."""
        right = Fault(Cause(expected.cause), va)
        if isinstance(found, Leaf):
            if not self._is_own(found, answer(right), where(acc, va, ctx)):
                self.leaks += 1
            elif expected.is_outside:
                self._misplaced(ctx, va, acc, expected, found, answer(right))
            else:
                self.leaks += 1
                self._leak(ctx, va, acc, expected, found, ctx)
        elif (found.cause, found.tval) != (right.cause, right.tval):
            self._fail("faults", "cause", {"access": access(acc, va)}, answer(right),
                       answer(found), where(acc, va, ctx))  # fmt: skip

    def _is_own(self, leaf: Leaf, right: str, at: Told) -> bool:
        """Whether a leaf names a page of this guest's."""
        if leaf.spa >> PAGE_BITS in self.world.memory.frames:
            return True
        self._fail("own-memory", "real-memory", {"gpa": gpa(leaf.spa)}, right, answer(leaf), at)
        return False

    def _is_good(self, ctx: Ctx, va: int, acc: Access, expected: Walked, leaf: Leaf) -> bool:
        """Whether a leaf is the composition of both maps, and gives no more than both."""
        right, at = self._leaf(expected), where(acc, va, ctx)
        if not self._is_own(leaf, answer(right), at):
            return False
        if leaf.spa != right.spa:
            self._misplaced(ctx, va, acc, expected, leaf, answer(right))
            return False
        more = leaf.flags & ~right.flags & (R | W | X)
        if not more:
            return True
        # A store would be allowed, once it has set D?
        early = more == W and not self.world.twin.walk(ctx, va, Access.STORE, commit=False).cause
        name, hint = ("dirty", "early-write") if early else ("isolation", "rights")
        self._fail(
            name, hint, {"va": gva(va), "more": flags(more)}, answer(right), answer(leaf), at
        )
        return False

    def _misplaced(
        self, ctx: Ctx, va: int, acc: Access, expected: Walked, leaf: Leaf, right: str
    ) -> None:
        """A leaf names another page of the guest's."""
        values = {"va": gva(va), "gpa": gpa(expected.gpa), "level": str(expected.level),
                  "high": str(PAGE_BITS - 1 + INDEX_BITS * expected.level)}  # fmt: skip
        inside = expected.gpa % size_of(expected.level)
        head = self.world.memory.spa(GPA(expected.gpa - inside))
        hint = "offset" if inside and leaf.spa == head else "composition"
        self._fail("composition", hint, values, right, answer(leaf), where(acc, va, ctx))

    def _leak(
        self, ctx: Ctx, va: int, acc: Access, expected: Walked, leaf: Leaf, filled_for: Ctx
    ) -> None:
        """The guest gets through where its own tables refuse. Why do they?"""
        read = self.world.twin.last_read(ctx, va, acc)
        entry = self._entry(ctx, va, acc)
        maps = entry & V and entry & (R | X) and entry & (R | W) != W
        if maps and ctx.mode is Mode.U and not entry & U:
            hint = "user-reached"
        elif maps and ctx.mode is Mode.S and entry & U and acc is not Access.FETCH and not ctx.sum:
            hint = "one-root"
        elif filled_for != ctx:
            hint = "context"
        elif (
            maps
            and read is not None
            and PTE["PPN"].of(read.pte) & (1 << INDEX_BITS * read.level) - 1
        ):
            hint = "misaligned"
        else:
            hint = "refused"
        values = {"mapping": f"{gva(va)} -> {spa_(leaf.spa)}", "access": access(acc, va),
                  "va": gva(va), "then": context(filled_for), "now": context(ctx)}  # fmt: skip
        right = Fault(Cause(expected.cause), va)
        self._fail("isolation", hint, values, answer(right), answer(leaf), where(acc, va, ctx))

    # Asking the twin -----------------------------------------------------------------------------

    def _same_entries(self, acc: Access, va: int, judged: bool) -> None:
        """A and D of the guest's entries are as its own hart set them; from here on in any case."""
        world, wrong = self.world, set()
        for at, right, found in different_entries(world.twin, world.memory, world.tables):
            wrong.add(at >> PAGE_BITS)
            if judged:
                values = {"gpa": gpa(at), "access": access(acc, va)}
                self._fail("dirty", "accessed", values, flags(right.flags), flags(found.flags))
        for number in wrong:
            world.memory.put_page(number, world.twin.page(number))

    def _entry(self, ctx: Ctx, va: int, acc: Access) -> Flags:
        """The flags of the entry at which a walk ends."""
        read = self.world.twin.last_read(ctx, va, acc)
        return NO_FLAGS if read is None else Flags(read.pte & 0xFF)

    def _spa(self, expected: Walked) -> SPA:
        found = self.world.memory.spa(GPA(expected.gpa))
        assert found is not None, "the twin has the same memory"
        return found

    def _leaf(self, expected: Walked) -> Leaf:
        """The composition of both maps, with all that both allow."""
        given = NO_FLAGS
        for acc, flag in RIGHTS.items():
            if expected.allowed >> HARDWARE[acc].value & 1:
                given |= flag
        return Leaf(self._spa(expected), V | U | A | D | given, expected.level)
