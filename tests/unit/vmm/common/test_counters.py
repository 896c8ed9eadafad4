"""Counters: every exit has one reason, and differences are exact."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.vmm.guests import TABLES, USERLAND, guest
from tests.unit.vmm.lanes import NATIVE, alone
from vmlab.vmm.common.counters import DEFINITIONS, Counters
from vmlab.vmm.common.exits import Reason

reasons = st.dictionaries(st.sampled_from(list(Reason)), st.integers(1, 99))


@st.composite
def counts(draw: st.DrawFn) -> Counters:
    """Counters with any numbers in them."""
    found = Counters()
    for one in fields(Counters):
        if isinstance(getattr(found, one.name), int):
            setattr(found, one.name, draw(st.integers(0, 999)))
    found.exits.update(draw(reasons))
    found.updates_per_hypercall.update(
        draw(st.dictionaries(st.integers(1, 512), st.integers(1, 9)))
    )
    return found


def plus(one: Counters, other: Counters) -> Counters:
    total = Counters()
    for each in fields(Counters):
        mine, theirs = getattr(one, each.name), getattr(other, each.name)
        setattr(total, each.name, None if mine is None else mine + theirs)
    return total


@given(counts(), counts())
def test_what_came_since_is_the_difference(before: Counters, since: Counters) -> None:
    assert plus(before, since).minus(before) == since


@given(counts())
def test_a_copy_is_equal_and_apart(one: Counters) -> None:
    copy = one.copy()
    assert copy == one
    one.exits[Reason.IDLE] += 1
    one.direct_insns += 1
    assert copy != one
    assert copy.exits != one.exits


@given(counts())
def test_every_exit_has_exactly_one_reason(one: Counters) -> None:
    rows = one.rows()
    by_cause = [rows[f"exits_by_cause.{reason.value}"] for reason in Reason]
    assert sum(number or 0 for number in by_cause) == rows["exits_total"] == one.exits_total


def test_every_row_is_defined_and_every_definition_has_its_row() -> None:
    names = {name.split(".")[0] for name in Counters().rows()}
    assert names | {"updates_per_hypercall"} == set(DEFINITIONS)


def test_nothing_counted_divides_by_nothing() -> None:
    rows = Counters().rows()
    assert rows["direct_fraction"] == 1
    assert rows["pte_reads_per_miss"] is None
    assert rows["host_ops_per_insn"] is None


@pytest.mark.parametrize("technique", NATIVE)
def test_every_instruction_is_counted_once_by_whoever_carried_it_out(technique: str) -> None:
    subject = alone(technique, guest(USERLAND + TABLES))
    for budget in (1, 10, 500, 1, 100_000):
        subject.run(budget)
        subject.settle()
        assert subject.counters.instructions == subject.hart.retired
    assert sum(subject.counters.exits.values()) == subject.counters.exits_total
