"""Keyframes have bounds: in number and, for guests that write all over RAM, in bytes."""

from __future__ import annotations

import pytest

from tests.unit.programs import session
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.session import keyframes, pacing

WRITES_EVERYWHERE = """
again:
    la t0, pages
    li t1, 64
    li t2, 4096
next:
    addi s0, s0, 1
    sd s0, 0(t0)
    add t0, t0, t2
    addi t1, t1, -1
    bnez t1, next
    j again
.bss
.align 12
pages: .space 64 * 4096
"""


def test_pages_kept_are_bounded_and_going_back_still_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keyframes, "MOST_BYTES", 300 * PAGE_SIZE_BYTES)
    monkeypatch.setattr(pacing, "KEYFRAME_EVERY", 400)
    monkeypatch.setattr(pacing, "FEWEST_BETWEEN", 400)
    run, straight = session(WRITES_EVERYWHERE), session(WRITES_EVERYWHERE)
    hashes = {}
    for _ in range(40):
        run.step(333)
    kept = sum(len(frame.pages) for frame in run._frames._frames)
    assert kept <= 300
    for _ in range(8):
        straight.step(1_665)
        hashes[straight.steps] = straight.state_hash()
    for steps in sorted(hashes, reverse=True):
        if run.steps > steps:
            run.back(run.steps - steps)
        assert (run.steps, run.state_hash()) == (steps, hashes[steps])
