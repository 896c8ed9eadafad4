"""The themes' contrast, computed from the tokens' own text (WCAG 2.1's formula)."""

from __future__ import annotations

import re

import pytest

from vmlab.ui import theme

TOKENS = (theme.HERE / "assets" / "tokens.css").read_text("utf-8")
RULE = re.compile(r'\[data-theme="(\w+)"\] \{(.*?)\n\}', re.DOTALL)
COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{3,6})\b")
TEXT_ON_SURFACES = ("ink", "ink-2", "ink-3", "mark", "ok", "bad", "now", "focus")
OWNERS = ("u", "k", "v", "h")
SURFACES = ("paper", "panel", "sunk")
LEAST = {"light": 4.5, "dark": 4.5, "contrast": 7.0}


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def themes() -> dict[str, dict[str, str]]:
    return {name: dict(COLOUR.findall(body)) for name, body in RULE.findall(TOKENS)}


def pairs(tokens: dict[str, str]) -> list[tuple[str, str]]:
    found = [(text, on) for text in TEXT_ON_SURFACES for on in SURFACES]
    found += [(name, f"{name}-tint") for name in ("mark", "ok", "bad", *OWNERS)]
    found += [(name, "panel") for name in OWNERS]
    found += [(f"on-{name}", name) for name in OWNERS] + [("on-act", "act")]
    return [*found, ("term-ink", "term"), ("term-dim", "term")]


def test_the_formula_knows_black_on_white() -> None:
    assert ratio("#000", "#ffffff") == pytest.approx(21)
    assert ratio("#767676", "#fff") == pytest.approx(4.54, abs=0.01)


def test_there_are_three_themes_with_the_same_tokens() -> None:
    found = themes()
    assert set(found) == set(LEAST)
    assert len({frozenset(tokens) for tokens in found.values()}) == 1


@pytest.mark.parametrize("name", LEAST)
def test_every_text_can_be_read(name: str) -> None:
    tokens = themes()[name]
    weak = {
        (text, on): round(ratio(tokens[text], tokens[on]), 2)
        for text, on in pairs(tokens)
        if ratio(tokens[text], tokens[on]) < LEAST[name]
    }
    assert weak == {}


@pytest.mark.parametrize("name", LEAST)
def test_every_control_has_an_edge(name: str) -> None:
    tokens = themes()[name]
    least = 7.0 if name == "contrast" else 3.0
    assert all(ratio(tokens["line-strong"], tokens[on]) >= least for on in SURFACES)
