"""Programs with floating point: loaded, run, shown."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from tests.unit.programs import PASS, elf, session
from vmlab.core.errors import Unsupported
from vmlab.derive.asm import assemble
from vmlab.derive.objfile import arch_string
from vmlab.session import open
from vmlab.session.snapshot import Reason
from vmlab.views import registers

ON = "li t0, 0x2000; csrs mstatus, t0\n"
HARMONIC = f"""
    {ON}
    li a0, 100              # 1 + 1/2 + ... + 1/100, in doubles and in singles
    li a1, 1
    fcvt.d.w fa0, zero
    fcvt.s.w fa2, zero
    fcvt.d.w fa1, a1
    fcvt.s.w fa3, a1
1:  fcvt.d.w fa4, a0
    fdiv.d fa4, fa1, fa4
    fadd.d fa0, fa0, fa4
    fcvt.s.w fa5, a0
    fdiv.s fa5, fa3, fa5
    fadd.s fa2, fa2, fa5
    addi a0, a0, -1
    bnez a0, 1b
    la t0, results
    fsd fa0, 0(t0)
    fsw fa2, 8(t0)
    frflags a2
{PASS}
.data
results: .dword 0, 0
"""


def test_a_sum_is_what_ieee_arithmetic_makes_it() -> None:
    run = session(HARMONIC)
    stop = run.run(limit=10_000)
    assert stop.reason is Reason.PASSED
    total, single = 0.0, np.float32(0)
    for n in range(100, 0, -1):
        total += 1.0 / n
        single += np.float32(1) / np.float32(n)
    assert struct.pack("<d", total) == run.machine.hart.f[10].to_bytes(8, "little")
    text = registers.float_text(run.machine.hart.f[12])
    assert text == str(single)
    assert run.machine.hart.x[12] == 1  # inexact, nothing else
    shown = {row.name: row.number_text for row in registers.float_rows(run.snapshot())}
    assert shown["fa0"] == repr(total)
    assert shown["fa2"] == text


def test_a_program_says_that_it_needs_doubles() -> None:
    program = assemble("_start: fadd.d fa0, fa1, fa2\nc.fsd fa0, 0(a0)")
    assert arch_string(program.extensions) == "rv64i2p1_d2p2_zcd1p0"
    image = elf(HARMONIC)
    assert open(image, ram="1M", isa="rv64gc").machine.platform.isa == "rv64imafdc_zicsr_zifencei"
    with pytest.raises(Unsupported, match="does not have: d"):
        open(image, ram="1M", isa="rv64imac_zicsr")


def test_no_register_is_shown_while_the_unit_is_off() -> None:
    run = session("nop\n" + ON + PASS)
    assert run.snapshot().now.f == ()
    run.run(limit=1000)
    assert run.snapshot().now.f == (0,) * 32
    bare = session("nop\n" + ON + PASS, isa="rv64i")
    bare.run(limit=1000)
    assert bare.snapshot().now.f == ()


@pytest.mark.parametrize("text", ["fadd.d fa0, fa1, fa2", "fld fa0, 0(zero)", "frcsr a0"])
def test_an_instruction_of_a_unit_that_is_off_is_illegal(text: str) -> None:
    run = session(f"la t0, 1f; csrw mtvec, t0\n{text}\nj fail\n.align 2\n1:{PASS}fail: j fail")
    run.run(limit=1000)
    assert run.machine.hart.word("mcause") == 2
    word = run.machine.hart.word("mtval")
    assert word == int.from_bytes(assemble(text).section(".text").data, "little")
