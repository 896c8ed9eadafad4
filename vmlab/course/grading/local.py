"""Tasks on the cores of this machine."""

from __future__ import annotations

import concurrent.futures
import functools
from collections.abc import Callable, Generator, Mapping

from vmlab.course.grading.pool import Pool, twice
from vmlab.course.grading.work import Outcome, Task

Outcomes = Generator[tuple[str, Outcome], None, None]
Run = Callable[[Mapping[str, Task]], Outcomes]
"""Runs tasks by key, and gives each one's outcome as it comes, in any order. Closing the generator
ends what is at work."""


def run(tasks: Mapping[str, Task], jobs: int, deadline_s: float | None = None) -> Outcomes:
    """Grade each, `jobs` at a time; one that is lost is tried once more."""
    pool = Pool()
    ask = functools.partial(pool.run, deadline_s=deadline_s)
    with concurrent.futures.ThreadPoolExecutor(jobs, thread_name_prefix="grade") as threads:
        try:
            at_work = {threads.submit(twice, ask, task): key for key, task in tasks.items()}
            for future in concurrent.futures.as_completed(at_work):
                yield at_work[future], future.result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            pool.close()
