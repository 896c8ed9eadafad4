"""Bad input: one clear sentence on stderr, status 2, no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Vmlab
from vmlab.guests.catalog import GUESTS

CASES = {
    "no image": (["run"], "expected a guest's name"),
    "no such guest": (["run", "nonsense"], "tour, primes, faults"),
    "a folder": (["run", "."], "found a folder"),
    "an empty file": (["run", "empty.elf"], "found an empty file"),
    "not an ELF": (["run", "text.elf"], "expected an ELF file"),
    "truncated": (["run", "short.elf"], "truncated"),
    "32-bit": (["run", "small.elf"], "expected a 64-bit ELF file, found 32-bit"),
    "big-endian": (["run", "big.elf"], "expected a little-endian ELF file"),
    "not RISC-V": (["run", "x86.elf"], "RISC-V"),
    "RAM too small": (["run", "tour", "--ram", "4K"], "RAM"),
    "RAM is no size": (["run", "tour", "--ram", "much"], "expected a size"),
    "an engine there is none of": (["run", "tour", "--engine", "t9"], "t9"),
    "an ISA that is not built": (["run", "tour", "--isa", "rv64gcvh"], "not built"),
    "initrd": (
        ["run", "tour", "--initrd", "x"],
        "expected an initial RAM disk at 'x', found: ",
    ),
    "append": (["run", "tour", "--append", "\u00e4"], "expected a command line in printable ASCII"),
    "append to a tree": (["run", "tour", "--append", "x", "--dtb", "text.elf"], "names its own"),
    "no such translation": (["run", "tour", "--translation", "sv32"], "bare, sv39, sv48, sv57"),
    "half aligned": (["run", "tour", "--misaligned", "half"], "trap, done"),
    "no such tval": (["run", "tour", "--illegal-tval", "x"], "zero, word"),
    "disk": (["run", "tour", "--disk", "x"], "expected a disk at 'x', found: "),
    "a broken regex": (["run", "tour", "--until", "("], "--until: expected a regular expression"),
    "a regex too deep": (["run", "tour", "--until", "(" * 5_000 + ")" * 5_000], "--until: "),
    "a regex too long": (["run", "tour", "--until", "x{99999999999}"], "--until: expected"),
    "a regex with a warning": (["run", "tour", "--until", "[[:a"], "--until: expected"),
    "a seed no recording holds": (["run", "tour", "--seed", str(1 << 62)], "expected a seed"),
    "half a --send": (["run", "tour", "--send", "x"], "expected a regex and a text"),
    "stats nowhere": (["run", "tour", "--stats", "no/s.json"], "expected to write"),
    "record nowhere": (["run", "tour", "--record", "no/s.zip"], "no such folder"),
    "replay of nothing": (["run", "--replay", "none.zip"], "none.zip"),
    "replay of something else": (["run", "--replay", "text.elf"], "text.elf"),
    "replay on another machine": (
        ["run", "--replay", "x.zip", "--ram", "8M"],
        "the file has its own guest and input, found --ram too",
    ),
    "load with a disk": (
        ["run", "--load", "x.zip", "--disk", "x"],
        "--load: the file has its own guest and input, found --disk too",
    ),
    "replay with an image": (
        ["run", "tour", "--replay", "x.zip"],
        "the file has its own guest and input, found IMAGE too",
    ),
    "firmware that is not there": (["run", "--bios", "none.bin"], "none.bin"),
    "disasm of text": (["disasm", "text.elf"], "expected an ELF file"),
    "disasm of a damaged section": (["disasm", "noname.elf"], "expected section headers"),
    "asm of nothing": (["asm", "none.S", "-o", "x.elf"], "none.S"),
    "asm with an error": (["asm", "wrong.S", "-o", "x.elf"], "wrong.S:2:"),
    "serve without a site": (["serve", "--dir", "empty", "--port", "0"], "built site"),
}


@pytest.fixture
def files(tmp_path: Path) -> None:
    """Files that are wrong in one way each."""
    good = GUESTS["tour"].read()
    (tmp_path / "empty.elf").touch()
    (tmp_path / "text.elf").write_text("hello, this is no ELF file")
    (tmp_path / "short.elf").write_bytes(good[:40])
    (tmp_path / "small.elf").write_bytes(good[:4] + b"\x01" + good[5:])
    (tmp_path / "big.elf").write_bytes(good[:5] + b"\x02" + good[6:])
    (tmp_path / "x86.elf").write_bytes(good[:18] + b"\x3e\x00" + good[20:])
    # e_shstrndx: no section holds the sections' names.
    (tmp_path / "noname.elf").write_bytes(good[:62] + b"\x7f\0" + good[64:])
    (tmp_path / "wrong.S").write_text("_start: nop\n  frobnicate a0\n")


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("case", CASES)
def test_bad_input_gets_one_sentence_and_status_2(vmlab_says: Vmlab, case: str) -> None:
    words, part = CASES[case]
    done = vmlab_says(*words)
    said = done.stderr.decode()
    assert done.returncode == 2, said
    assert part in said
    assert said.startswith("vmlab: ")
    assert len(said.splitlines()) == 1
    assert done.stdout == b""


def test_a_misspelt_option_is_refused_with_a_hint(vmlab: Vmlab) -> None:
    done = vmlab("run", "tour", "--untill", "x")
    assert done.returncode == 2
    assert "--until" in done.stderr.decode()


def test_bytes_that_are_no_text_can_be_waited_for_and_typed(vmlab: Vmlab) -> None:
    done = vmlab("run", "echo", "--send", ".", b"\xffq".decode(errors="surrogateescape"))
    assert done.returncode == 0, done.stderr
    odd = vmlab("run", "tour", "--until", b"\xff".decode(errors="surrogateescape"))
    assert odd.returncode == 1
    assert b"was never printed" in odd.stderr
