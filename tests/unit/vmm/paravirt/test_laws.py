"""The laws on techniques whose guests are built for them, and monitors that break them."""

from __future__ import annotations

import pytest

from vmlab.core.errors import BadInput
from vmlab.core.units import PAGE_BITS
from vmlab.vmm.laws import built
from vmlab.vmm.laws.judge import Case, judge
from vmlab.vmm.laws.subjects import catalogued
from vmlab.vmm.paravirt.domain import Domain
from vmlab.vmm.paravirt.monitor import Paravirt
from vmlab.vmm.paravirt.tables import Tables
from vmlab.vmm.techniques import find


@pytest.mark.parametrize(
    "technique",
    # `tests/laws` asks each of both: the second waits.
    ["paravirt", pytest.param("paravirt_u", marks=pytest.mark.long)],
)
def test_the_laws_come_to_what_is_declared(technique: str) -> None:
    found = judge(find(technique), seed=3, programs=1)
    assert found.as_declared, [law.witness for law in found.laws.values()]
    assert [law.judged for law in found.laws.values()] == [1, 8, 1]


def test_a_guest_that_was_named_is_judged_in_both_builds() -> None:
    trial = catalogued(find("paravirt"), "nano", "sys 2", 1)
    case = Case(find("paravirt"))
    case.equivalence(trial)
    case.efficiency(trial)
    case.control(trial)
    assert [law.witness for law in case.laws.values()] == [None] * 3


def test_a_guest_that_is_not_built_for_the_technique_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match=r"built for paravirt \(nano\), found tour"):
        catalogued(find("paravirt"), "tour", None, 1)


def frames_of_all(self: Tables, owner: int, frame: int) -> int:
    """Anybody's frame is anybody's, as long as it is memory."""
    if self._host.frames.owner_of(frame << PAGE_BITS) is None:
        raise AssertionError("only memory is asked for here")
    return frame


def test_a_monitor_that_does_not_look_whose_a_frame_is_breaks_control(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Tables, "_owned", frames_of_all)
    case = Case(find("paravirt"))
    case.control(built.hostile(next(iter(built.HOSTILES))))
    assert case.laws["control"].witness


def test_a_monitor_that_tells_a_wrong_address_breaks_equivalence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = Paravirt.upcall

    def wrong(self: Paravirt, domain: Domain, cause: int, tval: int) -> None:
        whole(self, domain, cause, tval ^ 0x1000)

    monkeypatch.setattr(Paravirt, "upcall", wrong)
    case = Case(find("paravirt"))
    case.equivalence(next(built.trials(find("paravirt"), 1, 1)))
    assert case.laws["equivalence"].witness
