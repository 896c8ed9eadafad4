"""Whose program is it, and for which exercise? And nothing that a stranger hands in does more than
get a sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.unit.course.grading.classes import (
    ADA,
    LESSONS,
    SOLUTION,
    STARTER,
    catalogue,
    lay,
    notebook,
    submission,
)
from vmlab.core.errors import BadInput
from vmlab.course.grading.catalogue import Catalogue
from vmlab.course.grading.intake import find
from vmlab.course.grading.times import written
from vmlab.course.submission import Who

TAGGED = {"tags": ["exercise"]}


def found(root: Path, files: dict[str, bytes | str], *names: str) -> dict[str, list[str]]:
    """The programs' exercises by whose they are."""
    lay(root, files)
    paths = [root / name for name in names] or [root]
    made: dict[str, list[str]] = {}
    for one in find(paths, catalogue()):
        assert one.refused == "", one
        made.setdefault(one.who.id, []).extend(one.programs)
    return made


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("writable_ada.py", "ada"), ("ada_writable.py", "ada"), ("ada-E90.py", "ada"),
        ("ada e90.py", "ada"), ("90_writable-ada.ipynb", "ada"), ("ada.py", "ada"),
        ("ada/writable.py", "ada"), ("ada/work/hw3.ipynb", "ada"),
        ("submitted/ada/writable/writable.ipynb", "ada"), ("submitted/ada/E90/x.py", "ada"),
        ("Ada Lovelace_1234_assignsubmission_file/w.py", "Ada Lovelace"),
        ("ada.vmlab (1).zip", "s1"), ("ada/work.vmlab.zip", "ada"),
        ("ada/AL_writable_v2.py", "ada"), ("submitted/ada/E90/my-E90-final.py", "ada"),
    ],
)  # fmt: skip
def test_a_place_says_whose_it_is(tmp_path: Path, name: str, who: str) -> None:
    data: bytes | str = SOLUTION
    if name.endswith(".ipynb"):
        data = notebook((TAGGED, SOLUTION))
    elif name.endswith(".zip"):
        data = submission(ADA, SOLUTION)
    assert found(tmp_path, {name: data}) == {who: ["writable"]}


def test_files_are_named_one_by_one_too(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "submitted/ada/writable/w.py": SOLUTION,
        "bob/writable.py": SOLUTION,
        "eve_writable.py": SOLUTION,
    }
    assert set(found(tmp_path, files, *files)) == {"ada", "bob", "eve"}


def test_a_folder_of_many_peoples_files_is_no_students(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        f"week3/{name}.vmlab.zip": submission(Who(name), SOLUTION) for name in ("ada", "bob")
    }
    assert set(found(tmp_path, files)) == {"ada", "bob"}


def test_what_a_student_keeps_beside_it_is_no_trouble(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "ada/writable.py": SOLUTION, "ada/notes.txt": "", "ada/.hidden.py": "",
        "ada/.ipynb_checkpoints/x.ipynb": "", "ada/__pycache__/x.py": "", "__MACOSX/._x.zip": "",
    }  # fmt: skip
    assert found(tmp_path, files) == {"ada": ["writable"]}


def two_lessons(root: Path) -> Catalogue:
    """Another lesson beside the first."""
    other = root / "91_other"
    other.mkdir(parents=True)
    for file in (LESSONS / "90_writable").glob("*.*"):
        text = file.read_text().replace('"writable"', '"other"').replace("E90", "E91")
        (other / file.name).write_text(text)
    (root / "90_writable").symlink_to(LESSONS / "90_writable")
    return Catalogue.of(root)


def test_helpers_without_an_exercise_are_left_out_and_others_are_told(tmp_path: Path) -> None:
    known = two_lessons(tmp_path / "lessons")
    root = lay(tmp_path / "in", {"ada/writable.py": "", "ada/helper.py": "", "bob/what.py": ""})
    hands = find([root], known)
    assert [(one.who.id, list(one.programs)) for one in hands] == [
        ("ada", ["writable"]),
        ("bob", []),
    ]
    assert "expected an exercise's name" in hands[1].refused


