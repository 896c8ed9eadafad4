"""The page tables under a monitor: the guest's, and those that the monitor made."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from vmlab.isa.layouts import SATP as LAYOUT
from vmlab.isa.state import HGATP, SATP
from vmlab.machine.platform import Machine
from vmlab.session.tables import Of, Tree, tree_of, trees_of
from vmlab.vmm.common.direct import DirectMonitor
from vmlab.vmm.common.subject import Carried, Monitored
from vmlab.vmm.common.tables import TableKind

_MADE: Final[Mapping[TableKind, Of]] = MappingProxyType(
    {
        TableKind.SHADOW: Of.SHADOW,
        TableKind.GSTAGE: Of.GSTAGE,
        TableKind.VALIDATED: Of.VALIDATED,
    }
)


def hosted_trees(subject: Carried) -> tuple[Tree, ...]:
    """The guest's tables, and its monitor's, in real memory. The guest's words are up to date."""
    if not isinstance(subject, Monitored):
        return trees_of(subject.machine)
    vm, host = subject.vm, subject.monitor.host
    real = host.machine.arena
    mapped = subject.monitor.mapped(vm, 0)
    made: list[Tree] = []
    if mapped.root is not None:
        of = _MADE[mapped.kind]
        word = host.words[(HGATP if of is Of.GSTAGE else SATP).slot]
        made.append(Tree(of, mapped.root, mapped.levels, real, LAYOUT["ASID"].of(word)))
    if vm.tables_hold_real_addresses:
        return tuple(made)
    own = tree_of(Of.GUEST, vm.hart.words[SATP.slot], real, vm.spa)
    return (*(() if own is None else (own,)), *made)


def translator(subject: Carried) -> Machine:
    """The machine whose hart translates for the guest."""
    if isinstance(subject, Monitored) and isinstance(subject.monitor, DirectMonitor):
        return subject.monitor.host.machine
    return subject.machine
