"""What is left of a run when Python in the page is stopped by force, or dies.

The worker hands the page a small copy of the run now and then (`Keeper`); the page holds the last
one. A worker that died is replaced by another, which goes on there. A Python that was busy is
stopped by an interrupt, wherever it stands; whatever was half done then is thrown away, and the
run goes on from the same copy (`go_on`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from vmlab.core.errors import VmlabError
from vmlab.core.units import MIB
from vmlab.trace import recording

if TYPE_CHECKING:
    from vmlab.ui.controller import Controller, SessionLike

QUIET_S: Final = 0.7
"""A run that stands is copied when nothing has changed for so long: nobody waits then."""
EVERY_S: Final = 10.0
"""A run that goes on is copied at most so often."""
SHARE: Final = 0.05
"""At most this share of the time is spent on copies: a dear one is followed by a longer pause."""
MOST_BYTES: Final = 8 * MIB
"""What the page holds for us at most."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy of a run: a snapshot's file, or a recording's, and what is not in the file."""

    position: int
    data: bytes
    breakpoints: tuple[int, ...] = ()
    level: int | None = None
    """The speed's step of the slider."""
    cost_s: float = 0.0
    """What making it took, for whoever measures."""

    def facts(self) -> dict[str, Any]:
        """All but the file, for JSON."""
        return {
            "position": self.position,
            "breakpoints": list(self.breakpoints),
            "level": self.level,
            "cost_s": self.cost_s,
        }

    @classmethod
    def of(cls, data: bytes, facts: Mapping[str, Any]) -> Kept:
        """What `facts` and a file say."""
        level = facts.get("level")
        return cls(
            int(facts.get("position", 0)),
            data,
            tuple(int(address) for address in facts.get("breakpoints", ())),
            None if level is None else int(level),
        )


class Keeper:
    """Copies a controller's run when it has changed, and gives the copy to `keep`."""

    def __init__(
        self,
        controller: Controller,
        keep: Callable[[Kept], object],
        clock: Callable[[], float] = time.perf_counter,
        kept: Kept | None = None,
    ) -> None:
        """`kept` is a copy of the run as it stands already."""
        self.kept = kept
        self.cost_s = 0.0
        """What the last copy took, the page's part left out."""
        self._controller = controller
        self._keep = keep
        self._clock = clock
        self._seen = None if kept is None else self._stands()
        self._not_before = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.leave_out: SessionLike | None = None
        """A session that is not worth a copy: another is about to take its place."""
        self.off = controller.watch(self._changed)
        self._changed()

    def _changed(self) -> None:
        if self._stands() == self._seen:
            return
        running = self._controller.running
        if self._timer is not None and not running:
            self._timer.cancel()  # something happens: wait until nothing does
            self._timer = None
        if self._timer is None:
            wait = max(EVERY_S if running else QUIET_S, self._not_before - self._clock())
            self._timer = asyncio.get_running_loop().call_later(wait, self.take)

    def _stands(self) -> tuple[int, int, int]:
        controller = self._controller
        return id(controller.session), controller.session.version, controller.level

    def take(self) -> None:
        """Copy the run as it stands now; one that cannot be copied leaves the copy before it."""
        self._timer = None
        controller = self._controller
        if controller.session is self.leave_out:
            return
        began = self._clock()
        self._seen = self._stands()
        data = _file(controller.session)
        self.cost_s = self._clock() - began
        if data is not None:
            self.kept = Kept(
                controller.session.position,
                data,
                tuple(sorted(controller.session.breakpoints)),
                controller.level,
                self.cost_s,
            )
            self._keep(self.kept)
        self._not_before = began + self.cost_s / SHARE


def _file(session: Any) -> bytes | None:
    """A snapshot, which opens at once; where that cannot be or is too large, a recording."""
    try:
        data = session.snapshot_file()
        if len(data) <= MOST_BYTES:
            return data
    except VmlabError:  # a guest whose tables name real pages can only be recorded
        pass
    try:
        data = recording.write(session.recording())
    except VmlabError:
        return None
    return data if len(data) <= MOST_BYTES else None


def go_on(controller: Controller, kept: Kept) -> None:
    """Go on where the copy was made. A recording is played first, which any command gives up."""
    if kept.level is not None:
        controller.level = kept.level
    controller.load(kept.data, f"#{kept.position:,}")
    if not controller.running and not controller.message:
        for address in kept.breakpoints:
            if address not in controller.session.breakpoints:
                controller.toggle_breakpoint(address)


@dataclass(slots=True)
class Page:
    """What the page around the app does for it, and the app for the page."""

    keep: Callable[[Kept], object]
    """Holds a copy outside of this Python."""
    kept: Kept | None = None
    """What a worker before this one left."""
    stopped: Callable[[], int | None] | None = None
    """Cleans up after an interrupt; where the machine stands then."""


page: Page | None = None
"""The page, if there is one that holds copies; the worker's start puts it here."""


def begin_again(reset: Callable[[], object]) -> None:
    """For a page whose run is not copied, since its address says all of it: `reset` replaces what
    an interrupt left half done."""
    if page is None:
        return

    def stopped() -> None:
        reset()

    page.stopped = stopped


def attach(controller: Controller) -> None:
    """Let the page rescue this controller's run, and go on with what it rescued before."""
    if page is None:
        return
    first, kept = controller.session, page.kept
    if kept is not None:
        go_on(controller, kept)
    keeper = Keeper(controller, page.keep, kept=kept)
    if kept is not None and controller.session is first:
        keeper.leave_out = first  # the run is being played, or was refused: not to be lost

    def stopped() -> int | None:
        if keeper.kept is None:
            controller.reset()
            return controller.session.position
        go_on(controller, keeper.kept)
        return keeper.kept.position

    page.stopped = stopped
