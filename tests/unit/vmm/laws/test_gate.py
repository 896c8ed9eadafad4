"""The gate sees what the real hart can reach, and costs nothing where there is none."""

from __future__ import annotations

import pytest

from vmlab.isa.state import SSCRATCH, TLB_PAGE
from vmlab.vmm.common.direct import DirectMonitor
from vmlab.vmm.common.host import Host
from vmlab.vmm.common.subject import Monitored, admitted, host_for
from vmlab.vmm.hwassist.monitor import HardwareAssist
from vmlab.vmm.laws.gate import Gate
from vmlab.vmm.laws.kernels.program import MOST_INSNS, board, random_program
from vmlab.vmm.laws.reach import reach
from vmlab.vmm.trap_emulate.monitor import TrapAndEmulate


def two(make: type[DirectMonitor]) -> tuple[Host, DirectMonitor, list[Monitored]]:
    """Two machines under one monitor."""
    host = host_for((board(), board()))
    monitor = make(host)
    subjects = [admitted(monitor, board(), random_program(seed).payload()) for seed in (1, 2)]
    return host, monitor, subjects


@pytest.mark.parametrize("make", [TrapAndEmulate, HardwareAssist])
def test_what_the_tables_reach_is_the_pages_of_the_machine_that_runs(
    make: type[DirectMonitor],
) -> None:
    host, monitor, subjects = two(make)
    gate = Gate(monitor)
    for subject in subjects:
        subject.run(MOST_INSNS)
        found = reach(host.machine)
        assert found.translated
        assert found.leaves
        assert {int(host.frames.owner[page]) for page, _, _ in found.leaves} == {subject.vm.number}
    assert gate.told == []
    assert gate.looks >= 2 * sum(subject.counters.exits_total for subject in subjects)


def test_a_word_that_was_not_lent_is_told_with_its_name() -> None:
    host, monitor, subjects = two(TrapAndEmulate)
    gate = Gate(monitor)
    host.words[SSCRATCH.slot] = 0x5E
    subjects[0].run(100)
    assert "sscratch is 0x5e, the monitor's value is 0x0" in gate.told[0]


def test_a_translation_of_another_machines_page_is_told() -> None:
    host, monitor, subjects = two(TrapAndEmulate)
    gate = Gate(monitor)
    subjects[0].run(200)
    assert gate.told == []
    other = subjects[1].vm.ram_at
    for entry in range(TLB_PAGE.length):
        host.words[TLB_PAGE.slot + entry] = other
    subjects[0].run(1)
    assert any("virtual machine 1's" in one for one in gate.told)


def test_a_monitor_without_a_gate_has_the_engine_itself() -> None:
    host, monitor, _ = two(TrapAndEmulate)
    engine = host.engine
    gate = Gate(monitor)
    assert host.engine is gate
    assert two(TrapAndEmulate)[0].engine is not gate
    assert type(engine) is type(two(TrapAndEmulate)[0].engine)
