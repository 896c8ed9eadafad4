"""One engine, machines with different extensions."""

from __future__ import annotations

import pytest

from tests.unit.programs import session
from vmlab.core.errors import Unsupported
from vmlab.isa.causes import ILLEGAL_INSTRUCTION, INSTRUCTION_ADDRESS_MISALIGNED
from vmlab.isa.extensions import extensions_of
from vmlab.session import Session, Until, open
from vmlab.session.snapshot import Reason

RAM = 0x8000_0000
LOOP = """
    la t0, handler
    csrw mtvec, t0
    li s0, 40
again:
{body}
    addi s0, s0, -1
    bnez s0, again
    li a0, 77
    j .
    .balign 4
handler:
    csrr s1, mcause
    csrr s2, mtval
    csrr s3, mepc
    j .
    .balign 8
spare:
    .dword 0
"""
"""A body that runs often enough to be printed as a block."""


def ended(body: str, isa: str) -> Session:
    run = session(LOOP.format(body=body), isa=isa)
    run.run(Until.count(1000))
    return run


def cause_and_tval(run: Session) -> tuple[int, int]:
    x = run.machine.hart.x
    return x[9], x[18]


@pytest.mark.parametrize(
    ("word", "extension"),
    [(0x02A50533, "zmmul"), (0x02A54533, "m"), (0x08A5252F, "a"), (0x0001, "c"), (0x100525AF, "a")],
)
def test_an_instruction_of_an_extension_that_is_off_is_illegal(word: int, extension: str) -> None:
    body = f"mv a0, sp\n.{'half' if word >> 16 == 0 else 'word'} {word}\n.balign 4"
    run = ended(body, "rv64i_zicsr")
    assert cause_and_tval(run) == (ILLEGAL_INSTRUCTION, word)
    on = ended("la a0, spare\n" + body.removeprefix("mv a0, sp"), f"rv64i_zicsr_{extension}")
    assert on.machine.hart.x[10] == 77


@pytest.mark.parametrize("csr", ["cycle", "hpmcounter3", "hpmcounter31"])
def test_a_csr_of_an_extension_that_is_off_does_not_exist(csr: str) -> None:
    assert cause_and_tval(ended(f"csrr a1, {csr}", "rv64i"))[0] == ILLEGAL_INSTRUCTION
    assert ended(f"csrr a1, {csr}", "rv64i_zicntr_zihpm").machine.hart.x[10] == 77


@pytest.mark.parametrize("isa", ["rv64i", "rv64ic"])
def test_a_jump_to_an_odd_half_traps_only_without_c(isa: str) -> None:
    body = """
    j 1f
    .option norvc
    .half 0x0001
1:
    .half 0x0001
    """
    run = ended(body, isa)
    if isa == "rv64i":
        assert cause_and_tval(run)[0] == INSTRUCTION_ADDRESS_MISALIGNED
        assert cause_and_tval(run)[1] % 4 == 2
        assert run.machine.hart.x[19] + 6 == cause_and_tval(run)[1]
    else:
        assert run.machine.hart.x[10] == 77


@pytest.mark.parametrize(("isa", "low"), [("rv64i", 0), ("rv64ic", 2)])
def test_mepc_holds_what_may_be_an_address_of_an_instruction(isa: str, low: int) -> None:
    run = ended("li a1, 7\ncsrw mepc, a1\ncsrr a2, mepc", isa)
    assert run.machine.hart.x[12] == 4 + low


def test_the_device_tree_and_the_recording_name_the_choice() -> None:
    run = session("nop", isa="rv64imc")
    tree = run.machine.device_tree()
    assert b"rv64imc_zicsr\0" in tree
    assert run.recording().start.isa == "rv64imc_zicsr"


def test_an_image_is_refused_by_a_machine_that_lacks_what_it_uses() -> None:
    with pytest.raises(Unsupported, match=r"does not have: c \(zca\)|does not have: zca"):
        session("c.nop", isa="rv64im")


def test_a_guest_about_a_smaller_machine_gets_it() -> None:
    """`faults` shows every cause, and cause 0 never comes where instructions may have 16 bits."""
    run = open("faults")
    assert run.run(limit=50_000).reason is Reason.PASSED
    assert "zca" not in extensions_of(run.machine.platform.isa)
    assert extensions_of(open("faults", isa="rv64imc_zicntr_zifencei").machine.platform.isa) >= {
        "c",
        "m",
    }
