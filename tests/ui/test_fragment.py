"""Deep links: what is understood, what is ignored, what is refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.core.errors import VmlabError
from vmlab.ui.fragment import Link, build, parse


def test_a_link_says_guest_position_and_breakpoints() -> None:
    asked = parse("#u=1&g=primes&isa=rv64im&e=t0&n=120&b=80000100,80000204")
    assert asked == Link("primes", "rv64im", "t0", 120, (0x8000_0100, 0x8000_0204))


def test_a_link_says_the_technique_of_a_guest() -> None:
    link = Link("nano", technique="trap_emulate")
    assert build(link) == "#u=1&g=nano&t=trap_emulate"
    assert parse(build(link)) == link


def test_a_link_says_the_command_line_of_a_kernel() -> None:
    link = Link("nano", append="bench syscall 32")
    assert build(link) == "#u=1&g=nano&a=bench+syscall+32"
    assert parse(build(link)) == link


@pytest.mark.parametrize("fragment", ["", "#", "#u=1", "#theme=dark&who=knows"])
def test_what_it_does_not_say_or_know_is_left_open(fragment: str) -> None:
    assert parse(fragment) == Link()


@pytest.mark.parametrize("fragment", ["#u=2", "#n=-1", "#n=1e9", "#b=xyz", "#b=-1"])
def test_what_cannot_be_done_is_refused_with_a_sentence(fragment: str) -> None:
    with pytest.raises(VmlabError, match="expected"):
        parse(fragment)


@given(st.text(max_size=60))
def test_no_fragment_breaks_it(fragment: str) -> None:
    with suppress(VmlabError):
        parse(fragment)
