"""A guest under a technique, run as an engine runs a machine.

Between two runs the guest's registers may be on the real hart. To be looked at they must be home;
but bringing them home for good would change what comes next (where a timer goes off, what is an
exit), and a run that was stopped to be looked at must be the run that was not. So a look copies
them home, and the next run puts the words back that were there before, unless somebody has changed
something in between.
"""

from __future__ import annotations

from typing import Any

from vmlab.core.events import Access
from vmlab.core.units import PAGE_BITS
from vmlab.engine.api import Halt, Listeners, PendingTrap, StopAt, WatchHit
from vmlab.session.guest_events import GuestEvents
from vmlab.vmm.common.subject import Carried, Monitored


class GuestEngine:
    """The engine of one guest's machine."""

    def __init__(self, subject: Carried) -> None:
        self.subject = subject
        self.pending_trap: PendingTrap | None = None
        self.watch_hit: WatchHit | None = None
        self._vm = subject.vm if isinstance(subject, Monitored) else None
        self._away: bytes | None = None
        """The words of the virtual hart before a look brought the registers home."""
        self._events = GuestEvents(subject)
        subject.settle()
        self.listeners: Listeners = self._events.listeners

    @property
    def name(self) -> str:
        """The tier that carries the guest out."""
        program = self.subject.hart.reference
        if self._vm is not None and self.subject.listeners is program.listeners:
            return program.name
        return self.subject.engine.name

    # Running -------------------------------------------------------------------------------------

    def run(self, budget: int, stop: StopAt) -> Halt:
        self.resume()
        self.subject.look_again()
        self._events.begin()
        try:
            halt = self.subject.drive(budget, stop)
        finally:
            self._events.end()
            self.look()
        self.watch_hit = self.subject.watch_hit if halt is Halt.WATCHPOINT else None
        return halt

    def go_on(self, budget: int) -> Halt:
        return self.run(budget, StopAt())

    def request_stop(self) -> None:
        self.subject.request_stop()

    # Looking -------------------------------------------------------------------------------------

    def look(self) -> None:
        """Bring the guest's words up to date, in a way that `resume` undoes."""
        vm = self._vm
        if vm is not None and not vm.home:
            self._away = bytes(vm.machine.arena.hart)
        self.subject.show()

    def resume(self) -> None:
        """As it was before the look."""
        if self._away is not None:
            assert self._vm is not None
            self._vm.machine.arena.hart[:] = self._away
            self._vm.home, self._away = False, None

    @property
    def scattered(self) -> bool:
        """True if the guest's RAM is only shown where `machine` has it."""
        return self._vm is not None and self._vm.tables_hold_real_addresses

    def commit(self) -> None:
        """The guest is about to be changed from outside: its registers stay home."""
        self._away = None

    def peek(self, va: int, access: Access) -> int | None:
        if self._vm is None or not self._vm.tables_hold_real_addresses:
            return self.subject.hart.reference.peek(va, access)
        spa = self.subject.engine.peek(va, access)
        return None if spa is None else self._vm.gpa(spa)

    def read_csr(self, number: int) -> int:
        return self.subject.hart.reference.read_csr(number)

    # Changing ------------------------------------------------------------------------------------

    def write_csr(self, number: int, value: int) -> None:
        self.commit()
        self.subject.hart.reference.write_csr(number, value)

    def forget(self, pages: set[int] | None = None) -> None:
        """The guest has been written from outside. Where that may be any page, the monitor forgets
        what it has derived, too."""
        self.commit()
        self.subject.hart.reference.forget(pages)
        self.subject.engine.forget(None if pages is None else self.subject.pages_of(pages))
        if pages is None and isinstance(self.subject, Monitored):
            self.subject.monitor.after_reset(self.subject.vm)

    def device_wrote(self, offset: int, length: int) -> None:
        self.subject.machine.dma.on_write(offset, length)

    def take_dirty_pages(self) -> set[int]:
        """Of the guest's RAM. Keyframes ask the carrier for those of real memory instead."""
        (first,) = self.subject.pages_of({0})
        count = self.subject.machine.platform.ram_bytes >> PAGE_BITS
        written = self.subject.take_written()
        return {page - first for page in written if first <= page < first + count}

    # Going back ----------------------------------------------------------------------------------

    def memo(self) -> Any:
        """What the carrier remembers, as if nobody had looked."""
        self.resume()
        memo = self.subject.memo()
        self.look()
        return memo

    def recall(self, memo: Any, changed: set[int]) -> None:
        """Remember that, and look."""
        self.commit()
        self.subject.recall(memo, changed)
        self.look()
