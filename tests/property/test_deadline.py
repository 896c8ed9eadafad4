"""The timer's deadline against the manual: when virtual time first makes mtime reach mtimecmp."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.property.board import Board
from tests.unit.programs import PASS, session
from vmlab.core.bits import MASK64
from vmlab.isa.system.time import NEVER
from vmlab.session.snapshot import Reason

FARTHEST_TICKS = 1 << 40
board = Board()
edges = st.sampled_from([0, 1, 1 << 40, 1 << 63, MASK64])
near = st.integers(-(1 << 41), 1 << 41)
words = st.builds(lambda edge, by: (edge + by) & MASK64, edges, st.one_of(near, st.integers(-9, 9)))


@given(
    retired=st.integers(0, 1 << 40),
    skipped=st.integers(0, 1 << 40),
    a_tick=st.one_of(st.just(1), st.integers(1, (1 << 22) - 1)),
    offset=words,
    mtimecmp=words,
)
def test_the_deadline_is_the_first_moment_at_which_the_timer_is_pending(
    retired: int, skipped: int, a_tick: int, offset: int, mtimecmp: int
) -> None:
    for name, value in {
        "retired": retired,
        "skipped": skipped,
        "insns_per_tick": a_tick,
        "mtime_offset": offset,
        "mtimecmp": mtimecmp,
    }.items():
        board.hart.set_word(name, value)
    now = retired + skipped
    mtime = (now // a_tick + offset) & MASK64
    left = mtimecmp - mtime
    expected = (now // a_tick + left) * a_tick if 0 < left < FARTHEST_TICKS else NEVER
    found = board.call("deadline")
    assert found == expected
    assert found > now


def test_a_guest_that_sets_mtime_back_goes_on() -> None:
    run = session(f"li t0, 0x200bff8\n nop\n nop\n sd zero, 0(t0)\n{PASS}")
    assert run.run(limit=100).reason is Reason.PASSED


def test_a_guest_that_sets_mtime_back_is_woken_in_time() -> None:
    run = session(
        "la t0, awake\n csrw mtvec, t0\n li t0, 0x200bff8\n li t1, 0x2004000\n li t2, 0x80\n"
        " csrw mie, t2\n li t2, -1000\n sd t2, 0(t0)\n li t2, -100\n sd t2, 0(t1)\n wfi\n"
        f"awake:\n csrr a0, time\n{PASS}"
    )
    assert run.run(limit=100).reason is Reason.PASSED
    assert -100 <= run.machine.hart.x[10] - (1 << 64) < -90