@pytest.mark.parametrize("name", ["writable.py", "ada_writable.py", "hw.ipynb"])
@pytest.mark.parametrize("helper", ["helper.py", "my_writable_notes.py"])
@pytest.mark.parametrize("folder", ["ada", "submitted/ada/writable"])
def test_a_helper_beside_the_program_is_not_the_newer_program(
    tmp_path: Path, folder: str, helper: str, name: str
) -> None:
    """Where only one exercise is graded, or the folder is that of one, every file is of it."""
    data: bytes | str = notebook((TAGGED, SOLUTION)) if name.endswith("ipynb") else SOLUTION
    root = lay(tmp_path, {f"{folder}/{name}": data, f"{folder}/{helper}": "x = 1\n"})
    (hand,) = find([root], catalogue())
    assert (hand.who.id, hand.programs) == ("ada", {"writable": SOLUTION})


def test_a_helper_does_not_stand_in_for_a_program_that_cannot_be_read(tmp_path: Path) -> None:
    root = lay(tmp_path, {"ada/writable.py": b"\xff", "ada/helper.py": "x = 1\n"})
    (hand,) = find([root], catalogue())
    assert "expected text in UTF-8" in hand.refused


def test_a_name_on_both_sides_of_the_exercises_is_asked_about(tmp_path: Path) -> None:
    """Without a folder of the student's, nobody knows which side is the student."""
    (hand,) = find([lay(tmp_path, {"ada_writable_v2.py": SOLUTION})], catalogue())
    assert hand.exercise == "writable" and not hand.programs
    assert "found 'ada' and 'v2' around it" in hand.refused


def test_only_what_is_asked_for_is_graded(tmp_path: Path) -> None:
    two_lessons(tmp_path / "lessons")
    chosen = Catalogue.of(tmp_path / "lessons", ["E91"])
    root = lay(tmp_path / "in", {"ada/writable.py": "", "ada/other.py": "", "bob/writable.py": ""})
    assert [(one.who.id, list(one.programs)) for one in find([root], chosen)] == [
        ("ada", ["other"])
    ]
    with pytest.raises(BadInput, match="--lesson: expected one of writable, other, found 'x'"):
        Catalogue.of(tmp_path / "lessons", ["x"])


def test_marked_cells_make_the_program(tmp_path: Path) -> None:
    cells = (
        ({}, "import os"),
        ({"vmlab": {"exercise": True}}, "%timeit f()\na = 1"),
        ({"nbgrader": {"solution": True, "grade_id": "x"}}, "b = 2"),
        ({"vmlab": {"exercise": "writable"}}, "c = 3"),
        ({"tags": "exercise"}, "d = 4"),
    )
    lay(tmp_path, {"ada.ipynb": notebook(*cells)})
    (hand,) = find([tmp_path], catalogue())
    assert hand.programs == {"writable": "pass\na = 1\n\nb = 2\n\nc = 3\n"}


def test_magic_lines_do_not_run(tmp_path: Path) -> None:
    source = "%matplotlib inline\nif 1:\n    !ls\nx = (7\n  % 5)\n"
    lay(tmp_path, {"ada.ipynb": notebook((TAGGED, source))})
    (hand,) = find([tmp_path], catalogue())
    assert hand.programs["writable"] == "pass\nif 1:\n    pass\nx = (7\n  % 5)\n"


def test_the_time_is_nbgraders_then_the_manifests_then_the_files(tmp_path: Path) -> None:
    late = submission(ADA, SOLUTION, saved="2999-01-01T00:00:00Z")
    files: dict[str, bytes | str] = {
        "submitted/a/writable/w.py": "",
        "submitted/a/writable/timestamp.txt": "2026-03-01 10:00:00.123456 Europe/Berlin",
        "submitted/b/writable/w.py": "",
        "submitted/c/writable/w.vmlab.zip": submission(ADA, "", saved="2026-03-02T00:00:00Z"),
        "submitted/d/writable/w.vmlab.zip": late,
        "submitted/e/writable/w.py": "",
        "submitted/e/writable/timestamp.txt": "yesterday",
    }
    when = {one.who.id: written(one.when) for one in find([lay(tmp_path, files)], catalogue())}
    assert when["a"] == "2026-03-01T09:00:00Z"
    assert when["b"] == when["e"] == "2026-02-25T06:13:20Z"
    assert when["c"] == "2026-03-02T00:00:00Z"
    assert when["d"] < "2999", "nobody hands in tomorrow"


