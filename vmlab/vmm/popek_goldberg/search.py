"""The classifier: what an instruction does in a pool of states says what it is.

It knows no instruction set. It steps each state once and compares outcomes of states that differ
in one part of S = (E, M, P, R) only. A step that traps is never evidence of sensitivity: the
monitor gets it. A finding is proved by the states that show it (`witness` runs them again); that
nothing was found holds for the pool, and is no proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from vmlab.vmm.popek_goldberg.states import (
    Image,
    Mode,
    Outcome,
    State,
    Step,
    TrapTaken,
    flip,
    image,
    others,
)

Pair = tuple[State, State]
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, with the states that show it; None or False where nothing was."""

    privileged: bool
    """Traps in user mode and not in supervisor mode, in every pair that differs only in mode."""
    example: Pair | None
    """One of those pairs, supervisor first, if the instruction is privileged."""
    control: State | None
    """From here it changes the mode or the resources."""
    mode: Pair | None
    """Nothing traps here, and the results differ, though only the mode did."""
    location: Pair | None
    """Nothing traps here, and the program sees a difference, though only R differed."""
    timing: Pair | None
    """The same where only the clock differed."""
    user: State | Pair | None
    """What shows it control or location sensitive from user mode alone."""
    runs: frozenset[Mode]
    """The modes in which it ran to its end at least once."""

    @property
    def behaviour(self) -> Pair | None:
        """Behaviour sensitive: by mode or by location."""
        return self.mode or self.location

    @property
    def sensitive(self) -> bool:
        return self.control is not None or self.behaviour is not None

    @property
    def innocuous(self) -> bool:
        return not self.sensitive


def classify(step: Step, pool: Sequence[State]) -> Verdict:
    """Classify the instruction that `step` executes. The pool should be closed under change of mode
    and of placement (`pool.close`): what has no partner in it is compared with nothing."""
    after: dict[State, Outcome] = {state: step(state) for state in dict.fromkeys(pool)}
    ran = {state: end for state, end in after.items() if isinstance(end, State)}
    pairs = [(s, flip(s)) for s in after if s.mode is Mode.SUPERVISOR and flip(s) in after]
    fair = [pair for pair in pairs if not any(_is_memory_trap(after[one]) for one in pair)]
    privileged = bool(fair) and all(s in ran and u not in ran for s, u in fair)
    both = [(s, u) for s, u in pairs if s in ran and u in ran]
    controls = [s for s, end in ran.items() if changes_control(s, end)]
    users = {state: end for state, end in ran.items() if state.mode is Mode.USER}
    return Verdict(
        privileged=privileged,
        example=fair[0] if privileged else None,
        control=_first(s for s in controls if ran[s].mode is not s.mode) or _first(controls),
        mode=_first(pair for pair in both if differ_beyond_mode(ran[pair[0]], ran[pair[1]])),
        location=_location(ran),
        timing=_location(ran, clock_only=True),
        user=_first(s for s in controls if s in users) or _location(users),
        runs=frozenset(state.mode for state in ran),
    )


def changes_control(before: State, after: State) -> bool:
    """Control sensitive: the mode or R is another, or storage that is not the program's."""
    return (
        (before.mode, before.base, before.bound, before.owned, before.clock)
        != (after.mode, after.base, after.bound, after.owned, after.clock)
    ) or others(before) != others(after)


def differ_beyond_mode(a: State, b: State) -> bool:
    """Two results are different, whatever their modes."""
    return replace(a, mode=b.mode) != b


def keeps_map(before: State, after: State) -> bool:
    """The program's storage stands where it stood, so that its image can be looked at."""
    return (before.base, before.bound) == (after.base, after.bound)


def _location(ran: dict[State, State], clock_only: bool = False) -> Pair | None:
    """Two states of one mode with the same image, whose results have not. It is enough to compare
    each with the first of its kind: if all equal that one, they equal each other."""
    first: dict[tuple[Mode, Image, object], State] = {}
    for state, end in ran.items():
        if keeps_map(state, end):
            rest = (state.base, state.owned) if clock_only else None
            other = first.setdefault((state.mode, image(state), rest), state)
            if image(ran[other]) != image(end):
                return other, state
    return None


def _is_memory_trap(end: Outcome) -> bool:
    return isinstance(end, TrapTaken) and end.memory


def _first(found: Iterable[Found]) -> Found | None:
    return next(iter(found), None)
