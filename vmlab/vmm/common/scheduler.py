"""Several virtual machines on one hart, fairly.

The one whose clock is furthest behind runs next, for a slice that the real timer ends. A guest's
clock counts its own instructions and its own idle time, so nobody gains by spinning, one that
sleeps loses nothing, and what one does cannot be read off another's clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from vmlab.core.errors import BrokenInvariant
from vmlab.vmm.common.subject import Monitored, Vmm
from vmlab.vmm.common.vm import State

SLICE_INSNS: Final = 20_000
GRACE_INSNS: Final = 1_000
"""How long past the end of its slice a guest may be found running: the real timer comes first."""


def next_to_run(subjects: Sequence[Monitored]) -> Monitored | None:
    """The machine that is furthest behind among those that can run; the first of equals."""
    ready = [subject for subject in subjects if subject.runnable]
    return min(ready, key=lambda subject: subject.hart.time, default=None)


def run_all(
    monitor: Vmm,
    subjects: Sequence[Monitored],
    most: int,
    slice_insns: int = SLICE_INSNS,
    after: Callable[[Monitored], bool] = lambda subject: False,
) -> None:
    """Run until together they have carried out `most` more instructions, none can go on, or
    `after` (called behind each slice) says True. Raises `BrokenInvariant` if a slice did not end:
    then the monitor has lost the hart."""
    done = 0
    while done < most:
        subject = next_to_run(subjects)
        if subject is None:
            return
        before, began = subject.hart.retired, monitor.host.retired
        monitor.run(subject.vm, min(slice_insns + GRACE_INSNS, most - done), slice_insns)
        monitor.settle(subject.vm)
        if monitor.host.retired - began > slice_insns + GRACE_INSNS // 2:
            raise BrokenInvariant(
                f"expected the real timer to end a slice of {slice_insns} instructions, found "
                f"virtual machine {subject.vm.number} still running"
            )
        done += max(1, subject.hart.retired - before)
        if after(subject):
            return


def all_over(subjects: Sequence[Monitored]) -> bool:
    """True if every one has ended, for whatever reason."""
    return all(subject.state not in (State.READY, State.WAITING) for subject in subjects)
