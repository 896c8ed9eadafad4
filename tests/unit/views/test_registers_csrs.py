"""Registers and CSRs: the values, the changed marks, the decoded fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.views.make import registers, snapshot
from vmlab.core.modes import Mode
from vmlab.core.units import format_hex
from vmlab.isa import causes
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import MSTATUS
from vmlab.views import csrs
from vmlab.views import registers as view

WORD = st.integers(0, (1 << 64) - 1)


@given(st.dictionaries(st.integers(1, 31), WORD), st.dictionaries(st.integers(1, 31), WORD))
def test_exactly_the_registers_that_differ_are_marked(
    now: dict[int, int], before: dict[int, int]
) -> None:
    shown = view.rows(snapshot(now=registers(x=now), before=registers(x=before)))
    marked = {int(row.number[1:]): row.was for row in shown[1:] if row.changed}
    assert marked == {
        number: before.get(number, 0)
        for number in range(32)
        if now.get(number, 0) != before.get(number, 0)
    }


def test_nothing_is_marked_at_reset() -> None:
    assert not any(row.changed for row in view.rows(snapshot()))
    assert not any(row.changed for row in csrs.rows(snapshot()))


def test_the_text_has_every_register_and_value() -> None:
    state = snapshot(now=registers(x={5: 0xDEAD}))
    text = view.text(state)
    for row in view.rows(state):
        assert f"  {row.number}" in text
        assert format_hex(row.value) in text


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        (0x3FF0_0000_0000_0000, "1"),
        (0xBFB9_9999_9999_999A, "-0.1"),
        (0xFFFF_FFFF_3DCC_CCCD, "0.1"),
        (0xFFFF_FFFF_7F7F_FFFF, "3.4028235e+38"),
        (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
        (1, "5e-324"),
        (1 << 63, "-0"),
        (0xFFFF_FFFF_FF80_0000, "-inf"),
        (0xFFFF_FFFF_7FC0_0000, "NaN"),
        (0xFFFF_FFFF_7F80_0001, "signaling NaN"),
        (0x7FF8_0000_0000_0000, "NaN"),
        (0xFFF0_0000_0000_0001, "signaling NaN"),
        (0xFFFF_FFFE_3DCC_CCCD, "NaN"),
    ],
)
def test_a_floating_point_register_is_shown_as_a_number(bits: int, text: str) -> None:
    assert view.float_text(bits) == text


def test_floating_point_registers_are_shown_while_the_unit_is_on() -> None:
    ones = (0x3FF0_0000_0000_0000,) * 32
    state = snapshot(now=registers(f=(0, *ones[1:])), before=registers(f=ones))
    assert [row.number for row in view.float_rows(state) if row.changed] == ["f0"]
    assert "f1        ft1   3ff0 0000 0000 0000 = 1" in view.text(state)
    assert view.float_rows(snapshot()) == ()
    just_on = snapshot(now=registers(f=ones), before=registers())
    assert not any(row.changed for row in view.float_rows(just_on))


def row_of(name: str, value: int, was: int = 0) -> csrs.CsrRow:
    state = snapshot(now=registers(**{name: value}), before=registers(**{name: was}))
    return next(row for row in csrs.rows(state) if row.name == name)


def test_mpp_is_drawn_as_a_mode() -> None:
    fields = {field.name: field.text for field in row_of("mstatus", 3 << 11 | 1 << 8).fields}
    assert fields["MPP"] == "M"
    assert fields["SPP"] == "S"


@given(WORD, WORD)
def test_exactly_the_fields_that_differ_are_marked(now: int, was: int) -> None:
    for field in row_of("mstatus", now, was).fields:
        mask = MSTATUS.mask(field.name)
        assert field.changed == (now & mask != was & mask)


def test_causes_are_named() -> None:
    interrupt = causes.INTERRUPT_BIT | causes.MACHINE_TIMER
    assert str(row_of("mcause", interrupt).meaning) == "i7 machine timer interrupt"
    assert str(row_of("scause", causes.ECALL_FROM_U).meaning) == "8 environment call from U"
    assert str(row_of("mcause", 60).meaning) == "60 reserved cause 60"


def test_satp_is_taken_apart() -> None:
    assert str(row_of("satp", 0).meaning) == "Bare: no translation"
    value = 8 << 60 | 3 << 44 | 0x80041
    assert str(row_of("satp", value).meaning) == "Sv39, asid 3, root table at pa 8004 1000"


def test_vectors_say_how_they_are_entered() -> None:
    assert str(row_of("stvec", 0x8000_0101).meaning) == "vectored from 8000 0100"
    assert str(row_of("stvec", 0x8000_0100).meaning) == "direct, 8000 0100"


def test_pmp_entries_are_listed() -> None:
    assert str(row_of("pmpcfg0", 0x9F_0F).meaning) == "0: TOR RWX; 1: NAPOT RWX locked"


def test_the_first_ones_come_first_and_all_come_once() -> None:
    names = [row.name for row in csrs.rows(snapshot())]
    assert tuple(names[: len(csrs.FIRST)]) == csrs.FIRST
    assert sorted(names) == sorted(CSRS)
    assert [row.name for row in csrs.rows(snapshot(), only_first=True)] == list(csrs.FIRST)


def test_every_csr_can_be_shown_whatever_its_value() -> None:
    values = dict.fromkeys(CSRS, (1 << 64) - 1)
    state = snapshot(now=registers(Mode.M, **values))
    assert len(csrs.text(state).splitlines()) == len(CSRS) + 2


def test_a_cause_of_zero_does_not_pretend_that_there_was_a_trap() -> None:
    assert "no trap yet, or" in str(row_of("mcause", 0).meaning)
