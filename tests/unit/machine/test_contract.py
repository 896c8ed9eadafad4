"""The promises of every device, under random accesses: no access raises, a value fits its width,
a restored device goes on as the one it was copied from, and a reset forgets everything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmlab.core.units import MIB
from vmlab.machine.devices.device import Device
from vmlab.machine.disk import Disk
from vmlab.machine.platform import Machine, Platform

SMALL = Platform(ram_bytes=1 * MIB)


def machine() -> Machine:
    made = Machine(SMALL, seed=3, disk=Disk(bytes(4096)))
    made.hart.set_word("retired", 12345)
    return made


NAMES = [device.name for device in machine().bus.devices]

sizes = st.sampled_from([1, 2, 4, 4, 4, 8])
values = st.one_of(
    st.sampled_from([0, 1, 3, 0xB, 0xF, 0x1A, 0x5555, 0x7777, 0xC7, 0x8000_1000]),
    st.integers(0, (1 << 64) - 1),
)
near = st.one_of(st.integers(0, 0x40), st.integers(0, 0x1FF))
far = st.sampled_from([0x1000, 0x2000, 0x2080, 0x4000, 0xBFF8, 0x20_0000, 0x20_1004])
anywhere = st.integers(0, 0x60_0000)
accesses = st.lists(
    st.tuples(st.one_of(near, far, anywhere), sizes, st.none() | values, st.booleans()),
    max_size=30,
)


def find(board: Machine, name: str) -> Device:
    return next(device for device in board.bus.devices if device.name == name)


def play(
    board: Machine, name: str, course: list[tuple[int, int, int | None, bool]]
) -> list[object]:
    """Carry accesses out; everything that a guest could notice."""
    device, noticed = find(board, name), list[object]()
    for place, size, value, aligned in course:
        offset = place % (device.size_bytes - size + 1)
        offset -= offset % size if aligned else 0
        if value is None:
            found = device.read(offset, size)
            assert found is None or 0 <= found < 1 << 8 * size
            noticed.append(found)
        else:
            noticed.append(device.write(offset, size, value & (1 << 8 * size) - 1))
    state = device.state()
    facts = device.facts()
    assert device.state() == state, "looking changes nothing"
    return [*noticed, facts, board.hart.word("external"), board.hart.word("mip"), state]


@pytest.mark.parametrize("name", NAMES)
@given(accesses, accesses)
def test_a_restored_device_goes_on_as_its_model(
    name: str,
    before: list[tuple[int, int, int | None, bool]],
    after: list[tuple[int, int, int | None, bool]],
) -> None:
    one, other = machine(), machine()
    play(one, name, before)
    other.arena.bytes[:] = one.arena.bytes
    for source, target in zip(one.bus.devices, other.bus.devices, strict=True):
        target.restore(source.state())
    assert find(other, name).state() == find(one, name).state()
    assert play(other, name, after) == play(one, name, after)
    assert other.state_hash() == one.state_hash()


@pytest.mark.parametrize("name", NAMES)
@given(accesses)
def test_a_reset_forgets_everything(
    name: str, course: list[tuple[int, int, int | None, bool]]
) -> None:
    board = machine()
    fresh = find(board, name).state()
    play(board, name, course)
    find(board, name).reset()
    assert find(board, name).state() == fresh
    assert board.hart.word("external") == 0
