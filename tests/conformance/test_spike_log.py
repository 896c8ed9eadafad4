"""Reading Spike's log: lines as this Spike writes them, and the steps they mean."""

from __future__ import annotations

from tests.conformance.spike import Step, read_log

LOG = """\
core   0: 0x0000000080000008 (0x305293f3) csrrw   t2, mtvec, t0
core   0: 3 0x0000000080000008 (0x305293f3) x7  0x0000000000000000 c773_mtvec 0x0000000080001000
core   0: 0x00000000800011e0 (0x00e42023) sw      a4, 0(s0)
core   0: 1 0x00000000800011e0 (0x00e42023) mem 0x0000000002000000 0x00000001
core   0: 0x000000000000100c (0x0182b283) ld      t0, 24(t0)
core   0: 0 0x000000000000100c (0x0182b283) x5  0x0000000080000000 mem 0x0000000000001018
core   0: 0x0000000080000014 (0x00000000) c.unimp
core   0: exception trap_illegal_instruction, epc 0x0000000080000014
core   0:           tval 0x0000000000000000
core   0: exception interrupt #7, epc 0x00000000800006ec
core   0: exception trap_instruction_page_fault, epc 0x00000000c0000000
core   0:           tval 0x00000000c0000000
core   0: exception trap_user_ecall, epc 0x0000000080000020
"""


def test_each_line_becomes_its_step() -> None:
    assert list(read_log(LOG.splitlines())) == [
        Step(0x80000008, 0x305293F3, 3, 7, 0, (("mtvec", 0x80001000),)),
        Step(0x800011E0, 0x00E42023, 1, memory=((0x2000000, 1, 4),)),
        Step(0x100C, 0x0182B283, 0, 5, 0x80000000, memory=((0x1018, None, 0),)),
        Step(0x80000014, 0, trap="trap_illegal_instruction", tval=0),
        Step(0x800006EC, None, trap="interrupt #7", tval=0),
        Step(0xC0000000, None, trap="trap_instruction_page_fault", tval=0xC0000000),
        Step(0x80000020, None, trap="trap_user_ecall", tval=0),
    ]
