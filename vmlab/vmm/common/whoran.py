"""Who ran, and why that changed: the rows of every ribbon, written down while a guest runs.

A *band* is a stretch in which one owner had the hart: the guest's user, the guest's kernel, or the
monitor. Its length is in instructions of the guest's clock, which is measured. A Python monitor
retires none: its bands have length 0, and whoever draws them in time says that this is a model.
"""

from __future__ import annotations

from typing import Final

from vmlab.core.events import Event, EventKind, TrapReturn, TrapTaken
from vmlab.core.modes import Mode, mode_name
from vmlab.isa.causes import EXCEPTIONS, INTERRUPTS
from vmlab.vmm.common.bands import Band, BandLog, Overview, Owner
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.hearing import hear
from vmlab.vmm.common.subject import Monitored, Subject

__all__ = ["Band", "Owner", "WhoRan", "cause_name"]

Mark = tuple[int, int, Mode, str, int]
"""How many bands there were, and how the one that was open had begun."""

BEGINNING: Final = "the beginning"
"""Why the first band began."""
OPENED: Final = "a file that was opened here"
ENTRY: Final = "entry"
RETURN: Final = "return"
BANDS_BEGIN: Final = (BEGINNING, OPENED, ENTRY, RETURN)
"""Why a band can begin, but for a cause."""


def cause_name(cause: int, interrupt: bool) -> str:
    """A cause in words."""
    return (INTERRUPTS if interrupt else EXCEPTIONS)[cause].name


class WhoRan:
    """Listens to a subject from now on."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._bands = BandLog()
        self._first = subject.hart.retired
        self._mode = self._guest_mode()
        self._why, self._pc = BEGINNING, subject.machine.hart.pc
        hear(subject.listeners, EventKind.TRAP | EventKind.TRAP_RETURN, self._event)
        if isinstance(subject, Monitored):
            subject.monitor.on_told = self._exit

    def _guest_mode(self) -> Mode:
        subject = self._subject
        if isinstance(subject, Monitored):
            return subject.monitor.guest_mode(subject.vm)
        return subject.hart.mode

    def _count(self, real: int) -> int:
        """The guest's count of instructions at a count of the hart's."""
        subject = self._subject
        if isinstance(subject, Monitored):
            return real + subject.monitor.ahead(subject.vm)
        return real

    def bands(self) -> tuple[Band, ...]:
        """What has been written down, the present band as far as it has come."""
        return (*self._bands.last(), self._open(self._subject.hart.retired))

    def last(self, number: int) -> tuple[Band, ...]:
        """The last of them, the present one included."""
        return (*self._bands.last(number), self._open(self._subject.hart.retired))[-number:]

    @property
    def dropped(self) -> int:
        """How many of the oldest bands are in the overview only."""
        return self._bands.dropped

    def overview(self, buckets: int) -> Overview:
        """The whole run, in at most so many buckets."""
        return self._bands.overview(self._open(self._subject.hart.retired), buckets)

    def restart(self) -> None:
        """The guest has been put where it stands: nobody knows who ran before."""
        self._first, self._mode = self._subject.hart.retired, self._guest_mode()
        self._why, self._pc = OPENED, self._subject.machine.hart.pc

    def mark(self) -> Mark:
        """A place to go back to."""
        return self._bands.total, self._first, self._mode, self._why, self._pc

    def cut(self, mark: Mark) -> None:
        """Forget what came after the mark: the guest has gone back there."""
        total, self._first, self._mode, self._why, self._pc = mark
        self._bands.cut(total, self._first)

    def _open(self, now: int) -> Band:
        user = self._mode is Mode.U
        return Band(
            Owner.USER if user else Owner.KERNEL,
            mode_name(self._mode),
            self._real(),
            self._first,
            now - self._first,
            self._why,
            pc=self._pc,
        )

    def _real(self) -> str:
        subject = self._subject
        if isinstance(subject, Monitored):
            return subject.monitor.real_mode(self._mode)
        return mode_name(self._mode)

    def _close(self, now: int, mode: Mode, why: str, pc: int) -> None:
        if now > self._first:
            self._bands.add(self._open(now))
        self._first, self._mode, self._why, self._pc = now, mode, why, pc

    def _event(self, event: Event) -> None:
        """The hart changed modes by itself: nobody but the guest was in it."""
        if isinstance(event, TrapTaken) and event.to_mode is not Mode.M:
            why = cause_name(event.cause, event.interrupt)
            self._close(self._count(event.count), event.to_mode, why, event.epc)
        elif isinstance(event, TrapReturn) and event.from_mode is not Mode.M:
            # The return itself is the last instruction of the one that left.
            self._close(self._count(event.count) + 1, event.to_mode, RETURN, event.pc)

    def _exit(self, exit: TrapExit, reason: Reason, before: int) -> None:
        """The guest left for its monitor at its instruction number `before`, and is about to go
        on: what the monitor carried out in between belongs to the monitor."""
        subject = self._subject
        assert isinstance(subject, Monitored)
        self._close(before, self._mode, cause_name(exit.cause, exit.interrupt), exit.pc)
        now = subject.hart.retired
        self._bands.add(
            Band(
                Owner.MONITOR,
                mode_name(self._mode),
                subject.monitor.owner_mode,
                before,
                now - before,
                cause_name(exit.cause, exit.interrupt),
                reason,
                exit.pc,
                exit.tval,
                subject.vm.asked if reason is Reason.HYPERCALL else "",
            )
        )
        self._first, self._why = now, ENTRY
        self._mode, self._pc = self._guest_mode(), subject.machine.hart.pc
