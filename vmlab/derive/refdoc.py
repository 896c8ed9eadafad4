"""The tables of the reference page, printed from the description: nothing in them is typed twice.

Each function gives one Markdown table. `web/docs/machine.md` holds them between markers, and
`fill` puts the current ones there; a test says when the page and the description differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Final

from vmlab.isa.causes import EXCEPTIONS, INTERRUPTS
from vmlab.isa.csrs import CSRS, Csr
from vmlab.isa.extensions import ISA_STRING, ROWS
from vmlab.isa.system.walk import FORMATS
from vmlab.isa.table import EXTENSIONS

_BLOCK: Final = re.compile(r"<!-- table: (\S+) -->\n.*?<!-- end -->\n", re.DOTALL)
Maker = Callable[[], str]


def markdown(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; a bar inside a cell is escaped."""
    lines = [list(columns)]
    lines.append(["---"] * len(lines[0]))
    lines += [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def isa() -> str:
    """The ISA string of everything that is built."""
    return f"    {ISA_STRING}\n"


def extensions() -> str:
    """What can be chosen, and what each brings along."""
    return markdown(
        ("Extension", "What it is", "Implies"),
        ((f"`{row.name}`", row.doc, ", ".join(f"`{one}`" for one in row.implies)) for row in ROWS),
    )


def instructions() -> str:
    """Every instruction by the file of its extension."""
    return markdown(
        ("File", "Instructions"),
        (
            (f"`{one.name}`", " ".join(f"`{insn.name}`" for insn in one.instructions))
            for one in EXTENSIONS
        ),
    )


def _family(csr: Csr) -> str:
    """Rows that differ in a number only are one row of the table."""
    numbered = re.fullmatch(r"(m?hpmcounter|mhpmevent|pmpcfg|pmpaddr)\d+", csr.name)
    return f"{numbered[1]} {csr.doc}" if numbered else csr.name


def csrs() -> str:
    """The CSRs by number; families in one row."""
    ordered = sorted(CSRS.values(), key=lambda csr: (csr.number >> 8, csr.number))
    made = []
    for _, members in groupby(ordered, _family):
        first, *others = members
        last = others[-1] if others else first
        names = f"`{first.name}`" + (f" to `{last.name}`" if others else "")
        numbers = f"{first.number:#05x}" + (f" to {last.number:#05x}" if others else "")
        access = "read-only" if first.is_read_only else "read, write"
        fields = " ".join(field.name for field in first.fields if field.name)
        made.append(
            (numbers, names, first.doc, first.lowest_mode.name, access, fields,
             f"`{first.extension}`" if first.extension else "")
        )  # fmt: skip
    return markdown(
        ("Number", "Name", "What it is", "Lowest mode", "Access", "Fields", "Needs"), made
    )


def exceptions() -> str:
    """Exceptions by number, with their priority."""
    return markdown(
        ("Cause", "Exception", "Priority (1 first)"),
        ((str(row.number), row.name, str(row.priority)) for _, row in sorted(EXCEPTIONS.items())),
    )


def interrupts() -> str:
    """Interrupts by number, with their priority."""
    return markdown(
        ("Cause", "Interrupt", "Priority (1 first)"),
        ((str(row.number), row.name, str(row.priority)) for _, row in sorted(INTERRUPTS.items())),
    )


def formats() -> str:
    """The formats of virtual addresses."""
    return markdown(
        ("Format", "satp.MODE", "Levels", "Bits of a virtual address"),
        ((one.name, str(one.number), str(one.levels), str(one.va_bits)) for one in FORMATS),
    )


TABLES: Final[Mapping[str, Maker]] = {
    maker.__name__: maker
    for maker in (isa, extensions, instructions, csrs, exceptions, interrupts, formats)
}


def fill(page: str, more: Mapping[str, Maker] | None = None) -> str:
    """The page with every table as it is now. Raises `KeyError` for a table nobody knows."""
    makers = {**TABLES, **(more or {})}

    def replaced(found: re.Match[str]) -> str:
        name = found[1]
        return f"<!-- table: {name} -->\n{makers[name]()}<!-- end -->\n"

    return _BLOCK.sub(replaced, page)
