"""What the controller does for the code, stack and breakpoint panels.

Line tables, the sources' text and what reads them are a part of the site of their own, which the
page gets when somebody looks at sources for the first time (`ui.browser.sources`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from vmlab.core.errors import VmlabError
from vmlab.session.places import address_of
from vmlab.ui.browser.sources import here, load
from vmlab.ui.watched import Watched, command
from vmlab.views.phrase import NOTHING, heard, say

if TYPE_CHECKING:
    from vmlab.session.sources import Sources
    from vmlab.ui.controller import SessionLike


class Debugging(Watched):
    """The part of the controller that knows sources and breakpoints."""

    session: SessionLike
    _halt: Callable[[], None]
    _go: Callable[[Any], None]
    _loading: asyncio.Task[None] | None = None
    _texts: Mapping[str, bytes] = MappingProxyType({})
    _asked: tuple[str, SessionLike, int] | None = None
    """A step that waits for what reads sources, and of which state it was asked."""

    @property
    def has_sources(self) -> bool:
        """Whether what reads sources is here."""
        return here()

    def want_sources(self) -> None:
        """Get it, unless it is here or on its way; the watchers are told when it has come."""
        if not here() and self._loading is None:
            self._loading = asyncio.ensure_future(self._load())

    async def _load(self) -> None:
        try:
            await load()
        except VmlabError as refusal:
            self._message = heard(str(refusal))
        finally:
            self._loading = None
        asked, self._asked = self._asked, None
        if asked is not None and here() and asked[1:] == (self.session, self.session.version):
            self.step_by(asked[0])
        else:
            self.changed()

    @property
    def sources(self) -> Sources:
        """The session's sources, with the texts that the user gave."""
        found: Sources = self.session.sources
        for name, data in self._texts.items():
            if name not in found.added:
                found.add(name, data)
        return found

    @command
    def add_source(self, name: str, data: bytes) -> None:
        """A source file of the user's, which lines of this guest may name."""
        self._texts = {**self._texts, name: data}
        if here():
            assert self.sources is not None
        self._message = say("{name} is kept as a source file.", name=name)
        self.session.version += 1

    @command
    def step_by(self, kind: str) -> None:
        """A step larger than an instruction: `over`, `line`, `over_line`, `finish`."""
        if not here():
            self._halt()
            self._asked = kind, self.session, self.session.version
            self.want_sources()
            return
        self._halt()
        plan = self.session.step_plan(kind)
        if plan is None:
            self.session.step()
        else:
            self._go(plan)

    @command
    def break_at(self, place: str, condition: str = "") -> None:
        """Set a breakpoint at an address, a symbol or `file:line`, with a condition."""
        name, colon, number = place.rpartition(":")
        if colon and number.isascii() and number.isdigit() and here():
            for address in self.sources.find(name, int(number)):
                self.session.break_at(address, condition)
        else:
            self.session.break_at(place.strip(), condition)

    @command
    def toggle_line(self, addresses: tuple[int, ...]) -> None:
        """Set breakpoints on all places of a line, or clear them if one is set."""
        there = {point.address: number for number, point in self._breaks()}
        if any(address in there for address in addresses):
            for number in sorted((there[a] for a in addresses if a in there), reverse=True):
                self.session.remove_point(number)
        else:
            for address in addresses:
                self.session.break_at(address)

    def _breaks(self) -> list[tuple[int, Any]]:
        points = self.session.snapshot().points
        return [(at, point) for at, point in enumerate(points) if point.watch is None]

    @command
    def change_point(
        self, number: int, enabled: bool | None = None, condition: str | None = None
    ) -> None:
        """Switch a breakpoint on or off, or give it another condition."""
        self.session.change_point(number, enabled, condition)

    @command
    def remove_point(self, number: int) -> None:
        """Take a breakpoint or watchpoint away."""
        self.session.remove_point(number)

    @command
    def watch_at(self, place: str, length: int, access: str) -> None:
        """Set a watchpoint at an address or a symbol."""
        self.session.watch(place.strip(), length, access)

    def place_of(self, text: str) -> int | None:
        """The address that somebody typed; None, with a sentence, if it is none."""
        try:
            self._message = NOTHING
            return address_of(text.strip(), self.session.snapshot().symbols)
        except VmlabError as refusal:
            self._message = heard(str(refusal))
            return None
