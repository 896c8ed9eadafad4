"""`--send` and `--until`: a conversation, without a guest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.cli.run import join_pairs
from vmlab.cli.script import Script, compile_regex, decode_text
from vmlab.core.errors import BadInput


def script(*sends: tuple[str, str], until: str | None = None) -> Script:
    pairs = [(compile_regex("--send", regex), decode_text(text)) for regex, text in sends]
    return Script(pairs, None if until is None else compile_regex("--until", until))


def test_escapes_are_decoded_and_nothing_else_is() -> None:
    assert decode_text(r"a\n\r\x1b\t\q\x5cn") == b"a\n\r\x1b\\t\\q\\n"


def test_text_beyond_ascii_is_typed_as_utf8() -> None:
    assert decode_text("é\\xff") == "é".encode() + b"\xff"


def test_an_answer_comes_at_the_byte_that_ends_the_match() -> None:
    talk = script(("login: ", "root\\n"))
    assert talk.feed(b"login:").send == b""
    assert talk.feed(b" ").send == b"root\n"


def test_a_regex_searches_only_the_output_since_the_previous_match() -> None:
    talk = script(("a", "1"), ("a", "2"))
    assert talk.feed(b"a").send == b"1"
    assert talk.feed(b"bc").send == b""
    assert talk.feed(b"a").send == b"2"


def test_dollar_is_the_end_of_the_output_so_far() -> None:
    talk = script((r"# $", "x"))
    assert talk.feed(b"1 #2 #").send == b""
    assert talk.feed(b" ").send == b"x"


def test_until_is_armed_after_the_last_send() -> None:
    talk = script(("name", "bob"), until="hello")
    assert not talk.feed(b"hello, your name?").done
    assert talk.feed(b"hello bob").done


def test_a_regex_that_matches_nothing_is_answered_before_any_output() -> None:
    assert script(("", "x"), ("", "y")).feed(b"").send == b"xy"


def test_what_is_still_waited_for_is_known() -> None:
    talk = script(("a", "1"), until="b")
    assert talk.waiting_for == "a"
    talk.feed(b"a")
    assert talk.waiting_for == "b"
    talk.feed(b"b")
    assert talk.waiting_for is None


@given(st.binary(max_size=200), st.integers(1, 50))
def test_how_output_is_cut_into_pieces_makes_no_difference(data: bytes, size: int) -> None:
    whole, pieces = (
        script((r"\d", "n"), (r".$", "e"), until="a"),
        script((r"\d", "n"), (r".$", "e"), until="a"),
    )
    sent = b"".join(pieces.feed(data[at : at + size]).send for at in range(0, len(data), size))
    assert whole.feed(data).send == sent
    assert whole.matched == pieces.matched


def test_a_broken_regex_is_named_with_its_option() -> None:
    with pytest.raises(BadInput, match=r"--until: expected a regular expression, found '\('"):
        compile_regex("--until", "(")


def test_send_takes_two_arguments() -> None:
    assert join_pairs(["tour", "--send", "a", "-b", "--", "--send"]) == [
        "tour", "--send=a\0-b", "--", "--send",
    ]  # fmt: skip
    with pytest.raises(BadInput, match="expected a regex and a text"):
        join_pairs(["--send", "a"])
