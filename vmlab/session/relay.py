"""Passing a run's events on: to the session's log always, to subscribers unless it is a replay."""

from __future__ import annotations

from collections.abc import Callable

from vmlab.core.errors import BadInput
from vmlab.core.events import Event, EventKind
from vmlab.engine.api import Listeners
from vmlab.session.log import RunLog
from vmlab.trace.batch import Batch

Listener = Callable[[Event], None]

RECORDED = EventKind.TRAP | EventKind.TRAP_RETURN | EventKind.WALK
"""What the log needs; cheap, because none of it happens on an engine's fast path."""
_KINDS = {
    "Retired": EventKind.RETIRE,
    "TrapTaken": EventKind.TRAP,
    "TrapReturn": EventKind.TRAP_RETURN,
    "Walk": EventKind.WALK,
    "Mmio": EventKind.MMIO,
    "ConsoleOutput": EventKind.CONSOLE,
}


class Relay:
    """Subscribers outlive the machine: after a reset `connect` joins them to the new one."""

    def __init__(self) -> None:
        self._subscribers: list[tuple[EventKind, Listener]] = []
        self._engine = Listeners()
        self._log = RunLog()
        self.quiet = False
        """True during a replay: subscribers have heard it all before."""

    def connect(self, engine: Listeners, log: RunLog) -> None:
        """Listen to this engine from now on."""
        self._engine, self._log = engine, log
        engine.emit, engine.batch = self._heard, self._heard_many
        self.silence(False)

    def silence(self, quiet: bool) -> None:
        """Begin or end a replay."""
        self.quiet = quiet
        self._engine.kinds = RECORDED
        for kinds, _ in () if quiet else self._subscribers:
            self._engine.kinds |= kinds

    def subscribe(self, kinds: EventKind, listener: Listener) -> Callable[[], None]:
        """Add a subscriber; returns how to end that. Raises `BadInput`."""
        if not isinstance(kinds, EventKind):
            raise BadInput(f"expected kinds of events such as EventKind.TRAP, found {kinds!r}")
        entry = (kinds, listener)
        self._subscribers.append(entry)
        self.silence(self.quiet)

        def end() -> None:
            if entry in self._subscribers:
                self._subscribers.remove(entry)
                self.silence(self.quiet)

        return end

    @property
    def is_heard(self) -> bool:
        """Whether anybody but the log listens."""
        return bool(self._subscribers)

    def _heard(self, event: Event) -> None:
        self._log.add(event)
        self.tell(event)

    def _heard_many(self, batch: Batch) -> None:
        self._log.add_batch(batch)
        if self.quiet:
            return
        asked = EventKind(0)
        for kinds, _ in self._subscribers:
            asked |= kinds
        if asked & RECORDED:
            for event in batch.of(asked).events():
                self.tell(event)

    def tell(self, event: Event) -> None:
        """Pass an event to those who subscribed to its kind."""
        if not self.quiet:
            kind = _KINDS[type(event).__name__]
            for kinds, listener in tuple(self._subscribers):
                if kinds & kind:
                    listener(event)
