"""Virtio devices under a driver that breaks every rule: never an exception, never long work."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.machine.driver import (
    AVAIL,
    DATA,
    DESC,
    INDIRECT,
    NEXT,
    RAM_BYTES,
    USED,
    WRITE,
    Desc,
    Driver,
)
from vmlab.machine import memmap
from vmlab.machine.disk import Disk

EXAMPLES = 100_000 if os.environ.get("VMLAB_LONG") == "1" else settings().max_examples
BUFFER = DATA + 0x1000
RAM_END = memmap.RAM + RAM_BYTES
NEEDS_RESET = 64


def broken(driver: Driver) -> bool:
    """True if the device wants a reset, and says so by an interrupt."""
    return bool(driver.reg(0x70) & NEEDS_RESET and driver.reg(0x60) & 2)


@pytest.mark.parametrize(
    "chain",
    [
        pytest.param([Desc(BUFFER, 8, WRITE | NEXT, 0)], id="loop"),
        pytest.param([Desc(BUFFER, 0, WRITE)], id="zero length"),
        pytest.param([Desc(RAM_END - 4, 8, WRITE)], id="past RAM"),
        pytest.param([Desc(0x1000_0000, 8, WRITE)], id="a device"),
        pytest.param([Desc((1 << 64) - 4, 8, WRITE)], id="wraps"),
        pytest.param([Desc(BUFFER, 8)], id="wrong direction"),
        pytest.param([Desc(BUFFER, 8, WRITE | NEXT, 1), Desc(BUFFER, 8)], id="read after write"),
        pytest.param([Desc(BUFFER, 8, WRITE | NEXT, 8)], id="no such descriptor"),
        pytest.param([Desc(BUFFER, 17, INDIRECT)], id="part of a descriptor"),
        pytest.param([Desc(BUFFER, 16, INDIRECT | NEXT)], id="indirect and more"),
        pytest.param([Desc(DESC, 16, INDIRECT)], id="indirect in indirect"),
        pytest.param([Desc(RAM_END, 16, INDIRECT)], id="indirect past RAM"),
        pytest.param([Desc(memmap.RAM, 1 << 31, WRITE)], id="longer than RAM"),
        pytest.param(
            [Desc(memmap.RAM, RAM_BYTES, WRITE | NEXT, 1), Desc(memmap.RAM, RAM_BYTES, WRITE)],
            id="more than RAM together",
        ),
    ],
)
def test_a_broken_chain_needs_a_reset_and_a_reset_helps(chain: list[Desc]) -> None:
    driver = Driver(2).start()
    driver.describe(chain)
    driver.offer(0)
    assert broken(driver) and driver.used() == []
    driver.set(0x64, 3)
    driver.offer(0)
    assert driver.used() == [], "nothing runs before the reset"
    driver.set(0x70, 0xF)
    assert driver.reg(0x70) & NEEDS_RESET, "only a reset clears it"
    driver.machine.write(AVAIL, bytes(64))
    driver.available[0] = 0
    driver.start()
    driver.describe([Desc(BUFFER, 8, WRITE)])
    driver.offer(0)
    assert driver.used() == [(0, 8)]


def test_indirect_needs_its_feature() -> None:
    driver = Driver(2).start(features=0)
    driver.machine.write(BUFFER, Desc(BUFFER, 8, WRITE).pack())
    driver.describe([Desc(BUFFER, 16, INDIRECT)])
    driver.offer(0)
    assert broken(driver)


def test_more_requests_than_places_are_no_requests() -> None:
    driver = Driver(2).start()
    driver.available[0] = 8
    driver.offer(0)
    assert broken(driver) and driver.used() == []


@pytest.mark.parametrize("size", [0, 3, 256, 1 << 31])
def test_a_queue_of_that_size_is_refused(size: int) -> None:
    driver = Driver(2).start()
    driver.set(0x44, 0)
    driver.set(0x38, size)
    driver.set(0x44, 1)
    assert broken(driver) and driver.reg(0x44) == 0


@pytest.mark.parametrize(
    ("register", "address"),
    [(0x80, RAM_END - 16), (0x80, DESC + 8), (0x90, AVAIL + 1), (0xA0, USED + 2), (0xA0, 0)],
)
def test_a_ring_that_is_not_in_ram_or_not_aligned_is_refused(register: int, address: int) -> None:
    driver = Driver(2).start()
    driver.set(0x44, 0)
    driver.set(register, address & 0xFFFF_FFFF)
    driver.set(0x44, 1)
    assert broken(driver)


def test_a_block_request_without_header_or_status_is_broken() -> None:
    for chain in ([Desc(BUFFER, 16)], [Desc(BUFFER, 15, NEXT, 1), Desc(BUFFER, 1, WRITE)]):
        driver = Driver(0, Disk(bytes(512))).start()
        driver.describe(chain)
        driver.offer(0)
        assert broken(driver)


def test_a_text_without_end_is_not_printed() -> None:
    driver = Driver(1).start(queues=2)
    driver.describe([Desc(memmap.RAM, RAM_BYTES)], queue=1)
    driver.offer(0, queue=1)
    assert broken(driver) and driver.machine.terminal.sent == 0


addresses = st.one_of(
    st.sampled_from([memmap.RAM, BUFFER, DESC, AVAIL, USED, RAM_END - 1, RAM_END, 0, 1 << 63]),
    st.integers(memmap.RAM, RAM_END),
    st.integers(0, (1 << 64) - 1),
)
lengths = st.one_of(
    st.sampled_from([0, 1, 16, 17, 32, 512, 513, 4096, RAM_BYTES, (1 << 32) - 1]),
    st.integers(0, 600),
)
descs = st.builds(Desc, addresses, lengths, st.integers(0, 15), st.integers(0, 9))
sane = st.builds(
    Desc,
    st.sampled_from([BUFFER, BUFFER + 512, BUFFER + 1024]),
    st.sampled_from([1, 16, 512, 513]),
    st.sampled_from([0, NEXT, WRITE, WRITE | NEXT]),
    st.integers(0, 7),
)
offsets = st.sampled_from([*range(0, 0x100, 4), 0x100, 0x104, 0xFFC])
actions = st.one_of(
    st.tuples(st.just("offer"), st.integers(0, 9)),
    st.tuples(st.just("write"), offsets, st.integers(0, (1 << 32) - 1)),
    st.tuples(st.just("write"), offsets, st.integers(0, 15)),
    st.tuples(st.just("read"), offsets),
    st.tuples(st.just("start")),
    st.tuples(st.just("type")),
)


@settings(max_examples=EXAMPLES)
@given(
    st.integers(0, 3),
    st.lists(st.one_of(descs, sane), min_size=1, max_size=8),
    st.binary(max_size=64),
    st.lists(actions, max_size=12),
)
def test_no_driver_can_break_the_machine(
    slot: int, table: list[Desc], data: bytes, course: list[tuple[str, ...]]
) -> None:
    driver = Driver(slot, Disk(bytes(8192)))
    if slot < 3:
        driver.start(queues=2 if slot == 1 else 1)
    driver.machine.write(BUFFER, data)
    for queue in (0, 1):
        driver.describe(table, queue=queue)
    for action, *args in course:
        numbers = [int(arg) for arg in args]
        if action == "offer":
            driver.offer(numbers[0], queue=numbers[0] % 2)
        elif action == "write":
            driver.set(numbers[0], numbers[1])
        elif action == "read":
            driver.reg(numbers[0])
        elif action == "type":
            driver.machine.receive(b"typed")
        elif slot < 3:
            driver.start(queues=2 if slot == 1 else 1)
    state = driver.device.state()
    driver.device.restore(state)
    assert driver.device.state() == state
    assert not driver.reg(0x70) & NEEDS_RESET or all(
        queue.used - queue.taken & 0xFFFF in (0, 0xFFFF) for queue in driver.device.queues
    )
