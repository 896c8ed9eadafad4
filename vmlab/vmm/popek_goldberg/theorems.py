"""Popek and Goldberg's three theorems, asked of a list of findings.

Each states a *sufficient* condition: where one does not hold, this construction of a monitor is
out, and others (translation, paravirtualization) are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vmlab.vmm.popek_goldberg.subject import Finding


@dataclass(frozen=True, slots=True)
class Theorem:
    """One theorem: whether its sufficient condition holds, and what stands against it."""

    number: int
    condition: str
    holds: bool
    because: tuple[str, ...]
    """The instructions that stand against it; empty if it holds."""
    reason: str


def theorems(findings: Sequence[Finding]) -> tuple[Theorem, Theorem, Theorem]:
    """Theorems 1, 2 and 3 for an instruction set."""
    return _first(findings), _second(findings), _third(findings)


def _first(findings: Sequence[Finding]) -> Theorem:
    against = tuple(
        one.name for one in findings if one.verdict.sensitive and not one.verdict.privileged
    )
    return Theorem(
        1,
        "sufficient for a virtual machine monitor: every sensitive instruction is privileged",
        not against,
        against,
        _verdict(
            against,
            "sensitive",
            any(one.verdict.sensitive for one in findings),
            "a monitor gets each of them and may answer",
        ),
    )


def _second(findings: Sequence[Finding]) -> Theorem:
    first = _first(findings)
    clocks = [one for one in findings if one.verdict.timing is not None]
    silent = tuple(one.name for one in clocks if not one.verdict.privileged)
    against = tuple(dict.fromkeys((*first.because, *silent)))
    if not first.holds:
        reason = "theorem 1's condition does not hold"
    elif silent:
        reason = "the clock can be read without a trap"
    elif clocks:
        reason = (
            f"{_listed([one.name for one in clocks])} read the clock, and trap in user mode: a "
            "monitor can show virtual time, so that one inside another depends on no timing"
        )
    else:
        reason = "nothing that runs in user mode reads the clock"
    return Theorem(
        2,
        "sufficient for recursion: theorem 1's, and a monitor without timing dependence can be "
        "built",
        not against,
        against,
        reason,
    )


def _third(findings: Sequence[Finding]) -> Theorem:
    against = tuple(
        one.name for one in findings if one.verdict.user is not None and not one.verdict.privileged
    )
    return Theorem(
        3,
        "sufficient for a hybrid monitor, which interprets all virtual supervisor code: every "
        "user-sensitive instruction is privileged",
        not against,
        against,
        _verdict(
            against,
            "user sensitive",
            any(one.verdict.user is not None for one in findings),
            "user code may run as it is",
        ),
    )


def _verdict(against: Sequence[str], kind: str, some: bool, well: str) -> str:
    if not some:
        return f"nothing that runs is {kind}"
    if not against:
        return f"all that is {kind} traps in user mode: {well}"
    return f"{_listed(against)}: {kind}, and not privileged"


def _listed(names: Sequence[str], most: int = 6) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
