"""One more listener to what a hart does, beside those that there are."""

from __future__ import annotations

from collections.abc import Callable

from vmlab.core.events import Event, EventKind
from vmlab.engine.api import Listeners
from vmlab.trace.batch import Batch


def hear(listeners: Listeners, kinds: EventKind, heard: Callable[[Event], None]) -> None:
    """Have `heard` called with each event of these kinds; of one that comes alone, also of those
    that others wanted."""
    emit, batch = listeners.emit, listeners.batch

    def emit_both(event: Event) -> None:
        emit(event)
        heard(event)

    def batch_both(records: Batch) -> None:
        batch(records)
        for event in records.of(kinds).events():
            heard(event)

    listeners.kinds |= kinds
    listeners.emit, listeners.batch = emit_both, batch_both
