"""Scores, late work, missing work, and the two tables that say so."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.course.grading.classes import (
    EVERYTHING,
    OFF_BY_ONE,
    SOLUTION,
    STARTER,
    hand,
    progress,
    sheet,
)
from vmlab import __version__
from vmlab.course import schema
from vmlab.course.grading.document import as_json
from vmlab.course.grading.handin import HandIn
from vmlab.course.grading.results import Late, Sheet, State
from vmlab.course.grading.roster import Roster, read_roster
from vmlab.course.grading.tables import GRADES, details_csv, grades_csv
from vmlab.course.submission import Who

DUE = datetime(2026, 3, 2, 0, tzinfo=UTC)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def roster(tmp_path: Path, text: str) -> Roster:
    (tmp_path / "roster.csv").write_text(text)
    return read_roster(tmp_path / "roster.csv")


def refused(name: str, exercise: str = "writable", file: str = "x.py", day: int = 1) -> HandIn:
    when = datetime(2026, 3, day, tzinfo=UTC)
    return HandIn(Who(name), file, when, exercise=exercise, refused=f"{file}: broken")


def test_the_columns_are_nbgraders_and_the_curriculums() -> None:
    made = sheet([hand("ada")])
    assert grades_csv(made).splitlines()[0] == (
        "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,"
        "late_submission_penalty,score,max_score"
    )
    assert details_csv(made).splitlines()[0] == (
        "student_id,exercise,seed,attempt,property,passed,hint_id,counter,found,budget,"
        "source_sha256,vmlab_version"
    )


@pytest.mark.parametrize(
    ("source", "score"), [(SOLUTION, 100), (EVERYTHING, 80), (STARTER, 50), (OFF_BY_ONE, 0)]
)
def test_a_score_is_the_verdicts(source: str, score: float) -> None:
    (row,) = sheet([hand("ada", source)]).rows
    assert (row.state, row.score) == (State.GRADED, score)


def test_details_have_a_row_for_each_seed_property_and_counter() -> None:
    found = table(details_csv(sheet([hand("ada", EVERYTHING)])))
    assert [(one["seed"], one["property"], one["passed"]) for one in found] == [
        (seed, name, passed)
        for seed in ("771", "772")
        for name, passed in (("known", "true"), ("all", "true"), ("few", "false"))
    ]
    assert {one["hint_id"] for one in found} == {"", "invalid"}
    assert found[0]["vmlab_version"] == __version__ and len(found[0]["source_sha256"]) == 64
    counted = [one for one in table(details_csv(sheet([hand("ada")]))) if one["counter"]]
    assert [(one["counter"], one["found"] == one["budget"]) for one in counted] == [
        ("listed", True), ("listed", True)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "percent", "penalty"), [(1, 10, 0), (2, 10, 8), (3, 10, 16), (30, 10, 80), (3, 0, 0)]
)
def test_late_work_loses_a_part_for_each_day_begun(
    day: int, percent: float, penalty: float
) -> None:
    (row,) = sheet([hand("ada", EVERYTHING, day)], late=Late(DUE, percent)).rows
    assert (row.raw, row.penalty, row.score) == (80, penalty, 80 - penalty)


def test_a_student_may_have_a_day_of_their_own(tmp_path: Path) -> None:
    listed = roster(
        tmp_path, "id,duedate,timestamp\nada,2026-03-05T00:00Z,\nbob,,2026-03-01T00:00Z\n"
    )
    made = sheet([hand("ada", day=3), hand("bob", day=9)], listed, Late(DUE, 10))
    assert [one.penalty for one in made.rows] == [0, 0]
    assert [one["duedate"] for one in table(grades_csv(made))] == [
        "2026-03-05T00:00:00Z", "2026-03-02T00:00:00Z"
    ]  # fmt: skip


def test_of_two_the_newest_counts_and_that_is_said() -> None:
    made = sheet([hand("ada", SOLUTION, 2, "b.py"), hand("ADA", STARTER, 1, "a.py")])
    (row,) = made.rows
    assert (row.score, row.attempt, row.file) == (100, 2, "b.py")
    assert row.notes == ("handed in 2 times; the newest counts: b.py, 2026-03-02T12:00:00Z",)
    assert {one["attempt"] for one in table(details_csv(made))} == {"2"}


def test_everybody_on_the_list_has_a_row(tmp_path: Path) -> None:
    made = sheet([hand("ada"), hand("eve")], roster(tmp_path, "id,last_name\nada,L\nbob,B\n"))
    assert [(one.who.id, one.state, one.score) for one in made.rows] == [
        ("ada", State.GRADED, 100), ("bob", State.MISSING, 0), ("eve", State.GRADED, 100)
    ]  # fmt: skip
    assert made.rows[0].who.last_name == "L"
    assert made.rows[2].notes == ("not on the roster",)


def test_what_could_not_be_graded_has_no_score_but_a_reason() -> None:
    made = sheet([hand("ada"), hand("bob", STARTER)], failures={STARTER: "the process died"})
    row = table(grades_csv(made))[1]
    assert [row[name] for name in GRADES[7:]] == ["", "", "", "100"]
    told = table(details_csv(made))[-1]
    assert (told["counter"], told["found"]) == ("not_graded", "the process died")


def test_a_file_that_cannot_be_read_is_no_zero() -> None:
    (row,) = sheet([refused("ada")]).rows
    assert (row.state, row.score, row.reason) == (State.NOT_GRADED, None, "x.py: broken")


def test_a_good_file_beside_a_broken_one_is_graded_and_the_other_told() -> None:
    (row,) = sheet([hand("ada"), refused("ada", day=5)]).rows
    assert (row.state, row.score) == (State.GRADED, 100)
    assert row.notes == ("x.py: broken",)


def test_a_broken_file_may_have_been_what_is_missing() -> None:
    """Ada's zip held something; whether predictions, nobody knows."""
    with_answers = hand("bob", progress=progress("", "valid"))
    made = sheet([refused("ada", "", "a.vmlab.zip"), with_answers, hand("eve")])
    assert [(one.who.id, one.assignment, one.state.value) for one in made.rows] == [
        ("ada", "writable", "not graded"), ("ada", "writable-predictions", "not graded"),
        ("bob", "writable", "graded"), ("bob", "writable-predictions", "graded"),
        ("eve", "writable", "graded"), ("eve", "writable-predictions", "missing"),
    ]  # fmt: skip


