"""Code, traps, console, status and transport; and what every view promises."""

from __future__ import annotations

import unicodedata
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.views.make import BASE, registers, snapshot
from vmlab.core.events import TrapReturn, TrapTaken
from vmlab.core.modes import Mode
from vmlab.isa import causes
from vmlab.session.snapshot import CodeLine, Reason, Snapshot, Status, Stop
from vmlab.views import (
    code,
    console,
    csrs,
    now,
    status,
    transport,
    traps,
    walk,
)
from vmlab.views import (
    registers as register_view,
)
from vmlab.views.names import Symbols
from vmlab.views.status import Look

VIEWS = (code, console, csrs, now, register_view, status, transport, traps, walk)
HOSTILE = "<b>\x1b[2J\u202e"


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_every_view_has_rows_and_a_text_and_leaves_the_snapshot_alone(view: ModuleType) -> None:
    state = snapshot()
    rows, text = view.rows(state), view.text(state)
    assert isinstance(rows, tuple)
    assert text.endswith("\n")
    assert (rows, text) == (view.rows(state), view.text(state))


def test_code_marks_the_next_line_the_last_one_and_breakpoints() -> None:
    lines = tuple(CodeLine(BASE + 4 * at, 0x13, 4, "addi a0, a0, 1") for at in range(3))
    state = snapshot(
        now=registers(pc=BASE + 4),
        before=registers(pc=BASE),
        code=lines,
        breakpoints=frozenset({BASE + 8}),
    )
    assert [str(row.state) for row in code.rows(state)] == [
        "came from here",
        "next",
        "breakpoint",
    ]
    assert code.rows(state)[0].operands == "a0, a0, 1"


def test_names_from_a_file_are_made_printable() -> None:
    state = snapshot(code=(CodeLine(BASE, 0x13, 4, "nop", label=HOSTILE),))
    assert code.rows(state)[0].label == "<b><U+001B>[2J<U+202E>"
    assert Symbols({BASE: HOSTILE}).near(BASE + 4) == "<b><U+001B>[2J<U+202E>+0x4"


def test_symbols_are_found_below_an_address_and_not_from_afar() -> None:
    symbols = Symbols({0x100: "one", 0x200: "two"})
    assert symbols.near(0xFF) is None
    assert symbols.near(0x1FF) == "one+0xff"
    assert symbols.near(0x200) == "two"
    assert symbols.near(1 << 40) is None


def test_traps_are_named_and_returns_are_told_apart() -> None:
    taken = TrapTaken(7, Mode.U, Mode.M, causes.MACHINE_TIMER, True, BASE, 0)
    returned = TrapReturn(9, Mode.M, Mode.U, BASE)
    first, second = traps.rows(snapshot(traps=(taken, returned), symbols={BASE: "main"}))
    assert (first.tag, str(first.cause)) == ("i7", "machine timer interrupt")
    assert first.where == "main"
    assert second.is_return
    assert str(second.cause) == "return to U"


@pytest.mark.parametrize(
    ("printed", "lines"),
    [
        (b"one\r\ntwo\n", ["one", "two", ""]),
        (b"12\r3", ["32"]),
        (b"ab\bc", ["ac"]),
        (b"a\tb", ["a       b"]),
        (b"\x1b[31mred\x1b[0m", ["red"]),
        (b"\x1b]0;title\x07", ["\u241b]0;title\u2407"]),
        (b"\xff", ["\ufffd"]),
        ("\u202eabc".encode(), ["<U+202E>abc"]),
        ("\u4f60\u597d".encode(), ["\u4f60\u597d"]),
    ],
)
def test_console_bytes_become_lines(printed: bytes, lines: list[str]) -> None:
    assert [row.text for row in console.rows(snapshot(console=printed))] == lines


@given(st.binary(max_size=300))
def test_no_console_byte_leaves_an_invisible_character(printed: bytes) -> None:
    for row in console.rows(snapshot(console=printed)):
        assert not {unicodedata.category(char) for char in row.text} & {"Cc", "Cf", "Zl", "Zp"}


def status_of(state: Status, stop: Stop | None) -> status.StatusRow:
    return status.row(snapshot(status=state, stop=stop))


def test_every_reason_has_its_own_sentence() -> None:
    for reason in Reason:
        shown = status.stop_sentence(Stop(reason, 5, BASE, code=2))
        assert str(shown)
        assert "{" not in str(shown)


def test_endings_look_passed_or_failed() -> None:
    assert status_of(Status.ENDED, Stop(Reason.PASSED, 5, BASE)).look is Look.PASSED
    assert status_of(Status.ENDED, Stop(Reason.FAILED, 5, BASE)).look is Look.FAILED
    loop = status_of(Status.ENDED, Stop(Reason.TRAP_LOOP, 5, BASE))
    assert (loop.look, str(loop.sentence)) == (Look.FAILED, "Trap loop at 8000 0000")


def test_after_stepping_back_from_the_end_it_is_just_paused() -> None:
    assert str(status_of(Status.PAUSED, Stop(Reason.PASSED, 5, BASE)).sentence) == "Paused"


def enabled(state: Snapshot) -> set[str]:
    return {row.name for row in transport.rows(state) if row.enabled}


def test_what_can_be_done_depends_on_the_state() -> None:
    assert enabled(snapshot()) == {"step", "trap", "run"}
    assert enabled(snapshot(position=5)) == {"reset", "back", "step", "trap", "run"}
    assert enabled(snapshot(position=5, status=Status.RUNNING)) == {"pause"}
    assert enabled(snapshot(position=5, status=Status.ENDED)) == {"reset", "back"}
    assert enabled(snapshot(position=5, status=Status.WAITING)) == {"reset", "back"}


def test_what_cannot_be_done_says_why() -> None:
    for row in transport.rows(snapshot(status=Status.RUNNING)):
        assert row.enabled or str(row.reason)
