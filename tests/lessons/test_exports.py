"""Lessons in the form of other systems are what these systems read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest

from vmlab.cli import scorm
from vmlab.core.errors import BadInput
from vmlab.course.claims import PUBLIC_SEED, claim, points
from vmlab.course.exercise import Law
from vmlab.course.export import nbgrader, otter, plain
from vmlab.course.lesson import find_lesson, read_lessons
from vmlab.course.student import InProcess
from vmlab.lab import serve

ROOT = Path(__file__).parents[2] / "lessons"
EXERCISES = [one.slug for one in read_lessons(ROOT) if one.exercise]
PRIVATE = 987_654_321


def _notebook(path: Path):
    made = nbformat.read(path, as_version=4)
    nbformat.validate(made)
    return made


@pytest.mark.parametrize("slug", EXERCISES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_assignment_of_nbgrader(slug: str, language: str, tmp_path: Path) -> None:
    lesson = find_lesson(slug, ROOT)
    exercise = lesson.exercise
    assert exercise is not None
    config, source = nbgrader.export(lesson, tmp_path / "course", language, (PUBLIC_SEED, PRIVATE))
    assert config.name == "nbgrader_config.py"
    assert source.relative_to(tmp_path / "course").parts[:2] == ("source", slug)
    marked = [c for c in _notebook(source).cells if "nbgrader" in c.metadata]
    solution = [c for c in marked if c.metadata.nbgrader.solution]
    tests = [c for c in marked if c.metadata.nbgrader.grade]
    assert [c.metadata.nbgrader.grade_id for c in solution] == [exercise.slug]
    assert len({c.metadata.nbgrader.grade_id for c in marked}) == len(marked)
    assert len(tests) == len(exercise.properties)
    assert sum(c.metadata.nbgrader.points for c in tests) == pytest.approx(100, abs=0.1)
    for cell in tests:
        shown, _, hidden = cell.source.partition("### BEGIN HIDDEN TESTS")
        assert str(PRIVATE) not in shown and str(PRIVATE) in hidden
    student = solution[0].source.partition("### BEGIN SOLUTION")[0]
    assert student.strip() == exercise.starter.strip()


def test_a_course_of_nbgrader_takes_one_lesson_after_the_other(tmp_path: Path) -> None:
    """With its own settings, which stay as a teacher has left them."""
    first, second = (find_lesson(slug, ROOT) for slug in EXERCISES[:2])
    config, _ = nbgrader.export(first, tmp_path, "en")
    config.write_text("# mine")
    (made,) = nbgrader.export(second, tmp_path, "en")
    assert made == tmp_path / "source" / second.slug / f"{second.slug}.ipynb" and made.is_file()
    assert config.read_text() == "# mine"
    made.write_text("mine, too")
    with pytest.raises(BadInput, match=r"expected .* to be a new or an empty folder"):
        nbgrader.export(second, tmp_path, "en")
    assert made.read_text() == "mine, too"


@pytest.mark.parametrize("slug", EXERCISES)
def test_a_master_notebook_of_otter(slug: str, tmp_path: Path) -> None:
    lesson = find_lesson(slug, ROOT)
    exercise = lesson.exercise
    assert exercise is not None
    (path,) = otter.export(lesson, tmp_path / "o", "en", (PUBLIC_SEED, PRIVATE))
    cells = _notebook(path).cells
    raw = [c.source.splitlines()[0] for c in cells if c.cell_type == "raw"]
    assert raw == [
        "# ASSIGNMENT CONFIG", "# BEGIN QUESTION", "# BEGIN PROMPT", "# END PROMPT",
        "# BEGIN SOLUTION", "# END SOLUTION", "# BEGIN TESTS", "# END TESTS", "# END QUESTION",
    ]  # fmt: skip
    tests = [c.source for c in cells if "BEGIN TEST CONFIG" in c.source]
    assert len(tests) == 2 * len(exercise.properties)
    assert all(("hidden: true" in one) == (str(PRIVATE) in one) for one in tests)


def test_plain_files_hold_the_starter_and_no_solution(tmp_path: Path) -> None:
    for slug in EXERCISES:
        lesson = find_lesson(slug, ROOT)
        exercise = lesson.exercise
        assert exercise is not None
        made = plain.export(lesson, tmp_path / slug, "zh")
        assert {path.name for path in made} == {
            f"{lesson.name}.zh.ipynb", f"{exercise.slug}.py", "README.md",
        }  # fmt: skip
        solution = (exercise.folder / "solution.py").read_text().splitlines()
        only = [one for one in solution if one.strip() and one not in exercise.starter]
        for path in made:
            assert not any(line in path.read_text() for line in only if len(line) > 30)


def test_a_folder_with_files_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(BadInput, match=r"expected .* to be a new or an empty folder"):
        plain.export(find_lesson(EXERCISES[0], ROOT), tmp_path, "en")


def test_claims_hold_of_the_solution_and_name_the_hint_of_the_starter() -> None:
    lesson = find_lesson("classify", ROOT)
    exercise = lesson.exercise
    assert exercise is not None
    good = serve.load((exercise.folder / "solution.py").read_text(), "solution.py")
    bad = serve.load(exercise.starter, "starter.py")
    for one in exercise.properties:
        claim("classify", one.id, good)
    with pytest.raises(AssertionError, match=r"traps in u and not in s.*\[seed 1\]"):
        claim("classify", "privileged", bad)
    with pytest.raises(AssertionError, match="它是特权指令"):
        claim("classify", "privileged", bad, language="zh")
    with pytest.raises(BadInput, match="expected a property of classify"):
        claim("classify", "nothing", good)
    with pytest.raises(BadInput, match="expected the program to define classify"):
        InProcess({}, exercise.names)


def test_points_are_the_laws_weights() -> None:
    laws = {"a": Law.EQUIVALENCE, "b": Law.EQUIVALENCE, "c": Law.CONTROL, "d": Law.EFFICIENCY}
    assert points(laws) == {"a": 25, "b": 25, "c": 30, "d": 20}
    assert points({"a": Law.CONTROL}) == {"a": 100}


def _site(folder: Path, slug: str) -> Path:
    """A built site, as far as packing looks at it."""
    for name in (f"lessons/{slug}/index.html", f"zh/lessons/{slug}/index.html", "a.js",
                 "a.js.gz", "jupyter/lab/index.html"):  # fmt: skip
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def test_a_scorm_package_names_all_its_files(tmp_path: Path) -> None:
    lesson = find_lesson(EXERCISES[0], ROOT)
    site = _site(tmp_path / "site", lesson.slug)
    out = scorm.package(lesson, tmp_path / "l.zip", "zh", site)
    with zipfile.ZipFile(out) as archive:
        names = set(archive.namelist())
        manifest = ElementTree.fromstring(archive.read("imsmanifest.xml"))
        page = archive.read("index.html").decode()
    space = {"": "http://www.imsproject.org/xsd/imscp_rootv1p1p2"}
    listed = {one.attrib["href"] for one in manifest.iterfind(".//file", space)}
    assert listed | {"imsmanifest.xml", "vmlab-version.txt"} == names
    assert not [name for name in names if name.endswith(".gz") or "jupyter" in name]
    assert f'src="site/zh/lessons/{lesson.slug}/index.html"' in page
    assert lesson.title["zh"] in page
    assert manifest.findtext(".//title", namespaces=space) == lesson.title["zh"]
    again = scorm.package(lesson, tmp_path / "again.zip", "zh", site)
    assert again.read_bytes() == out.read_bytes()


def test_a_package_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    lesson = find_lesson(EXERCISES[0], ROOT)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="expected a built site with lessons/"):
        scorm.package(lesson, tmp_path / "l.zip", "en", tmp_path / "empty")
    assert not (tmp_path / "l.zip").exists()
    (tmp_path / "there.zip").write_bytes(io.BytesIO().getvalue())
    with pytest.raises(BadInput, match=r"expected the name of a new \.zip file"):
        scorm.package(lesson, tmp_path / "there.zip", "en", tmp_path / "empty")
