"""Guests that drive the devices, through sessions: forward, back, and from recordings."""

from __future__ import annotations

from tests.unit.machine import guests
from tests.unit.programs import elf, session
from vmlab.session import Session, open
from vmlab.session.snapshot import Reason, Status
from vmlab.trace import recording

IMAGE = b"".join(f"sector{n:02}".encode() * 64 for n in range(8))


def seen(run: Session) -> tuple[object, ...]:
    return run.steps, run.state_hash(), run.console


def check_travel(run: Session) -> None:
    """Each earlier state is met again, and so is the end."""
    end = seen(run)
    steps = run.steps
    states = {}
    for back in (1, 2, 5, 40):
        run.back(back)
        states[run.steps] = seen(run)
    run.step(steps - run.steps)
    assert seen(run) == end
    for step, state in states.items():
        run.back(run.steps - step) if run.steps > step else run.step(step - run.steps)
        assert seen(run) == state


def test_a_guest_copies_a_sector() -> None:
    run = session(guests.DISK, disk=IMAGE)
    assert run.run(limit=2000).reason is Reason.PASSED
    assert run.machine.hart.x[10].to_bytes(8, "little") == b"sector02"
    assert run.machine.hart.x[11] == 2
    assert run.machine.disk is not None
    assert run.machine.disk.content()[:512] == IMAGE[1024:1536]
    check_travel(run)


def test_going_back_takes_the_disk_along() -> None:
    run = session(guests.DISK, disk=IMAGE)
    run.run(limit=2000)
    assert run.machine.disk is not None
    run.back(run.steps)
    assert run.machine.disk.content() == IMAGE


def test_a_recording_holds_the_disk() -> None:
    run = session(guests.DISK, disk=IMAGE)
    run.run(limit=2000)
    again = recording.read(recording.write(run.recording()))
    assert again.start.parts["disk"] == IMAGE and again.state_hash == run.state_hash()


def test_a_guest_without_a_disk_finds_none() -> None:
    assert session(guests.DISK).run(limit=2000).reason is Reason.FAILED


def test_random_bytes_follow_from_the_seed() -> None:
    def number(seed: int) -> int:
        run = session(guests.RANDOM, seed=seed)
        assert run.run(limit=2000).reason is Reason.PASSED
        assert run.machine.hart.x[11] == 32
        return run.machine.hart.x[10]

    assert number(5) == number(5) != number(6)


def test_the_virtio_console_prints_to_the_session() -> None:
    run = session(guests.PRINT)
    run.run(limit=2000)
    assert run.console == b"virtio"
    run.back(20)
    assert run.console == b""
    run.step(20)
    assert run.console == b"virtio"


def test_input_wakes_a_guest_that_waits_for_the_virtio_console() -> None:
    run = session(guests.LISTEN)
    assert run.run(limit=2000).reason is Reason.WAITING
    run.send("abcd")
    assert run.run(limit=2000).reason is Reason.PASSED
    assert run.machine.hart.x[10] == 2
    assert run.machine.hart.x[11].to_bytes(8, "little")[:4] == b"abcd"
    check_travel(run)


def test_typing_wakes_a_guest_that_waits_for_the_uart() -> None:
    run = session(guests.TYPING)
    assert run.run(limit=2000).reason is Reason.WAITING
    assert run.status is Status.WAITING
    for text in ("hello", "a line that is longer than the FIFO holds", "q"):
        run.send(text)
        assert run.status is Status.PAUSED
        run.run(limit=20_000)
    assert run.stop is not None and run.stop.reason is Reason.PASSED
    assert run.console == b"helloa line that is longer than the FIFO holdsq"
    assert run.machine.hart.x[15] == 1 << 63 | 9
    assert run.trap_counts == {"S.i9": 3}
    check_travel(run)
    again = open(elf(guests.TYPING), ram="1M")
    again.feed(run.inputs)
    again.step(run.steps)
    assert seen(again) == seen(run)


def test_dma_over_code_that_runs_is_seen_by_the_next_fetch() -> None:
    """A disk request replaces a loop's instruction after the loop has been printed."""
    two = bytes.fromhex("13050500" + "13052500" + "67800000")  # mv a0, a0; addi a0, a0, 2; ret
    body = (
        guests.descriptor(0, "header", "16", 1, 1)
        + guests.descriptor(1, "code", "512", 3, 2)
        + guests.descriptor(2, "state", "1", 2)
        + """
    li a0, 0
    li s4, 50
first:
    jal ra, code
    addi s4, s4, -1
    bnez s4, first
    mv a1, a0
"""
        + guests.OFFER
        + """
    jal ra, code
    sub a1, a0, a1
"""
    )
    data = """
.balign 8
header: .word 0, 0
    .dword 0
state: .byte 0xff
.balign 512
code:
    addi a0, a0, 1
    ret
    .zero 504
"""
    run = session(guests.program(0, 0, body, data), disk=two.ljust(512, b"\0"))
    assert run.run(limit=5000).reason is Reason.PASSED
    assert (run.machine.hart.x[10], run.machine.hart.x[11]) == (52, 2)


def test_a_reset_starts_the_machine_again_and_time_goes_on() -> None:
    run = session(guests.REBOOT)
    run.run(limit=100)
    assert run.status is Status.PAUSED
    assert run.console == b"1" * len(run.console) and len(run.console) >= 3
    assert run.machine.hart.virtual_time == run.position == 100
    check_travel(run)
    run.run(limit=1000)
    end = seen(run)
    run.back(900)
    run.run(limit=900)
    assert seen(run) == end


def test_a_reset_lands_on_the_reset_vector() -> None:
    run = session(guests.REBOOT)
    run.step()
    while run.machine.hart.pc != 0x1000:
        run.step()
    assert run.console == b"1" and run.machine.finisher.written is None
    assert run.machine.hart.word("retired") == run.steps
