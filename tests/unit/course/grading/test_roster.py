"""The teacher's list: who is in the class, by which names, and until when."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmlab.core.errors import BadInput
from vmlab.course.grading.roster import read_roster
from vmlab.course.grading.times import written
from vmlab.course.submission import Who

LIST = """student_id,Last Name,first_name,email,duedate
s1,Lovelace,Ada,ada@example.org,
s2,王,小明,wang@example.org,2026-03-08T23:59+01:00
s3,Smith,Jo,jo1@example.org,
s4,Smith,Jo,jo2@example.org,

"""


@pytest.mark.parametrize("change", [(",", ","), (",", ";"), (",", "\t"), ("student_id", "ID")])
def test_names_find_a_student(tmp_path: Path, change: tuple[str, str]) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("\ufeff" + LIST.replace(*change), encoding="utf-8")
    roster = read_roster(path)
    assert [one.who.id for one in roster.entries] == ["s1", "s2", "s3", "s4"]
    for name in ("S1", "ada@example.org", "Ada Lovelace", "lovelace  ada"):
        found = roster.find("nobody", name)
        assert found is not None and found.who == Who("s1", "Ada", "Lovelace", "ada@example.org")
    wang = roster.find("王小明")
    assert wang is not None and written(wang.duedate) == "2026-03-08T22:59:00Z"


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_end_as_any_spreadsheet_ends_them(tmp_path: Path, end: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(LIST.replace(",", ";").replace("\n", end).encode())
    assert [one.who.id for one in read_roster(path).entries] == ["s1", "s2", "s3", "s4"]


def test_a_name_of_two_finds_nobody(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(LIST, encoding="utf-8")
    assert read_roster(path).find("Jo Smith", "") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,email\nx,y\n", "expected a first line with student_id, found 'name,email'"),
        ("", "expected a first line with student_id"),
        ("id\ns1\nS1\n", "expected each student once, found 'S1' twice"),
        ("id,duedate\ns1,soon\n", "line 2, duedate: expected a time such as"),
        ('id\n"' + "x" * 200_000 + '"\n', "expected CSV, found in line"),
    ],
)
def test_a_wrong_list_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=said):
        read_roster(path)


def test_no_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="expected a roster"):
        read_roster(tmp_path / "none")
    (tmp_path / "r").write_bytes(b"\xff")
    with pytest.raises(BadInput, match="save it as CSV UTF-8"):
        read_roster(tmp_path / "r")
