"""A run saved in the workbench and opened again; a file that is none leaves the run."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from dataclasses import replace

import pytest

import vmlab
from tests.loops import drive as on_a_loop
from tests.ui.conftest import CATALOGUE
from vmlab.guests.catalog import GUESTS
from vmlab.session.opening import Options, arguments_of, prepare
from vmlab.session.snapshot import Status
from vmlab.trace import recording
from vmlab.ui.app import _address, page
from vmlab.ui.controller import Controller
from vmlab.ui.fragment import Link
from vmlab.ui.saved import file_name
from vmlab.ui.widgets.guests import Guests

STEPS = 460


@pytest.fixture
def control() -> Controller:
    """A page's controller, some way into the tour, with a breakpoint."""
    made = page(Link(guest="tour", breakpoints=(0x8000_0004,))).controller
    made.session.step(STEPS)
    return made


def saved_by(control: Controller) -> bytes:
    """The file as the page gets it."""
    guests = Guests(control, catalogue=CATALOGUE)
    guests.receive({"command": "save"})
    frame = json.loads(json.dumps(guests.changes(control.snapshot(), full=False)))
    number, name, data = frame["saved"]
    assert name == f"tour-{control.session.position}.vmlab"
    guests.receive({"command": "saved", "number": number})
    assert guests.changes(control.snapshot(), full=False)["saved"] is None
    return b64decode(data)


def test_a_saved_run_opens_in_another_page_where_it_stood(control: Controller) -> None:
    data = saved_by(control)
    other = page(Link(guest="primes", breakpoints=(0x8000_0000,))).controller
    Guests(other, catalogue=CATALOGUE).receive({"command": "file", "name": "x", "data": data})
    assert other.message == ""
    assert other.session.position == control.session.position
    hashes = [one.session.state_hash() for one in (control, other)]  # type: ignore[attr-defined]
    assert hashes[0] == hashes[1] == vmlab.load(data).state_hash()
    assert other.snapshot().console == control.snapshot().console
    assert other.session.breakpoints == frozenset()
    assert other.image == "tour" and other.label == "" and _address(other) == ""
    control.back()
    other.back()
    assert other.snapshot().now == control.snapshot().now
    other.rebuild({"isa": "rv64imac_zicsr_zifencei"})
    assert other.session.position == 0 and other.snapshot().guest == "tour"


def test_saving_again_at_the_same_place_sends_it_again(control: Controller) -> None:
    guests = Guests(control, catalogue=CATALOGUE)
    guests.receive({"command": "save"})
    first = guests.changes(control.snapshot(), full=False)
    guests.receive({"command": "save"})
    again = guests.changes(control.snapshot(), full=False)
    assert first["saved"][2] == again["saved"][2]
    guests.receive({"command": "saved", "number": first["saved"][0]})
    assert control.saved is not None, "the second file has not been taken"


def test_a_run_is_saved_where_it_is_paused(control: Controller) -> None:
    async def run() -> None:
        control.open("primes")
        control.run()
        await asyncio.sleep(0.05)
        control.save()
        assert not control.running

    on_a_loop(run())
    assert control.saved is not None
    opened = vmlab.load(control.saved.data)
    assert opened.position == control.session.position > 0


