"""Deep links: what is understood, what is ignored, what is refused."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.core.errors import VmlabError
from vmlab.engine.api import ENGINES
from vmlab.machine.platform import CHOICES
from vmlab.ui import linked
from vmlab.ui.arrangement import PRESETS
from vmlab.ui.fragment import FREEDOMS, THEMES, Link, build, parse
from vmlab.ui.i18n import LANGUAGES


def test_a_link_says_guest_position_and_breakpoints() -> None:
    asked = parse("#u=1&g=primes&isa=rv64im&e=t0&n=120&b=80000100,80000204")
    assert asked == Link("primes", "rv64im", "t0", 120, (0x8000_0100, 0x8000_0204))


def test_a_link_says_the_technique_of_a_guest() -> None:
    link = Link("nano", technique="trap_emulate")
    assert build(link) == "#u=1&g=nano&t=trap_emulate"
    assert parse(build(link)) == link


def test_a_link_says_the_command_line_of_a_kernel() -> None:
    link = Link("nano", append="sys 10", position=32)
    assert build(link) == "#u=1&g=nano&a=sys+10&n=32"
    assert parse(build(link)) == link


@pytest.mark.parametrize("fragment", ["", "#", "#u=1", "#theme=plaid&v=<b>&who=knows"])
def test_what_it_does_not_say_or_know_is_left_open(fragment: str) -> None:
    assert parse(fragment) == Link()


@pytest.mark.parametrize(
    "fragment",
    [
        "#u=2",
        "#n=-1",
        "#n=1e9",
        "#b=xyz",
        "#b=-1",
        "#b=0x_1",
        "#asm=!",
        f"#a={'x' * 257}",
        f"#n={'9' * 5000}",
        "#" + "x" * 20_000,
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(fragment: str) -> None:
    with pytest.raises(VmlabError, match="expected"):
        parse(fragment)


NAMES = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=20
)
LINKS = st.builds(
    Link,
    guest=st.none() | NAMES,
    isa=st.none() | NAMES,
    engine=st.none() | st.sampled_from(ENGINES),
    position=st.none() | st.integers(0, 1 << 40),
    breakpoints=st.lists(st.integers(0, (1 << 64) - 1), max_size=64, unique=True).map(tuple),
    translation=st.none() | st.sampled_from(sorted(CHOICES["translation"])),
    ram=st.none() | NAMES,
    technique=st.none() | NAMES,
    language=st.none() | st.sampled_from(sorted(LANGUAGES)),
    view=st.sampled_from([None, *PRESETS]),
    theme=st.none() | st.sampled_from(THEMES),
    assembly=st.none() | st.text(st.characters(codec="utf-8"), min_size=1, max_size=2_000),
    choices=st.lists(st.sampled_from(FREEDOMS), unique=True).flatmap(
        lambda names: st.tuples(*(st.tuples(st.just(one), NAMES) for one in sorted(names)))
    ),
)


@given(LINKS)
def test_what_a_link_says_comes_back(link: Link) -> None:
    """Everything, whatever its characters: what is too long for a link is the exception."""
    wanted = replace(
        link, choices=tuple(sorted(link.choices, key=lambda one: FREEDOMS.index(one[0])))
    )
    if link.assembly is not None and linked.pack(link.assembly) is None:
        wanted = replace(wanted, assembly=None)
    assert parse(build(link)) == wanted


def test_a_source_travels_and_one_that_is_too_long_does_not() -> None:
    packed = linked.pack("nop\n" * 10_000)
    assert packed is not None
    assert len(packed) < 200
    assert linked.unpack(packed) == "nop\n" * 10_000
    noise = "".join(chr(0x4E00 + (at * 7919) % 20_000) for at in range(8_000))
    assert linked.pack(noise) is None
    assert linked.pack("x" * (linked.MOST_SOURCE_BYTES + 1)) is None


@given(st.text(max_size=60))
def test_no_fragment_breaks_it(fragment: str) -> None:
    with suppress(VmlabError):
        parse(fragment)
