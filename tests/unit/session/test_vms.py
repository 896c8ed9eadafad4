"""Virtual machines as a session: what a user may ask for, what they print, what is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmlab.core.errors import BadInput, VmlabError
from vmlab.session.vms import MOST_VMS, open_vms
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.common.vm import State

KERNEL = bytes.fromhex("6f000000")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "a guest or a raw kernel, found neither"),
        ({"guest": "nano", "kernel": KERNEL}, "a guest or a raw kernel, found both"),
        ({"guest": "nano", "vms": 0}, f"expected 1 to {MOST_VMS} virtual machines, found 0"),
        ({"guest": "nano", "vms": -1}, "found -1"),
        ({"guest": "nano", "vms": MOST_VMS + 1}, f"found {MOST_VMS + 1}"),
        ({"guest": "nano", "technique": "magic"}, "expected a technique of bare, .* found 'magic'"),
        ({"guest": "nano", "technique": "bare", "vms": 2}, "nobody divides the machine, found 2"),
        ({"guest": "nano", "ram": "1M"}, "inside RAM"),
        ({"guest": "nano", "ram": "some"}, "expected a size"),
        ({"guest": "nano", "ram": 5000}, "whole pages"),
        ({"guest": "nano", "ram": "2G"}, "fit into 2048M of RAM .* found 1 that need 20"),
        ({"guest": "nano", "ram": "1000M", "vms": 3}, "found 3 that need 30"),
        ({"guest": "nano", "append": "caf\xe9"}, "printable ASCII"),
        ({"guest": "nano", "append": "a\nb"}, "printable ASCII"),
        ({"guest": "nano", "disk": b""}, "disk image"),
        ({"guest": "nano", "engine": "t9"}, "t9"),
        ({"guest": "tour"}, "starts in M"),
        ({"kernel": b""}, "found an empty file"),
        ({"kernel": bytes(1 << 24)}, "RAM"),
        ({"guest": "nano", "colour": "red"}, "the options of VmOptions"),
    ],
)
def test_what_cannot_be_started_is_refused_in_a_sentence(
    options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(VmlabError, match=sentence):
        open_vms(**options)  # type: ignore[arg-type]


def test_a_raw_kernel_has_the_disk_that_is_named() -> None:
    run = open_vms(kernel=KERNEL, disk=b"disk" * 128)
    disk = run.subjects[0].machine.disk
    assert disk is not None
    assert run.subjects[0].runnable


def test_each_has_a_console_and_what_was_read_is_not_read_again() -> None:
    run = open_vms("nano", vms=2, append="sieve")
    run.run(10_000_000)
    assert run.over
    for number in range(2):
        printed = run.printed(number)
        assert b"2262 primes" in printed
        assert run.printed(number) == b""
        assert run.passed(number)
        assert run.sentence(number).startswith("passed after ")


def test_what_is_typed_reaches_the_one_it_is_typed_to() -> None:
    run = open_vms("nano", vms=2)
    run.run(4_000_000, lambda: all(subject.output.endswith(b"$ ") for subject in run.subjects))
    run.type(1, b"exit 3\n")
    run.run(2_000_000, lambda: run.subjects[1].state is State.ENDED)
    assert run.subjects[1].state is State.ENDED
    assert run.subjects[0].runnable or run.subjects[0].state is State.WAITING
    assert b"exit" not in run.printed(0)
    assert not run.over


def test_the_bill_adds_up() -> None:
    run = open_vms("nano", vms=3, append="sieve")
    run.run(10_000_000)
    stats = run.stats()
    assert stats["schema"] == "vmlab/vm/1"
    assert stats["measured"] is True
    machines = stats["vms"]
    assert [one["number"] for one in machines] == [0, 1, 2]
    assert len({one["state_hash"] for one in machines}) == 1, "the same guest three times"
    for one in machines:
        counters = one["counters"]
        by_cause = sum(counters[f"exits_by_cause.{reason.value}"] for reason in Reason)
        assert counters["exits_total"] == by_cause > 0
        assert counters["world_switches"] > 0
        assert one["state"] == "ended"
    assert run.instructions == sum(
        one["counters"]["direct_insns"] + one["counters"]["emulated_insns"] for one in machines
    )


def test_a_path_is_a_guest_too(tmp_path: Path) -> None:
    from vmlab.guests.catalog import find

    (tmp_path / "k.elf").write_bytes(find("nano").read())
    run = open_vms(tmp_path / "k.elf", append="sieve")
    run.run(10_000_000)
    assert run.passed(0)
    with pytest.raises(BadInput):
        open_vms(tmp_path / "none.elf")
