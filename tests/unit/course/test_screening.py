"""What is no program is refused with a sentence before anything is started for it, and no text,
however it was made, does more than be refused or be let through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.core.errors import BadInput
from vmlab.course.sandbox.screening import MOST_BYTES, screen
from vmlab.lab.allowed import MODULES

ALLOWED = """
from __future__ import annotations
import collections.abc, heapq, math as m
from typing import Any
from vmlab.lab import *
def f():
    from functools import cache
"""
REFUSED = {
    b"\xff\xfe": "expected text in UTF-8, found other bytes at 0",
    b"x = 1\ny = '\0'\n": "expected text, found a null character in line 2",
    b"#" * (MOST_BYTES + 1): "expected at most 256 KiB",
    b"x = "
    + b"-" * 3000
    + b"1": "expected lines of at most 2,000 characters, found 3,005 in line 1",
    b"x = (\n" + b"(\n" * 100: "expected at most 60 open brackets",
    b"import socket": "expected imports of vmlab.lab, dataclasses, enum, collections, heapq, "
    "typing, math, functools or itertools; found `import socket` in line 1",
    b"def f():\n  if 1:\n    from os import path": "found `from os import` in line 3",
    b"import math, os.path": "found `import os.path` in line 1",
    b"from ..lab import V": "found `from ..lab import` in line 1",
    b"import vmlab.lab.serve": "found `import vmlab.lab.serve` in line 1",
    b"import vmlab": "found `import vmlab` in line 1",
    "import ｏｓ".encode(): "found `import os` in line 1",
    "def f(): import \U00010400".encode(): "found `import \U00010400` in line 1",
    b"import " + b"a" * 1000: f"found `import {'a' * 73}` in line 1",
}


@pytest.mark.parametrize("source", REFUSED, ids=range(len(REFUSED)))
def test_what_is_refused_is_told(source: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        screen(source, "mine.py")
    assert str(caught.value).startswith("mine.py: expected ")
    assert REFUSED[source] in str(caught.value)


def test_what_is_allowed_passes() -> None:
    assert screen(ALLOWED) == ALLOWED
    assert screen(ALLOWED.encode()) == ALLOWED
    assert screen(b"\xef\xbb\xbfx = 1") == "x = 1"
    for name in MODULES:
        screen(f"import {name}\nfrom {name} import *\n")


def test_what_our_python_cannot_parse_is_left_to_the_one_that_runs_it() -> None:
    """Which is newer: `type` statements and the like are no errors there."""
    for source in ("def f(:", "type A[T] = list[T]\n", "x = f'{'a' + f'{1}'}'\n", "  x = 1"):
        assert screen(source) == source


NESTS = (
    "(", "[", "{", "-", "not ", "lambda: ", "x.", "x(", "x[", "f'{", "a if b else ", "a+",
    "if 1:\n", "await ", "*", "**", "x:=", "\\\n", "'" * 3, "for x in ", "@a\n", "match x:\n case ",
    "a<", "(yield ", "[x for x in ", "try:\n", "with a:\n ", "\f", "\r", "\t", "async ",
)  # fmt: skip


@pytest.mark.parametrize("piece", NESTS)
def test_no_nesting_breaks_the_parser(piece: str) -> None:
    """On lines of the allowed length, and on as many of them as fit."""
    inline = piece * (1900 // len(piece))
    indented = "\n".join(" " * depth + piece.strip() for depth in range(1000))
    broken = (piece.rstrip() + "\\\n") * 20_000
    for source in (inline, inline + "1", indented, broken + "1", (inline + "\n") * 100):
        try:
            screen(source)
        except BadInput as error:
            assert "expected" in str(error)


@given(st.binary(max_size=300) | st.text(alphabet="([{)]}'\"\\\n :=import os.*#f\0x", max_size=200))
def test_any_text_passes_or_is_refused(source: bytes | str) -> None:
    try:
        assert isinstance(screen(source), str)
    except BadInput as error:
        assert str(error).startswith("student.py: expected ")
