"""Share and keep: the link that brings somebody here, and the run that reopening brings back.

What is kept is the page's part (`web/site/later/keep.js`, in IndexedDB): Python makes the file of
the run when the page asks, hands it over in pieces that cost no frame, and opens what comes back.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from vmlab.core.errors import VmlabError
from vmlab.core.units import MIB
from vmlab.session.snapshot import Snapshot
from vmlab.ui.controller import Controller
from vmlab.ui.i18n import t
from vmlab.ui.sharing import follow, shared, theme_of
from vmlab.ui.widgets.assembly import Assembly
from vmlab.ui.widgets.base import Payload, Widget
from vmlab.ui.widgets.keep_words import words
from vmlab.ui.widgets.sent import bytes_in, name_in
from vmlab.views.phrase import NOTHING, Phrase, heard, say
from vmlab.views.table import Table, visible

PIECE_BYTES: Final = 384 * 1024
"""Of a file, in one message to the page."""
MOST_BYTES: Final = 32 * MIB
"""Of a run that is kept by itself; a larger one is for the Save button."""
_IDLE_MS: Final = 1_500
"""How long a run stands before it is kept: who is stepping goes on before that."""
_REST: Final = 20
"""How many times as long as making the file took the next one waits."""

_SHOWN: Final = ("view", "theme", "language")
"""What the page says of how it is shown, by the names that `shared` knows."""

Taker = Callable[[str, bytes], None]
"""Opens a file by its name and bytes, as if it had been dropped on the page."""


class Keep(Widget):
    """A dialog to share from, and what the browser keeps. It needs a page of its own."""

    kind: ClassVar[str] = "keep"
    doc: ClassVar[str] = "workbench#share-and-keep"
    live: ClassVar[bool] = True

    def __init__(
        self,
        controller: Controller,
        assembly: Assembly | None = None,
        on_file: Taker | None = None,
        **params: Any,
    ) -> None:
        super().__init__(controller, **params)
        self._assembly, self._on_file = assembly or Assembly(controller), on_file
        self._shared: tuple[int, str, tuple[Phrase, ...]] = (0, "", ())
        self._file = b""
        self._number = self._piece = 0
        self._refusal: Phrase = NOTHING
        self.theme: str | None = None
        """What the page's address says it is; it goes on saying so."""
        self._idle_ms = _IDLE_MS

    def labels(self) -> Mapping[str, Any]:
        return words()

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        now = (self._standing(snapshot), self.controller.running, self._shared[0])
        return (*now, self._number, self._piece, self._refusal)

    def payload(self, snapshot: Snapshot) -> Payload:
        number, fragment, lacks = self._shared
        return {
            "standing": self._standing(snapshot),
            "idle_ms": None if self.controller.running or not snapshot.position else self._idle_ms,
            "share": [number, fragment, [visible(t(one)) for one in lacks]] if number else None,
            "piece": self._piece_of(snapshot) if self._file else None,
            "refusal": visible(t(self._refusal)),
        }

    def _standing(self, snapshot: Snapshot) -> str:
        """Where the run stands, as a text that is another one when there is more to keep."""
        session = self.controller.session
        return f"{id(session)}.{snapshot.steps}.{snapshot.position}.{len(session.inputs)}"

    def _piece_of(self, snapshot: Snapshot) -> dict[str, Any]:
        start = self._piece * PIECE_BYTES
        made = {
            "number": self._number,
            "at": self._piece,
            "last": start + PIECE_BYTES >= len(self._file),
            "data": b64encode(self._file[start : start + PIECE_BYTES]).decode(),
        }
        if self._piece == 0:
            source = self._assembly.source
            made |= {
                "name": visible(self.controller.label or snapshot.guest),
                "position": snapshot.position,
                "source": source,
            }
        return made

    def table(self, snapshot: Snapshot) -> Table:
        fragment, lacks = shared(self.controller, self._assembly.source)
        return Table(
            Phrase("Share"),
            (Phrase("The link"), Phrase("What it cannot carry")),
            ((fragment or "#", Phrase("nothing") if not lacks else lacks[0]),
             *(("", one) for one in lacks[1:])),
            Phrase("Nothing to share."),
        )  # fmt: skip

    def act(self, message: Mapping[str, Any]) -> None:
        data, name = bytes_in(message.get("data")), visible(name_in(message.get("name")))
        match message.get("command"):
            case "share":
                shown = {key: str(message.get(key) or "") or None for key in _SHOWN}
                found = shared(self.controller, self._assembly.source, **shown)
                self._shared = (self._shared[0] + 1, *found)
            case "follow":
                fragment = str(message.get("fragment", ""))
                self.theme = theme_of(fragment)
                link = follow(self.controller, fragment)
                if link is not None and link.assembly is not None:
                    self._assembly.adopt(self.controller.label, link.assembly)
            case "run" if not self.controller.running:
                self._make_file()
            case "piece" if message.get("number") == self._number and self._file:
                self._piece += 1
                if self._piece * PIECE_BYTES >= len(self._file):
                    self._file = b""
            case "restore" if data is not None:
                self.controller.load(data, name)
                if message.get("source"):
                    self._assembly.adopt(self.controller.label, str(message["source"]))
            case "file" if data is not None and self._on_file is not None:
                self._on_file(name, data)
        self.controller.changed()

    def _make_file(self) -> None:
        """The run as it stands, for the page to keep; nothing is stopped or moved for it."""
        began = time.perf_counter()
        self._piece, self._file, self._refusal = 0, b"", NOTHING
        try:
            made = self.controller.session.snapshot_file()
        except VmlabError as refusal:
            self._refusal = heard(str(refusal))
            return
        took_ms = int(1_000 * (time.perf_counter() - began))
        self._idle_ms = max(_IDLE_MS, _REST * took_ms)
        if len(made) > MOST_BYTES:
            self._refusal = say(
                "Expected a run of at most {limit} MB to be kept by itself, found {n} MB. Save "
                "keeps it as a file.", limit=MOST_BYTES // MIB, n=len(made) // MIB,
            )  # fmt: skip
            return
        self._number += 1
        self._file = made
