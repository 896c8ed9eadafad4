"""The two tables: nbgrader's columns for the gradebook, and every check for whoever looks closer.

What came from a stranger is made visible and harmless to a spreadsheet (`clean.cell`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from vmlab import __version__
from vmlab.course.exercise import Counter, Finding
from vmlab.course.grading import times
from vmlab.course.grading.clean import cell
from vmlab.course.grading.results import Row, Sheet, State

GRADES: Final = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
)  # fmt: skip
DETAILS: Final = (
    "student_id", "exercise", "seed", "attempt", "property", "passed", "hint_id", "counter",
    "found", "budget", "source_sha256", "vmlab_version",
)  # fmt: skip
NOT_GRADED: Final = "not_graded"
"""In place of a counter, where there is a reason instead."""
LONGEST_REASON: Final = 500


def grades_csv(sheet: Sheet) -> str:
    """A row for each student and assignment. What could not be graded has no score."""
    return _csv(GRADES, (_grade(one) for one in sheet.rows))


def _grade(row: Row) -> tuple[str, ...]:
    who = row.who
    return (
        row.assignment,
        times.written(row.due),
        times.written(row.when),
        *(cell(one) for one in (who.id, who.last_name, who.first_name, who.email)),
        number(row.raw),
        number(row.penalty),
        number(row.score),
        number(row.most),
    )


def details_csv(sheet: Sheet) -> str:
    """A row for each student, exercise, seed, property and counter."""
    return _csv(DETAILS, (line for row in sheet.rows for line in _details(row, sheet)))


def _details(row: Row, sheet: Sheet) -> Iterator[tuple[str, ...]]:
    who, slug = cell(row.who.id), row.assignment
    end = (row.source_sha256, __version__)
    attempt = str(row.attempt or "")
    if row.state is State.NOT_GRADED:
        reason = cell(row.reason, LONGEST_REASON)
        yield (who, slug, "", attempt, "", "", "", NOT_GRADED, reason, "", *end)
    if row.verdict is None or row.outcome is None:
        return
    for check in row.outcome.checks:
        seed = str(sheet.seeds[slug][check.number])
        for finding in check.findings:
            for counter in finding.counters or (Counter("", 0),):
                yield (who, slug, seed, attempt, *_checked(finding, counter), *end)


def _checked(finding: Finding, counter: Counter) -> tuple[str, ...]:
    told = (finding.property, "true" if finding.passed else "false", finding.hint)
    if not counter.name:
        return (*told, "", "", "")
    return (*told, counter.name, number(counter.found), number(counter.budget))


def number(value: float | None) -> str:
    """As a table has it: no digits that say nothing."""
    return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


def _csv(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return made.getvalue()
