"""What an operation costs, counted: exactly, and the same however often it is done."""

from __future__ import annotations

import pytest

from vmlab.core.errors import BrokenInvariant
from vmlab.guests.nano import BENCHMARKS
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.compare import measure
from vmlab.vmm.compare.measure import cost, longest_walk, sensitive_on_path
from vmlab.vmm.techniques import TECHNIQUES

BARE, TRAPS = TECHNIQUES["bare"], TECHNIQUES["trap_emulate"]


@pytest.mark.parametrize("benchmark", ["syscall", "pte", "csr"])
def test_an_operation_costs_the_same_however_often_it_is_done(benchmark: str) -> None:
    few, many = (cost(TRAPS, benchmark, times=times) for times in (4, 12))
    assert few.insns == many.insns
    assert few.exits == many.exits
    assert few.each(few.counters.pte_reads) == many.each(many.counters.pte_reads)


@pytest.mark.parametrize("benchmark", ["call", "illegal", "switch"])
def test_the_guest_does_the_same_under_a_monitor(benchmark: str) -> None:
    assert cost(BARE, benchmark).insns == cost(TRAPS, benchmark).insns


def test_each_exit_of_an_operation_has_a_reason() -> None:
    counters = cost(TRAPS, "syscall", times=10).counters
    assert counters.exits == {Reason.SYSTEM_CALL: 10, Reason.SENSITIVE: 70}
    assert counters.exits_total == 80


def test_the_bare_machine_has_no_exits() -> None:
    for benchmark in ("syscall", "fault", "mmio_read"):
        counters = cost(BARE, benchmark).counters
        assert counters.exits_total == 0
        assert counters.direct_fraction == 1


def test_k_is_counted_on_the_bare_path() -> None:
    assert sensitive_on_path("syscall") == 7, "the CSRs and the sret of nano's way in and back"
    assert sensitive_on_path("call") == 0
    assert sensitive_on_path("csr") == 2


def test_the_longest_walk_is_heard_where_the_guest_runs() -> None:
    assert longest_walk(BARE) == 3
    assert longest_walk(TRAPS) == 3


def test_a_guest_that_never_comes_to_its_mark_is_a_bug_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measure, "MOST_INSNS", 1000)
    with pytest.raises(BrokenInvariant, match="expected the guest at bench_begin"):
        cost(BARE, "syscall")


def test_every_benchmark_is_done_at_least_twice() -> None:
    assert measure.TIMES.keys() <= BENCHMARKS.keys()
    assert all(times >= 2 for times in (*measure.TIMES.values(), measure.USUAL_TIMES))
