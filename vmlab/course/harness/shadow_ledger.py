"""What fills a guest's accesses must cost, and what was fenced since it changed."""

from __future__ import annotations

from dataclasses import dataclass

from vmlab.core.events import Access as Hardware
from vmlab.course.harness.shadow_terms import asid_of
from vmlab.course.harness.shadow_world import size_of
from vmlab.lab import Access, Ctx


@dataclass(frozen=True, slots=True)
class Filled:
    """A page, the context that it was filled for, and the guest's leaf that it was made from."""

    ctx: Ctx
    page: int
    level: int
    is_global: bool

    def may_be_named(self, va: int | None, asid: int | None) -> bool:
        """Whether an sfence.vma may forget it (privileged manual, 10.2.1)."""
        size = size_of(self.level)
        here = va is None or va // size == self.page // size
        return here and asid in (None, asid_of(self.ctx))

    def is_named(self, va: int | None, asid: int | None) -> bool:
        """Whether it must: global translations belong to no one address space."""
        return self.may_be_named(va, asid) and not (self.is_global and asid is not None)


class Ledger:
    """Counts fills beside those of a VMM that forgets nothing that it need not forget.

    It fills a page once for a context, once more when a store makes it dirty, and again after a
    fence that may name it.
    """

    def __init__(self) -> None:
        self.fills = self.budget = 0
        self.unfenced: list[tuple[int, int, int]] = []
        """Entries that the guest has written since the last fence of them: the space's number, an
        address that they translate, their level."""
        self._ideal: dict[tuple[Ctx, int], tuple[Filled, int]] = {}
        self._dropped: set[tuple[Ctx, int]] = set()
        self._first_wasted: tuple[str, int, Access] | None = None

    @property
    def wasted(self) -> tuple[str, int, Access] | None:
        """A fill too many: why, of which page, for what access; None if there were not too many."""
        return self._first_wasted if self.fills > self.budget else None

    def count(
        self, filled: Filled, hardware: Hardware, acc: Access, allowed: int, hit: bool
    ) -> None:
        """An access that the guest's tables allow; `hit` says that it needed no fill."""
        self.fills += not hit
        here = (filled.ctx, filled.page)
        _, known = self._ideal.get(here, (filled, 0))
        if not known >> hardware & 1:
            self.budget += 1
            self._ideal[here] = filled, allowed
        elif not hit and self._first_wasted is None:
            hint = "forgot" if here in self._dropped else "again"
            self._first_wasted = hint, filled.page, acc

    def dropped(self, filled: Filled, va: int | None, asid: int | None) -> None:
        """A leaf was dropped at a fence, which may not have named it."""
        if not filled.may_be_named(va, asid):
            self._dropped.add((filled.ctx, filled.page))

    def fenced(self, va: int | None, asid: int | None) -> None:
        """The guest has executed sfence.vma."""
        kept = self._ideal.items()
        self._ideal = {at: one for at, one in kept if not one[0].may_be_named(va, asid)}
        self.unfenced = [one for one in self.unfenced if not _covers(*one, va, asid)]

    def forget(self, page: int) -> None:
        """Whoever asks for a page fills it anew."""
        self._ideal = {at: one for at, one in self._ideal.items() if at[1] != page}

    def is_unfenced(self, ctx: Ctx, va: int) -> bool:
        """Whether the guest has changed how this address is translated, and not fenced it yet."""
        return any(
            asid == asid_of(ctx) and va // size_of(level) == at // size_of(level)
            for asid, at, level in self.unfenced
        )


def _covers(asid: int, at: int, level: int, va: int | None, named: int | None) -> bool:
    """Whether an sfence.vma makes a change of an entry known."""
    here = va is None or va // size_of(level) == at // size_of(level)
    return here and named in (None, asid)
