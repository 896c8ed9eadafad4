"""Choosing the machine: its extensions, its translation formats, its RAM, its freedoms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from vmlab.core.errors import VmlabError
from vmlab.core.units import parse_size
from vmlab.isa.extensions import BASE, ROWS, closure, extensions_of, isa_string
from vmlab.isa.system.walk import FORMATS
from vmlab.session.snapshot import Snapshot
from vmlab.ui.controller import Controller
from vmlab.ui.i18n import t
from vmlab.ui.saved import starts_in_s
from vmlab.ui.widgets.base import Payload, Widget
from vmlab.ui.widgets.sent import name_in
from vmlab.views.address_map import size_words
from vmlab.views.phrase import Phrase, described, heard, say
from vmlab.views.table import Cell, Table

RAM_SIZES: Final = ("16M", "64M", "128M", "256M")
_CHOICES: Final[Mapping[str, tuple[tuple[str, Phrase], ...]]] = {
    "translation": (
        *((fmt.name.lower(), say("up to {name}", name=fmt.name)) for fmt in reversed(FORMATS)),
        ("bare", Phrase("none (Bare)")),
    ),
    "misaligned": (("trap", Phrase("trap")), ("done", Phrase("are done"))),
    "illegal_tval": (("word", Phrase("the instruction")), ("zero", Phrase("zero"))),
    "access_tinst": (("zero", Phrase("zero")), ("full", Phrase("the instruction, transformed"))),
    "engine": (
        ("auto", Phrase("auto: the fastest that runs here")),
        ("t2", Phrase("t2: hot pages translated to WebAssembly")),
        ("t1", Phrase("t1: WebAssembly")),
        ("t0", Phrase("t0: Python, as it is taught")),
    ),
}
_TITLES: Final[Mapping[str, Phrase]] = {
    "translation": Phrase("Address translation"),
    "ram": Phrase("RAM"),
    "misaligned": Phrase("Misaligned accesses"),
    "illegal_tval": Phrase("tval of an illegal instruction"),
    "access_tinst": Phrase("htinst of a load or store that faults"),
    "engine": Phrase("Engine (changes at once)"),
    "technique": Phrase("Virtualized by"),
}
ALONE: Final = ("", Phrase("nothing: the guest has the machine"))
"""Without a technique."""
_DEFAULTS: Final = {
    **{name: values[0][0] for name, values in _CHOICES.items()},
    "ram": "64M",
    "technique": ALONE[0],
}


def without(have: frozenset[str], name: str) -> frozenset[str]:
    """The set without one extension, and without all that imply it."""
    return frozenset(one for one in have if name not in closure([one]))


class MachineChoice(Widget):
    """A dialog: ticks and lists first, then one button that opens the guest again."""

    kind: ClassVar[str] = "machine"
    doc: ClassVar[str] = "workbench#machine"
    live: ClassVar[bool] = True

    def __init__(self, controller: Controller, **params: Any) -> None:
        super().__init__(controller, **params)
        self._draft: frozenset[str] | None = None
        self._picked: dict[str, str] = {}

    def labels(self) -> Mapping[str, Any]:
        return {
            "button": t("Machine"),
            "hint": t("Choose the extensions, the translation and the RAM of the machine"),
            "extensions": t("Extensions"),
            "apply": t("Open the guest again on this machine"),
            "cancel": t("Cancel"),
            "docs": {row.name: t(row.doc) for row in ROWS},
            "titles": {name: t(title) for name, title in _TITLES.items()},
            "fixed": sorted(BASE),
        }

    def _built(self, snapshot: Snapshot) -> frozenset[str]:
        try:
            return extensions_of(snapshot.isa)
        except ValueError:  # a recording of another version
            return BASE

    def _now(self, snapshot: Snapshot) -> dict[str, str]:
        """The choices of the machine that runs."""
        options = self.controller.options
        said = {name: str(options.get(name, value)) for name, value in _DEFAULTS.items()}
        technique = ALONE[0] if snapshot.virtual is None else snapshot.virtual.technique
        return {**said, "engine": snapshot.engine_asked, "technique": technique}

    def _techniques(self, snapshot: Snapshot) -> list[tuple[str, Phrase]]:
        """What can be chosen for this guest: nothing for one that brings its own firmware."""
        if snapshot.virtual is None and not starts_in_s(snapshot.guest):
            return [ALONE]
        from vmlab.vmm.techniques import TECHNIQUES  # not before a guest can have one

        return [ALONE, *((row.name, described(row.title)) for row in TECHNIQUES.values())]

    def depends(self, snapshot: Snapshot) -> tuple[Any, ...]:
        guest = (snapshot.guest, snapshot.virtual is None)
        return (snapshot.isa, guest, self._draft, dict(self._picked), self._now(snapshot))

    def payload(self, snapshot: Snapshot) -> Payload:
        have = self._built(snapshot) if self._draft is None else self._draft
        picked = {**self._now(snapshot), **self._picked}
        sizes = list(dict.fromkeys((*RAM_SIZES, picked["ram"])))
        lists = {
            name: [[value, t(words)] for value, words in values]
            for name, values in _CHOICES.items()
        }
        lists["technique"] = [[name, t(words)] for name, words in self._techniques(snapshot)]
        lists["ram"] = [[size, size_words(parse_size(size))] for size in sizes]
        return {
            "extensions": [[row.name, int(row.name in have)] for row in ROWS],
            "isa": isa_string(have),
            "lists": [[name, lists[name], picked[name]] for name in _TITLES],
        }

    def table(self, snapshot: Snapshot) -> Table:
        have, now = self._built(snapshot), self._now(snapshot)
        rows: list[tuple[Cell, ...]] = [
            (row.name, described(row.doc), Phrase("on") if row.name in have else Phrase("off"))
            for row in ROWS
        ]
        rows += [(title, "", now[name] or ALONE[1]) for name, title in _TITLES.items()]
        return Table(
            say("Machine: {isa}", isa=snapshot.isa),
            (Phrase("Name"), Phrase("What it is"), Phrase("Now")),
            tuple(rows),
            Phrase("No machine."),
        )

    def act(self, message: Mapping[str, Any]) -> None:
        snapshot = self.controller.snapshot()
        have = self._built(snapshot) if self._draft is None else self._draft
        name, value = name_in(message.get("name")), name_in(message.get("value"))
        match message.get("command"):
            case "tick" if any(row.name == name for row in ROWS) and name not in BASE:
                changed = have | {name} if message.get("on") is True else (
                    without(have, name)
                )  # fmt: skip
                self._draft = closure(changed)
            case "pick" if name == "engine":
                self.controller.use_engine(value)
                return
            case "pick" if name in _TITLES:
                self._picked[name] = value
            case "cancel":
                self._draft, self._picked = None, {}
            case "apply":
                self._apply(have, snapshot)
                return
            case _:
                return
        self.controller.changed()

    def _apply(self, have: frozenset[str], snapshot: Snapshot) -> None:
        wanted = {**self.controller.options, **self._now(snapshot), **self._picked}
        if self._draft is not None:
            wanted["isa"] = isa_string(have)
        self._draft, self._picked = None, {}
        try:
            parse_size(wanted["ram"])
        except VmlabError as refusal:
            self.controller.say(heard(str(refusal)))
            return
        # What is as always is left unsaid: the page's address stays short. A guest may have an ISA
        # of its own, so that one is said once it was touched.
        said = {name: value for name, value in wanted.items() if value != _DEFAULTS.get(name)}
        self.controller.rebuild(said)
