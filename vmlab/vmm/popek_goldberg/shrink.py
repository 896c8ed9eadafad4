"""Smaller witnesses: of what differs between two placements, only what the result depends on.

The pool changes all owned words at once. Here each is put back in turn, and stays so if the witness
is still one: what is left names the resource that the instruction shows.
"""

from __future__ import annotations

from dataclasses import replace

from vmlab.vmm.popek_goldberg.search import Pair, Verdict, keeps_map
from vmlab.vmm.popek_goldberg.states import State, Step, image


def shrink(step: Step, verdict: Verdict) -> Verdict:
    """The verdict with its witnesses of location sensitivity made small."""
    location = None if verdict.location is None else smaller(step, verdict.location)
    user = verdict.user
    if location is not None and user is not None and not isinstance(user, State):
        user = smaller(step, user)
    return replace(verdict, location=location, user=user)


def smaller(step: Step, pair: Pair) -> Pair:
    """The pair with as few owned words different as one pass gets at. Storage that stands somewhere
    else is left there: the words that hold its map belong to it."""
    a, b = pair
    if a.base != b.base:
        return pair
    for at, word in enumerate(a.owned):
        if b.owned[at] != word:
            nearer = replace(b, owned=(*b.owned[:at], word, *b.owned[at + 1 :]))
            b = nearer if _still_differs(step, a, nearer) else b
    same_time = replace(b, clock=a.clock)
    return a, same_time if _still_differs(step, a, same_time) else b


def _still_differs(step: Step, a: State, b: State) -> bool:
    x, y = step(a), step(b)
    return (
        isinstance(x, State)
        and isinstance(y, State)
        and keeps_map(a, x)
        and keeps_map(b, y)
        and image(x) != image(y)
    )
