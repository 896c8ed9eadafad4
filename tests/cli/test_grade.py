"""`vmlab grade`: what it writes, what it says, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Result, Vmlab
from tests.unit.course.grading.classes import (
    ADA,
    EVERYTHING,
    LESSONS,
    OFF_BY_ONE,
    SOLUTION,
    STARTER,
    lay,
    notebook,
    submission,
)
from vmlab.course import schema
from vmlab.course.submission import Who

HERE = ("--lessons", LESSONS, "--unsafe-no-sandbox")
ALL = ("--csv", "grades.csv", "--details", "details.csv", "--html", "report")
NAMES = ("=cmd|'/C calc'!A0", "<img src=x onerror=alert(1)>", "\x1b]0;pwned\x07", "\u202ecod.exe")


def a_class(root: Path) -> Path:
    """Notebooks, submission files and plain programs of a whole class, some of them no good."""
    files: dict[str, bytes | str] = {
        "bob_writable.py": EVERYTHING,
        "cy/writable.ipynb": notebook(({"tags": ["exercise"]}, STARTER)),
        "submitted/dan/writable/w.ipynb": notebook(({"nbgrader": {"solution": True}}, OFF_BY_ONE)),
        "ada.vmlab.zip": submission(ADA, SOLUTION, "valid", "read"),
        "eve.vmlab.zip": b"PK",
        "finn.ipynb": b"{",
        "s1/old.vmlab.zip": submission(ADA, STARTER, saved="2026-01-01T00:00:00Z"),
    }
    for at, name in enumerate(NAMES):
        files[f"h{at}.vmlab.zip"] = submission(Who("", name, name, f"h{at}@x"), STARTER)
    return lay(root / "in", files)


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def said(done: Result) -> str:
    text = done.stderr.decode()
    assert "Traceback" not in text and "\x1b" not in text and "\u202e" not in text, text
    return text


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A class, graded with a key."""
    folder = tmp_path_factory.mktemp("class")
    call = conftest_vmlab(folder)
    a_class(folder)
    assert call("grade", "--new-key", "key.json").returncode == 0
    return folder, call("grade", "in", *HERE, *ALL, "--key", "key.json", "--jobs", "2")


def conftest_vmlab(folder: Path) -> Vmlab:
    import subprocess
    import sys

    def call(*words: object, typed: bytes = b"") -> Result:
        return subprocess.run(
            [sys.executable, "-m", "vmlab", *map(str, words)], cwd=folder, input=typed,
            capture_output=True, timeout=240, check=False,
        )  # fmt: skip

    return call


def test_a_whole_class_is_graded_and_what_is_broken_is_told(graded: tuple[Path, Result]) -> None:
    folder, done = graded
    text = said(done)
    assert done.returncode == 1, text
    scores = {
        one["student_id"]: one["score"]
        for one in rows(folder / "grades.csv")
        if one["assignment"] == "writable"
    }
    assert scores == {
        "s1": "100", "bob": "80", "cy": "50", "dan": "0", "eve": "", "finn": "",
        **{f"h{at}@x": "50" for at in range(len(NAMES))},
    }  # fmt: skip
    assert "writable-predictions: eve.vmlab.zip: expected a zip file" in text
    assert text.count("eve.vmlab.zip") == 1, "a damaged file is told of once"
    assert "not graded: finn, writable: finn.ipynb: expected JSON" in text
    assert "s1: handed in 2 times; the newest counts: ada.vmlab.zip" in text
    assert "WITHOUT A SANDBOX" in text and "PUBLIC SEEDS" not in text
    assert re.search(r"graded 4 of 4", text)


def test_tables_are_harmless_and_have_private_seeds(graded: tuple[Path, Result]) -> None:
    folder, _ = graded
    for name in ("grades.csv", "details.csv"):
        text = (folder / name).read_text()
        assert "\x1b" not in text and "\u202e" not in text
        for row in csv.reader(io.StringIO(text)):
            assert not any(value.lstrip()[:1] in "=+-@" for value in row if value)
    seeds = {one["seed"] for one in rows(folder / "details.csv")} - {""}
    assert len(seeds) == 3 and all(int(one) > 1000 for one in seeds)


def test_reports_are_there_and_show_no_seed(graded: tuple[Path, Result]) -> None:
    folder, _ = graded
    seeds = {one["seed"] for one in rows(folder / "details.csv")} - {""}
    pages = {path.name: path.read_text() for path in (folder / "report").glob("*.html")}
    assert {"index.html", "s1.html", "bob.html", "eve.html"} < set(pages)
    assert not any(seed in text for seed in seeds for text in pages.values())
    assert not any("<img" in text for text in pages.values())


