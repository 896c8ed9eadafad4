"""Instructions for the exercise `classify`: the toy machine's, and hidden ones that a seed makes.

The oracle is the project's own classifier on the same instructions and states. Its states have more
words (resources, a clock); here resources are the last words of real storage, which belong to no
program, so that a student needs the paper's S = (E, M, P, R) alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from vmlab.core.modes import Mode
from vmlab.lab.classifying import State, Step, TrapTaken
from vmlab.vmm.popek_goldberg import search, states
from vmlab.vmm.popek_goldberg.models.toy import toy
from vmlab.vmm.popek_goldberg.pool import close
from vmlab.vmm.popek_goldberg.subject import Row

TO_LAB: Final = {states.Mode.SUPERVISOR: Mode.S, states.Mode.USER: Mode.U}
FROM_LAB: Final = {after: before for before, after in TO_LAB.items()}
OWNED: Final = len(toy.owned)
"""So many resources stand behind the storage."""
HIDDEN: Final = 14
"""Instructions that a seed makes."""
IMAGES: Final = 5
MEMORY: Final = states.TrapTaken(2, memory=True)
REFUSED: Final = states.TrapTaken(1)


def to_lab(s: states.State) -> State:
    """A state as the student sees it."""
    return State(
        s.mem + s.owned, TO_LAB[s.mode], s.pc, s.base, s.bound, s.registers, s.operands
    )  # fmt: skip


def from_lab(s: State) -> states.State:
    """And back. The clock stands still."""
    at = len(s.mem) - OWNED
    return states.State(
        s.mem[:at], FROM_LAB[s.mode], s.pc, s.base, s.bound, s.registers, s.mem[at:], 0, s.operands
    )


class Watched(Step):
    """An instruction to step, with a count of how often each state was."""

    def __init__(self, step: states.Step) -> None:
        self._step = step
        self.asked: dict[State, int] = {}

    def __call__(self, state: State) -> State | TrapTaken:
        self.asked[state] = self.asked.get(state, 0) + 1
        return self.quietly(state)

    def quietly(self, state: State) -> State | TrapTaken:
        """Step without counting: the grader's own look."""
        end = self._step(from_lab(state))
        return to_lab(end) if isinstance(end, states.State) else TrapTaken(end.memory)


@dataclass(frozen=True, slots=True)
class Subject:
    """One instruction with its pool, and what the oracle says of it."""

    name: str
    step: Watched
    pool: tuple[State, ...]
    truth: search.Verdict


def subjects(seed: int) -> Iterator[Subject]:
    """The toy machine's instructions, then hidden ones."""
    for row, pool, truth in _judged(seed):
        yield Subject(row.name, Watched(row.step), pool, truth)


@lru_cache(maxsize=8)
def _judged(seed: int) -> tuple[tuple[Row, tuple[State, ...], search.Verdict], ...]:
    """Each instruction, its pool and what it is. A class has the same ones."""
    rng = random.Random(seed)
    rows = [*toy.subject(rng.randrange(1 << 30)).rows, *hidden(rng)]
    pools = [closed(row) for row in rows]
    return tuple(
        (row, tuple(map(to_lab, pool)), search.classify(row.step, pool))
        for row, pool in zip(rows, pools, strict=True)
    )


def closed(row: Row) -> list[states.State]:
    """A row's pool with the same resources and clock in all states that are to be compared: what is
    left differs by mode and by place, as in the paper."""
    found = []
    lowest = min(one.base for one in row.pool)
    for state in row.pool:
        partner = replace(state, clock=0)
        if state.base == lowest:
            found += close(partner, BASES[1:], [], [])
    return list(dict.fromkeys(found))


# Hidden instructions ------------------------------------------------------------------------------

BASES: Final = (4, 13)
Change = Callable[[states.State], states.State]
Guard = Callable[[states.State], "states.TrapTaken | bool"]
"""A trap; or whether the instruction does its work (False: it does nothing, silently)."""


