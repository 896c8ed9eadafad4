"""The extensions as data: names, what they imply, ISA strings, misa."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.core.errors import BadInput, Unsupported
from vmlab.engine.reference import Reference
from vmlab.isa.csrs import CSRS
from vmlab.isa.extensions import (
    BIT,
    BUILT,
    FOREIGN,
    ISA_STRING,
    ROWS,
    enabled,
    extensions_of,
    isa_string,
    isa_word,
    names_of,
)
from vmlab.isa.table import ALWAYS, INSTRUCTIONS
from vmlab.machine.platform import Machine, Platform
from vmlab.session.opening import resolve_isa

SUBSETS = st.sets(st.sampled_from(sorted(BIT)))


def test_every_instruction_belongs_to_an_extension_that_is_built() -> None:
    assert {insn.extension for insn in INSTRUCTIONS} <= BUILT | ALWAYS
    assert {csr.extension for csr in CSRS.values()} <= BUILT | {None}


def test_what_is_implied_is_a_row_too() -> None:
    assert {part for row in ROWS for part in row.implies} <= set(BIT)
    assert not set(BIT) & set(FOREIGN)


@given(SUBSETS)
def test_an_isa_string_names_its_set_and_no_more(names: set[str]) -> None:
    text = isa_string(names)
    have = extensions_of(text)
    assert names | {"i", "zicsr"} <= have
    assert isa_string(have) == text == resolve_isa(text)
    assert enabled(isa_word(text)) == have & set(BIT)


def test_by_default_everything_is_on() -> None:
    assert extensions_of(ISA_STRING) == BUILT
    assert resolve_isa(None) == ISA_STRING


def test_letters_and_long_names_may_follow_each_other() -> None:
    assert names_of("rv64imac_zicsr") == {"i", "m", "a", "c", "zicsr"}
    assert names_of("RV64IMZICSR_ZBA") == {"i", "m", "zicsr", "zba"}


@pytest.mark.parametrize("text", ["", "rv64", "rv32i", "rv64q", "rv64i_", "rv64i__m", "x"])
def test_what_is_no_isa_string_is_bad_input(text: str) -> None:
    with pytest.raises(BadInput):
        resolve_isa(text)


def test_what_is_not_built_is_named() -> None:
    with pytest.raises(Unsupported, match="not built: d "):
        resolve_isa("rv64gc")


@pytest.mark.parametrize(
    ("isa", "letters"), [(ISA_STRING, None), ("rv64i_zicsr", "i"), ("rv64im_zicsr", "im")]
)
def test_misa_shows_what_the_machine_has(isa: str, letters: str | None) -> None:
    machine = Machine(Platform(ram_bytes=1 << 20, isa=isa))
    misa = Reference(machine).read_csr(CSRS["misa"].number)
    shown = letters or "".join(row.name for row in ROWS if row.letter)
    assert misa == 2 << 62 | sum(1 << ord(letter) - ord("a") for letter in shown + "su")
