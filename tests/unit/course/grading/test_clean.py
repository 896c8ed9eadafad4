"""Names of strangers reach a terminal, a spreadsheet, a page or a file system, and do no harm."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.course.grading.clean import cell, file_stem, folded, shown


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "＝1", "\u200b=1"]
)
def test_a_formula_is_text(text: str) -> None:
    assert cell(text)[0] in "'<"


@given(st.text())
def test_every_name_is_one_visible_line(text: str) -> None:
    for made in (shown(text), cell(text)):
        assert len(made) <= 201
        assert not any(
            unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in made
        )
        assert made.lstrip()[:1] not in set("=+-@") or made == shown(text)


@given(st.text())
def test_every_name_is_a_plain_file(text: str) -> None:
    stem = file_stem(text)
    assert stem and len(stem) <= 70
    assert set(stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")


@given(st.text(max_size=4), st.text(max_size=4))
def test_two_names_are_two_files(one: str, other: str) -> None:
    assert (file_stem(one) == file_stem(other)) == (one == other)


@pytest.mark.parametrize("text", ["../../etc/passwd", "index", "CON", "nul", "a/b", "", ".", "A"])
def test_no_name_is_a_place_or_a_device(text: str) -> None:
    stem = file_stem(text)
    assert stem not in ("index", "con", "nul") and "-" in stem


def test_plain_ids_keep_their_names() -> None:
    assert file_stem("s1-ada_l") == "s1-ada_l"


def test_names_are_the_same_in_any_case_and_form() -> None:
    assert folded(" Ada  LOVELACE ") == folded("ada lovelace") == folded("ａｄａ lovelace")
