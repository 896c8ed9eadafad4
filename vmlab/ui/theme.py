"""The files that a widget carries with it: style sheets and the script of a component.

A component lives in a shadow root and its script runs from a blob, so neither can load a second
file: both are put together here, once, when the component's class is made.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
_SHEETS: Final = ("tokens", "components", "workbench", "desk", "keeping", "virtual", "translation")
_SCRIPTS: Final = (
    "dom", "panel", "timebar", "ribbon", "transport", "status", "now", "code", "registers", "csrs",
    "traps", "walk", "terminal", "console", "devices", "memory", "map", "page_tree", "tlb",
    "shadow", "exits", "translation", "stack", "points", "pictures", "guests", "machine",
    "ace", "assembly", "keep", "keys", "menu", "print", "layout", "arrange", "follow", "screen",
)  # fmt: skip
"""In the order of their imports: a file only uses those before it."""
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!function render)", re.MULTILINE)


@cache
def stylesheet(*more: str, base: tuple[str, ...] = _SHEETS) -> str:
    """All style rules of the workbench, or of another base, and those of a screen after them."""
    names = (*base, *more)
    return "\n".join((HERE / "assets" / f"{name}.css").read_text("utf-8") for name in names)


@cache
def script(names: tuple[str, ...] = _SCRIPTS) -> str:
    """Modules of `esm/` as one module, with the imports between them taken out."""
    texts = ((HERE / "esm" / f"{name}.js").read_text("utf-8") for name in names)
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
