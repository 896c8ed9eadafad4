"""Any course through a session, and a straight run with the same input, meet in the same state.

The guest does a little of everything that has made sessions disagree: it waits for a timer, takes
traps, reads what is typed, prints, and writes its own code. Keyframes are few steps apart, so that
most moves cross one.
"""

from __future__ import annotations

from functools import cache

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.unit.programs import PASS, elf
from vmlab.engine.api import ENGINES
from vmlab.engine.tiers import why_not_t1
from vmlab.session import Session, Until, keyframes, open, pacing, travel
from vmlab.session.snapshot import ENDINGS, Reason, Status
from vmlab.trace import recording

SOURCE = f"""
    la t0, handler
    csrw mtvec, t0
    li s0, 0x2004000        # mtimecmp
    li s1, 0x10000000       # the UART
    la s2, pages
    li t0, 0x80
    csrw mie, t0
    csrsi mstatus, 8
again:
    addi s3, s3, 1
    andi t0, s3, 7
    bnez t0, patched
    li t0, 300              # wait for a timer that is near
    csrr t1, time
    add t0, t0, t1
    sd t0, 0(s0)
    wfi
patched:
    addi s4, s4, 1          # this instruction is rewritten on the way
    lw t1, patched
    li t2, 1 << 20
    xor t1, t1, t2
    la t0, patched
    sw t1, 0(t0)
    ecall
    lbu t0, 5(s1)
    andi t0, t0, 1
    beqz t0, again
    lbu t0, 0(s1)
    sb t0, 0(s1)
    andi t1, t0, 15
    slli t1, t1, 12
    add t1, t1, s2
    sd s3, 0(t1)
    li t1, 'q'
    bne t0, t1, again
{PASS}
.align 2
handler:
    csrr t3, mcause
    bltz t3, timer
    csrr t3, mepc
    addi t3, t3, 4
    csrw mepc, t3
    mret
timer:
    li t3, -1
    sd t3, 0(s0)
    addi s5, s5, 1
    mret
.bss
.align 12
pages: .space 0x10000
"""


RUNNING_HERE = [name for name in ENGINES if name != "t1" or why_not_t1() is None]


@cache
def guest() -> bytes:
    return elf(SOURCE)


def seen(run: Session) -> tuple[object, ...]:
    """All that must not depend on how the session came here."""
    snap = run.snapshot()
    counted = (run.trap_counts, snap.traps, snap.walk, snap.counters, snap.now)
    return (run.steps, run.position, run.state_hash(), run.console, counted)


amounts = st.one_of(st.integers(1, 20), st.integers(1, 900))


class Course(RuleBasedStateMachine):
    """Moves in any order. `typed` is what a recording of this course would hold."""

    def __init__(self) -> None:
        super().__init__()
        self.saved = pacing.KEYFRAME_EVERY, pacing.FEWEST_BETWEEN, travel.NEAR, keyframes.MOST
        pacing.KEYFRAME_EVERY, pacing.FEWEST_BETWEEN, travel.NEAR = 60, 60, 5
        keyframes.MOST = keyframes.ALWAYS_KEPT + 4
        self.run = open(guest(), ram="1M")
        self.typed: list[tuple[int, bytes]] = []

    def teardown(self) -> None:
        pacing.KEYFRAME_EVERY, pacing.FEWEST_BETWEEN, travel.NEAR, keyframes.MOST = self.saved

    @rule(n=amounts)
    def step(self, n: int) -> None:
        before = self.run.steps
        stop = self.run.step(n)
        assert self.run.steps == before + n or stop.reason in ENDINGS

    @rule(n=amounts)
    def back(self, n: int) -> None:
        before = self.run.steps
        self.run.back(n)
        assert self.run.steps == max(0, before - n)

    @rule(position=st.integers(0, 4_000))
    def go_to(self, position: int) -> None:
        self.run.go_to(position)
        assert self.run.position == position or self.run.status is Status.ENDED

    @rule(limit=amounts)
    def run_on(self, limit: int) -> None:
        before = self.run.position
        stop = self.run.run(limit=limit)
        if stop.reason is Reason.BREAKPOINT:
            assert stop.pc in self.run.breakpoints
        else:
            assert self.run.position == before + limit or stop.reason in ENDINGS

    @rule(limit=amounts)
    def run_to_trap(self, limit: int) -> None:
        before = sum(self.run.trap_counts.values())
        stop = self.run.run(Until.trap(), limit=limit)
        assert sum(self.run.trap_counts.values()) == before + (stop.reason is Reason.TRAP)

    @rule(limit=amounts)
    def start(self, limit: int) -> None:
        self.run.start(limit=limit)

    @rule()
    def tick(self) -> None:
        assert self.run.tick(0.1) == (self.run.status is Status.RUNNING)

    @rule()
    def pause(self) -> None:
        self.run.pause()
        assert self.run.status is not Status.RUNNING

    @rule(data=st.sampled_from([b"a", b"b", b"hello", b"q"]))
    def send(self, data: bytes) -> None:
        now = self.run.steps
        self.typed = [(step, old) for step, old in self.typed if step <= now] + [(now, data)]
        self.run.send(data)

    @rule(name=st.sampled_from(["again", "patched", "handler", "timer"]))
    def breakpoint(self, name: str) -> None:
        assert self.run.image is not None
        (address,) = (at for at, label in self.run.image.symbols.items() if label == name)
        self.run.toggle_breakpoint(address)

    @rule(name=st.sampled_from(RUNNING_HERE))
    def use_engine(self, name: str) -> None:
        status = self.run.status
        self.run.use_engine(name)
        assert (self.run.engine_asked, self.run.status) == (name, status)

    @rule()
    def reset(self) -> None:
        self.run.reset()
        self.typed = []
        assert self.run.steps == 0

    @precondition(lambda self: self.run.status is not Status.RUNNING)
    @rule()
    def record_and_replay(self) -> None:
        recorded = recording.read(recording.write(self.run.recording()))
        assert recorded.inputs == tuple(one for one in self.typed if one[0] <= self.run.steps)

    @invariant()
    def a_straight_run_comes_to_the_same_state(self) -> None:
        assert [(one.step, one.data) for one in self.run.inputs] == self.typed
        straight = open(guest(), ram="1M", engine="t0")
        straight.feed(self.run.inputs)
        if self.run.steps:
            straight.step(self.run.steps)
        assert seen(straight) == seen(self.run)


TestCourse = Course.TestCase
TestCourse.settings = settings(max_examples=15, stateful_step_count=20)
