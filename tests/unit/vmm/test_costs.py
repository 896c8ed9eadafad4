"""Modelled cycles: every price has its source, and none passes for a measurement."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields

import pytest

from vmlab.core.errors import BadInput
from vmlab.core.units import MIB
from vmlab.vmm import techniques
from vmlab.vmm.common.costs import (
    P4_2006,
    PRESETS,
    PRICED,
    UNIT,
    Modelled,
    Preset,
    Price,
    cycles,
    find_preset,
)
from vmlab.vmm.common.counters import Counters
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.common.vm import guest_platform
from vmlab.vmm.smallest.guest import smallest_guest

BOARD = guest_platform(MIB)


def all_prices(preset: Preset) -> list[Price]:
    return [*preset.exits.values(), *preset.counts.values()]


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_every_exit_and_every_count_has_a_price_with_a_source(preset: Preset) -> None:
    assert set(preset.exits) == set(Reason)
    assert set(preset.counts) == set(PRICED)
    numbers = {
        one.name
        for one in fields(Counters)
        if not isinstance(getattr(Counters(), one.name), Counter)
    }
    assert set(PRICED) == numbers
    for price in all_prices(preset):
        assert price.cycles >= 0
        assert price.source


def test_the_unit_preset_says_one_or_nothing() -> None:
    assert {price.cycles for price in all_prices(UNIT)} == {0, 1}
    assert {price.cycles for price in UNIT.exits.values()} == {1}


def test_what_the_paper_does_not_state_is_derived() -> None:
    stated = [price for price in all_prices(P4_2006) if not price.derived and price.cycles]
    # Its table: a true fault, an edit of a traced entry, a device register.
    assert {price.cycles for price in stated} == {11242, 12733, 15826}
    assert all("ASPLOS 2006" in price.source for price in all_prices(P4_2006) if price.cycles)
    assert P4_2006.exits[Reason.HIDDEN_FAULT].derived
    assert "not verify" in P4_2006.exits[Reason.SYSTEM_CALL].source


def test_the_papers_shapes_are_in_the_prices() -> None:
    price = {reason: one.cycles for reason, one in P4_2006.exits.items()}
    assert price[Reason.TRUE_FAULT] > price[Reason.HIDDEN_FAULT], "it has a trap to deliver, too"
    assert max(price.values()) == price[Reason.DEVICE]
    assert min(price.values()) > 1_000 * P4_2006.counts["direct_insns"].cycles


def test_cycles_are_the_sum_of_counts_times_prices() -> None:
    counters = Counters(
        exits=Counter({Reason.SENSITIVE: 3, Reason.DEVICE: 2}),
        direct_insns=100,
        emulated_insns=5,
        pte_reads=7,
        shadow_fills=1,
    )
    assert cycles(counters, UNIT) == Modelled(5 + 100 + 7, "unit")
    sensitive = P4_2006.exits[Reason.SENSITIVE].cycles
    assert cycles(counters, P4_2006) == Modelled(3 * sensitive + 2 * 15826 + 100, "p4-2006")


def test_what_is_modelled_cannot_be_mixed_with_what_is_measured() -> None:
    modelled: object = cycles(Counters(direct_insns=5), UNIT)
    with pytest.raises(TypeError):
        _ = modelled + 1  # type: ignore[operator]
    with pytest.raises(TypeError):
        int(modelled)  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        _ = modelled < 6  # type: ignore[operator]
    assert modelled != 5
    assert str(modelled) == "5 cycles (modelled, unit)"


def test_a_guest_costs_less_on_the_bare_machine_than_under_a_monitor() -> None:
    found = {}
    for name in ("bare", "trap_emulate"):
        subject = techniques.find(name).alone(BOARD, smallest_guest())
        subject.run(100_000)
        found[name] = cycles(subject.counters, P4_2006).value
    assert found["bare"] < found["trap_emulate"]


def test_interpreted_work_that_was_not_counted_has_no_price() -> None:
    subject = techniques.find("interpret").alone(BOARD, smallest_guest())
    subject.run(1_000)
    with pytest.raises(BadInput, match="1000 interpreted instructions to be counted"):
        cycles(subject.counters, UNIT)


def test_an_unknown_preset_is_answered_with_those_that_there_are() -> None:
    assert find_preset("unit") is UNIT
    with pytest.raises(BadInput, match=r"unit, p4-2006, found 'cray'"):
        find_preset("cray")
