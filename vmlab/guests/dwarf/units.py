"""The entries of `.debug_info`: functions, and calls that the compiler has put in line.

Entries form a tree, written in the order in which one walks it; only functions and what is inlined
into them are kept. Types and variables are read over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from vmlab.core.errors import BadInput, Unsupported
from vmlab.guests.dwarf import lines
from vmlab.guests.dwarf.forms import Form, Forms, Value
from vmlab.guests.dwarf.ranges import Range, ranges
from vmlab.guests.dwarf.scan import Budget, Scan

SECTION: Final = ".debug_info"
MOST_ENTRIES: Final = 500_000
MOST_FUNCTIONS: Final = 100_000
_DEEPEST: Final = 512
_LONGEST_CHAIN: Final = 16
_INLINED, _FUNCTION = 0x1D, 0x2E
_NAME, _STMT_LIST, _LOW, _HIGH, _COMP_DIR = 0x03, 0x10, 0x11, 0x12, 0x1B
_ORIGIN, _DECL_FILE, _DECL_LINE, _SPECIFICATION = 0x31, 0x3A, 0x3B, 0x47
_RANGES, _CALL_FILE, _CALL_LINE = 0x55, 0x58, 0x59
_STRINGS_BASE, _ADDRESSES_BASE, _LISTS_BASE = 0x72, 0x73, 0x74
_COMPILED_UNITS: Final = (1, 3, 4)  # full, partial, skeleton; types have a kind of their own
_SKELETON: Final = 4
_IMPLICIT: Final = Form.IMPLICIT

Attributes = dict[int, tuple[int, Value]]
Abbreviation = tuple[int, bool, tuple[tuple[int, int, int], ...]]
"""Tag, whether children follow, and (attribute, form, implicit value) of each attribute."""


@dataclass(slots=True)
class Code:
    """A function, or a call that was inlined into one: then `call_file` and `call_line` say where
    it was called, and `parent` in what. File numbers are those of `lines.Files`; -1 is none."""

    ranges: list[Range]
    name: str = ""
    file: int = -1
    line: int = 0
    call_file: int = -1
    call_line: int = 0
    parent: Code | None = None
    inlined: bool = False
    origin: int = 0


@dataclass(slots=True)
class _Named:
    """What an entry says of a function, for others that refer to it."""

    name: str
    file: int
    line: int
    origin: int


@dataclass(slots=True)
class Found:
    """All units read."""

    codes: list[Code] = field(default_factory=list)
    headers: dict[int, lines.Header] = field(default_factory=dict)
    """Line programs by their offset."""
    entries: Budget = field(default_factory=lambda: Budget(MOST_ENTRIES, "entries"))
    functions: Budget = field(default_factory=lambda: Budget(MOST_FUNCTIONS, "functions"))
    ranges: Budget = field(default_factory=lambda: Budget(MOST_ENTRIES, "ranges of addresses"))


def read(sections: Mapping[str, bytes], files: lines.Files) -> Found:
    """Every function of every unit, and the line programs that the units name."""
    found, named = Found(), dict[int, _Named]()
    abbreviations: dict[int, dict[int, Abbreviation]] = {}
    scan = Scan(sections.get(SECTION, b""), SECTION)
    # Tables of two units are one or lie apart: together they are no longer than their section.
    programs = Budget(len(sections.get(lines.SECTION, b"")), "bytes of line programs")
    tables = Budget(len(sections.get(".debug_abbrev", b"")), "bytes of abbreviations")
    while scan.left:
        start = scan.at
        part, offset_bytes = scan.part()
        version = part.u(2)
        if not 2 <= version <= 5:
            raise Unsupported(f"expected units of DWARF 2 to 5, found version {version}")
        kind = part.u(1) if version == 5 else 1
        if version == 5:
            address_bytes, table_at = part.u(1), part.u(offset_bytes)
        else:
            table_at, address_bytes = part.u(offset_bytes), part.u(1)
        if kind not in _COMPILED_UNITS:
            continue
        if kind == _SKELETON:
            part.skip(8)
        if table_at not in abbreviations:
            abbreviations[table_at] = _abbreviations(sections, table_at, tables)
        forms = Forms(sections, offset_bytes, address_bytes, start)
        unit = _Unit(sections, forms, version, files, found, named, programs)
        unit.read(part, abbreviations[table_at])
    for code in found.codes:
        _complete(code, named)
    return found


def _complete(code: Code, named: Mapping[int, _Named]) -> None:
    """An inlined call and a copy of a function are named by the entry that they refer to."""
    at = code.origin
    for _ in range(_LONGEST_CHAIN):
        known = named.get(at)
        if known is None:
            return
        code.name = code.name or known.name
        if code.file < 0 and known.file >= 0:
            code.file, code.line = known.file, known.line
        at = known.origin


def _abbreviations(
    sections: Mapping[str, bytes], at: int, budget: Budget
) -> dict[int, Abbreviation]:
    scan = Scan(sections.get(".debug_abbrev", b""), ".debug_abbrev", at)
    made: dict[int, Abbreviation] = {}
    while code := scan.uleb():
        tag, children = scan.uleb(), bool(scan.u(1))
        pairs = []
        while True:
            attribute, form = scan.uleb(), scan.uleb()
            implicit = scan.sleb() if form == _IMPLICIT else 0
            if not attribute and not form:
                break
            pairs.append((attribute, form, implicit))
        made[code] = (tag, children, tuple(pairs))
        budget.spend(scan.at - at)
        at = scan.at
    return made


class _Unit:
    """One unit while it is read."""

    def __init__(
        self, sections: Mapping[str, bytes], forms: Forms, version: int, files: lines.Files,
        found: Found, named: dict[int, _Named], programs: Budget,
    ) -> None:  # fmt: skip
        self._sections, self._forms, self._version = sections, forms, version
        self._files, self._found, self._named = files, found, named
        self._programs = programs
        self._base = 0
        self._lists_at = 0
        self._numbers: tuple[int, ...] = ()

    def read(self, scan: Scan, kinds: Mapping[int, Abbreviation]) -> None:
        """Keep what the unit says of functions."""
        is_first, inside = True, list[Code | None]()
        for tag, children, attributes, at in self._entries(scan, kinds):
            self._found.entries.spend()
            if tag < 0:
                if inside:
                    inside.pop()
                continue
            parent = inside[-1] if inside else None
            code = parent
            if is_first:
                self._begin(attributes)
                is_first = False
            elif tag in (_FUNCTION, _INLINED):
                code = self._code(tag, attributes, at, parent)
            if children:
                if len(inside) >= _DEEPEST:
                    raise Unsupported(f"expected entries at most {_DEEPEST} deep, found deeper")
                inside.append(code)

    def _entries(
        self, scan: Scan, kinds: Mapping[int, Abbreviation]
    ) -> Iterator[tuple[int, bool, Attributes, int]]:
        """Tag (-1 ends the children), whether children follow, attributes, offset."""
        read = self._forms.read
        while scan.left:
            at = scan.at
            code = scan.uleb()
            if code == 0:
                yield -1, False, {}, at
                continue
            kind = kinds.get(code)
            if kind is None:
                raise BadInput(f"expected a kind of entry in {SECTION} at {at:#x}, found {code}")
            tag, children, layout = kind
            attributes = {name: (form, read(scan, form, value)) for name, form, value in layout}
            yield tag, children, attributes, at

    def _number(self, attributes: Attributes, name: int) -> int | None:
        _, value = attributes.get(name, (0, None))
        return value if isinstance(value, int) else None

    def _begin(self, attributes: Attributes) -> None:
        forms = self._forms
        forms.strings_at = self._number(attributes, _STRINGS_BASE)
        forms.addresses_at = self._number(attributes, _ADDRESSES_BASE)
        # Behind the header of the only list, where nothing else is said.
        self._lists_at = self._number(attributes, _LISTS_BASE) or 12
        if _LOW in attributes:
            self._base = forms.address(*attributes[_LOW])
        folder = self._text(attributes, _COMP_DIR)
        at = self._number(attributes, _STMT_LIST)
        if at is None:
            return
        if at not in self._found.headers:
            head = lines.header(self._sections, at, folder, self._files)
            self._programs.spend(head.size_bytes)
            self._found.headers[at] = head
        self._numbers = self._found.headers[at].files

    def _text(self, attributes: Attributes, name: int) -> str:
        return self._forms.string(*attributes[name]) if name in attributes else ""

    def _file(self, attributes: Attributes, name: int) -> int:
        number = self._number(attributes, name)
        if number is None or not 0 <= number < len(self._numbers):
            return -1
        return self._numbers[number]

    def _code(self, tag: int, attributes: Attributes, at: int, parent: Code | None) -> Code | None:
        origin = self._number(attributes, _ORIGIN) or self._number(attributes, _SPECIFICATION) or 0
        self._found.functions.spend()
        name = self._text(attributes, _NAME)
        file, line = self._file(attributes, _DECL_FILE), self._number(attributes, _DECL_LINE) or 0
        self._named[at] = _Named(name, file, line, origin)
        places = self._places(attributes)
        if not places:
            return None
        inlined = tag == _INLINED and parent is not None
        code = Code(places, name, file, line, origin=origin, inlined=inlined)
        if inlined:
            code.call_file = self._file(attributes, _CALL_FILE)
            code.call_line = self._number(attributes, _CALL_LINE) or 0
            code.parent = parent
        self._found.codes.append(code)
        return code

    def _places(self, attributes: Attributes) -> list[Range]:
        forms = self._forms
        if _RANGES in attributes:
            form, value = attributes[_RANGES]
            if not isinstance(value, int):
                return []
            return ranges(
                self._sections, forms, self._version, self._base, self._lists_at, form, value,
                self._found.ranges,
            )  # fmt: skip
        if _LOW not in attributes or _HIGH not in attributes:
            return []
        low = forms.address(*attributes[_LOW])
        form, value = attributes[_HIGH]
        if not isinstance(value, int):
            return []
        high = forms.address(form, value) if forms.is_address(form) else low + value
        return [(low, high)] if low < high else []
