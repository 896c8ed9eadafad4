"""Deep links: the part of the page's address after `#`, `u=1&g=tour&isa=rv64im&n=120`.

The keys are the contract in the design: `g` guest, `isa`, `sv` the longest translation format,
`ram` its size, `t` technique (without one the guest has the machine to itself), `e` engine, `n`
position, `b` breakpoints in hexadecimal, `lang` the language. Keys that nobody knows are ignored;
what nobody can open is refused with a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

from vmlab.core.errors import BadInput, Unsupported
from vmlab.ui.i18n import known

VERSION: Final = "1"
_MAX_POSITION: Final = 1 << 40
MOST_BREAKPOINTS: Final = 64


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
    language: str | None = None
    """The tag of a language that there is."""


def _position(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > _MAX_POSITION:
        raise BadInput(f"expected a position such as n=120 in the address, found {text}")
    return int(text)


def _breakpoints(text: str) -> tuple[int, ...]:
    parts = [part for part in text.split(",") if part]
    try:
        found = tuple(int(part, 16) for part in parts)
    except ValueError:
        found = (-1,)
    if len(found) > MOST_BREAKPOINTS or any(not 0 <= one < 1 << 64 for one in found):
        raise BadInput(
            f"expected breakpoints such as b=80000100,80000200 in the address, found {text}"
        )
    return found


def parse(fragment: str) -> Link:
    """Read a fragment, with or without its `#`. An empty one asks for nothing."""
    asked = dict(parse_qsl(fragment.removeprefix("#")))
    if asked.get("u", VERSION) != VERSION:
        raise Unsupported(f"expected an address of version u=1, found u={asked['u']}")
    return Link(
        asked.get("g"),
        asked.get("isa"),
        asked.get("e"),
        _position(asked["n"]) if "n" in asked else None,
        _breakpoints(asked.get("b", "")),
        asked.get("sv"),
        asked.get("ram"),
        asked.get("t"),
        known(asked.get("lang")),
    )


def build(link: Link) -> str:
    """The fragment, with its `#`, that asks for what `link` says; empty if it says nothing."""
    parts = {
        "g": link.guest,
        "isa": link.isa,
        "sv": link.translation,
        "ram": link.ram,
        "t": link.technique,
        "e": link.engine,
        "n": None if link.position is None else str(link.position),
        "b": ",".join(f"{address:x}" for address in link.breakpoints) or None,
        "lang": link.language and link.language.partition("-")[0],
    }
    said = {name: value for name, value in parts.items() if value}
    return "#" + urlencode({"u": VERSION, **said}, safe=",") if said else ""
