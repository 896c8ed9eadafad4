"""Our reader of DWARF says what pyelftools says, and hostile bytes get a sentence, never a hang."""

from __future__ import annotations

import inspect
import io
import random
from importlib.resources import files
from typing import Any

import pytest
from elftools.dwarf.callframe import FDE
from elftools.dwarf.dwarfinfo import DebugSectionDescriptor, DwarfConfig, DWARFInfo
from elftools.elf.elffile import ELFFile

from vmlab.core.errors import BadInput, VmlabError
from vmlab.guests import build, debugbuild
from vmlab.guests.dwarf import info, sections, units
from vmlab.guests.dwarf.frames import How
from vmlab.guests.dwarf.info import DebugInfo, Place

NAMES = sorted(recipe.name for recipe in build.RECIPES)
every_guest = pytest.mark.parametrize("name", NAMES)


def stored(name: str) -> dict[str, bytes]:
    data = (files("vmlab.guests") / "images" / f"{name}.debug").read_bytes()
    return sections.unpack(data)


def oracle(found: dict[str, bytes]) -> DWARFInfo:
    """pyelftools on the same sections."""

    def section(name: str) -> DebugSectionDescriptor | None:
        data = found.get(name)
        if data is None:
            return None
        return DebugSectionDescriptor(io.BytesIO(data), name, 0, len(data), 0)

    wanted = inspect.signature(DWARFInfo.__init__).parameters
    given: dict[str, Any] = {}
    for name in wanted:
        if name == "config":
            given[name] = DwarfConfig(
                little_endian=True, machine_arch="RISC-V", default_address_size=8
            )
        elif name.endswith("_sec"):
            given[name] = section(f".{name.removesuffix('_sec')}")
    return DWARFInfo(**given)


def oracle_rows(other: DWARFInfo) -> list[tuple[int, int, str, int]]:
    """(first, end, file's own name, line) of every run of instructions."""
    rows = []
    for unit in other.iter_CUs():
        program = other.line_program_for_CU(unit)
        first = 0 if program["version"] >= 5 else 1
        last = None
        for entry in program.get_entries():
            state = entry.state
            if state is None:
                continue
            if last is not None and last.address < state.address:
                name = program["file_entry"][last.file - first].name.decode()
                rows.append((last.address, state.address, name, last.line))
            last = None if state.end_sequence else state
    return sorted(rows)


@every_guest
def test_lines_are_those_that_pyelftools_finds(name: str) -> None:
    found = stored(name)
    ours = [
        (span.low, span.high, span.place.file if span.place else "", span.place)
        for span in DebugInfo(found).spans
    ]
    theirs = oracle_rows(oracle(found))
    assert [one[:2] for one in ours] == [one[:2] for one in theirs]
    for (_, _, file, place), (_, _, other, line) in zip(ours, theirs, strict=True):
        assert (0 if place is None else place.line) == line
        assert place is None or file.endswith(other)


@every_guest
def test_functions_and_frames_are_those_that_pyelftools_finds(name: str) -> None:
    found = stored(name)
    ours, other = DebugInfo(found), oracle(found)
    elf = ELFFile(io.BytesIO((build.IMAGES / f"{name}.elf").read_bytes()))
    symbols = [one for one in elf.get_section_by_name(".symtab").iter_symbols() if one["st_size"]]
    described = 0
    for symbol in symbols:
        low, size = symbol["st_value"], symbol["st_size"]
        if symbol["st_info"]["type"] == "STT_FUNC" and ours.function_range(low) is not None:
            assert ours.function_range(low) == (low, low + size)
            assert ours.calls(low)[-1].function == symbol.name
            described += 1
    assert described or not any(file.endswith(".c") for file in ours.files)
    if ".debug_frame" not in found:
        return
    for entry in other.CFI_entries():
        if not isinstance(entry, FDE):
            continue
        for row in entry.get_decoded().table:
            rules = ours.frame(row["pc"])
            assert rules is not None
            assert rules.cfa == (row["cfa"].reg, row["cfa"].offset)
            offsets = {
                number: rule.arg
                for number, rule in row.items()
                if isinstance(number, int) and rule.type == "OFFSET"
            }
            assert offsets == {
                number: value
                for number, (how, value) in rules.registers.items()
                if how is How.AT_OFFSET
            }


