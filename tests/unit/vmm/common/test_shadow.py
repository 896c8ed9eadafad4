"""Shadow page tables: a shadow is what the guest's tables and the monitor's map compose to, and it
forgets what the guest asks it to forget."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vmm.common.tables import RAM_BYTES, Tables, placed
from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.core.units import MIB, PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.causes import PAGE_FAULTS
from vmlab.isa.layouts import PTE
from vmlab.isa.state import MODE, SATP
from vmlab.machine import memmap
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.frames import MONITOR
from vmlab.vmm.common.shadow import GIVES, MOST_PAGES, Shadow
from vmlab.vmm.common.subject import Monitored
from vmlab.vmm.trap_emulate.monitor import TrapAndEmulate

VALID = PTE.mask("V")
ALL = PTE.mask("V", "R", "W", "X")
VA, FAR_VA = 0x40_0000, 0x1234_5000
SUPERPAGE = 2 * MIB
EVERYWHERE = (1 << Access.FETCH) | (1 << Access.LOAD) | (1 << Access.STORE)


def shadow_of(subject: Monitored) -> Shadow:
    monitor = subject.monitor
    assert isinstance(monitor, TrapAndEmulate)
    return monitor.shadows[subject.vm.number]


def fault(subject: Monitored, va: int, access: Access) -> Reason:
    """The real hart has refused an access of the guest's."""
    exit = TrapExit(PAGE_FAULTS[access], False, va, subject.machine.hart.pc)
    return subject.monitor.on_exit(subject.vm, exit)


def spa(subject: Monitored, gpa: int) -> int:
    found = subject.vm.spa(gpa)
    assert found is not None
    return found


accesses = st.sampled_from(list(Access))
bits = st.sampled_from(
    [PTE.mask("V", *names) for names in ("R", "RW", "X", "RX", "RWX", "RU", "RWU", "XU", "RWXU")]
)
small = st.tuples(st.integers(0, 40), st.integers(0, 300), bits, st.just(0))
big = st.tuples(st.integers(1, 3), st.integers(0, 1), bits, st.just(1))
askers = st.tuples(st.sampled_from([Mode.S, Mode.U]), st.booleans(), st.booleans())


@settings(max_examples=40)
@given(
    st.lists(small, max_size=12),
    st.lists(big, max_size=2, unique_by=lambda leaf: leaf[0]),
    st.lists(st.tuples(askers, st.integers(0, 4 * 512 - 1), accesses), min_size=1, max_size=25),
)
def test_a_shadow_is_the_guests_table_composed_with_the_monitors_map(
    smalls: list[tuple[int, int, int, int]],
    bigs: list[tuple[int, int, int, int]],
    asked: list[tuple[tuple[Mode, bool, bool], int, Access]],
) -> None:
    subject = placed()
    tables, shadow, vm = Tables(subject), shadow_of(subject), subject.vm
    for va, gpa, flags, level in smalls:
        tables.map(va << PAGE_BITS, memmap.RAM + (gpa << PAGE_BITS), flags, level)
    for va, gpa, flags, level in bigs:
        tables.map(va * SUPERPAGE, memmap.RAM + gpa * SUPERPAGE, flags, level)
    dirty: set[tuple[int, int]] = set()
    for (mode, sum_, mxr), page, access in asked:
        va = page << PAGE_BITS
        tables.use(mode, sum_=sum_, mxr=mxr)
        found = tables.find(va)
        rights = set() if found is None else tables.rights(found[1], mode, sum_, mxr)
        reason = fault(subject, va, access)
        if access not in rights:
            assert reason is Reason.TRUE_FAULT
            continue
        assert reason is Reason.HIDDEN_FAULT
        assert found is not None
        whole = va >> PAGE_BITS + 9 * found[2], found[2]
        if access is Access.STORE:
            dirty.add(whole)
        rights -= set() if whole in dirty else {Access.STORE}
        root, real = shadow.root(), spa(subject, found[0] << PAGE_BITS)
        leaves = dict(shadow.leaves(root))
        assert leaves[va] >> PTE["PPN"].low << PAGE_BITS == real
        given = sum(GIVES[access] for access in rights)
        assert leaves[va] & PTE.mask("R", "W", "X", "D") == given
        # The description, on the real hart's words, walks the shadow to the same page.
        words = subject.monitor.host.words
        words[SATP.slot], words[MODE.slot] = root.satp, Mode.U
        cause, to, _, _ = subject.monitor.host.hart.walk(va, access)
        assert (cause, to) == (0, real)
    frames = subject.monitor.host.frames
    for root in shadow.roots():
        assert {frames.owner_of(page) for page in root.pages} == {MONITOR}
        for _, leaf in shadow.leaves(root):
            assert frames.owner_of(leaf >> PTE["PPN"].low << PAGE_BITS) == vm.number