def hidden(rng: random.Random) -> Iterator[Row]:
    """Instructions of no machine, each a guard and one or two changes. Every kind of guard and of
    change comes at least once; which go together, the seed says."""
    guards, changes = list(GUARDS), list(CHANGES)
    rng.shuffle(guards)
    rng.shuffle(changes)
    for number in range(HIDDEN):
        guard = GUARDS[guards[number % len(guards)]]
        change = CHANGES[changes[number % len(changes)]]
        rare = rng.random() < 0.5
        key = rng.randrange(4)
        yield Row(f"x{number}", _step(guard, change, rare, key), pool(rng))


def _step(guard: Guard, change: Change, rare: bool, key: int) -> states.Step:
    def step(s: states.State) -> states.Outcome:
        allowed = guard(s)
        if isinstance(allowed, states.TrapTaken):
            return allowed
        after = replace(s, pc=s.pc + 1)
        if allowed and not (rare and s.registers[0] & 3 != key):
            after = change(after)
        return after

    return step


def pool(rng: random.Random) -> tuple[states.State, ...]:
    """States whose registers, words and places differ; addresses within bounds and out of them."""
    found = []
    for at in range(IMAGES * 4):
        registers = (rng.randrange(0, 1 << 8, 4) | at & 3, rng.choice((0, 3, 5, 9, 77)))
        mem = tuple(rng.randrange(100) for _ in range(24))
        owned = tuple(rng.choice(words) for words in toy.owned.values())
        found.append(
            states.State(mem, states.Mode.SUPERVISOR, rng.choice((0, 2, 5)), BASES[0], 8,
                         registers, owned, 0, (0, rng.choice((1, 3, 7, 9))))
        )  # fmt: skip
    return tuple(one for state in found for one in close(state, BASES[1:], [], []))


def _user(s: states.State) -> bool:
    return s.mode is states.Mode.USER


def _out(s: states.State) -> bool:
    return s.operands[1] >= s.bound


GUARDS: Final[dict[str, Guard]] = {
    "free": lambda s: True,
    "traps": lambda s: REFUSED if _user(s) else True,
    "ignored": lambda s: not _user(s),
    "sometimes": lambda s: REFUSED if _user(s) and s.registers[1] != 3 else not _user(s),
    "always": lambda s: REFUSED,
    "memory first": lambda s: MEMORY if _out(s) else REFUSED if _user(s) else True,
    "memory": lambda s: MEMORY if _out(s) else True,
    "memory in s": lambda s: REFUSED if _user(s) else MEMORY if _out(s) else True,
}


def _registers(s: states.State, value: int) -> states.State:
    return replace(s, registers=(value, *s.registers[1:]))


def _put(words: tuple[int, ...], at: int, value: int) -> tuple[int, ...]:
    return (*words[:at], value, *words[at + 1 :])


CHANGES: Final[dict[str, Change]] = {
    "computes": lambda s: _registers(s, s.registers[0] * 3 + s.registers[1]),
    "stores": lambda s: replace(s, mem=_put(s.mem, s.base + s.operands[1] % s.bound, 7)),
    "loads": lambda s: _registers(s, s.mem[s.base + s.operands[1] % s.bound]),
    "mode": lambda s: replace(s, mode=states.Mode.USER),
    "rises": lambda s: replace(s, mode=states.Mode.SUPERVISOR),
    "bound": lambda s: replace(s, bound=s.bound - 1),
    "base": lambda s: replace(s, base=s.base + 1),
    "resource": lambda s: replace(s, owned=_put(s.owned, 1, s.owned[1] + 1)),
    "foreign": lambda s: replace(s, mem=_put(s.mem, s.base - 1, s.mem[s.base - 1] + 1)),
    "tells mode": lambda s: _registers(s, 500 + _user(s)),
    "tells place": lambda s: _registers(s, 500 + s.base),
    "tells address": lambda s: _registers(s, s.base + s.operands[1]),
    "mode to pc": lambda s: replace(s, pc=s.pc + _user(s)),
    "loads real": lambda s: replace(s, registers=(s.registers[0], s.mem[BASES[0]])),
}
