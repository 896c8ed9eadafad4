"""The guest's header and the monitor's tables say the same."""

from __future__ import annotations

import re
from enum import IntEnum

import pytest

from vmlab.guests.build import SOURCES
from vmlab.guests.nano import SYSTEM_CALLS
from vmlab.vmm.paravirt import abi

HEADER = (SOURCES / "nano/pv/hypervisor.h").read_text(encoding="utf-8")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def enum_of(text: str, name: str) -> dict[str, int]:
    """The names and numbers of a C enum."""
    found = re.search(rf"enum {name} \{{(.*?)\}};", COMMENT.sub("", text), re.DOTALL)
    assert found, name
    numbers: dict[str, int] = {}
    following = 0
    for part in filter(None, (one.strip() for one in found[1].split(","))):
        word, _, value = part.partition("=")
        following = int(value) if value else following
        numbers[word.strip()] = following
        following += 1
    return numbers


def defined(name: str) -> str:
    found = re.search(rf"^#define {name} (.*?)(?:/\*.*)?$", HEADER, re.MULTILINE)
    assert found, name
    return found[1].strip()


@pytest.mark.parametrize(
    ("name", "prefix", "ours"),
    [
        ("op", "OP_", abi.Op),
        ("event", "EVENT_", abi.Event),
        ("shutdown", "SHUTDOWN_", abi.Shutdown),
        ("block_op", "BLOCK_", abi.BlockOp),
    ],
)
def test_the_numbers_are_the_same(name: str, prefix: str, ours: type[IntEnum]) -> None:
    assert enum_of(HEADER, name) == {prefix + one.name: one.value for one in ours}


def test_the_hypercalls_are_the_same() -> None:
    theirs = enum_of(HEADER, "call") | {"CALL_IRET": int(defined("CALL_IRET"))}
    assert theirs == {f"CALL_{one.name}": one.value for one in abi.Call}
    assert int(defined("HYPERCALL"), 16) == abi.EXTENSION


def test_the_shared_words_stand_where_the_struct_has_them() -> None:
    body = re.search(r"struct shared \{(.*?)\n\};", COMMENT.sub("", HEADER), re.DOTALL)
    assert body
    names = re.findall(r"\b(?!u64\b)(\w+)(?=[,;])", body[1])
    first = int(abi.Shared.PENDING)
    assert {name.upper(): first + 8 * at for at, name in enumerate(names)} == {
        word.name: word.value for word in abi.Shared
    }
    for word in ("SCRATCH", "PC"):
        offset = sum(map(int, re.findall(r"-?\d+", defined(f"SHARED_{word}"))))
        assert offset + 4096 == abi.Shared[word]


def test_the_windows_and_rings_are_the_same() -> None:
    top = 1 << 64
    assert top - 2 * 4096 == abi.CONSOLE_VA
    assert "(0ul - 2 * 4096)" in defined("CONSOLE")
    assert top - 3 * 4096 == abi.BLOCK_VA
    assert "(0ul - 3 * 4096)" in defined("BLOCK")
    assert top - (2 << 20) == abi.P2M_VA
    assert "(2ul << 20)" in defined("PFN_TO_MFN")
    assert top - (1 << 20) == abi.M2P_VA
    assert "(1ul << 20)" in defined("MFN_TO_PFN")
    sizes = re.search(r"IN_BYTES = (\d+), OUT_BYTES = (\d+), SLOTS = (\d+)", HEADER)
    assert sizes
    assert tuple(map(int, sizes.groups())) == (abi.IN_BYTES, abi.OUT_BYTES, abi.SLOTS)


def test_the_system_calls_have_the_names_of_the_header() -> None:
    text = (SOURCES / "nano/abi.h").read_text(encoding="utf-8")
    names = re.findall(r"\bSYS_([A-Z_]+)(?: = \d+)?,", text)
    assert tuple(name.lower() for name in names) == SYSTEM_CALLS
