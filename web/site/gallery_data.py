"""Keeps web/site/pages/widgets.json what the widgets say of themselves: `python -m
web.site.gallery_data`. The site's builder reads that file, for it does not import Panel.

With `--check` it writes nothing and ends with 1 if the file is out of date. The text twins are from
a real run. Chinese for what Python files say in English stands in web/site/pages/gallery.zh.toml.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import param

import vmlab
from vmlab.core.errors import BadInput
from vmlab.session.files import loading
from vmlab.ui import app, gallery, i18n
from vmlab.ui.compare.base import BoardWidget
from vmlab.ui.compare.controller import BoardController
from vmlab.ui.controller import Controller
from vmlab.ui.widgets.base import Widget

PAGES: Final = Path(__file__).parent / "pages"
DATA: Final = PAGES / "widgets.json"
CHINESE: Final = PAGES / "gallery.zh.toml"
GUEST: Final = "tour"
MOST_ROWS: Final = 12
"""Of a twin on a page: it shows what a row is."""
TAGS: Final[Mapping[str, str]] = {"en": "en", "zh": "zh-Hans"}


def summary(cls: type[Widget]) -> str:
    """What the class says of itself, in one line."""
    return " ".join((inspect.getdoc(cls) or "").split())


def parameters(cls: type[Widget]) -> list[param.Parameter]:
    """The parameters that vmlab gives it, its own first."""
    found = [
        cls.param[name]
        for name in cls.param
        if name != "name" and cls.param[name].owner.__module__.startswith("vmlab")
    ]
    return sorted(found, key=lambda one: (one.owner is not cls, one.name))


def bounds(one: param.Parameter) -> str:
    """What values it takes; empty if its type says all."""
    if isinstance(one, param.Selector):
        return ", ".join(str(value) or '""' for value in one.objects)
    given = getattr(one, "bounds", None)
    if given is None or isinstance(one, param.List):  # of a list it is the length
        return ""
    return f"{given[0]:,} … {given[1]:,}"


def controller() -> Controller:
    """A real run, behind a few traps."""
    session = vmlab.open(GUEST, engine="t0")
    made = Controller(session, opener=vmlab.open, loader=loading, trap=vmlab.Until.trap)
    gallery.behind_traps(made)
    return made


@cache
def comparison() -> BoardController:
    """A real comparison, at its common point."""
    made = BoardController()
    made.board.race()
    while made.board.working:
        made.board.tick(1.0)
    return made


def twins(cls: type[Widget], run: Controller) -> dict[str, Any]:
    """The text twin in each language, as a table."""
    made = {}
    for language, tag in TAGS.items():
        i18n.use(tag)
        compares = issubclass(cls, BoardWidget)
        widget = cls(comparison()) if compares else gallery.make(cls, run, app.catalogue())
        widget.twin = True
        sent = widget.changes(widget.controller.snapshot(), full=True)
        assert sent is not None
        table = sent["twin"]
        title = widget.labels().get("title") or table["title"]
        made[language] = {
            "name": re.split("[:：]", title if isinstance(title, str) else table["title"])[0],
            "title": table["title"],
            "columns": table["columns"],
            "rows": table["rows"][:MOST_ROWS],
            "count": len(table["rows"]),
            "empty": table["empty"],
        }
    i18n.use(i18n.ENGLISH)
    return made


def data() -> str:
    """The text of the file. Raises `BadInput` that lists what is not translated."""
    known = tomllib.loads(CHINESE.read_text("utf-8"))
    asked: set[str] = set()

    def both(english: str) -> dict[str, str]:
        asked.add(english)
        return {"en": english, "zh": known.get(english, "")}

    run = controller()
    rows = [
        {
            "kind": cls.kind,
            "name": cls.__name__,
            "module": cls.__module__,
            "doc": cls.doc,
            "live": cls.live,
            "guest": comparison().board.goal.guest if issubclass(cls, BoardWidget) else GUEST,
            "summary": both(summary(cls)),
            "parameters": [
                {
                    "name": one.name,
                    "type": type(one).__name__,
                    "default": "" if one.default is None else repr(one.default),
                    "bounds": bounds(one),
                    "doc": both(" ".join(one.doc.split())),
                }
                for one in parameters(cls)
            ],
            "title": {language: table["name"] for language, table in shown.items()},
            "twin": shown,
        }
        for cls in gallery.every()
        for shown in (twins(cls, run),)
    ]
    missing = sorted(asked - set(known))
    unused = sorted(set(known) - asked)
    if missing or unused:
        listed = "\n  ".join([*missing, *(f"(unused) {one}" for one in unused)])
        raise BadInput(f"expected these in {CHINESE.name}, and no others:\n  {listed}")
    made = {"schema": "vmlab/widgets/1", "widgets": rows}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    """Write the file, or check it."""
    new = data()
    if "--check" in sys.argv[1:]:
        old = DATA.read_text("utf-8") if DATA.exists() else ""
        if new != old:
            print(f"{DATA} is out of date; run python -m web.site.gallery_data", file=sys.stderr)
        return int(new != old)
    DATA.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
