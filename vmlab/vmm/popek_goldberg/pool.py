"""Pools of states: a few images, closed under change of mode and of placement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from vmlab.vmm.popek_goldberg.states import State, flip, relocate


def close(
    state: State, bases: Iterable[int], owned: Iterable[tuple[int, ...]], clocks: Iterable[int]
) -> list[State]:
    """The state, those that differ in one part of R only, and the same in the other mode."""
    placed = [
        state,
        *(relocate(state, base) for base in bases),
        *(replace(state, owned=words) for words in owned),
        *(replace(state, clock=clock) for clock in clocks),
    ]
    return [one for each in dict.fromkeys(placed) for one in (each, flip(each))]