def test_a_second_run_takes_all_from_the_journal(graded: tuple[Path, Result]) -> None:
    folder, _ = graded
    before = (folder / "grades.csv").read_bytes()
    done = conftest_vmlab(folder)(
        "grade", "in", *HERE, *ALL, "--key", "key.json", "--lang", "zh", "--json"
    )
    assert "4 of 4 programs are graded already" in said(done)
    assert (folder / "grades.csv").read_bytes() == before
    assert "班级报告" in (folder / "report" / "index.html").read_text()
    document = json.loads(done.stdout)
    schema.check(document, "grades-1", "x")
    assert len(document["rows"]) == 20 and len(document["key"]) == 16


def test_the_key_is_in_no_file_that_is_written(graded: tuple[Path, Result]) -> None:
    folder, _ = graded
    key = json.loads((folder / "key.json").read_text())["key"]
    assert stat.S_IMODE((folder / "key.json").stat().st_mode) == 0o600
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "key.json":
            assert key.encode() not in path.read_bytes(), path


def test_without_files_to_write_the_table_is_printed(vmlab: Vmlab, tmp_path: Path) -> None:
    lay(tmp_path, {"ada.py": SOLUTION, "bob.py": EVERYTHING})
    due = ("--due", "2026-02-24T00:00Z", "--late", "10")
    done = vmlab("grade", "ada.py", "bob.py", *HERE, *due)
    found = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [(one["student_id"], one["raw_score"], one["score"]) for one in found] == [
        ("ada", "100", "80"), ("bob", "80", "64")
    ]  # fmt: skip
    assert done.returncode == 0 and "PUBLIC SEEDS" in said(done)


def test_a_class_without_anything_is_no_trouble(vmlab: Vmlab, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "roster.csv").write_text("id\nada\n")
    done = vmlab("grade", "empty", *HERE, "--roster", "roster.csv", *ALL)
    assert done.returncode == 0 and "1 student: 1 missing" in said(done)
    assert [one["score"] for one in rows(tmp_path / "grades.csv")] == ["0"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "expected files or folders to grade, found none"),
        (("none",), "expected a file or a folder at 'none'"),
        (("x.py", "--key", "none"), "expected a key file at 'none'"),
        (("x.py", "--lesson", "none"), "--lesson: expected one of writable"),
        (("x.py", "--due", "soon"), "--due: expected a time such as"),
        (("x.py", "--late", "10"), "--late: expected --due"),
        (("x.py", "--late", "200"), "--late"),
        (("x.py", "--lang", "de"), "--lang: expected one of en, zh, found 'de'"),
        (("x.py", "--csv", "no/such/file"), "no such folder"),
        (("x.py", "--html", "lessons"), "found other files there"),
        (("x.py", "--lessons", "none"), "expected a folder of lessons at 'none', found none"),
        (("x.py", "--lessons", "lessons"), "expected lessons in 'lessons'"),
        (("x.py", "--roster", "none"), "expected a roster at 'none'"),
        (("x.py", "--new-key", "x.py"), "there already"),
        (("x.py", "--scheduler", "tcp://x:1", "--jobs", "2"), "--jobs: expected none"),
        (
            ("x.py", "--scheduler", "nonsense"),
            "expected an address such as tcp://HOST:8786, found 'nonsense'",
        ),
    ],
)
def test_bad_usage_is_one_sentence(
    vmlab: Vmlab, tmp_path: Path, words: tuple[str, ...], text: str
) -> None:
    lay(tmp_path, {"x.py": SOLUTION, "lessons/a": ""})
    done = vmlab("grade", *HERE, *words)
    assert done.returncode == 2
    assert text in re.sub(r"[\s│]+", " ", said(done))
    assert not (tmp_path / "grades.csv").exists()


def test_a_grader_that_does_not_load_begins_no_class(vmlab: Vmlab, tmp_path: Path) -> None:
    shutil.copytree(LESSONS, tmp_path / "mine")
    grader = tmp_path / "mine/90_writable/grade.py"
    grader.write_text(grader.read_text() + "\ndef (\n")
    lay(tmp_path, {"x.py": SOLUTION})
    done = vmlab("grade", "x.py", "--lessons", "mine", "--unsafe-no-sandbox", "--csv", "grades.csv")
    assert done.returncode == 2
    assert "expected a grader that loads, found grade.py, line" in said(done)
    assert not (tmp_path / "grades.csv").exists()
