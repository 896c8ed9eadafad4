"""The session's promises: positions, conditions, input, endings."""

from __future__ import annotations

import pytest

import vmlab.session
from tests.unit.programs import PASS, session
from vmlab.core.errors import BadImage, BadInput, Unsupported
from vmlab.core.events import ConsoleOutput, Event, EventKind, Mmio, Retired, TrapTaken, Walk
from vmlab.core.modes import Mode
from vmlab.session import Until, open
from vmlab.session.snapshot import Reason, Status


def test_a_step_retires_one_instruction_or_takes_one_trap() -> None:
    run = open("tour", ram="1M")
    while run.status is not Status.ENDED:
        steps, position, traps = run.steps, run.position, sum(run.trap_counts.values())
        run.step()
        assert run.steps == steps + 1
        assert (run.position - position) + (sum(run.trap_counts.values()) - traps) == 1


def test_until_mode_count_and_console() -> None:
    run = open("tour", ram="1M")
    assert run.run(Until.mode("U")).reason is Reason.MODE
    assert run.machine.hart.mode is Mode.U
    assert run.run(Until.count(run.position + 10)).reason is Reason.COUNT
    stop = run.run(Until.console("mapp.d"))
    assert stop.reason is Reason.CONSOLE
    assert run.console.endswith(b"mapped")
    assert run.run(Until.console("never printed")).reason is Reason.PASSED


def test_a_limit_says_that_it_was_one() -> None:
    run = open("primes", ram="1M")
    assert run.run(limit=1234).reason is Reason.LIMIT
    assert run.position == 1234


@pytest.mark.parametrize("bad", ["X", "HS", 2])
def test_an_unknown_mode_is_refused(bad: object) -> None:
    with pytest.raises(BadInput, match="expected a mode"):
        Until.mode(bad)  # type: ignore[arg-type]


def test_a_broken_regex_is_refused() -> None:
    with pytest.raises(BadInput, match="regular expression"):
        Until.console("(")


def test_typing_reaches_the_guest_and_ends_it() -> None:
    run = open("echo", ram="1M")
    run.run(limit=3_000)
    run.send("hi\r")
    run.run(limit=3_000)
    assert b"hi" in run.console
    run.send(b"q")
    assert run.run(limit=10_000).reason is Reason.PASSED
    assert run.status is Status.ENDED
    assert run.step().reason is Reason.PASSED


def test_input_given_twice_at_one_moment_stays_in_order() -> None:
    run = open("echo", ram="1M")
    run.run(limit=3_000)
    run.send("a")
    run.send("b")
    run.run(limit=3_000)
    assert run.console.endswith(b"ab")


def test_the_future_repeats_until_somebody_types() -> None:
    run = open("echo", ram="1M")
    run.run(limit=3_000)
    run.send("one")
    run.run(limit=3_000)
    console, there = run.console, run.position
    run.go_to(2_500)
    assert b"one" not in run.console
    run.run(limit=there - 2_500)
    assert (run.console, run.position) == (console, there)
    run.go_to(2_500)
    run.send("two")
    run.run(limit=there - 2_500)
    assert b"two" in run.console and b"one" not in run.console


def test_failing_and_tohost_endings_carry_the_code() -> None:
    failing = session("li t0, 0x100000\n li t1, 0x2a3333\n sw t1, 0(t0)\nx: j x").run(limit=100)
    assert (failing.reason, failing.code) == (Reason.FAILED, 42)
    data = ".data\n.align 3\n.globl tohost\ntohost: .dword 0"
    source = "la t0, tohost\n li t1, {}\n sd t1, 0(t0)\nx: j x\n" + data
    passed = session(source.format(1)).run(limit=100)
    assert passed.reason is Reason.PASSED
    failed = session(source.format(7 << 1 | 1)).run(limit=100)
    assert (failed.reason, failed.code) == (Reason.FAILED, 7)


