"""How many sensitive instructions the guest's kernel executes for one operation: k.

Counted on the bare machine, instruction by instruction between the marks: one number, of a part of
a run. All that bounds ask for, of a whole run, is counted by `laws.tracing`.
"""

from __future__ import annotations

from vmlab.core.events import Event, EventKind, Retired
from vmlab.core.modes import Mode
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.hearing import hear
from vmlab.vmm.common.sensitive import is_sensitive
from vmlab.vmm.common.vhart import VirtualHart


class Path:
    """Listens to a bare machine and counts what its kernel executes."""

    def __init__(self, hart: VirtualHart) -> None:
        self._hart = hart
        self.sensitive = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Retired) and event.mode is Mode.S:
            found = self._hart.decode(event.insn)
            self.sensitive += found is not None and is_sensitive(*found)


def listen(subject: BareMachine) -> Path:
    """Count from now on, while the machine runs."""
    path = Path(subject.hart)
    hear(subject.listeners, EventKind.RETIRE, path)
    return path
