"""Our call stack is GDB's `bt`, on nano with its debug file put back into its image."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from importlib.resources import files
from posixpath import normpath

import pytest

import vmlab
from vmlab.guests.dwarf import sections

POINTS = ("put", "process_start", "new_process", "sys_write", "sys_fork", "main_sys", "console_put")
_FRAME = re.compile(r"#\d+\s+(?:0x[0-9a-f]+ in )?(\w+) \(.*?\)(?: at (\S+):(\d+))?")


def _path(found: str | None) -> str:
    """GDB says ./ before a path that is relative to the folder of the build."""
    return normpath(found) if found else ""


def with_lines(name: str) -> bytes:
    """The image with the sections of its debug file behind it, and section headers that have all
    of them."""
    folder = files("vmlab.guests") / "images"
    image = bytearray((folder / f"{name}.elf").read_bytes())
    header = list(struct.unpack_from("<16sHHIQQQIHHHHHH", image))
    at, count, names_index = header[6], header[12], header[13]
    table = [list(struct.unpack_from("<IIQQQQIIQQ", image, at + 64 * n)) for n in range(count)]
    names_at, names_size = table[names_index][4:6]
    names = bytearray(image[names_at : names_at + names_size])
    for section, data in sections.unpack((folder / f"{name}.debug").read_bytes()).items():
        table.append([len(names), 1, 0, 0, len(image), len(data), 0, 0, 1, 0])
        names += section.encode() + b"\0"
        image += data
    table[names_index][4:6] = [len(image), len(names)]
    image += names
    image += bytes(-len(image) % 8)
    header[6], header[12] = len(image), len(table)
    for row in table:
        image += struct.pack("<IIQQQQIIQQ", *row)
    struct.pack_into("<16sHHIQQQIHHHHHH", image, 0, *header)
    return bytes(image)


def test_the_stack_is_what_gdb_says(gdb: Callable[..., list[str]]) -> None:
    session = vmlab.open(with_lines("nano"), engine="t1", bios=vmlab.open("nano").setup.bios)
    commands = "".join(
        f"delete\nbreak *{at:#x}\ncontinue\necho BEGIN {name}\\n\nbt\n"
        for name in POINTS
        for at in (next(a for a, known in session.symbols.items() if known == name),)
    )
    session.send("sys\n")
    told: dict[str, list[tuple[str, str, int]]] = {}
    now = ""
    for line in gdb(session, commands):
        if line.startswith("BEGIN "):
            now = line.split()[1]
            told[now] = []
        elif now and (found := _FRAME.match(line)):
            told[now].append((found[1], _path(found[2]), int(found[3] or 0)))
    assert set(told) == set(POINTS)

    again = vmlab.open(session.setup.image, engine="t1", bios=session.setup.bios)
    again.send("sys\n")
    for name in POINTS:
        again.points.use(())
        again.break_at(name)
        again.run(limit=1_000_000)
        ours = [
            (frame.function, frame.place.file if frame.place else "", frame.place.line)
            for frame in again.stack().frames
            if frame.place is not None and frame.function not in _ASSEMBLY
        ]
        theirs = [one for one in told[name] if one[1] and one[0] not in _ASSEMBLY]
        assert len(ours) >= 1, name
        assert ours == theirs, name


_ASSEMBLY = ("_start", "trap_entry", "resume", "user_start", "user_text")
"""Where GDB goes on by guesses of its own: no frame table describes these."""


@pytest.mark.parametrize("name", ["primes"])
def test_gdb_reads_the_same_lines(gdb: Callable[..., list[str]], name: str) -> None:
    session = vmlab.open(with_lines(name), engine="t0")
    places = [span for span in session.sources.programs[0].debug.spans if span.place][::9]
    commands = "".join(f"info line *{span.low:#x}\n" for span in places)
    said = [line for line in gdb(session, commands) if line.startswith("Line ")]
    found = [re.match(r'Line (\d+) of "([^"]+)"', line) for line in said]
    assert [(_path(one[2]), int(one[1])) for one in found if one] == [
        (span.place.file, span.place.line) for span in places if span.place
    ]
