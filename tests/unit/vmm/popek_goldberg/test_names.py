"""No verdict hangs on a name."""

from __future__ import annotations

import random
import string
from dataclasses import replace

import pytest

from tests.unit.vmm.popek_goldberg.asked import MODELS, asked
from vmlab.isa.encoding import Instruction
from vmlab.isa.table import INSTRUCTIONS
from vmlab.vmm.popek_goldberg import rv64
from vmlab.vmm.popek_goldberg.catalog import Classification, classification_of
from vmlab.vmm.popek_goldberg.states import State


def words(seed: int) -> list[str]:
    rng = random.Random(seed)
    return ["".join(rng.choices(string.ascii_lowercase, k=9)) for _ in range(len(INSTRUCTIONS))]


def verdicts(done: Classification) -> list[tuple[object, ...]]:
    """All that is said of each row, witnesses too, in the order of the rows."""
    return [(one.verdict, one.witnesses) for one in done.findings]


@pytest.mark.parametrize("name", MODELS)
def test_renaming_the_instructions_of_a_model_changes_no_verdict(name: str) -> None:
    model = MODELS[name]
    renamed = replace(
        model,
        instructions=[
            replace(one, name=word) for one, word in zip(model.instructions, words(1), strict=False)
        ],
    )
    done = classification_of(renamed.subject())
    assert {one.name for one in done.findings}.isdisjoint(one.name for one in asked(name).findings)
    assert verdicts(done) == verdicts(asked(name))


def test_renaming_every_mnemonic_of_rv64_changes_no_verdict() -> None:
    table = [
        Instruction(word, one.extension, one.pattern, one.syntax, one.body, "", one.unless)
        for one, word in zip(INSTRUCTIONS, words(2), strict=True)
    ]
    done = classification_of(rv64.subject("rv64-careless", instructions=table))
    assert "sret" not in {one.name for one in done.findings}
    assert verdicts(done) == verdicts(asked("rv64-careless"))
    against = done.theorems[0].because
    assert set(against) == set(asked("rv64-careless").theorems[0].because), "rdtime is a pseudonym"


def test_the_search_sees_no_names() -> None:
    """A state has no place for one."""
    assert not [name for name, kind in State.__annotations__.items() if "str" in str(kind)]
