"""Several virtual machines on one hart, fairly.

The one whose clock is furthest behind runs next, for a slice that the real timer ends. A guest's
clock counts its own instructions and its own idle time, so nobody gains by spinning, one that
sleeps loses nothing, and what one does cannot be read off another's clock. One that has given the
rest of its slice away (it yields, it reboots) is passed over once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from vmlab.vmm.common.subject import Subject

SLICE_INSNS: Final = 20_000


def next_to_run(subjects: Sequence[Subject]) -> Subject | None:
    """The machine that is furthest behind among those that can run; the first of equals."""
    ready = [subject for subject in subjects if subject.runnable]
    return min(ready, key=lambda subject: subject.hart.time, default=None)


def run_all(
    subjects: Sequence[Subject],
    most: int,
    slice_insns: int = SLICE_INSNS,
    look: Callable[[], bool] = lambda: False,
) -> None:
    """Run until together they have carried out about `most` more instructions, none can go on, or
    `look` (asked after each slice) says True. Whoever is alone runs in one piece, and exactly so
    far."""
    done, gave_away = 0, None
    while done < most:
        others = [subject for subject in subjects if subject is not gave_away]
        subject = next_to_run(others) or next_to_run(subjects)
        if subject is None:
            return
        before = subject.counters.instructions
        if len(subjects) == 1:
            subject.run(most - done)
        else:
            subject.run_slice(slice_insns)
            subject.settle()
        ran = subject.counters.instructions - before
        gave_away = subject if ran < slice_insns else None
        # At least one: a machine that only takes traps goes on in time, too.
        done += max(1, ran)
        if look():
            return
