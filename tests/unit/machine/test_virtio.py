"""Virtio devices under a driver that keeps the rules."""

from __future__ import annotations

import pytest

from tests.unit.machine.driver import DATA, INDIRECT, NEXT, USED, WRITE, Desc, Driver
from vmlab.core.errors import BadInput
from vmlab.machine.disk import Disk

BLOCK, CONSOLE, ENTROPY, EMPTY = 0, 1, 2, 3
BUFFER = DATA + 0x1000
IMAGE = bytes(sector for sector in range(16) for _ in range(512))


def test_the_header_of_every_slot() -> None:
    disk = Disk(IMAGE)
    for slot, number in ((BLOCK, 2), (CONSOLE, 3), (ENTROPY, 4), (EMPTY, 0)):
        driver = Driver(slot, disk)
        assert (driver.reg(0), driver.reg(4), driver.reg(8)) == (0x74726976, 2, number)
    assert Driver(BLOCK).reg(8) == 0  # no disk, no device


def test_features_need_version_1_and_an_offer() -> None:
    driver = Driver(ENTROPY)
    driver.set(0x70, 3)
    driver.set(0x70, 0xB)
    assert driver.reg(0x70) == 3
    driver.set(0x24, 1)
    driver.set(0x20, 1)
    driver.set(0x24, 0)
    driver.set(0x20, 1)  # never offered
    driver.set(0x70, 0xB)
    assert driver.reg(0x70) == 3
    driver.set(0x20, 0)
    driver.set(0x70, 0xB)
    assert driver.reg(0x70) == 0xB
    driver.set(0x20, 1)  # too late
    assert driver.device.accepted == 1 << 32


def test_the_block_device_reads_writes_flushes_and_says_its_name() -> None:
    disk = Disk(IMAGE)
    driver = Driver(BLOCK, disk).start()
    assert driver.machine.bus.read(driver.base + 0x100, 8) == 16
    assert driver.block(0, 3, BUFFER, 1024) == (0, 1025)
    assert driver.machine.read(BUFFER, 1024) == bytes([3]) * 512 + bytes([4]) * 512
    driver.machine.write(BUFFER, b"new!" * 128)
    assert driver.block(1, 15, BUFFER, 512) == (0, 1)
    assert disk.content() == IMAGE[: 15 * 512] + b"new!" * 128
    assert driver.block(4, 0, 0, 0)[0] == 0
    assert driver.block(8, 0, BUFFER, 20) == (0, 21)
    assert driver.machine.read(BUFFER, 10) == b"vmlab-disk"


def test_what_a_disk_cannot_do_is_an_error_of_the_request() -> None:
    driver = Driver(BLOCK, Disk(IMAGE)).start()
    assert driver.block(0, 16, BUFFER, 512)[0] == 1
    assert driver.block(0, 0, BUFFER, 511)[0] == 1
    assert driver.block(1, (1 << 64) - 1, BUFFER, 512)[0] == 1
    assert driver.block(99, 0, BUFFER, 512)[0] == 2
    assert driver.reg(0x70) == 0xF
    read_only = Driver(BLOCK, Disk(IMAGE, read_only=True)).start(features=1 << 5)
    assert read_only.block(1, 0, BUFFER, 512)[0] == 1
    assert read_only.block(0, 0, BUFFER, 512)[0] == 0


def test_a_request_may_be_scattered_and_indirect() -> None:
    driver = Driver(BLOCK, Disk(IMAGE)).start()
    driver.machine.write(DATA, bytes(8) + (2).to_bytes(8, "little"))
    buffers = [(DATA, 5, 0), (DATA + 5, 11, 0), (BUFFER, 100, WRITE), (BUFFER + 200, 413, WRITE)]
    table = driver.linked(*buffers)
    driver.machine.write(BUFFER + 0x1000, b"".join(one.pack() for one in table))
    driver.describe([Desc(BUFFER + 0x1000, 16 * len(table), INDIRECT)])
    driver.offer(0)
    assert driver.used() == [(0, 513)]
    assert driver.machine.read(BUFFER, 100) == bytes([2]) * 100
    assert driver.machine.read(BUFFER + 200, 413) == bytes([2]) * 412 + b"\0"


def test_the_interrupt_comes_and_goes_unless_the_driver_wants_none() -> None:
    driver = Driver(ENTROPY).start()
    plic = driver.machine.plic
    driver.describe([Desc(BUFFER, 8, WRITE)])
    driver.offer(0)
    assert driver.reg(0x60) == 1 and plic.level == 1 << 3
    driver.set(0x64, 1)
    assert driver.reg(0x60) == 0 and plic.level == 0
    driver.machine.write(USED - 0x1000, b"\1\0")  # the driver's ring: NO_INTERRUPT
    driver.offer(0)
    assert driver.reg(0x60) == 0 and len(driver.used()) == 2


