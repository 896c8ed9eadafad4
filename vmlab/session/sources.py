"""The sources of what a session runs: lines, functions and the text of files.

A session may run several programs at once (firmware in M, a kernel, its user programs), each with
symbols and, if its file or a guest's debug file says so, with lines. A guest of the catalogue is
known by the digest of its image, so it does not matter under which name it was opened.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from vmlab.core.errors import BadInput, VmlabError
from vmlab.core.modes import Mode
from vmlab.core.units import MIB
from vmlab.guests import catalog
from vmlab.guests.dwarf import info
from vmlab.guests.dwarf.frames import FrameRules
from vmlab.guests.dwarf.info import Call, DebugInfo, Place, Span
from vmlab.guests.loader import load_elf
from vmlab.guests.sbi import firmware
from vmlab.session.opening import Setup

MOST_TEXT_BYTES: Final = 4 * MIB
"""Of one source file."""
KERNELS: Final = ("nano", "testguest")
"""Of ours, which others run."""
_NEAR_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Function:
    """A function, or what a symbol begins in assembly: its code is low..high, not included."""

    name: str
    low: int
    high: int


@dataclass(frozen=True)
class Program:
    """One of the programs that a session runs; `modes` are those in which its code runs."""

    name: str
    symbols: Mapping[int, str]
    debug: DebugInfo | None
    modes: frozenset[Mode]

    def function(self, pc: int) -> Function | None:
        """What holds an address: described by the compiler, else from its symbol to the next."""
        starts = self._starts
        at = bisect_right(starts, pc) - 1
        named = at >= 0 and pc - starts[at] <= _NEAR_BYTES
        if self.debug is not None and (found := self.debug.function_range(pc)) is not None:
            calls = self.debug.calls(pc)
            return Function(calls[-1].function or self.symbols.get(found[0], ""), *found)
        if not named:
            return None
        high = starts[at + 1] if at + 1 < len(starts) else starts[at] + _NEAR_BYTES
        return Function(self.symbols[starts[at]], starts[at], high)

    @cached_property
    def _starts(self) -> list[int]:
        return sorted(self.symbols)


class Sources:
    """All programs of a session."""

    def __init__(self, programs: tuple[Program, ...], trouble: str = "") -> None:
        self.programs = programs
        self.trouble = trouble
        """Why a file's lines could not be read, if one's could not."""
        self.added: dict[str, str] = {}
        """Texts that the user gave, by file name."""
        self._function = lru_cache(4096)(self._find_function)

    def _of(self, pc: int, mode: Mode) -> Iterator[Program]:
        return (program for program in self.programs if mode in program.modes)

    def _find_function(self, pc: int, mode: Mode) -> Function | None:
        found = [one for p in self._of(pc, mode) if (one := p.function(pc)) is not None]
        return max(found, key=lambda one: one.low, default=None)

    def function(self, pc: int, mode: Mode) -> Function | None:
        """The function around an address."""
        return self._function(pc, mode)

    def span(self, pc: int, mode: Mode) -> Span | None:
        """The instructions around an address that were made from one line."""
        spans = (p.debug.span(pc) for p in self._of(pc, mode) if p.debug is not None)
        return next((span for span in spans if span is not None), None)

    def place(self, pc: int, mode: Mode) -> Place | None:
        """The line that an instruction was made from."""
        span = self.span(pc, mode)
        return None if span is None else span.place

    def calls(self, pc: int, mode: Mode) -> tuple[Call, ...]:
        """The functions around an address, inlined ones first."""
        found = (p.debug.calls(pc) for p in self._of(pc, mode) if p.debug is not None)
        return next((calls for calls in found if calls), ())

    def frame(self, pc: int, mode: Mode) -> FrameRules | None:
        """How to find a caller, where that is written down. Raises `BadInput`."""
        rules = (p.debug.frame(pc) for p in self._of(pc, mode) if p.debug is not None)
        return next((rule for rule in rules if rule is not None), None)

    def starts(self, place: Place) -> tuple[int, ...]:
        """Where breakpoints on a line stand."""
        found = (p.debug.starts(place) for p in self.programs if p.debug is not None)
        return next((starts for starts in found if starts), ())

    def find(self, name: str, line: int) -> tuple[int, ...]:
        """Where breakpoints stand on a line of a file that is named by the end of its path. Raises
        `BadInput`."""
        every = dict.fromkeys(f for p in self.programs if p.debug for f in p.debug.files)
        fits = [file for file in every if file == name or file.endswith(f"/{name}")]
        starts = self.starts(Place(fits[0], line)) if len(fits) == 1 else ()
        if not starts:
            what = "code at" if len(fits) == 1 else "one file named by"
            raise BadInput(f"expected {what} {name}:{line}, found {len(fits)} such files")
        return starts

    def spans_of(self, file: str) -> tuple[Span, ...]:
        """The code of a file, by address."""
        debugs = (p.debug for p in self.programs if p.debug is not None)
        return next((tuple(d.spans_of(file)) for d in debugs if file in d.files), ())

    def lines_with_code(self, file: str) -> frozenset[int]:
        """The lines of a file that something was made from."""
        debugs = (p.debug for p in self.programs if p.debug is not None)
        return next((d.lines_with_code(file) for d in debugs if file in d.files), frozenset())

    def has_symbols(self, mode: Mode) -> bool:
        """Whether the functions of a mode are known."""
        return any(mode in p.modes and p.symbols for p in self.programs)

    @property
    def has_lines(self) -> bool:
        """Whether any program knows of its lines."""
        return any(p.debug for p in self.programs)

    def text(self, file: str) -> tuple[str, ...] | None:
        """The lines of a source file: the guest's own, or one that the user gave; None if neither
        is there."""
        parts = file.split("/")
        for start in range(len(parts)):  # the longest path first
            if (given := self.added.get("/".join(parts[start:]))) is not None:
                return tuple(given.splitlines())
        known = any(p.debug is not None and file in p.debug.files for p in self.programs)
        return _own_text(file) if known else None

    def add(self, name: str, data: bytes) -> None:
        """A source file of the user's; folders before its name must fit too. Raises `BadInput`."""
        if len(data) > MOST_TEXT_BYTES or b"\0" in data:
            raise BadInput(f"expected source text of at most {MOST_TEXT_BYTES} bytes in {name}")
        self.added[name] = data.decode("utf-8", "replace")


