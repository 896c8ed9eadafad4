"""The wall between paravirtual machines, looked at from outside: is it whole?

`tables` keeps it by checking each change. Here everything is worked out anew from the entries that
stand in memory, without what the monitor remembers; whatever does not agree is told. Nothing in
the monitor depends on it: the laws and the tests do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.layouts import PTE
from vmlab.isa.system.pmp import DENIED
from vmlab.vmm.paravirt.domain import Domain
from vmlab.vmm.paravirt.frametable import ROOT_LEVEL, Use
from vmlab.vmm.paravirt.monitor import Paravirt, domain_of

_PPN: Final = PTE["PPN"]


def _entries(monitor: Paravirt, table: int) -> Iterator[int]:
    at = table << PAGE_BITS
    for offset in range(0, PAGE_SIZE_BYTES, 8):
        pte = monitor.host.read8(at + offset)
        if pte & PTE.mask("V"):
            yield pte


def audit(monitor: Paravirt) -> list[str]:
    """What is wrong, a sentence each; empty if every guest can reach its own memory only, and
    no page table for stores."""
    found: list[str] = []
    for vm in monitor.host.vms:
        found += [f"vm {vm.number}: {said}" for said in _audit_one(monitor, domain_of(vm))]
    return found


def _audit_one(monitor: Paravirt, domain: Domain) -> Iterator[str]:
    frames, owner_of = monitor.tables.frames, monitor.host.frames.owner_of
    tables = {frame: frames.use(frame) for frame in domain.frames if frames.is_table(frame)}
    roots = {domain.root, domain.user_root} - {0}
    for root in roots:
        if tables.get(root) is not Use.TABLE_2:
            yield f"its root {root:#x} is no table of level {ROOT_LEVEL}"
    used: Counter[int] = Counter()
    stored: Counter[int] = Counter()
    for table, level in tables.items():
        for pte in _entries(monitor, table):
            frame = _PPN.of(pte)
            leaf = pte & PTE.mask("R", "W", "X")
            if owner_of(frame << PAGE_BITS) != domain.number:
                yield f"entry {pte:#x} of table {table:#x} names memory that is not its own"
            elif not leaf:
                used[frame] += 1
                if tables.get(frame) != level - 1:
                    yield f"entry {pte:#x} of table {table:#x} names no table of the next level"
            elif level:
                yield f"entry {pte:#x} of table {table:#x} is a superpage"
            elif pte & PTE.mask("W"):
                stored[frame] += 1
                if frame in tables:
                    yield f"entry {pte:#x} of table {table:#x} maps a page table for stores"
    own = (domain.shared_at, domain.console_at, domain.block_at)
    stored.update(at >> PAGE_BITS for at in own)
    used.update([domain.root, *([domain.user_root] if domain.user_root else [])])
    used.update(frame for frame in domain.frames if frames.is_pinned(frame))
    for frame in domain.frames:
        expected = used[frame] if frame in tables else stored[frame]
        if frames.count(frame) != expected:
            yield (
                f"frame {frame:#x} ({frames.use(frame).name}) is used {expected} times, and "
                f"{frames.count(frame)} are known"
            )


def is_guarded(monitor: Paravirt, pa: int) -> bool:
    """True if the hart itself keeps S from a physical address (PMP), whatever tables say."""
    check = monitor.host.hart.kernel("pmp_check")
    return all(check(pa, pa, access, Mode.S) == DENIED for access in Access)
