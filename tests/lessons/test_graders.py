"""nbgrader and Otter themselves take our exports: the solution passes, the starter does not.

They bring all of Jupyter's server along, so they get an environment of their own, and only
`make test-long` has the time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from vmlab.course.export import nbgrader, otter
from vmlab.course.lesson import find_lesson, read_lessons

ROOT = Path(__file__).parents[2]
EXERCISES = [one.slug for one in read_lessons(ROOT / "lessons") if one.exercise]
NEEDED = ("nbgrader==0.9.6", "otter-grader==7.0.0")
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("graders")]


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the two programs, with vmlab installed beside them."""
    folder = tmp_path_factory.mktemp("graders") / "env"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *NEEDED, "--editable", f"{ROOT}[app,wasm]"], check=True)
    return folder / "bin"


def run(tools: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [tools / command[0], *command[1:]], cwd=folder, capture_output=True, text=True,
        check=False, env={**os.environ, "PATH": path},
    )  # fmt: skip


@pytest.mark.parametrize("slug", EXERCISES)
def test_nbgrader(slug: str, tools: Path, tmp_path: Path) -> None:
    lesson = find_lesson(slug, ROOT / "lessons")
    course = tmp_path / "course"
    _config, source = nbgrader.export(lesson, course, "en", (1, 77))
    good = run(tools, course, "nbgrader", "validate", str(source))
    assert "Success! Your notebook passes all the tests." in good.stdout, good.stderr
    made = run(tools, course, "nbgrader", "generate_assignment", slug)
    released = course / "release" / slug / f"{slug}.ipynb"
    assert made.returncode == 0 and released.exists(), made.stderr
    text = released.read_text()
    assert "BEGIN SOLUTION" not in text and "seed=77" not in text
    bad = run(tools, course, "nbgrader", "validate", str(released))
    assert "AssertionError" in bad.stdout and "Success" not in bad.stdout, bad.stderr
    handed = course / "submitted" / "somebody" / slug / f"{slug}.ipynb"
    handed.parent.mkdir(parents=True)
    handed.write_text(text)
    for command in (["autograde", slug], ["export"]):
        done = run(tools, course, "nbgrader", *command)
        assert done.returncode == 0, done.stderr
    rows = (course / "grades.csv").read_text().splitlines()
    score = dict(zip(rows[0].split(","), rows[1].split(","), strict=True))
    assert float(score["max_score"]) == pytest.approx(100, abs=0.1)
    assert float(score["score"]) < 100


@pytest.mark.parametrize("slug", EXERCISES)
def test_otter(slug: str, tools: Path, tmp_path: Path) -> None:
    lesson = find_lesson(slug, ROOT / "lessons")
    (master,) = otter.export(lesson, tmp_path / "master", "en", (1, 77))
    made = run(tools, master.parent, "otter", "assign", master.name, "dist")
    assert made.returncode == 0, made.stderr  # it ran all tests on the solution
    (archive,) = (master.parent / "dist" / "autograder").glob("*.zip")
    with zipfile.ZipFile(archive) as opened:
        assert any(name.endswith(f"{lesson.exercise.slug}.py") for name in opened.namelist())
    student = master.parent / "dist" / "student" / master.name
    text = student.read_text()
    assert "seed=77" not in text
    solution = (lesson.folder / "solution.py").read_text().splitlines()
    only = [one for one in solution if len(one) > 30 and one not in lesson.exercise.starter]
    assert not [line for line in only if line in text]
    checked = run(tools, student.parent, "otter", "check", "-t", "tests", student.name)
    assert f"{lesson.exercise.slug} results" in checked.stdout, checked.stderr
    assert "AssertionError" in checked.stdout, checked.stderr