def test_entropy_follows_from_the_seed_and_does_not_repeat() -> None:
    def run(seed: int) -> bytes:
        driver = Driver(ENTROPY, seed=seed).start()
        got = b""
        for _ in range(3):
            driver.describe([Desc(BUFFER, 100, WRITE)])
            driver.offer(0)
            got += driver.machine.read(BUFFER, 100)
        return got

    assert run(1) == run(1) != run(2)
    assert len({run(1)[at : at + 10] for at in range(0, 300, 10)}) == 30


def test_the_console_prints_and_hands_input_to_buffers_as_they_come() -> None:
    driver = Driver(CONSOLE).start(queues=2)
    printed: list[int] = []
    driver.machine.terminal.on_output = printed.append
    driver.machine.write(BUFFER, b"hello")
    driver.describe([Desc(BUFFER, 5)], queue=1)
    driver.offer(0, queue=1)
    assert bytes(printed) == b"hello"
    driver.machine.receive(b"typed")
    driver.describe([Desc(BUFFER, 3, WRITE)])
    driver.offer(0)
    assert driver.machine.read(BUFFER, 3) == b"typ" and driver.used() == [(0, 3)]
    driver.offer(0)
    assert driver.machine.read(BUFFER, 2) == b"ed" and driver.used()[1] == (0, 2)
    driver.offer(0)
    assert len(driver.used()) == 2  # the buffer waits
    driver.machine.receive(b"!")
    assert driver.used()[2] == (0, 1)


def test_more_requests_than_the_ring_has_places_wrap_around() -> None:
    driver = Driver(ENTROPY, size=2).start()
    driver.describe([Desc(BUFFER, 1, WRITE), Desc(BUFFER + 1, 2, WRITE)])
    for number in range(7):
        driver.offer(number % 2)
    assert driver.device.queues[0].used == 7
    driver.available[0] = driver.device.queues[0].taken = driver.device.queues[0].used = 0xFFFF
    driver.offer(1)
    assert driver.device.queues[0].used == 0 and driver.reg(0x70) == 0xF


def test_dma_tells_whoever_keeps_caches_of_ram() -> None:
    driver = Driver(ENTROPY).start()
    told: list[tuple[int, int]] = []
    driver.machine.dma.on_write = lambda offset, length: told.append((offset, length))
    driver.describe([Desc(BUFFER, 5000, WRITE)])
    driver.offer(0)
    assert (BUFFER - 0x8000_0000, 4096) in told


@pytest.mark.parametrize(
    ("place", "kept"), [(-8, True), (-7, False), (0, False), (99, False), (100, True)]
)
def test_dma_ends_a_reservation_that_it_writes_to(place: int, kept: bool) -> None:
    driver = Driver(ENTROPY).start()
    driver.machine.hart.set_word("reservation", BUFFER + place)
    driver.describe([Desc(BUFFER, 100, WRITE)])
    driver.offer(0)
    assert bool(driver.machine.hart.word("reservation")) == kept


def test_state_restores_a_device_in_the_middle_of_its_work() -> None:
    driver = Driver(CONSOLE).start(queues=2)
    driver.describe([Desc(BUFFER, 3, WRITE)])
    driver.offer(0)
    driver.machine.receive(b"abcdef")
    other = Driver(CONSOLE)
    other.device.restore(driver.device.state())
    assert other.device.state() == driver.device.state()
    assert bytes(other.machine.terminal.input) == b"def"
    driver.device.reset()
    assert driver.device.state() == Driver(CONSOLE).device.state()


def test_a_disk_keeps_only_what_was_written_and_goes_back() -> None:
    disk = Disk(bytes(100_000))
    empty = disk.mark()
    disk.write(9, b"x" * 1024)
    full = disk.mark()
    assert sum(map(len, disk.state())) == 4096 + 8
    disk.revert(empty)
    assert not any(disk.content()) and list(disk.state()) == []
    disk.revert(full)
    assert disk.read(8, 2048) == bytes(512) + b"x" * 1024 + bytes(512)
    assert disk.sectors * 512 == len(disk.content()) == 100_352


def test_an_empty_disk_is_refused() -> None:
    with pytest.raises(BadInput, match="at least one byte"):
        Disk(b"")


def test_nothing_is_served_before_the_driver_says_so() -> None:
    driver = Driver(ENTROPY).start()
    driver.set(0x70, 0)
    driver.describe([Desc(BUFFER, 8, WRITE | NEXT, 0)])
    driver.offer(0)
    assert driver.used() == [] and driver.reg(0x70) == 0
