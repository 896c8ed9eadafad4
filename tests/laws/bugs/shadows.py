"""Mistakes of shadow page tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_BITS
from vmlab.isa.layouts import MSTATUS
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.shadow import Context, Root, Shadow
from vmlab.vmm.common.vm import Vm
from vmlab.vmm.trap_emulate.monitor import TrapAndEmulate


class WithShadow(TrapAndEmulate):
    """Trap and emulate on another kind of shadow table."""

    shadow: type[Shadow] = Shadow

    def admit(self, vm: Vm) -> None:
        self.shadows[vm.number] = self.shadow(self.host, vm)


def on_shadow(kind: type[Shadow]) -> Callable[[Host], TrapAndEmulate]:
    """A monitor on this kind of shadow table."""
    return type("Seeded", (WithShadow,), {"shadow": kind})


# Shadow tables -----------------------------------------------------------------------------------


class ForgetsUser(Shadow):
    """One table for S and U: what the guest's kernel may reach, its user may."""

    def context(self) -> Context:
        return replace(super().context(), mode=Mode.U)


class ForgetsSum(Shadow):
    """SUM does not choose a table: what was filled with SUM set serves when it is clear."""

    def context(self) -> Context:
        found = super().context()
        return replace(found, status=found.status & ~MSTATUS.mask("SUM"))


class ForgetsMxr(Shadow):
    """The same of MXR."""

    def context(self) -> Context:
        found = super().context()
        return replace(found, status=found.status & ~MSTATUS.mask("MXR"))


class KeyedByAsid(Shadow):
    """Tables are kept by the guest's ASID, and its fence of one ASID is taken for done."""

    def context(self) -> Context:
        found = super().context()
        for context in self._roots:
            if (context.asid, context.mode, context.status) == (
                found.asid, found.mode, found.status
            ):  # fmt: skip
                return context
        return found

    def fence(self, va: int | None, asid: int | None) -> None:
        if asid is None or va is not None:
            super().fence(va, asid)


class SplitsWrongly(Shadow):
    """A piece of a superpage is mapped to the superpage's first page."""

    def fill(self, va: int, spa: int, allowed: int, level: int) -> None:
        inside = (1 << 9 * level) - 1 << PAGE_BITS
        super().fill(va, spa & ~inside if level == 1 else spa, allowed, level)


class ForgetsPieces(Shadow):
    """A fence of one address leaves the other pieces of a split superpage."""

    def _pieces(self, root: Root, va: int) -> Iterator[int]:
        yield va >> PAGE_BITS


class FencesOneContext(Shadow):
    """A fence reaches the table in use, and not those of the same space for other modes."""

    def fence(self, va: int | None, asid: int | None) -> None:
        others = {
            context: root for context, root in self._roots.items() if context != self.context()
        }
        for context in others:
            del self._roots[context]
        super().fence(va, asid)
        self._roots.update(others)


class NoFlush(Shadow):
    """The table is changed, and the real TLB is not told."""

    def fence(self, va: int | None, asid: int | None) -> None:
        host, flush = self._host, self._host.flush_tlb
        host.flush_tlb = lambda: None  # type: ignore[method-assign]
        try:
            super().fence(va, asid)
        finally:
            host.flush_tlb = flush  # type: ignore[method-assign]
