"""Modules that can be moved: the same program at any base, and files that outside tools accept."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import pytest
import wasmtime

from vmlab.core.errors import BadInput
from vmlab.derive.wasm.interp import hook_names, print_module
from vmlab.derive.wasm.module import Function, Local, Module
from vmlab.derive.wasm.opcodes import OPCODES, Instr, Takes, Type
from vmlab.derive.wasm.relocation import relocate, unpack
from vmlab.isa.table import INSTRUCTIONS, all_kernels

BASES = (0, 16, 0x1230, 0x1234_5670, 0x7FFF_0000, 0xFFF0_0000)


def printed(base: int) -> Module:
    hooks = hook_names(all_kernels(), INSTRUCTIONS)
    return print_module(all_kernels(), INSTRUCTIONS, base, hooks)


@pytest.fixture(scope="module")
def file() -> bytes:
    return printed(0).encode_file()


def number(binary: bytes, at: int) -> tuple[int, int]:
    """A LEB128 number, of any length, and where the next thing is."""
    value = shift = 0
    while True:
        byte, at = binary[at], at + 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def sections(binary: bytes) -> Iterator[tuple[int, bytes]]:
    at = 8
    while at < len(binary):
        size, start = number(binary, at + 1)
        yield binary[at], binary[start : start + size]
        at = start + size


BY_CODE = dict(OPCODES.values())


def instructions(body: bytes) -> Iterator[tuple[int, ...]]:
    """The instructions of a function's entry, read by this small decoder of the tests' own."""
    runs, at = number(body, 0)
    for _ in range(runs):
        count, at = number(body, at)
        yield count, body[at]
        at += 1
    while at < len(body):
        code, at = body[at], at + 1
        takes, words = BY_CODE[code], [code]
        many = {Takes.NOTHING: 0, Takes.OFFSET: 2}.get(takes, 1)
        if takes is Takes.LABELS:
            labels, at = number(body, at)
            words.append(labels)
            many = labels + 1
        for _ in range(many):
            word, at = number(body, at)
            words.append(word)
        yield tuple(words)


def program(binary: bytes) -> list[object]:
    """What a module says, however long its numbers are."""
    said: list[object] = []
    for kind, content in sections(binary):
        if kind != 10:
            said.append((kind, content))
            continue
        count, at = number(content, 0)
        for _ in range(count):
            size, at = number(content, at)
            said.append(list(instructions(content[at : at + size])))
            at += size
        assert at == len(content)
    return said


@pytest.mark.parametrize("base", BASES)
def test_a_moved_module_is_the_one_printed_for_that_base(file: bytes, base: int) -> None:
    moved = relocate(*unpack(file), base)
    assert program(moved) == program(printed(base).encode())
    wasmtime.Module.validate(wasmtime.Engine(), moved)


def test_the_file_is_a_valid_module_for_an_arena_at_0(file: bytes) -> None:
    wasmtime.Module.validate(wasmtime.Engine(), file)
    assert program(file)[:-1] == program(printed(0).encode())


def reaching(offset: int) -> Module:
    """One function that reads a word there."""
    body = [Instr("i32.const", 0), Instr("i64.load", offset)]
    return Module((), (Function("read", (), (Type.I64,), [], body),))


def test_offsets_may_be_negative_until_the_base_is_added() -> None:
    binary, positions = unpack(reaching(-4096).encode_file())
    assert program(relocate(binary, positions, 0x10000)) == program(reaching(0xF000).encode())
    for base in (0, 4095, (1 << 32) + 4096):
        with pytest.raises(BadInput, match="4 GiB"):
            relocate(binary, positions, base)


def test_a_module_without_offsets_moves_too() -> None:
    module = Module((), (Function("same", (Local("a", Type.I32),), (), [], []),))
    assert relocate(*unpack(module.encode_file()), 64) == module.encode()


def test_damaged_files_are_refused(file: bytes) -> None:
    rng = np.random.default_rng(4)
    with pytest.raises(BadInput, match="expected a module"):
        unpack(printed(0).encode())
    for end in [0, 1, 8, 9, 100, *rng.integers(0, len(file), 50).tolist(), len(file) - 1]:
        with pytest.raises(BadInput, match="expected a module"):
            unpack(file[:end])
    for _ in range(300):
        bad = bytearray(file)
        bad[int(rng.integers(len(file)))] ^= int(rng.integers(1, 256))
        with contextlib.suppress(BadInput):  # nothing else, and never outside the module
            assert len(relocate(*unpack(bytes(bad)), 0x1000_0000)) < len(bad)
