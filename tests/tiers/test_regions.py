"""Translated pages: where a run ends inside of one, whichever of its entries it came by."""

from __future__ import annotations

from tests.tiers.sides import Twins

TWO_LOOPS = """
    li s1, 100000
outer:
    addi a0, a0, 1
    li s2, 5
inner:
    addi a1, a1, 3
    xor a2, a2, a1
    slli a3, a2, 1
    sub a4, a3, a0
    or a5, a4, a1
    addi s2, s2, -1
    bnez s2, inner
    add a6, a6, a5
    addi s1, s1, -1
    bnez s1, outer
"""


def test_a_run_ends_anywhere_in_a_region_that_was_entered_elsewhere() -> None:
    """It is entered at one loop, and too little is left at the other: what T1 runs alone then is
    the instruction where the region stopped, not the one where it was entered."""
    twins = Twins(TWO_LOOPS)
    twins.run(2_000)
    for budget in range(1, 120):
        twins.run(budget)
    twins.check_all()
