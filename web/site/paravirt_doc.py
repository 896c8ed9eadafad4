"""Keeps the tables of web/docs/paravirt.md what code and measurement say: `python -m
web.site.paravirt_doc`. With `--check` it writes nothing and ends with 1 if the page is out of date.
"""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache, partial
from pathlib import Path
from typing import Final

from vmlab.derive.refdoc import fill, markdown
from vmlab.guests.build import RECIPES, SOURCES
from vmlab.guests.nano import BENCHMARKS
from vmlab.vmm.compare.measure import cost
from vmlab.vmm.paravirt import abi
from vmlab.vmm.techniques import find

PAGE: Final = Path(__file__).parent.parent / "docs" / "paravirt.md"
TECHNIQUES: Final = ("bare", "trap_emulate", "paravirt", "paravirt_u")
ENUMS: Final = ("Call", "Op", "Error", "Event", "Shutdown", "Shared", "ConsoleRing", "BlockRing")


def members(name: str) -> list[tuple[str, str, str]]:
    """The members of an enumeration of `abi`: name, value, what its text says."""
    tree = ast.parse(inspect.getsource(abi))
    (found,) = (one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == name)
    rows: list[tuple[str, str, str]] = []
    for line in found.body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            member = line.targets[0].id
            rows.append((f"`{member}`", str(getattr(abi, name)[member].value), ""))
        elif isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and rows:
            text = " ".join(str(line.value.value).split()).replace("|", "\\|")
            rows[-1] = (*rows[-1][:2], text)
    return rows


def interface(name: str) -> str:
    """An enumeration as a table."""
    return markdown(("Name", "Number", "Meaning"), members(name))


def _kernel_files(recipe: str) -> set[str]:
    (found,) = (one for one in RECIPES if one.name == recipe)
    return {file for file in found.files if file.startswith("nano/") and "/user/" not in file}


def _lines(files: set[str]) -> int:
    texts = ((SOURCES / file).read_text("utf-8") for file in files)
    return sum(bool(line.strip()) for text in texts for line in text.splitlines())


@cache
def sources() -> str:
    """How much of nano's kernel is whose."""
    native, in_s, in_u = map(_kernel_files, ("nano", "nano_pv", "nano_pvu"))
    both = native & in_s & in_u
    parts = (
        ("the kernel itself, the same for all", both),
        ("only on the bare machine", native - both),
        ("only under a monitor", (in_s & in_u) - both),
        ("only with the kernel in S", in_s - in_u),
        ("only with the kernel in U", in_u - in_s),
    )
    rows = [
        (
            what,
            str(len(files)),
            str(_lines(files)),
            ", ".join(f"`{one[5:]}`" for one in sorted(files)),
        )
        for what, files in parts
    ]
    return markdown(("Part", "Files", "Lines that are not blank", "Which"), rows)


@cache
def operations() -> str:
    """Exits of one operation of each benchmark."""
    rows = [
        (f"`{name}`", *(f"{cost(find(one), name).exits:g}" for one in TECHNIQUES))
        for name in BENCHMARKS
    ]
    return markdown(("Benchmark", *(f"`{one}`" for one in TECHNIQUES)), rows)


def filled(page: str) -> str:
    """The page with its tables as they are now."""
    tables = {f"abi-{name}": partial(interface, name) for name in ENUMS}
    return fill(page, {**tables, "sources": sources, "operations": operations})


def main() -> int:
    """Write the page, or check it."""
    old = PAGE.read_text("utf-8")
    new = filled(old)
    if "--check" in sys.argv[1:]:
        if new != old:
            print(f"{PAGE} is out of date; run python -m web.site.paravirt_doc", file=sys.stderr)
        return int(new != old)
    PAGE.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
