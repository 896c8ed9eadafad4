"""The device view: every device of a real session, and what moves when a guest moves it."""

from __future__ import annotations

from tests.unit.machine import guests
from tests.unit.programs import session
from tests.unit.views.make import snapshot
from vmlab.session.snapshot import DeviceState
from vmlab.views import devices


def test_a_device_is_named_once_and_its_facts_stand_below() -> None:
    made = snapshot(devices=(DeviceState("uart", 0x1000_0000, (("FIFO", "0"), ("{odd}", "1"))),))
    lines = devices.text(made).splitlines()
    assert lines[2].split() == ["uart", "0x10000000", "FIFO", "0"]
    assert lines[3].split() == ["{odd}", "1"]


def test_nothing_is_said_plainly() -> None:
    assert "No device" in devices.text(snapshot())


def test_a_guest_that_waits_for_typing_shows_its_plic_and_its_fifo() -> None:
    run = session(guests.TYPING)
    run.run(limit=2000)
    text = devices.text(run.snapshot())
    assert "priority 1, enabled for S" in text and "2026-01-01 00:00:00" in text
    run.send("ab")
    typed = run.state_hash()  # input belongs to the step at which it arrives
    run.step(2)
    row = {(row.device, str(row.label)): row.value for row in devices.rows(run.snapshot())}
    assert row["uart", "FIFO"] == "2 'ab'"
    assert row["plic", "Source 10"] == "priority 1, enabled for S, line up, pending"
    run.back(2)
    assert run.state_hash() == typed


def test_the_disk_says_what_was_written() -> None:
    run = session(guests.DISK, disk=bytes(4096))
    run.run(limit=2000)
    row = {(row.device, str(row.label)): row.value for row in devices.rows(run.snapshot())}
    assert row["virtio0", "Disk"] == "8 sectors, writable"
    assert row["virtio0", "Written"] == "4096 bytes"
    assert row["virtio0", "Queue 0"] == "size 4, taken 2, used 2"
    assert row["virtio0", "Status"] == "ACKNOWLEDGE DRIVER FEATURES_OK DRIVER_OK"
