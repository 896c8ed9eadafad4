"""The same work on a Dask cluster: a worker dies, and nothing is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.lessons.totals import RATES
from tests.unit.course.grading.classes import (
    EVERYTHING,
    FOLDER,
    SOLUTION,
    STARTER,
    catalogue,
    program,
    troubled,
)
from vmlab.cli.sandboxed import prepare
from vmlab.core.errors import BadInput, Unsupported
from vmlab.course.grading import cluster
from vmlab.course.grading.work import Task
from vmlab.course.sandbox import Limits

EXERCISE = catalogue().exercises["writable"]
SORTS = {SOLUTION: 100.0, STARTER: 50.0, EVERYTHING: 80.0, "while True: pass": 0.0}
LIMITS = Limits(call_s=1, total_s=3)
LONG = os.environ.get("VMLAB_LONG") == "1"
MANY = 1_000 if LONG else 40
BOXED = prepare if LONG else None
"""In the long run they are in sandboxes, too."""
FEW = 60 if LONG else 12
"""Of these the speed is printed, too."""


def tasks(count: int, folder: Path = FOLDER) -> tuple[dict[str, Task], dict[str, float]]:
    """Programs of all sorts (one in 20 loops for ever), and what each is worth."""
    sorts = [SOLUTION, STARTER, EVERYTHING]
    made, worth = {}, {}
    for number in range(count):
        sort = "while True: pass" if number % 20 == 19 else sorts[number % 3]
        made[str(number)] = Task(
            "writable", program(number, sort), (1, 2, 3), str(folder), "", LIMITS
        )
        worth[str(number)] = SORTS[sort]
    return made, worth


@contextmanager
def workers(count: int) -> Iterator[Any]:
    """A cluster on this machine, of processes with a thread each.

    Without a dashboard, its scheduler still serves HTTP, and on a port of Dask's choice, the same
    for each cluster: it warns when that one is taken. Here two may run at a time, so any port does.
    """
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=count, threads_per_worker=1, processes=True, silence_logs="CRITICAL",
        dashboard_address="127.0.0.1:0", scheduler_kwargs={"dashboard": False},
    ) as made:  # fmt: skip
        yield made


def kill_one(made: Any) -> None:
    """One of its workers ends as it would in a power cut."""
    os.kill(made.workers[0].process.pid, signal.SIGKILL)


def test_a_worker_dies_midway_and_nothing_is_lost(
    record_property: pytest.RecordProperty,
) -> None:
    asked, worth = tasks(MANY)
    found = {}
    with workers(2) as made:
        began = time.monotonic()
        for key, outcome in cluster.run(asked, made.scheduler_address, BOXED):
            found[key] = outcome
            if len(found) == MANY // 3:
                kill_one(made)
    took = time.monotonic() - began
    said = (
        f"{len(found):,} submissions in {took:.0f} s, one of two workers killed midway: none lost"
    )
    assert {key: one.failure for key, one in found.items() if one.failure} == {}
    assert {key: one.verdict(EXERCISE).score for key, one in found.items()} == worth
    record_property(RATES, [said])


def test_two_workers_beside_one(record_property: pytest.RecordProperty) -> None:
    """How much faster they are is printed: what else runs on this machine is no matter of ours."""
    rate = {}
    for count in (1, 2):
        asked, _ = tasks(FEW)
        with workers(count) as made:
            dict(cluster.run(tasks(count)[0], made.scheduler_address, BOXED))  # all is loaded then
            began = time.monotonic()
            assert len(dict(cluster.run(asked, made.scheduler_address, BOXED))) == FEW
            rate[count] = FEW / (time.monotonic() - began)
    said = (
        f"{FEW} submissions: one worker {rate[1]:.2f} a second, two {rate[2]:.2f}, "
        f"{rate[2] / rate[1]:.2f} times as fast, on {os.cpu_count()} cores"
    )
    record_property(RATES, [said])


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "ended by itself (signal 9) (tried 2 times)"),
        ("time.sleep(60)", "grading took more than 3 s (tried 2 times)"),
    ],
)
def test_one_that_fails_is_tried_elsewhere_and_then_told(
    tmp_path: Path, trouble: str, said: str
) -> None:
    bad = Task("writable", SOLUTION, (1,), str(troubled(tmp_path, trouble)), "", LIMITS)
    good, worth = tasks(4)
    with workers(2) as made:
        found = dict(cluster.run({"bad": bad, **good}, made.scheduler_address, None, deadline_s=3))
    assert said in found.pop("bad").failure
    assert {key: one.verdict(EXERCISE).score for key, one in found.items()} == worth


def test_a_worker_has_a_sandbox_of_its_own() -> None:
    asked, worth = tasks(3)
    with workers(1) as made:
        said: list[str] = []
        found = dict(cluster.run(asked, made.scheduler_address, prepare, say=said.append))
        assert said == [f"1 workers at {made.scheduler_address}"]
    assert {key: one.verdict(EXERCISE).score for key, one in found.items()} == worth


def test_when_all_workers_are_gone_the_rest_is_told() -> None:
    asked, _ = tasks(6)
    found = {}
    with workers(1) as made:
        for key, outcome in cluster.run(asked, made.scheduler_address, None, alone_s=2):
            found[key] = outcome
            if len(found) == 1:
                made.scale(0)
    assert set(found) == set(asked)
    left = {one.failure for one in found.values() if one.failure}
    assert left == {"no worker has been left for 2 s"}


def test_when_the_scheduler_goes_the_rest_is_told() -> None:
    asked, _ = tasks(6)
    found = {}
    closed: list[threading.Thread] = []
    with workers(1) as made:
        for key, outcome in cluster.run(asked, made.scheduler_address, None, alone_s=2):
            found[key] = outcome
            if not closed:
                closed.append(threading.Thread(target=made.close))
                closed[0].start()
        closed[0].join(60)
    assert set(found) == set(asked)
    assert any(one.failure for one in found.values())


def test_a_cluster_that_cannot_grade_is_refused_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, _ = tasks(1)
    with workers(1) as made:
        monkeypatch.setattr(cluster, "__version__", "9.9")
        with pytest.raises(Unsupported, match=r"has vmlab .*, expected 9\.9 as here"):
            next(cluster.run(asked, made.scheduler_address, None))
        monkeypatch.undo()
        made.scale(0)
        made.sync(made.scheduler.retire_workers)
        with pytest.raises(Unsupported, match="expected workers, found none"):
            next(cluster.run(asked, made.scheduler_address, None))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "ftp://x:1"])
def test_where_no_scheduler_is_that_is_said(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 2)
    asked, _ = tasks(1)
    with pytest.raises(BadInput, match="--scheduler: expected a"):
        next(cluster.run(asked, address, None))


def test_with_nothing_to_do_nobody_is_asked() -> None:
    assert list(cluster.run({}, "tcp://127.0.0.1:1", None)) == []