@pytest.mark.parametrize("other", ["mode", "sum", "mxr", "asid"])
def test_each_asker_has_a_table_of_its_own(other: str) -> None:
    subject = placed()
    tables, shadow = Tables(subject), shadow_of(subject)
    tables.map(VA, memmap.RAM, ALL)
    tables.use(Mode.S)
    assert fault(subject, VA, Access.LOAD) is Reason.HIDDEN_FAULT
    first = shadow.root()
    tables.asid = int(other == "asid")
    tables.use(Mode.U if other == "mode" else Mode.S, sum_=other == "sum", mxr=other == "mxr")
    second = shadow.root()
    assert second.space != first.space
    assert second.satp != first.satp
    assert shadow.leaf(first, VA)
    assert not shadow.leaf(second, VA)


def test_write_is_given_only_when_the_guests_leaf_is_dirty() -> None:
    subject = placed()
    tables, shadow = Tables(subject), shadow_of(subject)
    tables.map(VA, memmap.RAM, ALL)
    tables.use(Mode.S)
    fault(subject, VA, Access.LOAD)
    assert not shadow.leaf(shadow.root(), VA) & PTE.mask("W")
    entry = tables.entry(VA, 0) - memmap.RAM >> 3
    ram8 = subject.machine.arena.ram8
    assert ram8[entry] & PTE.mask("A", "D") == PTE.mask("A")
    fault(subject, VA, Access.STORE)
    assert shadow.leaf(shadow.root(), VA) & PTE.mask("W")
    assert ram8[entry] & PTE.mask("A", "D") == PTE.mask("A", "D")


@pytest.mark.parametrize("inside", [0, 1, 7, 511])
def test_a_fence_at_any_address_of_a_superpage_forgets_all_its_pieces(inside: int) -> None:
    subject = placed()
    tables, shadow = Tables(subject), shadow_of(subject)
    tables.map(SUPERPAGE, memmap.RAM, ALL, 1)
    tables.map(2 * SUPERPAGE, memmap.RAM, ALL, 1)
    tables.use(Mode.S)
    for piece in (0, 7, 511):
        fault(subject, SUPERPAGE + piece * PAGE_SIZE_BYTES, Access.LOAD)
    fault(subject, 2 * SUPERPAGE, Access.LOAD)
    shadow.fence(SUPERPAGE + inside * PAGE_SIZE_BYTES + 0x123, None)
    assert [va for va, _ in shadow.leaves(shadow.root())] == [2 * SUPERPAGE]


@pytest.mark.parametrize(
    ("va", "asid", "left"),
    [
        (None, None, set()),
        (VA, None, {(1, FAR_VA), (2, FAR_VA)}),
        (None, 1, {(2, VA), (2, FAR_VA)}),
        (None, 1 << 16 | 1, {(2, VA), (2, FAR_VA)}),
        (VA, 2, {(1, VA), (1, FAR_VA), (2, FAR_VA)}),
        (VA, (1 << 64) - (1 << 16) + 2, {(1, VA), (1, FAR_VA), (2, FAR_VA)}),
        (VA, 3, {(1, VA), (1, FAR_VA), (2, VA), (2, FAR_VA)}),
    ],
)
def test_a_fence_forgets_what_it_names_and_no_more(
    va: int | None, asid: int | None, left: set[tuple[int, int]]
) -> None:
    subject = placed()
    tables, shadow = Tables(subject), shadow_of(subject)
    for each in (VA, FAR_VA):
        tables.map(each, memmap.RAM, ALL)
    for tables.asid in (1, 2):
        tables.use(Mode.S)
        for each in (VA, FAR_VA):
            fault(subject, each, Access.LOAD)
    shadow.fence(va, asid)
    assert left == {
        (root.context.asid, each) for root in shadow.roots() for each, _ in shadow.leaves(root)
    }


def test_a_guest_that_asks_for_more_tables_than_there_are_gets_them_one_after_another() -> None:
    subject = placed(ram_bytes=RAM_BYTES)
    tables, shadow, host = Tables(subject), shadow_of(subject), subject.monitor.host
    tables.map(VA, memmap.RAM, ALL)
    spaces = set()
    for tables.asid in range(2 * MOST_PAGES):
        tables.use(Mode.S)
        assert fault(subject, VA, Access.LOAD) is Reason.HIDDEN_FAULT
        assert shadow.leaf(shadow.root(), VA)
        assert shadow.pages <= MOST_PAGES
        spaces.add(shadow.root().space)
    used = int((host.frames.owner == MONITOR).sum())
    shadow.forget()
    assert shadow.pages == 0
    assert used - int((host.frames.owner == MONITOR).sum()) <= MOST_PAGES
    assert len(spaces) <= MOST_PAGES, "a space of its own for each root that lives"


def test_a_guest_without_translation_is_mapped_to_its_own_memory_and_no_further() -> None:
    subject = placed()
    shadow, vm = shadow_of(subject), subject.vm
    last = memmap.RAM + RAM_BYTES - PAGE_SIZE_BYTES
    for gpa in (memmap.RAM, last):
        assert fault(subject, gpa, Access.STORE) is Reason.HIDDEN_FAULT
    assert dict(shadow.leaves(shadow.root())).keys() == {memmap.RAM, last}
    assert vm.spa(last + PAGE_SIZE_BYTES) is None
    assert fault(subject, last + PAGE_SIZE_BYTES, Access.LOAD) is Reason.DEVICE
    assert dict(shadow.leaves(shadow.root())).keys() == {memmap.RAM, last}
