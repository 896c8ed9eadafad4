"""One program graded, in a process that may fail: what is the program's fault, what is ours."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.course.grading.classes import (
    EVERYTHING,
    FOLDER,
    SOLUTION,
    STARTER,
    catalogue,
    outcome,
    program,
    troubled,
)
from vmlab.course.grading import journal as kept
from vmlab.course.grading import local
from vmlab.course.grading.journal import Journal
from vmlab.course.grading.pool import Lost, Pool, twice
from vmlab.course.grading.work import Outcome, Task, grade
from vmlab.course.sandbox import Limits

EXERCISE = catalogue().exercises["writable"]
QUICK = Limits(call_s=1.5, total_s=3, start_s=30)
DIE = "os.kill(os.getpid(), signal.SIGKILL)"


def task(source: str, folder: Path = FOLDER, limits: Limits = QUICK) -> Task:
    return Task("writable", source, (1, 2), str(folder), "", limits)


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool()
    yield made
    made.close()


def test_a_task_and_its_outcome_travel_as_text() -> None:
    assert Task.of(task(SOLUTION).text()) == task(SOLUTION)
    made = outcome(EVERYTHING)
    assert Outcome.of(made.text()) == made


def test_a_child_finds_what_is_found_here(pool: Pool) -> None:
    """The same grader, the same seeds, the same findings."""
    for source in (SOLUTION, STARTER, EVERYTHING):
        assert pool.run(task(source)).checks == outcome(source).checks


@pytest.mark.parametrize(
    ("source", "hint", "said"),
    [
        ("while True: pass", "stopped", "no answer within 1.5 s"),
        ("def writable(p): return 'x'", "type", "must return list; yours returned str 'x'"),
        ("def writable(p): return p[99]", "raised", "raised IndexError in line 1"),
        ("x = 1", "raised", "expected the program to define writable"),
        ("import os", "raised", "found `import os` in line 1"),
        ("def writable(", "raised", "raised SyntaxError in line 1"),
        ("raise SystemExit(0)", "raised", "raised SystemExit"),
    ],
)
def test_a_program_that_fails_gets_nothing_and_a_reason(
    pool: Pool, source: str, hint: str, said: str
) -> None:
    verdict = pool.run(task(source)).verdict(EXERCISE)
    failed = verdict.first_failure
    assert failed is not None and (verdict.score, failed.hint) == (0, hint)
    assert said in EXERCISE.sentence(failed, "en")


def test_a_property_must_hold_for_every_seed() -> None:
    sometimes = f"""{SOLUTION}
right = writable
calls = []
def writable(ptes):
    calls.append(1)
    return right(ptes) if len(calls) % 8 else []
"""
    verdict = outcome(sometimes).verdict(EXERCISE)
    assert [one.passed for one in verdict.findings] == [True, False, True]


def test_what_it_printed_is_kept_for_the_report(pool: Pool) -> None:
    source = SOLUTION.replace("    return", "    print('\x1b[31mhello')\n    return")
    assert pool.run(task(source)).printed.startswith("\x1b[31mhello\n")


def test_a_child_is_asked_again(pool: Pool) -> None:
    for number in range(3):
        pool.run(task(program(number)))
    assert len(pool._idle) == 1


def test_a_grading_process_that_dies_once_is_no_matter(tmp_path: Path, pool: Pool) -> None:
    folder = troubled(tmp_path, f"if once(): {DIE}")
    assert twice(pool.run, task(SOLUTION, folder)).verdict(EXERCISE).passed


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (DIE, r"the grading process ended by itself \(signal 9\) \(tried twice\)"),
        ("time.sleep(60)", r"grading took more than 3 s \(tried twice\)"),
        (
            "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
            r"grading took more than 3 s \(tried twice\)",
        ),
        ("raise KeyError('x')", "the grader failed with KeyError: 'x'"),
    ],
)
def test_a_grader_that_fails_fails_no_other(tmp_path: Path, trouble: str, said: str) -> None:
    folder = troubled(tmp_path, trouble)
    tasks = {"bad": task(SOLUTION, folder), "good": task(SOLUTION)}
    found = dict(local.run(tasks, 2, deadline_s=3))
    assert found["good"].verdict(EXERCISE).passed
    import re

    assert re.match(said, found["bad"].failure)


def test_closing_a_pool_ends_what_is_at_work(tmp_path: Path) -> None:
    folder = troubled(tmp_path, "once(); time.sleep(60)")
    pool, said = Pool(), []

    def ask() -> None:
        try:
            pool.run(task(SOLUTION, folder))
        except Lost as error:
            said.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    while not (tmp_path / "mark").exists():
        time.sleep(0.05)
    (child,) = pool._busy
    pool.close()
    thread.join(10)
    assert said and child._process.returncode is not None
    with pytest.raises(ProcessLookupError):
        os.kill(child._process.pid, 0)
    with pytest.raises(Lost, match="grading has been stopped"):
        pool.run(task(SOLUTION))


# The journal -------------------------------------------------------------------------------------


def test_a_journal_gives_back_what_was_graded(tmp_path: Path) -> None:
    path, made = tmp_path / "j", outcome(EVERYTHING)
    with Journal(path) as journal:
        journal.add("a", made)
        journal.add("b", Outcome(failure="no"))
    with Journal(path) as journal:
        assert journal.known == {"a": made}, "what could not be graded is tried again"
    assert path.stat().st_mode & 0o077 == 0
    with Journal(path, fresh=True) as journal:
        assert journal.known == {}


def test_a_line_that_was_cut_costs_that_line(tmp_path: Path) -> None:
    path, made = tmp_path / "j", outcome(EVERYTHING)
    with Journal(path) as journal:
        for name in "abc":
            journal.add(name, made)
    data = path.read_bytes()
    path.write_bytes(data[:-20] + b'\n{"key": "d", "outcome": 7}\n[]\n{"key"')
    with Journal(path) as journal:
        assert set(journal.known) == {"a", "b"}
        journal.add("e", made)
    with Journal(path) as journal:
        assert set(journal.known) == {"a", "b", "e"}


def test_a_key_stands_for_all_that_an_outcome_follows_from(tmp_path: Path) -> None:
    import dataclasses

    other = troubled(tmp_path, "pass")
    changed = dataclasses.replace(EXERCISE, folder=other)
    keys = {
        kept.key(EXERCISE, "a", "k", 3, True), kept.key(EXERCISE, "b", "k", 3, True),
        kept.key(EXERCISE, "a", "l", 3, True), kept.key(EXERCISE, "a", "k", 4, True),
        kept.key(EXERCISE, "a", "k", 3, False), kept.key(changed, "a", "k", 3, True),
    }  # fmt: skip
    assert len(keys) == 6


def test_what_is_graded_here_has_no_time_of_its_own_in_its_findings() -> None:
    """Two runs differ in nothing but how long they took."""
    first, second = grade(task(EVERYTHING)), grade(task(EVERYTHING))
    assert first.checks == second.checks