@pytest.mark.parametrize("name", ["tour.vmlab", "tour.zip", "raw.bin"])
@pytest.mark.parametrize("damage", ["cut", "flip", "foreign"])
def test_a_bad_file_is_said_and_the_run_stays(control: Controller, name: str, damage: str) -> None:
    data = saved_by(control)
    bad = {
        "cut": data[: len(data) // 2],
        "flip": data[:2000] + bytes([data[2000] ^ 0xFF]) + data[2001:],
        "foreign": b"PK\x03\x04 a zip of somebody else",
    }[damage]
    session, before = control.session, control.snapshot()
    guests = Guests(control, catalogue=CATALOGUE)
    guests.receive({"command": "file", "name": name, "data": bad})
    assert control.message.startswith(f"{name}: expected ") and "\n" not in control.message
    assert control.session is session and control.snapshot() == before
    assert control.session.breakpoints == {0x8000_0004}


def test_no_magic_but_the_ending_is_said_as_a_saved_run(control: Controller) -> None:
    guests = Guests(control, catalogue=CATALOGUE)
    guests.receive({"command": "file", "name": "a.vmlab", "data": b"\0\0\0\0"})
    assert "recording or snapshot" in control.message


def test_a_recording_is_played_beside_the_run_and_opens(control: Controller) -> None:
    source = vmlab.open("primes")
    source.run(limit=300_000)
    data = recording.write(source.recording())

    async def run() -> None:
        shown = control.session
        control.load(data, "primes.zip")
        assert control.session is shown and control.running and "Playing" in control.message
        for _ in range(2000):
            if not control.running:
                break
            await asyncio.sleep(0.005)

    on_a_loop(run())
    assert control.message == "" and control.image == "primes"
    assert control.session.position == source.position
    assert control.session.state_hash() == source.state_hash()  # type: ignore[attr-defined]


def test_a_recording_without_end_is_given_up_by_pause(control: Controller) -> None:
    source = vmlab.open("primes")
    data = recording.write(replace(source.recording(), steps=1 << 60))

    async def run() -> None:
        shown = control.session
        control.load(data, "endless.zip")
        await asyncio.sleep(0.05)
        control.pause()
        await asyncio.sleep(0.05)
        assert control.session is shown and not control.running and control.message == ""
        assert control.snapshot().status is Status.PAUSED

    on_a_loop(run())


def test_a_recording_that_ends_elsewhere_is_said_and_the_run_stays(control: Controller) -> None:
    source = vmlab.open("tour")
    source.step(100)
    data = recording.write(replace(source.recording(), steps=99))

    async def run() -> None:
        shown = control.session
        control.load(data, "wrong.zip")
        for _ in range(400):
            if not control.running:
                break
            await asyncio.sleep(0.005)
        assert control.session is shown
        assert control.message.startswith("wrong.zip: expected the state")

    on_a_loop(run())


def test_a_run_too_large_for_memory_is_said(control: Controller) -> None:
    def full(data: bytes, engine: str) -> None:
        raise MemoryError

    control._loader = lambda data, engine: (full(data, engine) for _ in (0,))  # type: ignore
    control.load(b"", "big.vmlab")
    assert control.message.startswith("big.vmlab: expected a run that fits into memory")


@pytest.mark.parametrize(
    "options",
    [
        Options("tour"),
        Options("capstone"),
        Options("capstone", kernel=b"\x6f\0\0\0"),
        Options("primes", ram="32M", translation="sv39", misaligned="done", seed=7),
        Options("tour", isa="rv64imac_zicsr_zifencei", insns_per_tick=3),
        Options(GUESTS["echo"].read(), name="mine", illegal_tval="zero", access_tinst="full"),
        Options(bios=b"\x6f\0\0\0", kernel=b"\x6f\0\0\0", append="quiet", disk=bytes(512)),
    ],
)
def test_arguments_make_the_same_setup_again(options: Options) -> None:
    setup = prepare(options)
    assert prepare(Options(**arguments_of(setup))) == setup


def test_arguments_leave_unsaid_what_is_as_always() -> None:
    assert arguments_of(prepare(Options("tour"))) == {"image": "tour"}


@pytest.mark.parametrize(
    ("guest", "name"),
    [
        ("tour", "tour-12.vmlab"),
        ("a b.elf", "a-b-12.vmlab"),
        ("../../etc/passwd", "etc-passwd-12.vmlab"),
        ("\u202e<img>", "img-12.vmlab"),
        ("...", "guest-12.vmlab"),
        ("x" * 500, "x" * 40 + "-12.vmlab"),
    ],
)
def test_a_file_has_a_name_that_a_file_may_have(guest: str, name: str) -> None:
    assert file_name(guest, 12) == name