REFUSED = {
    "a.ipynb": (b"{", "expected JSON"),
    "b.ipynb": (b"[]", "expected a notebook"),
    "c.ipynb": (notebook(({}, "x = 1")), "expected a cell tagged exercise"),
    "d.ipynb": (b"[" * 100_000, "nested too deep"),
    "e.py": (b"\xff\xfe", "expected text in UTF-8"),
    "f.py": (b"#" * 300_000, "expected at most 256 KiB"),
    "g.vmlab.zip": (b"PK", "expected a zip file"),
    "h.vmlab.zip": (bytes(9 << 20), "expected at most 8,192 KiB"),
    "i.ipynb": (notebook((TAGGED, "#" * 300_000)), "expected a program of at most 256 KiB"),
    "j.ipynb": (json.dumps({"cells": [{}] * 6000}).encode(), "expected at most 5,000 cells"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    data, said = REFUSED[name]
    lay(tmp_path, {name: data})
    (hand,) = find([tmp_path], catalogue())
    assert said in hand.refused and hand.refused.startswith(name)
    assert hand.who.id == name[0] and hand.exercise == "writable"


def test_links_pipes_and_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "b.py")
    (tmp_path / "c.exe").write_bytes(b"MZ")
    hands = find([tmp_path, tmp_path / "c.exe"], catalogue())
    assert [one.refused for one in hands] == [
        "a.py: expected a file, found a link",
        "b.py: expected a file, found no plain file",
        "c.exe: expected a .vmlab.zip, .ipynb or .py file, found another",
    ]
    with pytest.raises(BadInput, match="expected a file or a folder"):
        find([tmp_path / "none"], catalogue())


def test_a_folder_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A student whose folder this teacher may not open has not handed in nothing."""
    root = lay(tmp_path, {"ada/writable.py": SOLUTION, "bob/work/writable.py": SOLUTION})
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path) in shut:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    shut = {str(root / "bob" / "work")}
    ada, bob = find([root], catalogue())
    assert ada.programs and (bob.who.id, bob.file) == ("bob", str(root / "bob" / "work"))
    assert bob.refused == "work: it cannot be read: Permission denied"
    shut = {str(root)}
    with pytest.raises(BadInput, match="it cannot be read: Permission denied"):
        find([root], catalogue())


def test_a_program_for_no_exercise_is_noted(tmp_path: Path) -> None:
    from vmlab.course.progress import Progress
    from vmlab.course.submission import Submission

    made = Submission(ADA, "2026-03-01T10:00:00Z", Progress(), {"writeable": STARTER})
    lay(tmp_path, {"ada.vmlab.zip": made.data()})
    (hand,) = find([tmp_path], catalogue())
    assert hand.programs == {} and hand.notes == ("no exercise is called writeable",)


@pytest.mark.parametrize(
    ("end", "seconds", "told"),
    [
        ("def (", 600, "found grade.py, line"),
        ("1 / 0", 600, "ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", 600, "SystemExit: 3"),
        ("while True:\n    pass", 0.5, "found it loading after 0.5 seconds"),
    ],
)
def test_a_grader_that_does_not_load_is_told(
    tmp_path: Path, end: str, seconds: float, told: str
) -> None:
    two_lessons(tmp_path).check_graders(seconds=600)
    grader = tmp_path / "91_other/grade.py"
    grader.write_text(f"{grader.read_text()}\n{end}\n")
    with pytest.raises(BadInput, match=f"expected a grader that loads, .*{told}"):
        Catalogue.of(tmp_path).check_graders(seconds)
