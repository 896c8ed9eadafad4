"""How findings about shadow tables name things: what is the same in every language as plain text,
the rest as facts of the exercise."""

from __future__ import annotations

from vmlab.core.bits import bits
from vmlab.course.facts import Said, Told
from vmlab.lab import Access, Ctx, Fault, Flags, Leaf


def gva(address: int) -> str:
    """A guest-virtual address."""
    return f"gva {address:#x}"


def gpa(address: int) -> str:
    """A guest-physical address."""
    return f"gpa {address:#x}"


def spa(address: int) -> str:
    """A real address."""
    return f"spa {address:#x}"


def flags(found: Flags) -> str:
    """Flags as letters, D to V; `-` for none."""
    return "".join(one.name or "" for one in reversed(Flags) if one in found) or "-"


def kind(acc: Access) -> Told:
    """An access, whatever its address."""
    return Said(acc.value)


def access(acc: Access, va: int) -> Told:
    """An access: `load gva 0x1000`."""
    return Said(f"{acc.value} at", {"va": gva(va)})


def context(ctx: Ctx) -> Told:
    """Who asks."""
    bits_ = {"sum": f"{ctx.sum:d}", "mxr": f"{ctx.mxr:d}", "satp": f"{ctx.satp:#x}"}
    return Said("context", {"mode": ctx.mode.name, **bits_})


def where(acc: Access, va: int, ctx: Ctx) -> Told:
    """An access and who makes it."""
    return Said("by", {"access": access(acc, va), "context": context(ctx)})


def fence(va: int | None, asid: int | None) -> str:
    """An sfence.vma as a call of the student's function."""
    return f"fence({'None' if va is None else hex(va)}, {asid})"


def answer(found: Leaf | Fault) -> str:
    """What `fill` may answer."""
    if isinstance(found, Leaf):
        return f"Leaf {spa(found.spa)} {flags(found.flags)}"
    return f"Fault cause {int(found.cause)}, tval {found.tval:#x}"


def asid_of(ctx: Ctx) -> int:
    """The number of a context's address space."""
    return bits(ctx.satp, 59, 44)
