"""A graded class as one JSON document: vmlab/grades/1 (`schemas/grades-1.json`).

It is for programs, so names stand in it as they came; whoever shows them has to escape them. It has
no seeds.
"""

from __future__ import annotations

from typing import Any, Final

from vmlab import __version__
from vmlab.course.exercise import Finding, Verdict
from vmlab.course.grading import times
from vmlab.course.grading.results import Row, Sheet
from vmlab.course.progress import now

SCHEMA: Final = "vmlab/grades/1"
ENGLISH: Final = "en"
"""What facts are said in: programs that read them search for words."""


def as_json(sheet: Sheet) -> dict[str, Any]:
    """The document."""
    return {
        "schema": SCHEMA,
        "vmlab": __version__,
        "made": now(),
        "key": sheet.key_id,
        "seeds": len(next(iter(sheet.seeds.values()), ())),
        "rows": [_row(one) for one in sheet.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    who = row.who
    found: dict[str, Any] = {
        "assignment": row.assignment,
        "student": {
            "id": who.id, "first_name": who.first_name, "last_name": who.last_name,
            "email": who.email,
        },
        "state": row.state.value.replace(" ", "_"),
        "raw_score": row.raw,
        "late_submission_penalty": row.penalty,
        "score": row.score,
        "max_score": row.most,
        "timestamp": times.written(row.when) or None,
        "duedate": times.written(row.due) or None,
        "file": row.file,
        "attempt": row.attempt,
        "source_sha256": row.source_sha256,
        "reason": row.reason,
        "notes": list(row.notes),
    }  # fmt: skip
    if row.verdict is not None:
        found["properties"] = [_property(row.verdict, one) for one in row.verdict.findings]
    return found


def _property(verdict: Verdict, finding: Finding) -> dict[str, Any]:
    about, tell = verdict.exercise.property_of(finding), verdict.exercise.tell
    return {
        "property": finding.property,
        "law": about.law.name.lower(),
        "passed": finding.passed,
        "hint": finding.hint,
        "expected": tell(finding.expected, ENGLISH),
        "found": tell(finding.found, ENGLISH),
        "where": tell(finding.where, ENGLISH),
        "counters": [
            {"name": one.name, "found": one.found, "budget": one.budget} for one in finding.counters
        ],
    }
