"""Keeps the generated tables of web/docs/zh what the English ones are, cell by cell:
`python -m web.site.zh_tables`, after the scripts that make those.

The words are the workbench's (what a CSR is stands in its catalogue) and those of
web/docs/zh/words.toml. With `--check` nothing is written; it ends with 1 if a page is out of date.
A cell that nobody can translate is an error that lists all of them.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import vmlab
from vmlab.core.errors import BadInput

DOCS: Final = Path(__file__).parent.parent / "docs"
CHINESE: Final = DOCS / "zh"
_BLOCK: Final = re.compile(r"<!-- table: (\S+) -->\n(.*?)<!-- end -->\n", re.DOTALL)
_BAR: Final = re.compile(r"(?<!\\)\|")
_AS_IT_IS: Final = re.compile(
    r"`[^`]*`|virtio\d|(?<![\w.])(?:0x[0-9a-f]+|-?\d+(?:[.,]\d+)*)(?![\w])"
)
_WORD: Final = re.compile(r"[a-z]{2,}")


@cache
def words() -> Mapping[str, str]:
    """English to Chinese: the page's own words win."""
    catalogue = Path(vmlab.__file__).parent / "ui" / "locale" / "zh_Hans.json"
    kept = json.loads(catalogue.read_text("utf-8"))
    own = tomllib.loads((CHINESE / "words.toml").read_text("utf-8"))
    return {**kept["heard"], **kept["messages"], **own}


def translated(cell: str, missing: set[str]) -> str:
    """A cell in Chinese. Code and numbers stay; they have a place, {0}, in a sentence."""
    known = words()
    if cell in known:
        return known[cell]
    values: list[str] = []

    def place(found: re.Match[str]) -> str:
        values.append(found[0])
        return f"{{{len(values) - 1}}}"

    pattern = _AS_IT_IS.sub(place, cell)
    if not _WORD.search(pattern):
        return cell
    if pattern in known:
        return known[pattern].format(*values)
    parts = pattern.split(", ")
    if all(part in known or not _WORD.search(part) for part in parts):
        return "、".join(known.get(part, part) for part in parts).format(*values)
    missing.add(pattern)
    return cell


def table(source: str, missing: set[str]) -> str:
    """A generated part in Chinese: tables cell by cell, the rest as it is."""
    lines = []
    for line in source.splitlines(keepends=True):
        if not line.startswith("| ") or set(line) <= set("| -\n"):
            lines.append(line)
            continue
        cells = [cell.strip() for cell in _BAR.split(line.rstrip("\n"))[1:-1]]
        lines.append(f"| {' | '.join(translated(cell, missing) for cell in cells)} |\n")
    return "".join(lines)


def filled(name: str, missing: set[str]) -> str:
    """The Chinese page of this name with its tables as the English page has them now."""
    english = dict(_BLOCK.findall((DOCS / name).read_text("utf-8")))

    def made(found: re.Match[str]) -> str:
        if found[1] not in english:
            raise BadInput(f"zh/{name}: expected a table of {name}, found {found[1]}")
        return f"<!-- table: {found[1]} -->\n{table(english[found[1]], missing)}<!-- end -->\n"

    return _BLOCK.sub(made, (CHINESE / name).read_text("utf-8"))


def pages() -> dict[str, str]:
    """Every Chinese page as it has to be, by its file's name."""
    missing: set[str] = set()
    made = {path.name: filled(path.name, missing) for path in sorted(CHINESE.glob("*.md"))}
    if missing:
        listed = "\n  ".join(sorted(missing))
        raise BadInput(f"expected these in web/docs/zh/words.toml:\n  {listed}")
    return made


def main() -> int:
    """Write the pages, or check them."""
    stale = 0
    for name, text in pages().items():
        path = CHINESE / name
        if path.read_text("utf-8") == text:
            continue
        if "--check" in sys.argv[1:]:
            print(f"{path} is out of date; run python -m web.site.zh_tables", file=sys.stderr)
            stale = 1
        else:
            path.write_text(text, "utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main())
