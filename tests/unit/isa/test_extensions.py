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
from vmlab.machine.statehash import state_hash_1
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
    with pytest.raises(Unsupported, match="not built: q "):
        resolve_isa("rv64gqc")


@pytest.mark.parametrize(
    ("given", "resolved"),
    [
        ("rv64gc", "rv64imafdc_zicsr_zifencei"),
        ("rv64ifc", "rv64ifc_zicsr"),
        ("rv64id", "rv64ifd_zicsr"),
        ("rv64id_zca", "rv64ifd_zicsr_zca"),
        ("rv64i_zcd", "rv64ifdc_zicsr"),
    ],
)
def test_c_brings_16_bit_doubles_where_there_are_doubles(given: str, resolved: str) -> None:
    assert resolve_isa(given) == resolved
    has = extensions_of(resolved)
    assert ("zcd" in has) == ({"c", "d"} <= has)


OLD = "rv64imacb_zicntr_zicsr_zifencei_zihpm_sstc_svadu_svinval"
"""All that was built when recordings were first made."""


def test_an_old_machine_is_still_the_same() -> None:
    """Its hash is in recordings: later extensions must not move it."""
    machine = Machine(Platform(ram_bytes=1 << 16, isa=OLD))
    machine.load([(0x8000_0000, b"hello!!!")], 0x8000_0000, dtb=b"")
    assert isa_word(OLD) == 0x7FFFF
    assert state_hash_1(machine).startswith("78ab3dbc8c568f21988d16e4f5158451712f6d42e85a3bf6")
    assert machine.state_hash().startswith("9235dd4b5c6c2462c8a1a8cd07957d4e")


@pytest.mark.parametrize(
    ("isa", "letters"), [(ISA_STRING, None), ("rv64i_zicsr", "i"), ("rv64im_zicsr", "im")]
)
def test_misa_shows_what_the_machine_has(isa: str, letters: str | None) -> None:
    machine = Machine(Platform(ram_bytes=1 << 20, isa=isa))
    misa = Reference(machine).read_csr(CSRS["misa"].number)
    shown = letters or "".join(row.name for row in ROWS if row.letter)
    assert misa == 2 << 62 | sum(1 << ord(letter) - ord("a") for letter in shown + "su")
