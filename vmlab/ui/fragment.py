"""Deep links: the part of the page's address after `#`, `u=1&g=tour&isa=rv64im&n=120`.

The keys are the contract in the design: `g` guest, `isa`, `sv` the longest translation format,
`ram` its size, `a` the kernel's command line (nano runs the program that it names), `t` technique
(without one the guest has the machine to itself), `e` engine, `n` position, `b` breakpoints in
hexadecimal, `v` the arrangement of the panels, `lang` the language, `theme`. The other freedoms of
the machine stand under their own names (`misaligned=done`). With `asm`, the guest is
the source that the link itself carries, and `g` is what to call it. Keys that nobody knows are
ignored; what nobody can open is refused with a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

from vmlab.core.errors import BadInput, Unsupported
from vmlab.machine.platform import CHOICES
from vmlab.ui import linked
from vmlab.ui.arrangement import known_view
from vmlab.ui.i18n import known

VERSION: Final = "1"
MOST_CHARACTERS: Final = 16_384
"""Of a fragment: more is no link of ours."""
THEMES: Final = ("light", "dark", "contrast")
FREEDOMS: Final = tuple(name for name in CHOICES if name != "translation")
_MAX_POSITION: Final = 1 << 40
MOST_BREAKPOINTS: Final = 64
_MAX_APPEND_CHARACTERS: Final = 256
_SHOWN: Final = 60
"""Characters of what was found that a refusal repeats."""
_DIGITS: Final = re.compile(r"[0-9]{1,13}")
_ADDRESS: Final = re.compile(r"[0-9A-Fa-f]{1,16}")


@dataclass(frozen=True, slots=True)
class Link:
    """What a link asks for; None where it does not say."""

    guest: str | None = None
    isa: str | None = None
    engine: str | None = None
    position: int | None = None
    breakpoints: tuple[int, ...] = ()
    translation: str | None = None
    ram: str | None = None
    technique: str | None = None
    append: str | None = None
    """The kernel's command line."""
    language: str | None = None
    """The tag of a language that there is."""
    view: str | None = None
    """A preset that there is."""
    theme: str | None = None
    """One of `THEMES`."""
    assembly: str | None = None
    """The source of the guest, which the link carries."""
    choices: tuple[tuple[str, str], ...] = ()
    """The other freedoms of the machine, by the names that `vmlab.open` has for them."""


def _position(text: str) -> int:
    if not _DIGITS.fullmatch(text) or int(text) > _MAX_POSITION:
        raise BadInput(f"expected a position such as n=120 in the address, found {text[:_SHOWN]}")
    return int(text)


def _breakpoints(text: str) -> tuple[int, ...]:
    parts = [part for part in text.split(",") if part]
    if len(parts) > MOST_BREAKPOINTS or not all(map(_ADDRESS.fullmatch, parts)):
        raise BadInput(
            "expected breakpoints such as b=80000100,80000200 in the address, "
            f"found {text[:_SHOWN]}"
        )
    return tuple(dict.fromkeys(int(part, 16) for part in parts))


def _append(text: str) -> str:
    if len(text) > _MAX_APPEND_CHARACTERS:
        raise BadInput(
            f"expected a command line of at most {_MAX_APPEND_CHARACTERS} characters in the "
            f"address, found {len(text)}"
        )
    return text


def parse(fragment: str) -> Link:
    """Read a fragment, with or without its `#`. An empty one asks for nothing."""
    if len(fragment) > MOST_CHARACTERS:
        raise BadInput(
            f"expected an address of at most {MOST_CHARACTERS} characters, found {len(fragment)}"
        )
    asked = dict(parse_qsl(fragment.removeprefix("#")))
    if asked.get("u", VERSION) != VERSION:
        raise Unsupported(f"expected an address of version u=1, found u={asked['u'][:_SHOWN]}")
    theme = asked.get("theme")
    return Link(
        asked.get("g"),
        asked.get("isa"),
        asked.get("e"),
        _position(asked["n"]) if "n" in asked else None,
        _breakpoints(asked.get("b", "")),
        asked.get("sv"),
        asked.get("ram"),
        asked.get("t"),
        _append(asked["a"]) if "a" in asked else None,
        known(asked.get("lang")),
        known_view(asked.get("v")) or None,
        theme if theme in THEMES else None,
        linked.unpack(asked["asm"]) if "asm" in asked else None,
        tuple((name, asked[name]) for name in FREEDOMS if name in asked),
    )


def build(link: Link) -> str:
    """The fragment, with its `#`, that asks for what `link` says; empty if it says nothing. A
    source that is too long for a link is left out: `linked.pack` tells."""
    parts = {
        "g": link.guest,
        "isa": link.isa,
        "sv": link.translation,
        "ram": link.ram,
        "t": link.technique,
        "a": link.append,
        "e": link.engine,
        "n": None if link.position is None else str(link.position),
        "b": ",".join(f"{address:x}" for address in link.breakpoints) or None,
        "v": link.view,
        "lang": link.language and link.language.partition("-")[0],
        "theme": link.theme,
        **dict(link.choices),
        "asm": None if link.assembly is None else linked.pack(link.assembly),
    }
    said = {name: value for name, value in parts.items() if value}
    return "#" + urlencode({"u": VERSION, **said}, safe=",:") if said else ""
