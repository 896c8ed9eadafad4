"""An editor of assembly: errors at their lines, and the program runs in the same workbench."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar, Final

from vmlab.core.errors import VmlabError
from vmlab.derive.asm import AsmErrors, assemble
from vmlab.derive.objfile import to_elf
from vmlab.guests.examples import EXAMPLES
from vmlab.session.snapshot import Snapshot
from vmlab.ui.controller import Controller
from vmlab.ui.i18n import t
from vmlab.ui.linked import MOST_SOURCE_BYTES
from vmlab.ui.sharing import UNTITLED
from vmlab.ui.widgets.base import Payload, Widget
from vmlab.views import assembly
from vmlab.views.phrase import NOTHING, Phrase, heard, say
from vmlab.views.table import Table, visible

_LONGEST_NAME: Final = 60


class Assembly(Widget):
    """A dialog with a source; `source` is that of the guest which is open, if it came from here."""

    kind: ClassVar[str] = "assembly"
    doc: ClassVar[str] = "workbench#assembly"
    live: ClassVar[bool] = True

    def __init__(self, controller: Controller, **params: Any) -> None:
        super().__init__(controller, **params)
        self._rows: tuple[assembly.ProblemRow, ...] = ()
        self._verdict: Phrase = NOTHING
        self._words: assembly.Words | None = None
        self._given: tuple[int, str, str] | None = None
        """A source for the editor: a number that tells it from the one before, name and text."""
        self._built: tuple[str, str, bytes] | None = None

    def labels(self) -> Mapping[str, Any]:
        return {
            "button": t("Assembly"),
            "hint": t("Write a program in RISC-V assembly and run it here"),
            "name": t("Name of the program"),
            "example": t("Begin with…"),
            "examples": [[one.name, t(one.title)] for one in EXAMPLES],
            "new": t("New"),
            "check": t("Assemble"),
            "run": t("Assemble and run"),
            "close": t("Close"),
            "source": t("Assembly source"),
            "keys": t("Ctrl+Enter assembles and runs. Esc, then Tab, leaves the editor."),
            "loading": t("The editor is being loaded."),
            "line": t("line {line}, column {column}"),
            "gutter": t("Line numbers and mistakes"),
            # In the order of ACE_WORDS in assembly.js.
            "roles": [
                t("editor"),
                t("Cursor in line $0"),
                t("editor"),
                t("Press Enter to write, Escape to leave"),
                t("editor gutter"),
                t("Press Enter for the mistakes, Escape to leave"),
                t("Mistake in line $0"),
                t("mistake"),
                t("mistakes"),
            ],
        }

    @property
    def source(self) -> str | None:
        """The source of the guest that is open, if it is known."""
        built = self._built
        return built[1] if built is not None and built[2] == self.controller.image else None

    def adopt(self, name: str, text: str) -> None:
        """The guest that is open came from this source; the editor shows it. A source that gives
        another program is left alone."""
        try:
            elf = to_elf(assemble(text, name))
        except VmlabError:
            return
        if elf == self.controller.image:
            self._built = (name, text, elf)
            self._give(name, text)

    def _give(self, name: str, text: str) -> None:
        number = 1 if self._given is None else self._given[0] + 1
        self._given = (number, visible(name), text)

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        given = None if self._given is None else self._given[0]
        return (self._rows, self._verdict, given, self._words is None)

    def payload(self, snapshot: Snapshot) -> Payload:
        return {
            "problems": [
                [row.line, row.column, visible(t(row.message)) + row.hint] for row in self._rows
            ],
            "verdict": visible(t(self._verdict)),
            "given": None if self._given is None else list(self._given),
            "words": None if self._words is None else asdict(self._words),
        }

    def table(self, snapshot: Snapshot) -> Table:
        return assembly.table(self._rows, self._verdict)

    def act(self, message: Mapping[str, Any]) -> None:
        text, name = str(message.get("text", "")), str(message.get("name", ""))
        match message.get("command"):
            case "words":
                self._words = assembly.words()
            case "example":
                found = next((one for one in EXAMPLES if one.name == name), None)
                if found is not None:
                    self._give(found.name, found.read())
                    self._rows, self._verdict = (), NOTHING
            case "changed":
                self._rows, self._verdict = (), NOTHING
            case "assemble":
                newest = self._given or (0, "", "")
                if message.get("given", newest[0]) in range(newest[0]):
                    # An example was chosen and the key pressed before the page had it: it is meant,
                    # and not the text that it is about to replace.
                    _, name, text = newest
                self._assemble(text, name, run=message.get("run") is True)
        self.controller.changed()

    def _assemble(self, text: str, name: str, run: bool) -> None:
        name = visible(name.strip()[:_LONGEST_NAME]) or UNTITLED
        self._rows = ()
        try:
            if len(text.encode("utf-8", "replace")) > MOST_SOURCE_BYTES:
                self._verdict = say(
                    "Expected a source of at most {limit} bytes, found {n} characters.",
                    limit=f"{MOST_SOURCE_BYTES:,}", n=f"{len(text):,}",
                )  # fmt: skip
                return
            program = assemble(text, name)
            elf = to_elf(program)
        except AsmErrors as errors:
            self._rows, self._verdict = assembly.problems(errors), assembly.verdict(errors)
            return
        except VmlabError as refusal:
            self._verdict = heard(str(refusal))
            return
        self._verdict = assembly.built(program)
        if not run:
            return
        before = self.controller.session
        self.controller.open(elf, name)
        if self.controller.session is before:  # refused: the controller says why
            self._verdict = heard(self.controller.message)
            return
        self._built = (name, text, elf)
        self.controller.run()
