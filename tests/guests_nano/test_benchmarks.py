"""The nanobenchmarks: between the marks each does its operation exactly as often as it is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import vmlab
from tests.guests_nano.talk import finish, run, until
from vmlab.core.errors import BadInput
from vmlab.guests.catalog import load
from vmlab.guests.nano import BEGIN_SYMBOL, BENCHMARKS, END_SYMBOL, MOST_PAGES, bench_command
from vmlab.session import Session
from vmlab.session.snapshot import Reason
from vmlab.session.until import Until

TIMES = 4

TRAPS: dict[str, dict[str, int]] = {
    "syscall": {"U.8": 1},
    "call": {},
    "illegal": {"U.2": 1},
    "fault": {"U.15": 1},
    "pte": {},
    "pte512": {},
    "switch": {"U.8": 2},
    "csr": {},
    "sie": {},
    "mmio_read": {},
    "mmio_write": {},
    "idle": {"S.9": 1},
}
"""Traps of one operation on a bare machine: the set of the timer is an SBI call."""


def measured(name: str, times: int, count: Callable[[Session], dict[str, int]]) -> dict[str, int]:
    """What is counted between the marks."""
    session = vmlab.open("nano", append=bench_command(name, times), ram="8M")
    symbol = {label: address for address, label in load("nano").symbols.items()}
    assert until(session, Until.pc(symbol[BEGIN_SYMBOL])).reason is Reason.PC
    before = count(session)
    assert until(session, Until.pc(symbol[END_SYMBOL])).reason is Reason.PC
    after = count(session)
    assert finish(session)[1:-1] == [f"[bench {name} {times}]", f"[end {name} 0]"]
    return {key: after[key] - before.get(key, 0) for key in after}


def one(name: str, count: Callable[[Session], dict[str, int]]) -> dict[str, float]:
    """Of one operation: the difference between twice as many and as many, divided."""
    once, twice = measured(name, TIMES, count), measured(name, 2 * TIMES, count)
    each = {key: (twice[key] - once.get(key, 0)) / TIMES for key in twice}
    return {key: value for key, value in each.items() if value}


def instructions(session: Session) -> dict[str, int]:
    return {"retired": session.position}


@pytest.mark.parametrize("name", TRAPS)
def test_an_operation_takes_exactly_its_traps(name: str) -> None:
    assert one(name, lambda session: dict(session.trap_counts)) == TRAPS[name]


def test_a_fork_takes_its_calls_and_its_copies() -> None:
    traps = one("fork", lambda session: dict(session.trap_counts))
    assert traps["U.8"] == 4, "fork, exit, and wait twice: the first time it has to wait"
    assert traps.keys() == {"U.8", "U.15"}


@pytest.mark.parametrize("name", [*BENCHMARKS])
def test_an_operation_is_as_long_each_time(name: str) -> None:
    once, twice = one(name, instructions)["retired"], measured(name, 3 * TIMES, instructions)
    both = measured(name, TIMES, instructions)["retired"]
    print(f"{name}: {once:.0f} instructions")
    assert (twice["retired"] - both) / (2 * TIMES) == once


def test_the_names_are_those_that_nano_has() -> None:
    assert run("bench") == [*BENCHMARKS]
    assert run("bench nothing", Reason.FAILED) == ["bench: no such benchmark"]


def test_a_benchmark_of_no_name_or_too_often_is_refused() -> None:
    with pytest.raises(BadInput, match="expected a nanobenchmark of syscall, call, "):
        bench_command("null", 1)
    with pytest.raises(BadInput, match="expected fault 1 to 1024 times, found 1025"):
        bench_command("fault", MOST_PAGES + 1)
    with pytest.raises(BadInput, match="found 0"):
        bench_command("csr", 0)


def test_the_kernel_refuses_to_be_kept_for_ever() -> None:
    assert run("bench csr 1000001", Reason.FAILED)[-1] == "[end csr -1]"
