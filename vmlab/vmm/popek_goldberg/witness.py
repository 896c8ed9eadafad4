"""Witnesses: the states that show what an instruction is, and the check that they do.

`verify` shares no line with the search: it runs the states again and says each claim once more in
its own words. Only what it lets pass is printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vmlab.core.errors import BrokenInvariant
from vmlab.vmm.popek_goldberg.search import Verdict
from vmlab.vmm.popek_goldberg.states import Mode, Outcome, State, Step, TrapTaken


class Claim(Enum):
    """What a witness shows. The values are the names in classify/1."""

    PRIVILEGED = "privileged"
    CONTROL = "control_sensitive"
    LOCATION = "location_sensitive"
    MODE = "mode_sensitive"
    USER = "user_sensitive"
    TIMING = "timing_sensitive"


@dataclass(frozen=True, slots=True)
class Witness:
    """One state, or two that differ in one part, before and after the instruction."""

    claim: Claim
    before: tuple[State, ...]
    after: tuple[Outcome, ...]


def witnesses(step: Step, verdict: Verdict) -> tuple[Witness, ...]:
    """The witnesses of a verdict, one for each positive finding."""
    user = (verdict.user,) if isinstance(verdict.user, State) else verdict.user
    found: tuple[tuple[Claim, tuple[State, ...] | None], ...] = (
        (Claim.PRIVILEGED, verdict.example),
        (Claim.CONTROL, None if verdict.control is None else (verdict.control,)),
        (Claim.LOCATION, verdict.location),
        (Claim.MODE, verdict.mode),
        (Claim.USER, user),
        (Claim.TIMING, verdict.timing),
    )
    return tuple(
        Witness(claim, states, tuple(step(state) for state in states))
        for claim, states in found
        if states is not None
    )


def verify(witness: Witness, step: Step) -> None:
    """Run a witness again. Raises `BrokenInvariant` if the outcomes are not those that it tells, or
    do not show what it claims."""
    again = tuple(step(state) for state in witness.before)
    if again != witness.after:
        raise BrokenInvariant(
            f"expected the outcomes of the witness ({witness.claim.value}), found others when its "
            "states were run again"
        )
    if not _shows(witness):
        raise BrokenInvariant(
            f"expected states that show {witness.claim.value}, found some that do not"
        )


def _shows(witness: Witness) -> bool:
    before, after = witness.before, witness.after
    ends = [end for end in after if isinstance(end, State)]
    if witness.claim is Claim.PRIVILEGED:
        return _mode_alone(before) and isinstance(after[0], State) and _refused(after[1])
    if len(ends) != len(after):
        return False
    if witness.claim is Claim.CONTROL:
        return len(before) == 1 and _took_control(before[0], ends[0])
    if witness.claim is Claim.MODE:
        return _mode_alone(before) and _parts(ends[0]) != _parts(ends[1])
    if witness.claim is Claim.TIMING:
        same_place = _placement(before[0])[:-1] == _placement(before[1])[:-1]
        return same_place and _depends_on_place(before, ends)
    if witness.claim is Claim.USER:
        if any(state.mode is not Mode.USER for state in before):
            return False
        if len(before) == 1:
            return _took_control(before[0], ends[0])
    return _depends_on_place(before, ends)


def _parts(s: State) -> tuple[object, ...]:
    """All of a state but its mode."""
    return s.mem, s.pc, s.registers, s.operands, _placement(s)


def _placement(s: State) -> tuple[object, ...]:
    return s.base, s.bound, s.owned, s.clock


def _mode_alone(states: tuple[State, ...]) -> bool:
    modes = [state.mode for state in states]
    return modes == [Mode.SUPERVISOR, Mode.USER] and _parts(states[0]) == _parts(states[1])


def _refused(end: Outcome) -> bool:
    return isinstance(end, TrapTaken) and not end.memory


def _took_control(before: State, after: State) -> bool:
    outside = [
        (at, word)
        for at, word in enumerate(before.mem)
        if not before.base <= at < before.base + before.bound
    ]
    touched = any(after.mem[at] != word for at, word in outside)
    return touched or after.mode != before.mode or _placement(after) != _placement(before)


def _seen(s: State) -> tuple[object, ...]:
    """What the program can see."""
    storage = [s.mem[s.base + address] for address in range(s.bound)]
    return s.pc, s.registers, s.operands, storage


def _depends_on_place(before: tuple[State, ...], ends: list[State]) -> bool:
    alike = len(before) == 2 and before[0].mode is before[1].mode
    stays = all((a.base, a.bound) == (b.base, b.bound) for a, b in zip(before, ends, strict=True))
    return (
        alike
        and stays
        and _seen(before[0]) == _seen(before[1])
        and _placement(before[0]) != _placement(before[1])
        and _seen(ends[0]) != _seen(ends[1])
    )