def test_predictions_count_as_made_and_never_as_right() -> None:
    scores = [
        sheet([hand("ada", None, progress=progress("", *answered))]).rows[-1]
        for answered in ((), ("valid",), ("valid", "read"), ("valid", "read", "nonsense"))
    ]
    assert [(one.score, one.most) for one in scores] == [(0, 2), (1, 2), (2, 2), (2, 2)]


def test_a_manifest_that_names_another_is_noted() -> None:
    (row,) = sheet([hand("ada", claimed="bob")]).rows
    assert row.notes == ("ada.py: its manifest names bob, its place ada",)
    people = [
        HandIn(
            Who("s1", first, "L"),
            f"{first}.zip",
            hand("x").when,
            {"writable": SOLUTION},
            claimed="s1",
        )
        for first in ("Ada", "Eve")
    ]
    (row,) = sheet(people).rows
    assert any("files under this id name different people" in note for note in row.notes)


HOSTILE = (
    '=HYPERLINK("http://x","y")',
    "\x1b]0;x\x07\x1b[2J",
    "<script>alert(1)</script>",
    "a\u202eb",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_is_a_formula_or_an_escape_sequence_in_a_table(name: str) -> None:
    made = sheet([hand("s1", claimed="s1"), refused(name, file=name)])
    for text in (grades_csv(made), details_csv(made)):
        assert "\x1b" not in text and "\u202e" not in text
        for row in csv.reader(io.StringIO(text)):
            assert not any(value.lstrip()[:1] in "=+-@" for value in row if value)


def test_the_document_is_as_its_schema_says_and_has_no_seeds() -> None:
    made: Sheet = sheet([hand("ada", EVERYTHING), refused("bob"), hand("eve")], late=Late(DUE, 10))
    document = as_json(made)
    schema.check(document, "grades-1", "x")
    assert "77" not in str([one.get("properties") for one in document["rows"]])
    assert [one["state"] for one in document["rows"]] == ["graded", "not_graded", "graded"]
