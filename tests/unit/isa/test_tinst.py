"""htinst and mtinst of explicit accesses: zero, or the instruction transformed, form by form."""

from __future__ import annotations

import pytest

from tests.conformance.emit import BY_NAME, word_of
from vmlab.core.units import MIB
from vmlab.engine.reference import Reference
from vmlab.isa.causes import LOAD_ADDRESS_MISALIGNED, STORE_ACCESS_FAULT
from vmlab.machine import memmap
from vmlab.machine.platform import Machine, Platform

LOADS = ("lb", "lh", "lw", "ld", "lbu", "lhu", "lwu")
STORES = ("sb", "sh", "sw", "sd")
SHORT = {
    "c.lw": ("lw", {"rd": 9, "rs1": 10}), "c.ld": ("ld", {"rd": 15, "rs1": 8}),
    "c.sw": ("sw", {"rs2": 9, "rs1": 10}), "c.sd": ("sd", {"rs2": 14, "rs1": 8}),
    "c.lwsp": ("lw", {"rd": 27}), "c.ldsp": ("ld", {"rd": 5}),
    "c.swsp": ("sw", {"rs2": 27}), "c.sdsp": ("sd", {"rs2": 3}),
    "c.fld": ("fld", {"frd": 9, "rs1": 10}), "c.fsd": ("fsd", {"frs2": 12, "rs1": 10}),
    "c.fldsp": ("fld", {"frd": 27}), "c.fsdsp": ("fsd", {"frs2": 27}),
}  # fmt: skip


def tinst(word: int, cause: int, choice: str = "full", offset: int = 0) -> int:
    """mtinst after a trap with this cause whose instruction is `word`."""
    machine = Machine(Platform(ram_bytes=MIB, access_tinst=choice))
    engine = Reference(machine)
    machine.write(memmap.RAM, word.to_bytes(4, "little"))
    machine.hart.pc = memmap.RAM
    machine.hart.set_word("trap_offset", offset)
    engine.kernel("take_trap")(cause, 0x1234)
    return machine.hart.word("mtinst")


@pytest.mark.parametrize("name", LOADS)
def test_a_load_keeps_its_register_and_width(name: str) -> None:
    word = word_of(BY_NAME[name], rd=21, rs1=9, imm=-5)
    assert tinst(word, LOAD_ADDRESS_MISALIGNED) == word_of(BY_NAME[name], rd=21)
    assert tinst(word, LOAD_ADDRESS_MISALIGNED, "zero") == 0


@pytest.mark.parametrize("name", STORES)
def test_a_store_keeps_its_register_and_width(name: str) -> None:
    word = word_of(BY_NAME[name], rs2=21, rs1=9, imm=-5)
    assert tinst(word, STORE_ACCESS_FAULT) == word_of(BY_NAME[name], rs2=21)


def test_rs1_tells_how_far_behind_the_address_the_fault_was() -> None:
    word = word_of(BY_NAME["sd"], rs2=21, rs1=9, imm=7)
    expected = word_of(BY_NAME["sd"], rs2=21, rs1=3)
    assert tinst(word, STORE_ACCESS_FAULT, offset=3) == expected


@pytest.mark.parametrize("name", ("amoadd.d", "lr.w", "sc.d", "hlv.wu", "hlvx.hu", "hsv.d"))
def test_atomics_and_hlv_lose_rs1_only(name: str) -> None:
    instruction = BY_NAME[name]
    given = {f.name: 7 for f in instruction.operands if f.name in ("rd", "rs2")}
    word = word_of(instruction, rs1=9, **given)
    assert tinst(word, STORE_ACCESS_FAULT) == word_of(instruction, **given)


@pytest.mark.parametrize("name", SHORT)
def test_a_16_bit_form_is_told_as_what_it_stands_for(name: str) -> None:
    long, registers = SHORT[name]
    kept = {key: value for key, value in registers.items() if key != "rs1"}
    expected = word_of(BY_NAME[long], **kept) & ~2
    assert tinst(word_of(BY_NAME[name], uimm=8, **registers), STORE_ACCESS_FAULT) == expected


@pytest.mark.parametrize("cause", (2, 3, 8, 12, 20, 1 << 63 | 7))
def test_other_traps_tell_nothing(cause: int) -> None:
    assert tinst(word_of(BY_NAME["ld"], rd=5), cause) == 0
