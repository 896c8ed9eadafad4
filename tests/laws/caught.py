"""How many programs the laws need to catch a monitor's bug."""

from __future__ import annotations

from dataclasses import replace

from tests.laws.bugs import CONTROL, EFFICIENCY, EQUIVALENCE, Bug
from vmlab.vmm.laws.hostile import HOSTILES
from vmlab.vmm.laws.judge import Case, hostile_trial
from vmlab.vmm.laws.subjects import Trial, random_kernels
from vmlab.vmm.techniques import Technique, find, under

MOST_PROGRAMS = 30
FIRST_SEED = 0
HOSTILES_FIRST = ("maps", "around", "spins", "tables")
"""Hostile guests that are tried before any random kernel: they are short."""


def technique_of(bug: Bug) -> Technique:
    """The technique with the bug in place of its monitor."""
    return replace(find(bug.base), name=bug.name, start=under(bug.make))


def trials(technique: Technique, law: str) -> list[Trial]:
    """What a law is judged on, in order."""
    hostile = [one for one in HOSTILES if one.name in HOSTILES_FIRST] if law == CONTROL else []
    kernels = random_kernels(technique, FIRST_SEED, MOST_PROGRAMS)
    return [*(hostile_trial(one) for one in hostile), *kernels]


def programs_needed(bug: Bug) -> tuple[int | None, str]:
    """(how many until its law catches it, or None; the witness)."""
    technique = technique_of(bug)
    case = Case(technique)
    judged = {
        EQUIVALENCE: case.equivalence,
        CONTROL: case.control,
        EFFICIENCY: case.efficiency,
    }[bug.law]
    for number, trial in enumerate(trials(technique, bug.law)):
        judged(trial)
        witness = case.laws[bug.law].witness
        if witness is not None:
            return number + 1, witness
    return None, ""
