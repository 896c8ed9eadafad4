"""What comes between instructions, against the same rules written as plain Python."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.property.board import Board
from vmlab.core.bits import MASK64
from vmlab.core.modes import Mode
from vmlab.isa.causes import BREAKPOINT, ECALL_FROM_M, INTERRUPT_BIT
from vmlab.isa.system.between import DEVICE, GO, INTERRUPT, STALLED
from vmlab.isa.system.contexts import UNTRANSLATED
from vmlab.isa.system.progress import DELIBERATE, INSIDE_ITSELF, WITHOUT_PROGRESS
from vmlab.isa.system.time import NEVER

board = Board()
MTI, STI = 1 << 7, 1 << 5
MODES = st.sampled_from([Mode.U, Mode.S, Mode.M])


def _set(**words: int) -> None:
    for name, value in words.items():
        board.hart.set_word(name, value)


def _reset() -> None:
    board.machine.load([], 0x8000_0000)
    board.engine.forget()


# `between` -------------------------------------------------------------------------------------


@given(
    waiting=st.booleans(),
    mode=MODES,
    enabled=st.sampled_from([0, 1 << 3 | 1 << 1]),  # mstatus.MIE, SIE
    mie=st.sampled_from([0, MTI, STI, MTI | STI]),
    mip=st.sampled_from([0, STI]),
    timer=st.one_of(st.integers(0, 40), st.just(MASK64)),
    event_in=st.one_of(st.integers(0, 40), st.just(NEVER)),  # no engine runs past it
    retired=st.integers(0, 20),
    skipped=st.integers(0, 20),
)
def test_wait_then_device_then_interrupt(
    waiting: bool,
    mode: Mode,
    enabled: int,
    mie: int,
    mip: int,
    timer: int,
    event_in: int,
    retired: int,
    skipped: int,
) -> None:
    _reset()
    event = min(retired + skipped + event_in, NEVER)
    _set(mode=mode, mstatus=enabled, mie=mie, mip=mip, mtimecmp=timer, event_at=event)
    _set(waiting=waiting, retired=retired, skipped=skipped)
    now = retired + skipped

    def pending() -> int:
        return (mip | (MTI if timer <= now else 0)) & mie

    before = bytes(board.machine.arena.hart)
    found = board.call("between")
    if waiting and not pending():
        ahead = [timer] if now < timer < NEVER else []
        ahead += [event] if event < NEVER else []
        if not ahead:
            assert found == (STALLED, 0)
            assert bytes(board.machine.arena.hart) == before
            return
        now = min(ahead)
    assert board.hart.word("waiting") == 0
    assert board.hart.word("retired") == retired
    assert board.hart.virtual_time == now
    if event <= now:
        assert found == (DEVICE, 0)
        return
    taken = 0
    if mode != Mode.M or enabled:
        taken = 7 if pending() & MTI else 5 if pending() & STI else 0
    assert found == ((INTERRUPT, taken | INTERRUPT_BIT) if taken else (GO, 0))


def test_a_stalled_hart_goes_on_once_an_interrupt_comes_from_outside() -> None:
    _reset()
    _set(waiting=1, mie=STI)
    assert board.call("between") == (STALLED, 0)
    _set(mip=STI)
    assert board.call("between") == (GO, 0)
    assert board.hart.word("waiting") == 0
    assert board.hart.word("skipped") == 0


# Contexts --------------------------------------------------------------------------------------


@given(
    mode=MODES,
    previous=MODES,
    mprv=st.booleans(),
    flags=st.integers(0, 3),
    satp=st.sampled_from([0, 8, 9, 10]),
    asid=st.integers(0, 0xFFFF),
    epoch=st.integers(0, (1 << 32) - 1),
)
def test_a_context_is_what_its_translations_depend_on(
    mode: Mode, previous: Mode, mprv: bool, flags: int, satp: int, asid: int, epoch: int
) -> None:
    assume(not mprv or previous != 2)
    _set(mode=mode, satp=satp << 60 | asid << 44 | 0x80000, tlb_epoch=epoch)
    _set(mstatus=mprv << 17 | flags << 18 | previous << 11)
    acting = previous if mprv else mode
    for name, acts in (("fetch_context", mode), ("data_context", acting)):
        context = board.call(name)
        if acts == Mode.M or satp == 0:
            assert context == UNTRANSLATED | acts
        else:
            assert context == board.call("tlb_context", acts)
            sum_, mxr = flags & 1, flags >> 1
            # Without a guest both MXR bits are mstatus's.
            where = epoch << 28 | asid << 12 | satp << 8
            assert context == where | mxr << 6 | mxr << 5 | sum_ << 4 | acts


# A guest that will trap for ever ---------------------------------------------------------------


class TrapLoop:
    """The rule as plain Python."""

    def __init__(self) -> None:
        self.last: tuple[int, ...] = ()
        self.retired = -1
        self.same = self.still = 0

    def is_endless(
        self, retired: int, modes: tuple[int, int], trap: tuple[int, int, int], x: Sequence[int]
    ) -> bool:
        cause, tval, epc = trap
        if cause & INTERRUPT_BIT:
            self.still = self.same = 0
            self.retired = retired
            return False
        self.still = self.still + 1 if retired == self.retired else 0
        self.retired = retired
        if cause in DELIBERATE or modes[0] != modes[1]:
            self.same = 0
        else:
            now = (epc, cause, tval, *x)
            self.same = self.same + 1 if now == self.last else 0
            self.last = now
        return self.still >= WITHOUT_PROGRESS or self.same >= INSIDE_ITSELF


step = st.tuples(
    st.sampled_from([0, 0, 1, 3]),  # instructions since the last trap
    st.sampled_from([Mode.M, Mode.M, Mode.M, Mode.S]),
    st.sampled_from([1, 5, 5, 5, BREAKPOINT, ECALL_FROM_M, INTERRUPT_BIT | 7]),
    st.sampled_from([0, 0, 0, 8]),  # tval
    st.sampled_from([0x1000, 0x1000, 0x1000, 0x2000]),  # epc
    st.sampled_from([None, None, None, 1, 17, 31]),  # a register that has changed
    st.sampled_from([1, 2, 5, 255, 256, 257]),  # how often
)


@given(st.lists(step, max_size=12))
def test_trap_repeats_is_the_plain_rule(steps: list[tuple[int, ...]]) -> None:
    _reset()
    plain = TrapLoop()
    for apart, from_mode, cause, tval, epc, register, times in steps:
        if register is not None:
            board.hart.x[register] = board.hart.x[register] + 1
        for _ in range(times):
            retired = board.hart.retired + apart
            board.hart.set_word("retired", retired)
            modes = from_mode, board.hart.mode
            expected = plain.is_endless(retired, modes, (cause, tval, epc), list(board.hart.x))
            assert board.call("trap_repeats", from_mode, cause, tval, epc) == expected


def test_every_register_counts() -> None:
    _reset()
    trap = Mode.M, 5, 0, 0x1000

    def again(times: int) -> int:
        for _ in range(times):
            board.hart.set_word("retired", board.hart.retired + 1)
            answer = board.call("trap_repeats", *trap)
        return int(answer)

    assert again(INSIDE_ITSELF) == 0
    for register in range(1, 32):
        board.hart.x[register] = register
        assert again(INSIDE_ITSELF) == 0
    assert again(1) == 1


def test_what_is_remembered_is_no_state_of_the_hart_and_a_reset_forgets_it() -> None:
    _reset()
    before = board.machine.state_hash()
    for _ in range(WITHOUT_PROGRESS):
        assert board.call("trap_repeats", Mode.M, 1, 0, 0) == 0
    assert board.call("trap_repeats", Mode.M, 1, 0, 0) == 1
    assert board.machine.state_hash() == before
    board.machine.reboot()
    for _ in range(WITHOUT_PROGRESS):
        assert board.call("trap_repeats", Mode.M, 1, 0, 0) == 0
