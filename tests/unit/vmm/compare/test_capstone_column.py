"""The column whose exits cost retired instructions."""

from __future__ import annotations

import pytest

from vmlab.core.errors import Unsupported
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.vm import State, guest_platform
from vmlab.vmm.compare.measure import RAM_BYTES, cost, longest_walk
from vmlab.vmm.techniques import CAPSTONE, TECHNIQUES


@pytest.mark.parametrize("benchmark", ["syscall", "fault", "mmio_write", "idle"])
def test_the_guest_does_what_it_does_bare(benchmark: str) -> None:
    assert cost(CAPSTONE, benchmark).insns == cost(TECHNIQUES["bare"], benchmark).insns


def test_an_exit_costs_instructions_of_the_monitor() -> None:
    silent, told = cost(CAPSTONE, "syscall").counters, cost(CAPSTONE, "mmio_read").counters
    assert (silent.exits_total, silent.monitor_insns) == (0, 0)
    assert set(told.exits) == {Reason.DEVICE}
    assert told.monitor_insns is not None
    assert told.monitor_insns / told.exits_total > 100


def test_no_other_column_claims_them() -> None:
    for name in ("bare", "trap_emulate"):
        assert cost(TECHNIQUES[name], "mmio_read").counters.monitor_insns is None


def test_its_walks_have_two_stages() -> None:
    assert longest_walk(CAPSTONE) == 15


def test_it_runs_a_guest_to_its_end() -> None:
    payload = payload_of("nano", append="sieve", ram_bytes=RAM_BYTES)
    subject = CAPSTONE.alone(guest_platform(RAM_BYTES), payload)
    subject.run(10_000_000)
    assert subject.state is State.ENDED
    assert b"2262 primes" in subject.output


def test_it_runs_one_guest_of_the_size_that_it_was_made_for() -> None:
    payload = payload_of("nano", ram_bytes=RAM_BYTES)
    with pytest.raises(Unsupported, match="bytes of RAM under the capstone"):
        CAPSTONE.alone(guest_platform(2 * RAM_BYTES), payload)
    with pytest.raises(Unsupported, match="expected one guest"):
        CAPSTONE.start(((guest_platform(RAM_BYTES), payload),) * 2, "auto")
