"""The call stack; a frame can be looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import param

from vmlab.core.errors import VmlabError
from vmlab.core.modes import Mode, mode_name
from vmlab.session.snapshot import Snapshot
from vmlab.ui.i18n import t
from vmlab.ui.widgets.base import Payload, Widget, panel_words
from vmlab.views import stack
from vmlab.views.names import owner
from vmlab.views.phrase import Phrase, heard
from vmlab.views.table import Table


class CallStack(Widget):
    """Who called whom, from the function that runs outward, and how each caller was found."""

    on_look = param.Callable(default=None, doc="Shows the code at an address, in a mode.")

    kind: ClassVar[str] = "stack"
    doc: ClassVar[str] = "workbench#call-stack"
    on_demand: ClassVar[bool] = True

    def labels(self) -> Mapping[str, Any]:
        return {**panel_words(t("Call stack")), "look": t("Show the code of this frame")}

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        return (self.controller.has_sources, snapshot.guest, snapshot.steps, snapshot.now)

    def _stack(self) -> tuple[Any, Phrase]:
        """The stack, or why there is none."""
        if not self.controller.has_sources:
            return None, stack.table(None, False).empty
        try:
            found = self.controller.session.stack()
        except VmlabError as error:
            return None, heard(str(error))
        return found, stack.end(found)

    def changes(self, snapshot: Snapshot, full: bool) -> Payload | None:
        """Only a look at the stack loads its reader, and no drawing that nobody sees."""
        if self.shown and not full and not self.controller.has_sources:
            self.controller.want_sources()
        return super().changes(snapshot, full)

    def payload(self, snapshot: Snapshot) -> Payload:
        found, said = self._stack()
        shown = () if found is None else stack.rows(found, snapshot.now.virtual)
        return {
            "frames": [
                [
                    row.function,
                    row.where,
                    f"{row.pc:016x}",
                    f"{row.sp:016x}",
                    mode_name(row.mode, row.virtual),
                    t(owner(row.mode, row.virtual)),
                    t(row.by),
                ]
                for row in shown
            ],
            "end": t(said),
        }

    def table(self, snapshot: Snapshot) -> Table:
        return stack.table(self._stack()[0], snapshot.now.virtual)

    def act(self, message: Mapping[str, Any]) -> None:
        number = message.get("number")
        if message.get("command") != "look" or not isinstance(number, int):
            return
        found, _ = self._stack()
        look: Callable[[int, Mode], None] | None = self.on_look
        if found is not None and look is not None and 0 <= number < len(found.frames):
            frame = found.frames[number]
            # A caller stands behind its call: what is shown is the call.
            called = number > 0 and frame.pc != found.frames[0].pc
            look(frame.pc - 2 if called else frame.pc, frame.mode)
