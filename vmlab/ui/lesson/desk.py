"""What a lesson's page shows beside the text: pictures of one session, which change with the steps.

The reader moves the machine, too. So that a step always finds it where the step before left it,
the desk takes it back there first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vmlab.core.errors import VmlabError
from vmlab.ui import sharing
from vmlab.ui.saved import asked_by

if TYPE_CHECKING:
    from vmlab.ui.controller import Controller, SessionLike
    from vmlab.ui.widgets.base import Widget


class Desk:
    """The session that is shown, what drives it, and its pictures."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.controller: Controller | None = None
        self.pictures: tuple[Widget, ...] = ()
        """A new tuple means that the page has to draw others."""
        self.kinds: tuple[str, ...] = ()
        self._changed = changed
        self._left: int | None = None
        """Where the last step left the session."""
        self._linkable = False

    def show(self, session: SessionLike, kinds: tuple[str, ...]) -> None:
        """Draw these pictures of a session from now on."""
        from vmlab.ui.lesson import pictures

        before = self.controller
        if before is None or before.session is not session:
            self.clear()
            self.controller = made = pictures.controller_of(session)
            self._name(made)
            made.watch(self._changed)
            if before is not None:
                made.level = before.level
        elif kinds == self.kinds:
            return
        assert self.controller is not None, "made above"
        self.kinds = kinds
        self.pictures = pictures.make(self.controller, kinds)

    def _name(self, controller: Controller) -> None:
        """Say how the session was opened, for a link that opens it again. Of one from bytes, or
        with what no link carries, there is none."""
        try:
            asked = asked_by(controller.session, {})
        except VmlabError:
            return
        controller.image, controller.label = asked.image, asked.label
        controller.parts, controller.options = asked.parts, asked.options
        self._linkable = isinstance(asked.image, str) and asked.parts.keys() <= {"append"}

    @property
    def link(self) -> str:
        """The fragment of an address that brings somebody here in the workbench, or nothing."""
        if self.controller is None or not self._linkable or self.controller.running:
            return ""
        return sharing.shared(self.controller)[0]

    def clear(self) -> None:
        """Show nothing."""
        if self.controller is not None:
            self.controller.close()
        self.controller, self.pictures, self.kinds = None, (), ()
        self._left, self._linkable = None, False

    def before(self) -> None:
        """A step is about to run: stop the machine, and take it to where the last step left it."""
        controller = self.controller
        if controller is None:
            return
        if controller.running:
            controller.pause()
        if self._left is not None and controller.session.position != self._left:
            controller.go_to(self._left)

    def after(self) -> None:
        """A step has run."""
        if self.controller is not None:
            self._left = self.controller.session.position
