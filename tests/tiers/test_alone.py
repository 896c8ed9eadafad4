"""An instruction that T1 runs alone and that jumps leaves nothing behind for another page."""

from __future__ import annotations

from typing import Final

import pytest

from tests.tiers.sides import Twins

ACCESSES: Final = {
    "load": "ld a0, 0(s0)",
    "store": "sd a0, 0(s0)",
    "amo": "amoadd.d a0, a1, (s0)",
    "device": "lbu a0, 5(s2)",
}


@pytest.mark.parametrize("access", ACCESSES)
@pytest.mark.parametrize("offset", range(0, 0x18, 4))
def test_an_access_by_the_kernels_before_any_place_in_a_page(offset: int, access: str) -> None:
    """The ROM's last instruction, a jump at 0x1010 back to the start, runs alone. The first access
    after it needs the kernels, and what comes next stands at any place of its page, 0x10 too."""
    nops = "nop\n" * (offset // 4)
    source = f"""
        bnez s1, next_page
        li s1, 1
        la s0, here
        li s2, 0x10000000
        li t1, 0x1000
        jr t1
    .balign 0x1000
    next_page:
        {nops}
        {ACCESSES[access]}
        addi a1, a1, 1
        addi a2, a2, 2
        addi a3, a3, 3
        addi a4, a4, 4
        addi a5, a5, 5
        li t0, 0x100000
        li t1, 0x5555
        sw t1, 0(t0)
        j .
    .balign 0x1000
    here: .dword 7
    """
    twins = Twins(source)
    twins.finish()
