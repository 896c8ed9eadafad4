"""Tracing a session into a file for Perfetto while it runs."""

from __future__ import annotations

from typing import IO, Final

from vmlab.core.events import EventKind
from vmlab.isa.state import COUNTERS
from vmlab.session.session import Session
from vmlab.trace.chrome_json import ChromeJson
from vmlab.trace.perfetto import Perfetto
from vmlab.trace.timeline import Timeline, Writer

PERFETTO_ENDS: Final = (".perfetto-trace", ".pftrace")
"""File names that mean Perfetto's own form; all others mean JSON."""


class Tracer:
    """Writes what happens from now on. Whoever runs the session asks for `room`, and calls
    `look` after each slice; a slice that is no longer than the room makes the same file as any
    other."""

    def __init__(self, session: Session, file: IO[bytes], name: str) -> None:
        self._session = session
        facts = {
            "guest": session.setup.name,
            "isa": session.setup.platform.isa,
            "insns_per_tick": str(session.setup.platform.insns_per_tick),
        }
        form = Perfetto if name.endswith(PERFETTO_ENDS) else ChromeJson
        writer: Writer = form(file, facts)
        hart = session.machine.hart
        virtual = hart.virtual
        self._timeline = Timeline(writer, hart.mode, session.position, virtual)
        self._unsubscribe = session.subscribe(
            EventKind.TRAP | EventKind.TRAP_RETURN, self._timeline.heard
        )
        self.look()

    @property
    def room(self) -> int:
        """So many instructions may run before the next look."""
        return self._timeline.next_sample - self._session.position

    def look(self) -> None:
        """Sample the counters if their time has come."""
        if self.room <= 0:
            self._sample()

    def _sample(self) -> None:
        hart = self._session.machine.hart
        counters = {name: hart.word(name) for name in COUNTERS}
        self._timeline.sample(self._session.position, counters, hart.word("skipped"))

    def close(self) -> None:
        """The run has ended; the file stays open."""
        self._unsubscribe()
        self._sample()
        self._timeline.close(self._session.position)
