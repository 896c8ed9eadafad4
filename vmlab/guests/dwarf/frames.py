"""Call frame information: where each function keeps its caller's registers.

A frame description (FDE) covers a range of code; a program of its common part (CIE) and its own
builds, for the address asked for, a rule for the canonical frame address and one for each register
(DWARF 5, 6.4). `.eh_frame` is the same with other details.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from vmlab.core.errors import BadInput, Unsupported
from vmlab.guests.dwarf.scan import Scan

MOST: Final = 200_000
_DEEPEST: Final = 64


class How(Enum):
    """Where a register of the caller is."""

    SAME = "same"
    UNDEFINED = "undefined"
    AT_OFFSET = "at offset"
    """In memory, so far from the canonical frame address."""
    IS_OFFSET = "is offset"
    """It is the canonical frame address and so much."""
    REGISTER = "register"
    EXPRESSION = "expression"
    """Computed: not followed here."""


Rule = tuple[How, int]


@dataclass(frozen=True, slots=True)
class FrameRules:
    """For one address: the canonical frame address is a register and an offset (None: computed),
    `registers` has a rule by DWARF number where one is written, `return_register` has the pc."""

    cfa: tuple[int, int] | None
    registers: Mapping[int, Rule]
    return_register: int
    is_signal: bool = False


@dataclass(frozen=True, slots=True)
class _Common:
    code_align: int
    data_align: int
    return_register: int
    pointer_encoding: int | None
    augmented: bool
    is_signal: bool
    program: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Description:
    low: int
    high: int
    common: _Common
    program: tuple[int, int]
    section: str


class Frames:
    """All frame descriptions of a file, by address."""

    def __init__(self, sections: Mapping[str, bytes], addresses: Mapping[str, int]) -> None:
        """`addresses` has that of `.eh_frame`, whose pointers may be relative to themselves."""
        self._sections = sections
        found: list[_Description] = []
        for name in (".debug_frame", ".eh_frame"):
            found += _descriptions(sections.get(name, b""), name, addresses.get(name, 0))
        self._all = sorted(found, key=lambda one: one.low)
        self._lows = [one.low for one in self._all]

    def __len__(self) -> int:
        return len(self._all)

    def at(self, pc: int) -> FrameRules | None:
        """The rules at an address, None if nothing describes it."""
        index = bisect_right(self._lows, pc) - 1
        if index < 0 or pc >= self._all[index].high:
            return None
        return _Machine(self._all[index], self._sections).rules(pc)


def _descriptions(data: bytes, name: str, address: int) -> list[_Description]:
    is_eh = name == ".eh_frame"
    scan = Scan(data, name)
    commons: dict[int, _Common] = {}
    found: list[_Description] = []
    while scan.left:
        start = scan.at
        size, offset_bytes = scan.length()
        if size == 0:
            if is_eh:
                break  # its end mark
            continue
        at = scan.at
        scan.skip(size)
        part = Scan(data, name, at, at + size)
        id_at = part.at
        number = part.u(4 if is_eh else offset_bytes)
        mark = 0 if is_eh else (1 << 8 * offset_bytes) - 1
        if number == mark:
            commons[start] = _common(part, is_eh)
            continue
        common = commons.get(id_at - number if is_eh else number)
        if common is None:
            raise BadInput(f"expected a common part before the frame at {start:#x} of {name}")
        if len(found) >= MOST:
            raise Unsupported(f"expected at most {MOST} frame descriptions, found more")
        low = _pointer(part, common.pointer_encoding, address)
        encoding = common.pointer_encoding
        length = _pointer(part, None if encoding is None else encoding & 0x0F, address)
        if common.augmented:
            part.skip(part.uleb())
        found.append(_Description(low, low + length, common, (part.at, part.end), name))
    return found


def _common(part: Scan, is_eh: bool) -> _Common:
    version = part.u(1)
    augmentation = part.name()
    if version >= 4 and not is_eh:
        part.skip(2)  # sizes of addresses and segments
    code_align, data_align = part.uleb(), part.sleb()
    register = part.u(1) if version == 1 else part.uleb()
    encoding: int | None = 0 if is_eh else None
    augmented = augmentation.startswith("z")
    if augmented:
        end = part.uleb() + part.at
        for letter in augmentation[1:]:
            if letter == "R":
                encoding = part.u(1)
            elif letter == "L":
                part.skip(1)
            elif letter == "P":
                _pointer(part, part.u(1), 0)
        part.skip(end - part.at)
    elif augmentation:
        raise Unsupported(f"expected no augmentation but z... in {part.what}, found {augmentation}")
    return _Common(
        code_align, data_align, register, encoding, augmented, "S" in augmentation,
        (part.at, part.end),
    )  # fmt: skip


def _pointer(part: Scan, encoding: int | None, address: int) -> int:
    """An address as `.eh_frame` writes it: absolute or from where it stands."""
    if encoding is None:
        return part.u(8)
    at = part.at
    match encoding & 0x0F:
        case 0x00 | 0x04:
            value = part.u(8)
        case 0x02:
            value = part.u(2)
        case 0x03:
            value = part.u(4)
        case 0x0A:
            value = part.s(2)
        case 0x0B:
            value = part.s(4)
        case 0x0C:
            value = part.s(8)
        case _:
            raise Unsupported(f"expected a pointer of a fixed size, found encoding {encoding:#x}")
    return (value + (address + at if encoding & 0x70 == 0x10 else 0)) & (1 << 64) - 1


class _Machine:
    """Runs the two programs of a description up to an address."""

    def __init__(self, of: _Description, sections: Mapping[str, bytes]) -> None:
        self._of, self._data = of, sections[of.section]
        self._cfa: tuple[int, int] | None = (2, 0)
        self._rules: dict[int, Rule] = {}
        self._first: dict[int, Rule] = {}
        self._kept: list[tuple[tuple[int, int] | None, dict[int, Rule]]] = []
        self._at = of.low

    def rules(self, pc: int) -> FrameRules:
        """What holds before the instruction at `pc`."""
        common = self._of.common
        self._run(common.program, pc)
        self._first = dict(self._rules)
        self._run(self._of.program, pc)
        return FrameRules(self._cfa, self._rules, common.return_register, common.is_signal)

    def _run(self, program: tuple[int, int], pc: int) -> None:
        scan = Scan(self._data, self._of.section, *program)
        while scan.left:
            code = scan.u(1)
            low = code & 0x3F
            match code >> 6:
                case 1:
                    self._advance(low)
                case 2:
                    self._offset(low, scan.uleb())
                case 3:
                    self._restore(low)
                case _:
                    self._extended(low, scan)
            if self._at > pc:
                return

    def _advance(self, delta: int) -> None:
        self._at += delta * self._of.common.code_align

    def _offset(self, register: int, factored: int) -> None:
        self._rules[register] = (How.AT_OFFSET, factored * self._of.common.data_align)

    def _restore(self, register: int) -> None:
        if register in self._first:
            self._rules[register] = self._first[register]
        else:
            self._rules.pop(register, None)

    def _extended(self, code: int, scan: Scan) -> None:
        align = self._of.common.data_align
        match code:
            case 0x00:
                pass
            case 0x01:
                self._at = scan.u(8)
            case 0x02 | 0x03 | 0x04:
                self._advance(scan.u(1 << code - 2))
            case 0x05:
                self._offset(scan.uleb(), scan.uleb())
            case 0x06:
                self._restore(scan.uleb())
            case 0x07:
                self._rules[scan.uleb()] = (How.UNDEFINED, 0)
            case 0x08:
                self._rules[scan.uleb()] = (How.SAME, 0)
            case 0x09:
                register = scan.uleb()
                self._rules[register] = (How.REGISTER, scan.uleb())
            case 0x0A:
                if len(self._kept) >= _DEEPEST:
                    raise Unsupported(f"expected at most {_DEEPEST} remembered frames, found more")
                self._kept.append((self._cfa, dict(self._rules)))
            case 0x0B:
                if not self._kept:
                    raise BadInput("expected a remembered frame to go back to, found none")
                self._cfa, self._rules = self._kept.pop()
            case 0x0C:
                self._cfa = (scan.uleb(), scan.uleb())
            case 0x0D:
                self._cfa = (scan.uleb(), 0 if self._cfa is None else self._cfa[1])
            case 0x0E:
                self._cfa = (2 if self._cfa is None else self._cfa[0], scan.uleb())
            case 0x0F:
                scan.skip(scan.uleb())
                self._cfa = None
            case 0x10 | 0x16:
                self._rules[scan.uleb()] = (How.EXPRESSION, 0)
                scan.skip(scan.uleb())
            case 0x11:
                self._offset(scan.uleb(), scan.sleb())
            case 0x12:
                self._cfa = (scan.uleb(), scan.sleb() * align)
            case 0x13:
                self._cfa = (2 if self._cfa is None else self._cfa[0], scan.sleb() * align)
            case 0x14 | 0x15:
                register = scan.uleb()
                factored = scan.uleb() if code == 0x14 else scan.sleb()
                self._rules[register] = (How.IS_OFFSET, factored * align)
            case 0x2E:
                scan.uleb()  # the size of pushed arguments
            case _:
                raise Unsupported(f"expected an instruction of DWARF 2 to 5, found {code:#x}")
