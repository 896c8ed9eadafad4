"""Who owns each page of real memory."""

from __future__ import annotations

import pytest

from vmlab.core.errors import BadInput
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.machine import memmap
from vmlab.vmm.common.frames import FREE, MONITOR, Frames

PAGES = 8


@pytest.fixture
def frames() -> Frames:
    return Frames(PAGES * PAGE_SIZE_BYTES)


def test_a_range_is_rounded_up_to_whole_pages_and_starts_where_the_last_one_ended(
    frames: Frames,
) -> None:
    assert frames.take_range(MONITOR, 1) == memmap.RAM
    assert frames.take_range(3, PAGE_SIZE_BYTES + 1) == memmap.RAM + PAGE_SIZE_BYTES
    assert list(frames.owner) == [MONITOR, 3, 3, *[FREE] * (PAGES - 3)]


def test_too_few_pages_are_said_and_nothing_is_taken(frames: Frames) -> None:
    frames.take_range(0, 6 * PAGE_SIZE_BYTES)
    with pytest.raises(BadInput, match=r"expected 3 free pages .* found 2"):
        frames.take_range(1, 3 * PAGE_SIZE_BYTES)
    assert list(frames.owner[-2:]) == [FREE, FREE]


def test_single_pages_come_until_there_are_none_and_a_returned_one_comes_again(
    frames: Frames,
) -> None:
    taken = [frames.take(MONITOR) for _ in range(PAGES)]
    assert len(set(taken)) == PAGES
    assert None not in taken
    assert frames.take(MONITOR) is None
    given = taken[3]
    assert given is not None
    frames.give_back(given)
    assert frames.owner_of(given) == FREE
    assert frames.take(1) == given
    assert frames.owner_of(given) == 1


@pytest.mark.parametrize(
    ("pa", "owner"),
    [
        (memmap.RAM, 5),
        (memmap.RAM + PAGE_SIZE_BYTES - 1, 5),
        (memmap.RAM + PAGE_SIZE_BYTES, FREE),
        (memmap.RAM + PAGES * PAGE_SIZE_BYTES, None),
        (memmap.RAM - 1, None),
        (0, None),
        ((1 << 64) - 1, None),
    ],
)
def test_every_address_has_the_owner_of_its_page_or_is_no_ram(
    frames: Frames, pa: int, owner: int | None
) -> None:
    frames.take_range(5, 1)
    assert frames.owner_of(pa) == owner
