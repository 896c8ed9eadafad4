"""From an address to its line, its function and what was inlined there, and back from a line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from vmlab.guests.dwarf import lines, sections, units
from vmlab.guests.dwarf.frames import FrameRules, Frames
from vmlab.guests.dwarf.scan import Budget
from vmlab.guests.dwarf.units import Code

NO_FILE: Final = -1


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a source file, from 1 on; `file` is a path as the compiler was given it."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Call:
    """One of the functions that the code at an address belongs to, innermost first: its name, where
    it stands in it, and whether it is inlined into the next."""

    function: str
    place: Place | None
    inlined: bool
    low: int
    """Where the function's code begins."""


@dataclass(frozen=True, slots=True)
class Span:
    """Addresses low..high (not included) made from one line."""

    low: int
    high: int
    place: Place | None
    is_statement: bool


class DebugInfo:
    """What one file knows of its sources. Line tables are read at once, frames when asked for."""

    def __init__(
        self, found: Mapping[str, bytes], addresses: Mapping[str, int] | None = None
    ) -> None:
        """Of these sections; `addresses` are those of loaded ones. Raises `BadInput` or
        `Unsupported` for what cannot be read."""
        self._sections, self._addresses = found, addresses or {}
        names = lines.Files()
        read = units.read(found, names)
        self._spans = self._read_lines(read, names)
        self._lows = [span.low for span in self._spans]
        self.files: tuple[str, ...] = tuple(names.names)
        self._functions = _by_address(code for code in read.codes if not code.inlined)
        self._function_lows = [low for low, _, _ in self._functions]
        self._inlined: dict[int, list[Code]] = {}
        for code in read.codes:
            if code.inlined:
                self._inlined.setdefault(id(_outermost(code)), []).append(code)

    def __bool__(self) -> bool:
        """Whether there is a line at all."""
        return bool(self._spans)

    @property
    def spans(self) -> Sequence[Span]:
        """All runs of instructions, by address."""
        return self._spans

    def _read_lines(self, read: units.Found, names: lines.Files) -> list[Span]:
        budget = Budget(lines.MOST_ROWS, "rows of line numbers")
        places: dict[tuple[int, int], Place] = {}
        made: list[Span] = []
        for head in read.headers.values():
            last: lines.Row | None = None
            for row in lines.run(head, budget):
                if last is not None and last.address < row.address:
                    place = None
                    if last.line and last.file != NO_FILE:
                        key = last.file, last.line
                        if key not in places:
                            places[key] = Place(names.names[last.file], last.line)
                        place = places[key]
                    made.append(Span(last.address, row.address, place, last.is_statement))
                last = None if row.end else row
        # Sections that the linker dropped keep their lines, at address 0 and up.
        made.sort(key=lambda span: span.low)
        return made

    def span(self, pc: int) -> Span | None:
        """The run of instructions of one line that holds an address."""
        at = bisect_right(self._lows, pc) - 1
        if at < 0 or pc >= self._spans[at].high:
            return None
        return self._spans[at]

    def place(self, pc: int) -> Place | None:
        """The line that the instruction at an address was made from."""
        span = self.span(pc)
        return None if span is None else span.place

    def spans_of(self, file: str) -> Iterator[Span]:
        """The code of one file, by address."""
        return (span for span in self._spans if span.place and span.place.file == file)

    def starts(self, place: Place) -> tuple[int, ...]:
        """Where a line's code begins, once in each function that it is in: where breakpoints on
        the line stand. Without code of its own, the next line that has some stands for it."""
        by_line = self._statements.get(place.file, {})
        line = next((at for at in sorted(by_line) if at >= place.line), None)
        if line is None:
            return ()
        first: dict[int, int] = {}
        for address in by_line[line]:
            function = self._function(address)
            first.setdefault(address if function is None else id(function), address)
        return tuple(sorted(first.values()))

    def lines_with_code(self, file: str) -> frozenset[int]:
        """The lines of a file that something was made from."""
        return frozenset(self._statements.get(file, ()))

    @cached_property
    def _statements(self) -> dict[str, dict[int, list[int]]]:
        made: dict[str, dict[int, list[int]]] = {}
        for span in self._spans:
            if span.place is not None and span.is_statement:
                by_line = made.setdefault(span.place.file, {})
                by_line.setdefault(span.place.line, []).append(span.low)
        return made

    def _function(self, pc: int) -> Code | None:
        at = bisect_right(self._function_lows, pc) - 1
        if at < 0 or pc >= self._functions[at][1]:
            return None
        return self._functions[at][2]

    def function_range(self, pc: int) -> tuple[int, int] | None:
        """The code around an address that belongs to the same function."""
        at = bisect_right(self._function_lows, pc) - 1
        if at < 0 or pc >= self._functions[at][1]:
            return None
        return self._functions[at][:2]

    def calls(self, pc: int) -> tuple[Call, ...]:
        """The functions around an address: those inlined there, innermost first, then the one that
        has the code. Empty where no function is described."""
        function = self._function(pc)
        if function is None:
            return ()
        inside = [
            code
            for code in self._inlined.get(id(function), ())
            if any(low <= pc < high for low, high in code.ranges)
        ]
        inside.sort(key=_depth, reverse=True)
        place, found = self.place(pc), []
        for code in (*inside, function):
            found.append(Call(code.name, place, code.inlined, code.ranges[0][0]))
            has_call = code.inlined and code.call_file != NO_FILE
            place = Place(self.files[code.call_file], code.call_line) if has_call else None
        return tuple(found)

    @cached_property
    def frames(self) -> Frames:
        """Call frame information. Raises `BadInput` or `Unsupported`."""
        return Frames(self._sections, self._addresses)

    def frame(self, pc: int) -> FrameRules | None:
        """How to find the caller of the function at an address."""
        return self.frames.at(pc)


def _by_address(codes: Iterator[Code]) -> list[tuple[int, int, Code]]:
    places = [(low, high, code) for code in codes for low, high in code.ranges]
    return sorted(places, key=lambda one: one[:2])


def _outermost(code: Code) -> Code:
    while code.parent is not None:
        code = code.parent
    return code


def _depth(code: Code) -> int:
    depth = 0
    while code.parent is not None:
        code, depth = code.parent, depth + 1
    return depth


def of_elf(data: bytes) -> DebugInfo | None:
    """What an ELF file knows of its sources; None if it has no lines. Raises `BadInput`."""
    found, addresses = sections.of_elf(data)
    if lines.SECTION not in found and not any(name.endswith("_frame") for name in found):
        return None
    return DebugInfo(found, addresses)


def of_debug_file(data: bytes) -> DebugInfo:
    """What a guest's debug file knows. Raises `BadInput`."""
    return DebugInfo(sections.unpack(data))