def test_events_come_with_the_count_before_them() -> None:
    run = open("tour", ram="1M")
    got: list[Event] = []
    off = run.subscribe(EventKind(0x3F), got.append)
    run.run(Until.trap())
    retired = [event for event in got if isinstance(event, Retired)]
    # The instruction that trapped was begun, and retired nothing.
    assert [event.count for event in retired] == list(range(run.position + 1))
    (trap,) = (event for event in got if isinstance(event, TrapTaken))
    assert (trap.count, trap.epc) == (retired[-1].count, retired[-1].pc)
    for kind in (Walk, Mmio, ConsoleOutput):
        assert any(isinstance(event, kind) for event in got), kind
    off()
    number = len(got)
    run.run(limit=50)
    assert len(got) == number


def test_listening_changes_nothing() -> None:
    quiet, heard = open("tour", ram="1M"), open("tour", ram="1M")
    heard.subscribe(EventKind(0x3F), lambda event: None)
    quiet.run()
    heard.run()
    assert quiet.state_hash() == heard.state_hash()
    assert quiet.snapshot().counters == heard.snapshot().counters


def test_replays_are_silent_to_listeners() -> None:
    run = open("tour", ram="1M")
    run.run()
    got: list[Event] = []
    run.subscribe(EventKind(0x3F), got.append)
    run.back(200)
    assert got == []


def test_running_in_slices_equals_running_at_once() -> None:
    at_once, sliced = open("primes", ram="1M"), open("primes", ram="1M")
    at_once.run(limit=120_000)
    sliced.start(limit=120_000)
    while sliced.tick(2):
        assert sliced.status is Status.RUNNING
    assert at_once.state_hash() == sliced.state_hash()
    assert sliced.stop == at_once.stop


def test_pause_stops_a_started_run() -> None:
    run = open("primes", ram="1M")
    run.start()
    run.tick(1)
    run.pause()
    assert run.status is Status.PAUSED
    assert run.stop is not None and run.stop.reason is Reason.PAUSE
    assert run.tick() is False


def test_a_snapshot_is_a_value() -> None:
    run = open("tour", ram="1M")
    run.run(Until.trap())
    one = run.snapshot()
    again = run.snapshot()
    assert one == again
    run.step()
    assert one == again and run.snapshot() != one
    assert run.snapshot().before == one.now


def test_the_code_window_has_labels_and_the_current_line() -> None:
    run = open("tour", ram="1M")
    run.run(Until.mode("S"))
    snap = run.snapshot()
    assert snap.now.pc in {line.address for line in snap.code}
    assert any(line.label for line in snap.code)


def test_looking_disturbs_nothing() -> None:
    run = open("tour", ram="1M")
    run.run(Until.mode("U"))
    hart = bytes(run.machine.arena.hart)
    run.snapshot()
    assert bytes(run.machine.arena.hart) == hart


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"engine": "t1"}, "engine t1 .* is not built"),
        ({"isa": "rv64gcvh"}, "not built: v "),
        ({"isa": "rv64i_zfoo"}, "not built: zfoo "),
        ({"isa": "rv64i"}, "tour.*does not have: "),
    ],
)
def test_what_is_not_built_is_refused_by_name(options: dict[str, str], says: str) -> None:
    with pytest.raises(Unsupported, match=says):
        open("tour", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"engine": "fast"}, "expected an engine"),
        ({"isa": "x86"}, "begins with rv64"),
        ({"ram": "lots"}, "expected a size"),
        ({"ram": "100"}, "expected RAM|4K"),
        ({"insns_per_tick": 0}, "expected 1 to 4194303 instructions a tick, found 0"),
        ({"insns_per_tick": 1 << 22}, "expected 1 to 4194303 instructions a tick"),
        ({"bios": "/no/such/file"}, "expected firmware"),
    ],
)
def test_bad_options_say_what_was_expected(options: dict[str, object], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        open("tour", **options)  # type: ignore[arg-type]


def test_raw_bios_starts_at_the_beginning_of_ram() -> None:
    from vmlab.derive.asm import assemble

    program = assemble(PASS, "bios.S")
    (text,) = (section for section in program.sections if section.name == ".text")
    run = vmlab.session.open(bios=bytes(text.data), ram="1M")
    assert run.run(limit=100).reason is Reason.PASSED


def test_bytes_are_refused_under_the_name_they_came_with() -> None:
    with pytest.raises(BadImage, match=r"^hello\.elf: "):
        open(b"\x7fELF" + bytes(100), name="hello.elf")
