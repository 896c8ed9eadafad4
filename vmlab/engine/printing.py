"""Pages on their way from hot to compiled: printed in turns with the guest, compiled beside it.

Printing a page takes Python tens of milliseconds in a browser, where the same thread has to answer
a click. So it is done in turns of a few milliseconds, and the guest has as much time between two of
them as a turn took. When it ends no guest can tell: what is printed is only ever faster.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from vmlab.core.pieces import Pieces
from vmlab.engine.compiling import Compiling
from vmlab.engine.units import Unit


@dataclass(eq=False, slots=True)
class Job:
    """A page that became hot."""

    page: int
    entries: set[int]
    """Where it shall be entered, as far as is known before it is begun."""
    address: int
    """Where the hart found it."""
    pieces: Pieces[None] | None = None
    """What is left to be printed, once it is begun."""
    seconds: float = 0.0
    """What printing took."""
    unit: Unit | None = None
    """What was printed."""
    code: Compiling | None = field(default=None)

    @property
    def is_over(self) -> bool:
        """There is nothing to wait for any more: it is compiled, or there is nothing to compile."""
        if self.pieces is not None or self.code is None:
            return False
        return self.code.done()


class Turns:
    """Takes turns with the guest. A turn is over after `most_s` seconds; None: when all is done."""

    def __init__(
        self, most_s: float | None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._most_s = most_s
        self._clock = clock
        self._rest_until = 0.0

    def take(self, job: Job) -> bool:
        """Go on with a job that is begun, if it is our turn. True if it is printed now."""
        assert job.pieces is not None
        began = self._clock()
        if self._most_s is not None and began < self._rest_until:
            return False
        for _ in job.pieces:
            if self._most_s is not None and self._clock() - began >= self._most_s:
                break
        else:
            job.pieces = None
        took = self._clock() - began
        job.seconds += took
        self._rest_until = began + 2 * took
        return job.pieces is None
