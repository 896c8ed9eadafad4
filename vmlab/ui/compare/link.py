"""Links to a comparison: `u=1&g=nano&p=syscall&t=bare,hwassist`.

`g` is the guest, `p` the point (a nanobenchmark, `prompt` or `end`), `n` a number of instructions
in its place, `t` the techniques, `lang` the language. Keys that nobody knows are ignored; what
nobody can run is refused with a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

from vmlab.core.errors import BadInput, Unsupported
from vmlab.session.board import BARE
from vmlab.session.lanes import FIRST_GOAL, Goal, check, points
from vmlab.ui.fragment import VERSION
from vmlab.ui.i18n import known
from vmlab.vmm.techniques import TECHNIQUES, find

MOST_CHARS: Final = 2_000
FIRST: Final = ("bare", "interpret", "trap_emulate", "hwassist", "paravirt")
"""What is chosen where nobody says otherwise: one of each kind."""


@dataclass(frozen=True, slots=True)
class BoardLink:
    """What a link asks for."""

    goal: Goal = FIRST_GOAL
    techniques: tuple[str, ...] = FIRST
    language: str | None = None


def parse(fragment: str) -> BoardLink:
    """Read a fragment, with or without its `#`. Raises `BadInput` or `Unsupported`."""
    if len(fragment) > MOST_CHARS:
        raise BadInput(
            f"expected an address of at most {MOST_CHARS} characters, found {len(fragment)}"
        )
    asked = dict(parse_qsl(fragment.removeprefix("#")))
    if asked.get("u", VERSION) != VERSION:
        raise Unsupported(f"expected an address of version u=1, found u={asked['u'][:40]}")
    guest = asked.get("g", FIRST_GOAL.guest)
    known_points = points(guest)
    usual = FIRST_GOAL.point if FIRST_GOAL.point in known_points else known_points[0]
    goal = Goal(guest, asked.get("p", usual), _insns(asked.get("n")))
    check(goal)
    names = tuple(name for name in asked.get("t", "").split(",") if name) or FIRST
    for name in names:
        find(name[:40])
    return BoardLink(goal, names, known(asked.get("lang")))


def _insns(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise BadInput(
            f"expected a number of instructions such as n=5000 in the address, found {text[:40]}"
        )
    return int(text)


def build(link: BoardLink) -> str:
    """The fragment, with its `#`; empty if it asks for what is shown anyhow."""
    goal = link.goal
    chosen = {BARE, *link.techniques}
    said = {
        "g": goal.guest,
        "p": None if goal.insns is not None else goal.point,
        "n": None if goal.insns is None else str(goal.insns),
        "t": ",".join(name for name in TECHNIQUES if name in chosen),
        "lang": link.language and link.language.partition("-")[0],
    }
    if (goal, chosen, link.language) == (FIRST_GOAL, set(FIRST), None):
        return ""
    kept = {name: value for name, value in said.items() if value}
    return "#" + urlencode({"u": VERSION, **kept}, safe=",")
