"""The domain builder: what a paravirtual machine starts with.

Its kernel begins with translation on, in tables that the builder has made from the guest's own
frames and that are validated like any other:

    root[2]   -> all of its RAM, at its pseudo-physical addresses, a page each
    root[511] -> the last 2 MiB: lists of frames, rings, the shared page (`abi`)

`RAM_ENTRY` and `WINDOW_ENTRY` are these two entries: a kernel puts them into every root it makes.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from vmlab.core.errors import BadInput
from vmlab.core.units import MIB, PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.machine import memmap
from vmlab.vmm.common.host import Host
from vmlab.vmm.paravirt.abi import (
    BLOCK_VA,
    CONSOLE_VA,
    FRAME_NUMBER_BYTES,
    M2P_VA,
    NO_FRAME,
    P2M_VA,
    SHARED_VA,
    WINDOW_VA,
    Shared,
)
from vmlab.vmm.paravirt.domain import Domain
from vmlab.vmm.paravirt.frametable import FIRST_FRAME, ROOT_LEVEL, Use
from vmlab.vmm.paravirt.tables import Tables, leaf, pointer, slot_of

TABLE_PAGES: Final = 512
MOST_P2M_BYTES: Final = M2P_VA - P2M_VA
MOST_M2P_BYTES: Final = BLOCK_VA - M2P_VA
RINGS: Final = (SHARED_VA, CONSOLE_VA, BLOCK_VA)


def _pages(size_bytes: int) -> int:
    return -(-size_bytes // PAGE_SIZE_BYTES)


def _lists(host: Host, ram_bytes: int) -> tuple[int, int]:
    """Pages of the two lists of frames."""
    real_bytes = (host.machine.platform.ram_bytes >> PAGE_BITS) * FRAME_NUMBER_BYTES
    own_bytes = (ram_bytes >> PAGE_BITS) * FRAME_NUMBER_BYTES
    if real_bytes > MOST_M2P_BYTES or own_bytes > MOST_P2M_BYTES:
        raise BadInput(
            "expected a real machine of at most "
            f"{(MOST_M2P_BYTES // FRAME_NUMBER_BYTES << PAGE_BITS) // MIB}M under paravirtual "
            f"machines of at most {(MOST_P2M_BYTES // FRAME_NUMBER_BYTES << PAGE_BITS) // MIB}M, "
            f"found {host.machine.platform.ram_bytes // MIB}M and {ram_bytes // MIB}M"
        )
    return _pages(own_bytes), _pages(real_bytes)


def extra_pages(host: Host, ram_bytes: int) -> int:
    """Frames that a domain needs besides its RAM. Raises `BadInput` for one that is too large."""
    tables = 4 + -(-(ram_bytes >> PAGE_BITS) // TABLE_PAGES)
    return len(RINGS) + sum(_lists(host, ram_bytes)) + tables


def build(host: Host, tables: Tables, domain: Domain, kernel_flags: tuple[str, ...]) -> None:
    """Make the first state of a domain whose RAM has been loaded. `kernel_flags` are the bits of
    the entries of the kernel's own pages that depend on where the kernel runs: U or G."""
    tables.frames.clear(domain.frames)
    domain.scatter()
    extra = iter(domain.frames[domain.ram_pages :])

    def new_page() -> int:
        frame = next(extra)
        host.clear_page(frame << PAGE_BITS)
        return frame

    def put(table: int, va: int, level: int, entry: int) -> None:
        host.write8(slot_of(table, va, level), entry)

    root, ram, window_1, window_0 = (new_page() for _ in range(4))
    put(root, memmap.RAM, ROOT_LEVEL, pointer(ram))
    put(root, WINDOW_VA, ROOT_LEVEL, pointer(window_1))
    put(window_1, WINDOW_VA, 1, pointer(window_0))

    for va, count, content in _list_pages(host, domain):
        for page in range(count):
            frame = new_page()
            part = content[page * PAGE_SIZE_BYTES : (page + 1) * PAGE_SIZE_BYTES]
            host.machine.write(frame << PAGE_BITS, part)
            put(window_0, va + page * PAGE_SIZE_BYTES, 0, leaf(frame, "R", *kernel_flags))
    rings = []
    for va in RINGS:
        frame = new_page()
        # The monitor writes here itself: none of these may ever become a table.
        tables.take(domain.number, frame, Use.WRITABLE)
        put(window_0, va, 0, leaf(frame, "R", "W", *kernel_flags))
        rings.append(frame << PAGE_BITS)

    direct = 0
    for page, frame in enumerate(domain.frames[: domain.ram_pages]):
        va = memmap.RAM + (page << PAGE_BITS)
        if page % TABLE_PAGES == 0:
            direct = new_page()
            put(ram, va, 1, pointer(direct))
        put(direct, va, 0, leaf(frame, "R", "W", "X", *kernel_flags))

    domain.shared_at, domain.console_at, domain.block_at = rings
    domain.root, domain.user_root, domain.space = root, 0, 0
    domain.blocked, domain.requests_taken = False, 0
    tables.take(domain.number, root, Use.TABLE_2)
    domain.share(Shared.MASK, 1)
    domain.share(Shared.RAM_ENTRY, pointer(ram))
    domain.share(Shared.WINDOW_ENTRY, pointer(window_1))
    # A machine that is made has not been written to.
    host.written.difference_update(frame - FIRST_FRAME for frame in domain.frames)


def _list_pages(host: Host, domain: Domain) -> list[tuple[int, int, bytes]]:
    """(address, pages, content) of the list of machine frames by pseudo-physical page, and of the
    list the other way round."""
    p2m_pages, m2p_pages = _lists(host, domain.machine.platform.ram_bytes)
    own = np.array(domain.frames[: domain.ram_pages], np.uint32)
    back = np.full(len(host.frames.owner), NO_FRAME, np.uint32)
    back[own - FIRST_FRAME] = np.arange(len(own), dtype=np.uint32)
    return [
        (P2M_VA, p2m_pages, own.tobytes()),
        (M2P_VA, m2p_pages, back.tobytes()),
    ]
