"""The G-stage: how long walks are, whose pages it maps, and what it notes of stores."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.unit.vmm.hwassist.guests import (
    BOARD,
    ODD,
    host,
    in_step,
    noting,
    payload,
    placed,
)
from vmlab.core.errors import BadInput
from vmlab.core.units import MIB, PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.causes import GUEST_PAGE_FAULTS
from vmlab.isa.layouts import PTE, SATP
from vmlab.isa.state import TRAP_TINST, TRAP_TVAL2
from vmlab.machine import memmap
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.exits import Reason, TrapExit
from vmlab.vmm.common.frames import MONITOR
from vmlab.vmm.common.host import Host, ram_for
from vmlab.vmm.common.vm import State, Vm, guest_platform
from vmlab.vmm.hwassist.gstage import FORMAT
from vmlab.vmm.hwassist.monitor import HardwareAssist
from vmlab.vmm.hwassist.walks import LOOP_INSNS, reads_a_miss, walker


@pytest.mark.parametrize("big_pages", [False, True], ids=["4K", "2M"])
@pytest.mark.parametrize("leaf_level", [0, 1, 2, None], ids=["4K", "2M", "1G", "bare"])
def test_a_miss_reads_n_plus_1_times_m_plus_1_minus_1_entries(
    leaf_level: int | None, big_pages: bool
) -> None:
    n = 0 if leaf_level is None else FORMAT.levels - leaf_level
    m = FORMAT.levels - int(big_pages)
    assert reads_a_miss(leaf_level, big_pages) == (n + 1) * (m + 1) - 1


def check_ownership(monitor: HardwareAssist, vm: Vm) -> None:
    """All that the table maps is the guest's own, and where its words say; tables are nobody's but
    the monitor's."""
    stage, owner_of = monitor.stages[vm.number], monitor.host.frames.owner_of
    mapped = list(stage.leaves())
    assert mapped
    for gpa, pte, level in mapped:
        spa = (pte >> PTE["PPN"].low) << PAGE_BITS
        assert vm.spa(gpa) == spa
        for at in range(spa, spa + (PAGE_SIZE_BYTES << 9 * level), PAGE_SIZE_BYTES):
            assert owner_of(at) == vm.number
    assert owner_of(stage.root) == MONITOR
    assert stage.root % (4 * PAGE_SIZE_BYTES) == 0


def test_a_hostile_guest_reaches_its_own_memory_only_and_no_real_csr() -> None:
    """It asks for addresses beyond its memory, in both stages, for CSRs and for fences of HS."""
    monitor = HardwareAssist(host(2))
    hostile, other = (placed(monitor, noting(what)) for what in (ODD, "wfi\n"))
    own = ("satp", "hgatp", "hideleg", "medeleg", "mideleg", "stvec", "sscratch", "mtvec", "htval")
    monitor.run(hostile, 1)
    before = {name: monitor.host.hart.csr_read(name) for name in own}
    frames = monitor.host.frames.owner.copy()
    words = bytes(other.machine.arena.hart), bytes(other.machine.arena.ram)
    monitor.run(hostile, 10_000)
    assert hostile.state is State.ENDED
    assert {name: monitor.host.hart.csr_read(name) for name in own} == before
    check_ownership(monitor, hostile)
    assert (bytes(other.machine.arena.hart), bytes(other.machine.arena.ram)) == words
    changed = np.flatnonzero(frames != monitor.host.frames.owner)
    assert set(monitor.host.frames.owner[changed]) <= {MONITOR}


@pytest.mark.parametrize("root", [0x4000_0000, memmap.RAM + BOARD.ram_bytes, 1 << 43])
def test_a_table_that_is_not_in_memory_is_an_access_fault_as_on_the_bare_machine(root: int) -> None:
    source = f"""
    li t0, {root >> PAGE_BITS}
    li t1, {FORMAT.number}
    slli t1, t1, 60
    or t0, t0, t1
    csrw satp, t0
    sfence.vma
    nop
    """
    what = noting(source)
    monitor = HardwareAssist(host())
    vm = placed(monitor, what)
    in_step(monitor, vm, BareMachine(BOARD, what, "t0"), 1)
    assert vm.state is State.CRASHED
    check_ownership(monitor, vm)


class TellsNothing(HardwareAssist):
    """On a hart that leaves htval and htinst 0, as it may."""

    def on_exit(self, vm: Vm, exit: TrapExit) -> Reason:
        if exit.cause in GUEST_PAGE_FAULTS and not exit.interrupt:
            self.host.words[TRAP_TVAL2.slot] = self.host.words[TRAP_TINST.slot] = 0
        return super().on_exit(vm, exit)