@cache
def _own_text(file: str) -> tuple[str, ...] | None:
    """The text of a guest's source; paths that lead elsewhere are none."""
    at: Traversable = files("vmlab.guests") / "src"
    for part in file.split("/"):
        if part in ("", ".", ".."):
            return None
        at = at / part
    return tuple(at.read_text("utf-8").splitlines()) if at.is_file() else None


@cache
def _images() -> Mapping[str, str]:
    """Names of our images by digest."""
    text = (files("vmlab.guests") / "images" / "manifest.json").read_text("utf-8")
    return {guest["sha256"]: name for name, guest in json.loads(text)["guests"].items()}


def _debug(data: bytes) -> DebugInfo | None:
    """What is known of an image. Raises `BadInput` or `Unsupported`."""
    name = _images().get(hashlib.sha256(data).hexdigest())
    if name is None:
        return info.of_elf(data)
    stored = files("vmlab.guests") / "images" / f"{name}.debug"
    return info.of_debug_file(stored.read_bytes()) if stored.is_file() else None


def sources_of(setup: Setup, symbols: Mapping[int, str]) -> Sources:
    """The programs of a setup; `symbols` are those of its image."""
    everywhere = frozenset(Mode)
    trouble, debug = "", None
    if setup.image:
        try:
            debug = _debug(setup.image)
        except VmlabError as error:
            trouble = f"{setup.name}: its line numbers cannot be read: {error}"
    own = everywhere - {Mode.M} if setup.bios is not None else everywhere
    programs = [Program(setup.name, symbols, debug, own)] if setup.image else []
    beside = []
    if setup.bios is not None and setup.bios == firmware():
        beside.append(("firmware", frozenset({Mode.M})))
    if setup.kernel is not None:
        known = (name for name in KERNELS if setup.kernel == _raw(name))
        beside += [(name, frozenset({Mode.U, Mode.S})) for name in known]
    for name, modes in beside:
        data = (files("vmlab.guests") / "images" / f"{name}.elf").read_bytes()
        image = load_elf(data, ram_size=1024 * MIB, name=name)
        programs.append(Program(name, image.symbols, _debug(data), modes))
    return Sources(tuple(programs), trouble)


@cache
def _raw(name: str) -> bytes:
    """A kernel of ours as the raw file that a machine is given."""
    return catalog.raw_kernel(catalog.find(name))
