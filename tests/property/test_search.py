"""Searching growing text after each byte gives what searching all of it gives."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmlab.cli.script import Script
from vmlab.core.search import Search

REGEXES = [
    rb"", rb"a", rb"ab", rb"a|bcd|\n", rb"=> $", rb"ab$", rb"^a", rb"(?m)^b$", rb"(?m)a$", rb"a\b",
    rb"\bab\b", rb"a\B", rb"\Ba", rb"a.c", rb"(?s)a.c", rb"a.*c", rb"(?s)a.*c", rb"a[^b]*c",
    rb"a[^\n]+c", rb"a\s*b", rb"a\S*b", rb"a\d*b", rb"a\D*b", rb"a\w*\n", rb"[\x00- ]+b",
    rb"a{2,3}b",
    rb"(ab)+c", rb"(a|b){1,2}c", rb"(?:ab)?c", rb"a(?=bc)", rb"a(?!bc)", rb"a(?!b)", rb"(?<=ab)c",
    rb"(?<!a)b", rb"(a)\1", rb"(a)?(?(1)b|c)", rb"a(?=.*b)", rb"a(?!.*b)", rb"(?i:A)b",
    rb"(?s:.)+c",
    rb"(?>a+)b", rb"a*+b", rb"a\Z", rb"\Aa", rb"(?i)AB", rb"a.*?b$", rb"(?:)+a", rb"a.*$",
    rb".*b\n",
    rb"(?m)a.*$", rb"a[\W]b", rb"a+$",
]  # fmt: skip


@pytest.mark.parametrize("regex", REGEXES)
@settings(max_examples=60, deadline=None)
@given(text=st.text("abc1 \nA=>", max_size=30), start=st.integers(0, 8))
def test_each_byte_gives_what_searching_everything_gives(
    regex: bytes, text: str, start: int
) -> None:
    pattern = re.compile(regex)
    search, seen = Search(pattern), bytearray()
    if pattern.search(b""):
        return  # looked for once before the first byte
    for value in text.encode():
        seen.append(value)
        if len(seen) <= start:
            continue
        whole = pattern.search(seen, start) is not None
        assert search.grew(seen, start) == whole, (regex, bytes(seen))
        if whole:
            return  # nobody searches on


@pytest.mark.parametrize(
    "regex", [rb"=> $", rb"login:", rb"ready.*now", rb"[^\n]*\$ $", rb"a{3}b?"]
)
def test_much_output_is_no_quadratic_work(regex: bytes) -> None:
    script = Script([], re.compile(regex))
    output = b"some line of a log with 60 characters, more or less of them\n" * 4_000
    began = time.process_time()
    script.feed(output)
    assert not script.matched
    # 240,000 bytes; reading the window after each of them would take half a minute.
    assert time.process_time() - began < 3
