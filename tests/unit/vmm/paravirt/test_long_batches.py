"""A hypercall is the monitor's own time: nobody else has the hart meanwhile."""

from __future__ import annotations

import struct

from tests.unit.vmm.paravirt.script import FOUND, FREE, LIST, SPIN, Pair, Step
from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.machine import memmap
from vmlab.vmm.paravirt.abi import Error, Op
from vmlab.vmm.paravirt.audit import audit
from vmlab.vmm.paravirt.tables import MOST_CHECKS, leaf, pointer

ENTRIES = PAGE_SIZE_BYTES // 8
PAGES = [FREE + number * PAGE_SIZE_BYTES for number in range(33)]
TOP, TABLES = PAGES[0], PAGES[1:]
CHECKS_A_TREE = len(PAGES) * ENTRIES


def with_a_tree() -> Pair:
    """A guest with a tree of full tables that is none yet."""
    pair = Pair("m")
    mapped = [pair.frame(memmap.RAM + number * PAGE_SIZE_BYTES) for number in range(ENTRIES)]
    full = struct.pack(f"<{ENTRIES}Q", *(leaf(frame, "R", "G") for frame in mapped))
    for page in TABLES:
        pair.put(page, full)
    below = [pair.frame(TABLES[number % len(TABLES)]) for number in range(ENTRIES)]
    pair.put(TOP, struct.pack(f"<{ENTRIES}Q", *map(pointer, below)))
    return pair


def test_one_hypercall_has_only_so_many_entries_checked_and_a_long_one_ends_the_slice() -> None:
    """One tree is pinned and unpinned again and again: each operation, sixteen bytes of the
    batch, is thousands of entries to check."""
    pair = with_a_tree()
    top = pair.frame(TOP) << PAGE_BITS
    again = [(Op.PIN, top, 1), (Op.UNPIN, top, 0)] * 100
    read_only = [(Op.WRITE_VA, page, leaf(pair.frame(page), "R", "G")) for page in PAGES]
    steps = (pair.batch(*read_only), pair.batch(*again), Step(SPIN))
    pair.put(LIST, b"".join(step.words() for step in steps))
    for _ in range(2):
        pair.subject.run_slice(20_000)
        if pair.subject.hart.retired > 200:
            break
        ended_by = pair.subject.hart.retired
    pair.subject.settle()
    first, done, second, trees = struct.unpack("<4q", pair.domain.read(FOUND, 32))
    assert (first, done) == (Error.NONE, len(PAGES))
    assert second == Error.INVALID
    assert trees / 2 * CHECKS_A_TREE <= MOST_CHECKS
    assert 0 < ended_by < 200
    assert not pair.monitor.tables.frames.is_table(pair.frame(TOP))
    assert audit(pair.monitor) == []
