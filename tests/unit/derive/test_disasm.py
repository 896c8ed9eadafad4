"""The disassembler's text, where a programmer has expectations."""

from __future__ import annotations

import pytest

from tests.unit.words import some_words
from vmlab.derive.decoder import decode
from vmlab.derive.disasm import disassemble, location
from vmlab.derive.objdump import listing
from vmlab.derive.pseudo import SHOWN, Row
from vmlab.derive.syntax import parse_slots, slots_of
from vmlab.isa.table import INSTRUCTIONS

NAMES = {0x8000_0000: "_start", 0x8000_0010: "loop"}


@pytest.mark.parametrize(
    ("word", "text"),
    [
        (0x00000013, "nop"),
        (0x01010513, "addi a0, sp, 16"),
        (0x00813083, "ld ra, 8(sp)"),
        (0xFE113C23, "sd ra, -8(sp)"),
        (0x80000537, "lui a0, 0x80000"),
        (0x02A00513, "li a0, 42"),
        (0x00058513, "mv a0, a1"),
        (0x00008067, "ret"),
        (0x30051073, "csrw mstatus, a0"),
        (0x34202573, "csrr a0, mcause"),
        (0x7C002573, "csrr a0, 0x7c0"),
        (0x0330000F, "fence rw, rw"),
        (0x0FF0000F, "fence"),
        (0x0000100F, "fence.i"),
        (0x12000073, "sfence.vma"),
        (0x12B50073, "sfence.vma a0, a1"),
        (0xC0001073, "unimp"),
        (0x43F5D513, "srai a0, a1, 63"),
        (0x0000, ".half 0x0000"),
        (0x12340000, ".word 0x12340000"),
        (0x4505, "c.li a0, 1"),
        (0x8082, "c.jr ra"),
        (0x1101, "c.addi sp, -32"),
        (0x7139, "c.addi16sp sp, -64"),
        (0x0808, "c.addi4spn a0, sp, 16"),
        (0x60E2, "c.ldsp ra, 24(sp)"),
        (0x757D, "c.lui a0, 0xfffff"),
        (0x0001, "c.nop"),
        (0x0EC5A52F, "amoswap.w.aqrl a0, a2, (a1)"),
        (0x1005B52F, "lr.d a0, (a1)"),
        (0x02C5F553, "fadd.d fa0, fa1, fa2"),
        (0x02C5B553, "fadd.d fa0, fa1, fa2, rup"),
        (0x00C5D553, "fadd.s fa0, fa1, fa2, 5"),
        (0x62C5F543, "fmadd.d fa0, fa1, fa2, fa2"),
        (0xD2058553, "fcvt.d.w fa0, a1"),
        (0xD205F553, "fcvt.d.w fa0, a1, dyn"),
        (0xD225F553, "fcvt.d.l fa0, a1"),
        (0xC2059553, "fcvt.w.d a0, fa1, rtz"),
        (0x22B58553, "fmv.d fa0, fa1"),
        (0x22C58553, "fsgnj.d fa0, fa1, fa2"),
        (0x20B5A553, "fabs.s fa0, fa1"),
        (0x0085B507, "fld fa0, 8(a1)"),
        (0xFEA5AC27, "fsw fa0, -8(a1)"),
        (0x2588, "c.fld fa0, 8(a1)"),
        (0xA42A, "c.fsdsp fa0, 8(sp)"),
        (0x00302573, "frcsr a0"),
        (0x0011D573, "fsflagsi a0, 3"),
        (0x8330000F, ".word 0x8330000f # fence with reserved fields that are not zero"),
    ],
)
def test_text_of_a_word(word: int, text: str) -> None:
    assert disassemble(word) == text


def test_a_target_is_named_by_the_nearest_symbol_below() -> None:
    branch = 0xFE0518E3  # bnez a0, 16 bytes back
    assert disassemble(branch, 0x8000_0028, NAMES) == "bnez a0, <loop+0x8>"
    assert disassemble(branch, 0x8000_0020, NAMES) == "bnez a0, <loop>"
    assert disassemble(branch, 0x8000_0008, NAMES) == "bnez a0, 0x7ffffff8"
    assert disassemble(branch, 0x8000_0008) == "bnez a0, 0x7ffffff8"


def test_a_target_wraps_at_64_bits() -> None:
    assert disassemble(0xFE0518E3, 0) == "bnez a0, 0xfffffffffffffff0"


def test_location_of_an_address() -> None:
    assert location(0x8000_0010, NAMES) == "loop"
    assert location(0x8000_0014, NAMES) == "loop+0x4"
    assert location(0x7FFF_FFFF, NAMES) is None
    assert location(0x8000_0010, {}) is None


@pytest.mark.parametrize("row", SHOWN, ids=lambda row: row.text)
def test_a_row_for_both_directions_stands_for_one_instruction(row: Row) -> None:
    (meaning,) = row.expansion
    real = {instruction.name: instruction for instruction in INSTRUCTIONS}[meaning.name]
    assert len(parse_slots(meaning.operands)) == len(slots_of(real))


def test_every_instruction_has_a_text_that_starts_with_a_mnemonic() -> None:
    for instruction in INSTRUCTIONS:
        word = next(some_words(instruction))
        assert decode(word) is instruction
        assert not disassemble(word).startswith((".word", ".half"))


def test_a_listing_has_headings_addresses_words_and_bytes_that_are_left_over() -> None:
    code = bytes.fromhex("13000000 67800000 0480")
    assert list(listing([(0x8000_000C, code)], NAMES)) == [
        "    8000000c:  00000013  nop",
        "",
        "0000000080000010 <loop>:",
        "    80000010:  00008067  ret",
        "    80000014:  8004      .byte 0x04, 0x80",
    ]


def test_a_listing_starts_anew_at_a_symbol_inside_a_word() -> None:
    lines = list(listing([(0x1000, bytes.fromhex("13000000 67800000"))], {0x1002: "odd"}))
    assert lines == [
        "        1000:  0013      .byte 0x13, 0x00",
        "",
        "0000000000001002 <odd>:",
        "        1002:  0000      .byte 0x00, 0x00",
        "        1004:  00008067  ret",
    ]