@every_guest
def test_every_file_that_lines_name_is_among_the_sources(name: str) -> None:
    for file in DebugInfo(stored(name)).files:
        assert file == "?" or (build.SOURCES / file).is_file()


def test_inlined_calls_are_told_innermost_first() -> None:
    known = DebugInfo(stored("nano"))
    inlined = [known.calls(span.low) for span in known.spans]
    deep = next(calls for calls in inlined if len(calls) > 2)
    assert [call.inlined for call in deep] == [True] * (len(deep) - 1) + [False]
    assert all(call.place is not None for call in deep)


def test_a_line_leads_to_its_code_and_back() -> None:
    known = DebugInfo(stored("nano"))
    for line in sorted(known.lines_with_code("nano/proc.c")):
        for address in known.starts(Place("nano/proc.c", line)):
            assert known.place(address) == Place("nano/proc.c", line)
    assert known.starts(Place("nano/proc.c", 100_000)) == ()


def test_debug_files_are_of_the_sources_that_there_are() -> None:
    for recipe in build.RECIPES:
        path = files("vmlab.guests") / "images" / f"{recipe.name}.debug"
        assert debugbuild.is_of(recipe, path.read_bytes()), recipe.name


def test_a_debug_file_is_what_its_sources_give() -> None:
    pytest.importorskip("ziglang", reason="the guests' compiler is not installed")
    recipe = next(one for one in build.RECIPES if one.name == "tour")
    image = (build.IMAGES / "tour.elf").read_bytes()
    made = debugbuild.debug_file(recipe, image)
    assert not debugbuild.differs((build.IMAGES / "tour.debug").read_bytes(), made)
    other = (build.IMAGES / "echo.elf").read_bytes()
    with pytest.raises(VmlabError, match="found another"):
        debugbuild.debug_file(recipe, other)


def test_what_the_debug_build_says_is_written_into_the_plain_one() -> None:
    plain = 'f:\n\tbnez\ta0, .L1\n\tnop\n.L1:\n\tret\n\t.ident\t"x"\n'
    debug = (
        "f:\n\t.loc\t1 2 0\n\tbeqz\ta0, .L0\n\tj\t.L1\n.L0:\n\t.loc\t1 3 0\n\tnop\n.L1:\n.Ltmp1:\n"
        '\tret\n\t.section\t.debug_info,"",@progbits\n\t.4byte 7\n\t.ident\t"x"\n'
    )
    made = debugbuild.grafted(plain, debug)
    words = [line.split()[0] for line in made.splitlines() if line.startswith("\t")]
    assert words == [".loc", "bnez", ".loc", "nop", "ret", ".ident", ".section", ".4byte"]


@pytest.mark.parametrize("name", ["primes", "nano"])
def test_damaged_sections_get_a_sentence(name: str) -> None:
    """Every byte counts for something: none of them may end in anything but a sentence."""
    whole, random_ = stored(name), random.Random(7)
    refused = 0
    for _ in range(60):
        part = random_.choice([one for one in whole if one.startswith(".debug")])
        data = bytearray(whole[part])
        for _ in range(random_.randrange(1, 6)):
            data[random_.randrange(len(data))] = random_.choice((0, 0xFF, 0x7F, 1, 0x80))
        cut = random_.choice((len(data), random_.randrange(len(data))))
        try:
            known = DebugInfo({**whole, part: bytes(data[:cut])})
            for pc in range(0x80200000, 0x80200400, 64):
                known.calls(pc)
                known.frame(pc)
        except VmlabError as error:
            refused += 1
            assert "expected" in str(error)
    assert refused > 5


def test_what_a_file_may_unfold_to_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many units that say the same."""
    monkeypatch.setattr(units, "MOST_ENTRIES", 5_000)
    found = stored("nano")
    unit = found[".debug_info"]
    size = int.from_bytes(unit[:4], "little") + 4
    later = found[".debug_info"][size:]
    many = {**found, ".debug_info": (unit[:size] + later) * 50}
    with pytest.raises(VmlabError, match="expected at most"):
        DebugInfo(many)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "another kind"), (b"\x7fELF\x01\x01" + bytes(60), "another kind")],
)
def test_no_elf_is_said(data: bytes, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        info.of_elf(data)


def test_an_elf_without_lines_has_none() -> None:
    assert info.of_elf((build.IMAGES / "nano.elf").read_bytes()) is None
