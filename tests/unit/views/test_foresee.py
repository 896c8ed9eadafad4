"""The Now line: what it foretells, and the bit that it names."""

from __future__ import annotations

import pytest

from tests.unit.views.make import BASE, registers, snapshot
from vmlab.core.modes import Mode
from vmlab.isa import causes
from vmlab.isa.encoding import Instruction, encode
from vmlab.isa.layouts import MSTATUS
from vmlab.isa.table import INSTRUCTIONS
from vmlab.session.snapshot import Reason, Registers, Status, Stop
from vmlab.views import now
from vmlab.views.now import Outcome

BY_NAME = {insn.name: insn for insn in INSTRUCTIONS}
M64 = (1 << 64) - 1


def word(name: str, **fields: int) -> int:
    insn = BY_NAME[name]
    return encode(insn, {operand.name: fields.get(operand.name, 0) for operand in insn.operands})


def said(code: int, state: Registers) -> tuple[Outcome, str]:
    row = now.row(snapshot(code, now=state))
    return row.outcome, str(row.sentence)


def test_ecall_names_the_cause_and_who_takes_it() -> None:
    outcome, sentence = said(word("ecall"), registers(Mode.U, medeleg=1 << 8))
    assert outcome is Outcome.TRAPS
    assert "environment call from U" in sentence
    assert "medeleg bit 8 is 1: S takes it" in sentence
    assert "medeleg bit 8 is 0: M takes it" in said(word("ecall"), registers(Mode.U))[1]
    assert "never goes to a lower mode" in said(word("ecall"), registers(Mode.M))[1]


@pytest.mark.parametrize(
    ("mode", "csr", "traps"),
    [(Mode.U, 0x142, True), (Mode.S, 0x142, False), (Mode.S, 0x300, True), (Mode.M, 0x300, False)],
)
def test_a_csr_of_a_higher_mode_traps(mode: Mode, csr: int, traps: bool) -> None:
    outcome, sentence = said(word("csrrs", rd=5, csr=csr), registers(mode))
    assert (outcome is Outcome.TRAPS) == traps
    if traps:
        assert "illegal instruction" in sentence


def test_writing_a_read_only_csr_traps_and_reading_does_not() -> None:
    assert said(word("csrrs", rd=5, csr=0xC00), registers())[0] is Outcome.RUNS
    assert "read-only" in said(word("csrrw", rd=5, rs1=6, csr=0xC00), registers())[1]


@pytest.mark.parametrize(
    ("name", "fields", "sentence"),
    [
        ("csrrw", {"rd": 2, "rs1": 2}, "Swaps sscratch and sp."),
        ("csrrw", {"rd": 0, "rs1": 2}, "Writes sp to sscratch."),
        ("csrrw", {"rd": 5, "rs1": 2}, "Writes sp to sscratch. t0 gets its old value."),
        ("csrrw", {"rd": 5, "rs1": 0}, "Writes zero to sscratch. t0 gets its old value."),
        ("csrrs", {"rd": 5, "rs1": 0}, "Reads sscratch into t0."),
        ("csrrs", {"rd": 0, "rs1": 6}, "Sets the bits of t1 in sscratch."),
        ("csrrci", {"rd": 0, "uimm": 2}, "Clears the bits of 2 in sscratch."),
        ("csrrs", {"rd": 0, "rs1": 0}, "Reads sscratch, and keeps nothing."),
    ],
)
def test_a_csr_instruction_says_what_it_does_to_both(
    name: str, fields: dict[str, int], sentence: str
) -> None:
    assert said(word(name, csr=0x140, **fields), registers()) == (Outcome.RUNS, sentence)


def test_satp_is_closed_to_s_by_tvm() -> None:
    state = registers(Mode.S, mstatus=MSTATUS.mask("TVM"))
    assert "TVM" in said(word("csrrw", rs1=5, csr=0x180), state)[1]


def test_mret_says_where_and_in_which_mode() -> None:
    state = registers(mstatus=1 << MSTATUS["MPP"].low, mepc=0x8000_0040)
    outcome, sentence = said(word("mret"), state)
    assert outcome is Outcome.RUNS
    assert sentence == "Returns to S at 8000 0040: MPP is S."
    assert said(word("mret"), registers(Mode.S))[0] is Outcome.TRAPS


def test_branches_say_whether_they_are_taken() -> None:
    code = word("blt", rs1=5, rs2=6, imm=0x20)
    assert "Taken: to 8000 0020" in said(code, registers(x={5: M64, 6: 0}))[1]
    assert "Not taken" in said(code, registers(x={5: 0, 6: M64}))[1]


def test_loads_and_stores_say_where() -> None:
    code = word("lw", rd=5, rs1=6, imm=-4 & M64)
    assert said(code, registers(x={6: 0x8000_1000}))[1] == "Reads 4 bytes at pa 8000 0ffc."
    translated = registers(Mode.S, x={6: 0x4000}, satp=8 << 60)
    assert "at va 0000 3ffc" in said(code, translated)[1]


def test_a_pending_interrupt_comes_first() -> None:
    bit = 1 << causes.MACHINE_TIMER
    state = registers(Mode.U, mip=bit, mie=bit)
    outcome, sentence = said(word("addi"), state)
    assert outcome is Outcome.TRAPS
    assert "machine timer interrupt" in sentence
    masked = registers(Mode.M, mip=bit, mie=bit)
    assert said(word("addi"), masked)[0] is Outcome.RUNS


def test_an_unknown_encoding_is_illegal() -> None:
    assert "No instruction has this encoding" in said(0, registers())[1]


@pytest.mark.parametrize("insn", INSTRUCTIONS, ids=lambda insn: insn.name)
@pytest.mark.parametrize("mode", list(Mode))
def test_every_instruction_has_a_sentence_in_every_mode(insn: Instruction, mode: Mode) -> None:
    assert said(word(insn.name, rd=1, rs1=2, rs2=3), registers(mode))[1]


def test_a_fetch_that_cannot_be_done_is_foretold() -> None:
    row = now.row(snapshot(code=()))
    assert row.outcome is Outcome.TRAPS
    assert "cannot be fetched" in str(row.sentence)


def test_after_the_end_it_says_how_it_ended() -> None:
    stop = Stop(Reason.FAILED, 10, BASE, code=3)
    row = now.row(snapshot(status=Status.ENDED, stop=stop))
    assert row.outcome is Outcome.OVER
    assert str(row.sentence) == "Ended: failed, code 3"
