"""Makes the debug files of the guests: which line of which source each instruction came from.

The same sources are compiled once more with `-g1`, and only the sections that describe the code are
kept, so that the images stay as they are. They fit because the code is the same: that is checked,
instruction by instruction. A compiler does not promise it, and in a function or two ours breaks its
word (a branch is turned round). There what the debug build's assembly says
of its instructions is written into that of the plain build.
"""

from __future__ import annotations

import difflib
import hashlib
import io
import json
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from elftools.elf.elffile import ELFFile

from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.core.units import MIB
from vmlab.derive.decoder import size_of
from vmlab.guests.dwarf import info, sections
from vmlab.guests.loader import load_elf

if TYPE_CHECKING:
    from vmlab.guests.build import Recipe

FLAGS: Final = ("-gdwarf-5", "-g1", "-fdebug-info-for-profiling", "-fdebug-compilation-dir=.")
"""Lines, functions and what is inlined; no types and variables, no path of this machine."""
TO_TEXT: Final = ("-S", "-Wno-unused-command-line-argument")
SUFFIX: Final = ".debug"
_OPCODE: Final = 0x7F
_COMPRESSED_OPCODE: Final = 0xE003
MADE_OF: Final = "made-of"
"""The member of a debug file with the digest of what it was made of."""

Compile = Callable[[str, tuple[str, ...]], str]
"""A source and flags to assembly."""


def debug_file(recipe: Recipe, image: bytes, cache: Path | None = None) -> bytes:
    """What goes beside an image. Raises `BrokenInvariant` if it would describe other code."""
    from vmlab.guests.build import build

    made = build(recipe, cache, extra=FLAGS)
    if not same_code(made, image):
        with tempfile.TemporaryDirectory() as folder:
            made = build(recipe, cache, extra=FLAGS, assembly=Path(folder))
    if not same_code(made, image):
        raise BrokenInvariant(f"expected the code of {recipe.name} with -g1, found another")
    found, _ = sections.of_elf(made)
    return sections.pack({**found, MADE_OF: _made_of(recipe)})


def is_of(recipe: Recipe, stored: bytes) -> bool:
    """Whether a debug file was made of the sources, flags and compiler that there are now."""
    try:
        with zipfile.ZipFile(io.BytesIO(stored)) as archive:
            return archive.read(MADE_OF) == _made_of(recipe)
    except (zipfile.BadZipFile, KeyError):
        return False


def _made_of(recipe: Recipe) -> bytes:
    from vmlab.guests import build

    all_of_it = [FLAGS, build.COMPILE_FLAGS, recipe.flags, build.source_hashes(recipe)]
    text = json.dumps([*all_of_it, build.toolchain_version()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest().encode()


def same_code(made: bytes, image: bytes) -> bool:
    """Whether two images have the same instructions at the same addresses, wherever `made` has
    lines. Operands may differ: the linker puts strings in another order."""
    one, other = (load_elf(data, ram_size=64 * MIB) for data in (made, image))
    described = info.of_elf(made)
    if described is None or one.entry != other.entry:
        return False
    words = [_words(elf) for elf in (made, image)]
    return all(
        words[0](span.low, span.high) == words[1](span.low, span.high) for span in described.spans
    )


def _words(elf: bytes) -> Callable[[int, int], list[int] | None]:
    """The opcodes between two virtual addresses of an ELF file; None outside of it."""
    loads = [
        (header["p_vaddr"], header["p_offset"], header["p_filesz"])
        for header in (segment.header for segment in ELFFile(io.BytesIO(elf)).iter_segments())
        if header["p_type"] == "PT_LOAD"
    ]

    def words(low: int, high: int) -> list[int] | None:
        for va, offset, size in loads:
            if va <= low and high <= va + size:
                code, found, at = elf[offset + low - va : offset + high - va], [], 0
                while at + 2 <= len(code):
                    word = int.from_bytes(code[at : at + 2], "little")
                    found.append(word & (_OPCODE if word & 3 == 3 else _COMPRESSED_OPCODE))
                    at += size_of(word)
                return found
        return None

    return words


def differs(stored: bytes, made: bytes) -> bool:
    """Whether two debug files say different things; their own bytes depend on a zlib."""
    try:
        return _content(stored) != _content(made)
    except BadInput:
        return True


def _content(data: bytes) -> Mapping[str, bytes]:
    return sections.unpack(data)


def grafted(plain: str, debug: str) -> str:
    """The assembly of the plain build with what the debug build says about its instructions."""
    lines = plain.splitlines(keepends=True)
    places = [at for at, line in enumerate(lines) if _is_instruction(line)]
    tables = debug.partition("\t.section\t.debug_")
    body = tables[0].splitlines(keepends=True)
    there = [at for at, line in enumerate(body) if _is_instruction(line)]
    matcher = difflib.SequenceMatcher(
        None, [body[at] for at in there], [lines[at] for at in places], autojunk=False
    )
    before, after = defaultdict[int, list[str]](list), defaultdict[int, list[str]](list)
    for _, first, last, start, end in matcher.get_opcodes():
        for number in range(first, last):
            # Where the two differ, all that is said comes before the first of ours.
            ours = min(start + number - first, end - 1) if start < end else start
            said = body[there[number - 1] + 1 if number else 0 : there[number]]
            ends = max((at + 1 for at, line in enumerate(said) if _ends(line)), default=0)
            after[ours - 1] += filter(_is_about, said[:ends])
            before[ours] += filter(_is_about, said[ends:])
    if not there:
        return plain
    after[len(places) - 1] += filter(_is_about, body[there[-1] + 1 :])
    for number, at in enumerate(places):
        lines[at] = "".join([*before[number], lines[at], *after[number]])
    # Behind what both builds end with stands the mark where the assembler puts the line table.
    description, _, rest = "".join(tables[1:]).partition("\t.ident")
    line_table = "".join(rest.partition("\t.section\t.debug_line")[1:])
    return "".join([*lines, description, line_table])


def _is_instruction(line: str) -> bool:
    word = line.strip()
    return line.startswith("\t") and bool(word) and word[0] not in ".#" and not word.endswith(":")


def _ends(line: str) -> bool:
    return line.startswith("\t.cfi_endproc")


def _is_about(line: str) -> bool:
    """Whether a line describes the code, and is nothing of it."""
    word = line.strip()
    return word.startswith((".loc\t", ".cfi_", ".Ltmp", ".Lfunc_begin")) or (
        word.startswith(".file\t") and word[6:7].isdigit()
    )
