"""The extensions as data: what each implies, its letter in misa, and how an ISA string names them.

A machine has a set of them, chosen when it is built and constant from then on. The word of state
`isa` holds it, a bit a row, so that a text can ask `has(k, "zca")`; engines may read it once.
Known extensions that are not rows (`FOREIGN`) are only ever refused, by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from vmlab.isa.lang import Kit, Value
from vmlab.isa.state import ISA


@dataclass(frozen=True, slots=True)
class ExtensionRow:
    """One extension that is built. `letter` says that misa has a bit for it."""

    name: str
    doc: str
    implies: tuple[str, ...] = ()
    letter: bool = False


ROWS: Final[tuple[ExtensionRow, ...]] = (
    ExtensionRow("i", "base integer instructions", letter=True),
    ExtensionRow("m", "multiplication and division", ("zmmul",), letter=True),
    ExtensionRow("a", "atomics", ("zaamo", "zalrsc"), letter=True),
    ExtensionRow("f", "floating point in single precision", ("zicsr",), letter=True),
    ExtensionRow("d", "floating point in double precision", ("f",), letter=True),
    ExtensionRow("c", "16-bit forms of base instructions", ("zca",), letter=True),
    ExtensionRow("b", "bit manipulation", ("zba", "zbb", "zbs"), letter=True),
    ExtensionRow("h", "the hypervisor's HS, VS and VU", ("zicsr",), letter=True),
    ExtensionRow("zicntr", "cycle, time and instret", ("zicsr",)),
    ExtensionRow("zicsr", "CSR instructions"),
    ExtensionRow("zifencei", "fence.i"),
    ExtensionRow("zihpm", "further counters, which read zero", ("zicsr",)),
    ExtensionRow("zmmul", "multiplication"),
    ExtensionRow("zaamo", "atomic memory operations"),
    ExtensionRow("zalrsc", "load-reserved and store-conditional"),
    ExtensionRow("zca", "16-bit forms without those of floating point"),
    ExtensionRow("zcd", "16-bit loads and stores of doubles", ("zca", "d")),
    ExtensionRow("zba", "addresses of array elements"),
    ExtensionRow("zbb", "counting, rotating, smaller and larger"),
    ExtensionRow("zbs", "single bits"),
    ExtensionRow("sstc", "a timer of S's own", ("zicsr",)),
    ExtensionRow("svadu", "walks that set A and D, where menvcfg.ADUE asks for it"),
    ExtensionRow("svinval", "sfence.vma in parts"),
)
"""Those that are built, in the order in which an ISA string names them."""

FOREIGN: Final[dict[str, tuple[str, ...]]] = {
    "q": ("d",),
    "g": ("i", "m", "a", "f", "d", "zicsr", "zifencei"),
}
"""What the other names that a guest may use stand for."""

PARTS: Final[dict[str, tuple[str, ...]]] = {
    **FOREIGN,
    **{row.name: row.implies for row in ROWS if row.implies},
}
"""What an extension's name implies (unprivileged manual, the chapter of each extension)."""

WHOLE: Final = frozenset({"a", "b", "c", "g"})
"""Extensions that are nothing more than their parts: who has the parts has the whole.

`m` is not among them (division is in no part), nor are the floating-point ones. `c` is just zca
where there are no doubles; with them it is zcd, too (see `closure`)."""

BASE: Final = frozenset({"i", "zicsr"})
"""What every machine has: the privileged architecture needs CSRs."""

_LATER: Final = ("f", "d", "zcd", "h")
"""Extensions that were not there from the start, in the order in which they came."""
BIT: Final = {
    name: at
    for at, name in enumerate([*(row.name for row in ROWS if row.name not in _LATER), *_LATER])
}
"""Where each extension stands in the word of state. A bit never moves: the word is hashed, and what
old recordings say about their state stays true."""

_NAME = re.compile(r"[a-rt-wy]|[zsx][a-z0-9]+")


def closure(names: Iterable[str]) -> frozenset[str]:
    """The names with all that they imply, and the wholes whose parts are all there."""
    given = frozenset(names)
    found = set(given)
    for name in given:
        found |= _implied(name)
    if {"c", "d"} <= found:
        found.add("zcd")
    found |= {name for name in WHOLE if set(PARTS[name]) <= found}
    if "d" in found and "zcd" not in found:
        found.discard("c")
    return frozenset(found)


def _implied(name: str) -> set[str]:
    found: set[str] = set()
    for part in PARTS.get(name, ()):
        found |= {part} | _implied(part)
    return found


BUILT: Final = closure(row.name for row in ROWS)
"""Extensions a guest may ask for."""


def names_of(isa: str) -> frozenset[str]:
    """The names in an ISA string such as `rv64imac_zicsr`; raises `ValueError` if it is none."""
    letters, *rest = isa.lower().removeprefix("rv64").split("_")
    names = [*re.findall(r"[zsx].*|.", letters), *rest]
    if not isa.lower().startswith("rv64") or letters[:1] not in ("i", "g"):
        raise ValueError(isa)
    if not all(_NAME.fullmatch(name) for name in names):
        raise ValueError(isa)
    return frozenset(names)


def extensions_of(isa: str) -> frozenset[str]:
    """All extensions that a machine with this (resolved) ISA string has."""
    return closure(names_of(isa) | BASE)


def isa_string(names: Iterable[str]) -> str:
    """The shortest canonical ISA string of a set: what another name implies is left out, but for
    letters: everybody writes f beside d."""
    have = closure(set(names) | BASE)
    said = {"zcd"} if {"c", "d"} <= have else set()
    rows = [row.name for row in ROWS if row.name in have - said]
    implied = {part for name in rows for part in _implied(name)} - BASE
    shown = [name for name in rows if len(name) == 1 or name not in implied]
    single = "".join(name for name in shown if len(name) == 1)
    return "_".join([f"rv64{single}", *(name for name in shown if len(name) > 1)])


ISA_STRING: Final = isa_string(BUILT)
"""What is built, in canonical order; S and U modes come with it."""


def isa_word(isa: str) -> int:
    """The word of state that says so."""
    have = extensions_of(isa)
    return sum(1 << bit for name, bit in BIT.items() if name in have)


def enabled(word: int) -> frozenset[str]:
    """The extensions that are on in a word of state."""
    return frozenset(name for name, bit in BIT.items() if word >> bit & 1)


def has(k: Kit, name: str) -> Value:
    """True if the machine has the extension."""
    return k[ISA].any(1 << BIT[name])


def misa_letters(k: Kit) -> Value:
    """Bits 25:0 of misa: the single-letter extensions that the machine has."""
    letters = k.const(0)
    for row in ROWS:
        if row.letter:
            letters = letters | (has(k, row.name).word() << (ord(row.name) - ord("a")))
    return letters
