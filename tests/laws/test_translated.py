"""The laws hold with T2 forced on: whatever the guests or the monitors' machines jump to is
translated. A share of the programs; the others tell T0 from T1."""

from __future__ import annotations

import pytest

from tests.laws.test_laws import MONITORED, programs
from vmlab.engine.effort import FORCE
from vmlab.vmm.laws.judge import Case
from vmlab.vmm.techniques import find

SHARE = 4
"""Programs of each technique."""


@pytest.mark.parametrize("name", MONITORED)
def test_a_translated_guest_is_what_it_is_on_the_bare_machine(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FORCE, "1")
    case = Case(find(name), "t2")
    law = case.laws["equivalence"]
    some = programs(name)[:SHARE]
    for trial in some:
        case.equivalence(trial)
        assert law.witness is None, law.witness
    assert law.judged == len(some) > 1