def test_without_htval_the_guests_own_tables_say_which_page_it_was() -> None:
    what = noting(ODD)
    monitor = TellsNothing(host())
    vm = placed(monitor, what)
    in_step(monitor, vm, BareMachine(BOARD, what, "t0"), 1)
    board = guest_platform(2 * MIB)
    monitor = TellsNothing(Host(ram_for(1, board.ram_bytes), "t0"))
    vm = placed(monitor, walker(0), board)
    in_step(monitor, vm, BareMachine(board, walker(0), "t0"), 499, 10_000)
    assert vm.counters.exits[Reason.GSTAGE_FAULT] == vm.counters.gstage_faults > 32


# Dirty logging -----------------------------------------------------------------------------------

SCATTER = """
    li s0, 12345
    li s1, 1103515245
    la s2, area
1:  mul s0, s0, s1
    addi s0, s0, 1234
    srli t0, s0, 20
    andi t0, t0, 15
    slli t0, t0, 12
    add t0, t0, s2
    ld t1, 0(t0)
    addi t1, t1, 1
    sd t1, 0(t0)
    andi t2, s0, 0x1fc
    bnez t2, 1b
    # firmware writes the console's input into another page
    li a7, 0x4442434E
    li a6, 1
    li a0, 1
    la a1, input
    li a2, 0
    ecall
    j 1b
.balign 4096
area: .zero 4096 * 16
input: .zero 4096
"""


def contents(vm: Vm) -> np.ndarray:
    """A copy of the guest's memory, a row a page."""
    ram = np.frombuffer(vm.machine.arena.ram, np.uint8)
    return ram.reshape(-1, PAGE_SIZE_BYTES).copy()


@pytest.mark.parametrize("engine", ["t0", "t1"])
@pytest.mark.parametrize("big_pages", [False, True])
def test_the_dirty_log_is_what_a_comparison_of_all_memory_finds(
    engine: str, big_pages: bool
) -> None:
    monitor = HardwareAssist(host(engine=engine), big_pages)
    vm, chance = placed(monitor, payload(SCATTER)), random.Random(1)
    monitor.run(vm, 3_000)
    stage = monitor.stages[vm.number]
    stage.start_log()
    typed = 0
    for _ in range(40):
        before = contents(vm)
        if chance.random() < 0.5:
            typed += 1
            monitor.type(vm, bytes([typed]))
        monitor.run(vm, chance.randrange(1, 400))
        changed = np.flatnonzero((before != contents(vm)).any(axis=1))
        assert stage.take_log() == set(changed)
    assert typed
    at, data = payload(SCATTER).segments[-1]
    assert vm.read(at + len(data) - PAGE_SIZE_BYTES, 1) != b"\0"
    stage.stop_log()
    with pytest.raises(BadInput, match="dirty log"):
        stage.take_log()


def test_the_dirty_log_sees_what_a_walk_writes_into_a_table() -> None:
    """The guest's loop changes no data; its walks set A and D in the leaves, if they are clear."""
    board = guest_platform(2 * MIB)
    monitor = HardwareAssist(Host(ram_for(1, board.ram_bytes), "t0"))
    vm = placed(monitor, walker(0), board)
    monitor.run(vm, 5_000)
    monitor.settle(vm)
    leaves = table_of_leaves(vm)
    for entry in range(leaves, leaves + PAGE_SIZE_BYTES, 8):
        pte = int.from_bytes(vm.read(entry, 8), "little")
        vm.machine.write(entry, (pte & ~PTE.mask("A", "D")).to_bytes(8, "little"))
    before = contents(vm)
    monitor.stages[vm.number].start_log()
    monitor.run(vm, 2 * LOOP_INSNS)
    changed = set(np.flatnonzero((before != contents(vm)).any(axis=1)))
    assert changed == {leaves - memmap.RAM >> PAGE_BITS}
    assert changed < monitor.stages[vm.number].take_log()


def table_of_leaves(vm: Vm) -> int:
    """Where the guest's last table is: the root points to the middle one, that to the leaves."""
    table = (vm.machine.hart.word("satp") & SATP["PPN"].mask) << PAGE_BITS
    for index in (2, 0):
        pte = int.from_bytes(vm.read(table + 8 * index, 8), "little")
        table = (pte & PTE["PPN"].mask) >> PTE["PPN"].low << PAGE_BITS
    return table
