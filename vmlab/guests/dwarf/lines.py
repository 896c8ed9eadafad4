"""Line programs: which line of which file an instruction was made from.

A program is code for a small machine (DWARF 5, 6.2) with an address, a file and a line as its
registers; each special opcode moves both address and line and appends a row. This runs it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.core.errors import BadInput, Unsupported
from vmlab.guests.dwarf.forms import Form, Forms
from vmlab.guests.dwarf.scan import Budget, Scan

SECTION: Final = ".debug_line"
MOST_ROWS: Final = 1_000_000
MOST_FILES: Final = 20_000
# Content types of the file tables of version 5.
_PATH, _FOLDER = 1, 2
(_COPY, _ADVANCE_PC, _ADVANCE_LINE, _SET_FILE, _SET_COLUMN, _NEGATE, _BASIC, _CONST_ADD,
 _FIXED_ADVANCE, _PROLOGUE_END, _EPILOGUE, _SET_ISA) = range(1, 13)  # fmt: skip
_END, _SET_ADDRESS, _DEFINE_FILE = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Row:
    """From `address` on, up to the next row: this line of the file of that index. Line 0: of no
    line. `end`: the code of a sequence ends here."""

    address: int
    file: int
    line: int
    is_statement: bool
    end: bool = False


class Files:
    """The names of all files of all programs, each once."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._index: dict[str, int] = {}

    def index(self, folder: str, name: str) -> int:
        """The number of a file: its path without needless parts."""
        path = posixpath.normpath(posixpath.join(folder, name)) if name else "?"
        if path not in self._index:
            if len(self.names) >= MOST_FILES:
                raise Unsupported(f"expected at most {MOST_FILES} source files, found more")
            self._index[path] = len(self.names)
            self.names.append(path)
        return self._index[path]


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before a line program; `files` gives the index of each file of its own table."""

    version: int
    program: Scan
    size_bytes: int
    """Of all of it in the section."""
    insn_bytes: int
    starts_statement: bool
    line_base: int
    line_range: int
    operands: tuple[int, ...]
    """How many operands each standard opcode has, from opcode 1 on."""
    files: tuple[int, ...]


def header(sections: Mapping[str, bytes], offset: int, folder: str, files: Files) -> Header:
    """The header of the program at an offset of `.debug_line`, of a unit compiled in `folder`."""
    whole = Scan(sections.get(SECTION, b""), SECTION, offset)
    scan, offset_bytes = whole.part()
    size = whole.at - offset
    version = scan.u(2)
    if not 2 <= version <= 5:
        raise Unsupported(f"expected line programs of DWARF 2 to 5, found version {version}")
    address_bytes = 8
    if version == 5:
        address_bytes = scan.u(1)
        scan.skip(1)
    header_bytes = scan.u(offset_bytes)
    program = Scan(scan.data, SECTION, scan.at + header_bytes, scan.end)
    insn_bytes = scan.u(1)
    if version >= 4:
        scan.skip(1)  # operations of a VLIW instruction: RISC-V has one
    starts = bool(scan.u(1))
    line_base, line_range = scan.s(1), scan.u(1)
    operands = tuple(scan.u(1) for _ in range(scan.u(1) - 1))
    if line_range == 0:
        raise BadInput(f"expected a line range of at least 1 in {SECTION}, found 0")
    if version == 5:
        forms = Forms(sections, offset_bytes, address_bytes)
        numbers = tuple(_files_of_5(scan, forms, folder, files))
    else:
        numbers = tuple(_files_of_4(scan, folder, files))
    return Header(
        version, program, size, insn_bytes, starts, line_base, line_range, operands, numbers
    )


def _files_of_4(scan: Scan, folder: str, files: Files) -> Iterator[int]:
    """Counted from 1; folder 0 is the unit's."""
    folders = [folder]
    while name := scan.name():
        folders.append(posixpath.join(folder, name))
    yield files.index("", "")
    while name := scan.name():
        at, _, _ = scan.uleb(), scan.uleb(), scan.uleb()
        yield files.index(folders[at] if at < len(folders) else "", name)


def _files_of_5(scan: Scan, forms: Forms, folder: str, files: Files) -> Iterator[int]:
    """Counted from 0; the tables say which forms they are written in."""
    folders = [posixpath.join(folder, str(row.get(_PATH, ""))) for row in _table(scan, forms)]
    for row in _table(scan, forms):
        at = row.get(_FOLDER, 0)
        inside = isinstance(at, int) and at < len(folders)
        yield files.index(folders[int(at)] if inside else "", str(row.get(_PATH, "")))


def _table(scan: Scan, forms: Forms) -> Iterator[dict[int, int | str]]:
    layout = [(scan.uleb(), scan.uleb()) for _ in range(scan.u(1))]
    count = scan.uleb()
    if count and not any(Form.takes_bytes(form) for _, form in layout):
        raise BadInput(f"expected a table of files with content in {SECTION}, found an empty one")
    for _ in range(count):
        row: dict[int, int | str] = {}
        for kind, form in layout:
            value = forms.read(scan, form)
            if kind == _PATH:
                row[kind] = forms.string(form, value)
            elif kind == _FOLDER and isinstance(value, int):
                row[kind] = value
        yield row


def run(head: Header, budget: Budget) -> list[Row]:
    """The rows of a program, in its order: the machine of 6.2.5, one branch an opcode."""
    scan, rows = head.program, []
    files, operands = head.files, head.operands
    first_special = len(operands) + 1
    address, file, line, statement = 0, 1, 1, head.starts_statement

    def row(end: bool = False) -> None:
        budget.spend()
        number = files[file] if file < len(files) else -1
        rows.append(Row(address & MASK64, number, line, statement, end))

    while scan.left:
        code = scan.u(1)
        if code >= first_special:
            steps, lines = divmod(code - first_special, head.line_range)
            address += steps * head.insn_bytes
            line += head.line_base + lines
            row()
        elif code == 0:
            size = scan.uleb()
            at = scan.at
            scan.skip(size)
            inner = Scan(scan.data, SECTION, at, scan.at)
            sub = inner.u(1) if size else 0
            if sub == _END:
                row(end=True)
                address, file, line, statement = 0, 1, 1, head.starts_statement
            elif sub == _SET_ADDRESS:
                address = inner.u(8) if size == 9 else inner.u(4)
        elif code == _COPY:
            row()
        elif code == _ADVANCE_PC:
            address += scan.uleb() * head.insn_bytes
        elif code == _ADVANCE_LINE:
            line += scan.sleb()
        elif code == _SET_FILE:
            file = scan.uleb()
        elif code == _NEGATE:
            statement = not statement
        elif code == _CONST_ADD:
            address += (255 - first_special) // head.line_range * head.insn_bytes
        elif code == _FIXED_ADVANCE:
            address += scan.u(2)
        else:  # column, prologue, ISA, and what later versions add: nothing that is shown
            for _ in range(operands[code - 1]):
                scan.uleb()
    return rows
