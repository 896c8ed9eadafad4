"""The lessons' pages as the builder makes them: of the tests' own lessons and of the real ones."""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from tests.unit.site.test_museum_pages import Reader
from vmlab.cli.sitebuilder import environment
from vmlab.cli.sitebuilder.exhibits import Museum, museum
from vmlab.cli.sitebuilder.pages import build as texts
from vmlab.cli.sitebuilder.pages import terms
from vmlab.cli.sitebuilder.pages.lesson_paths import ways
from vmlab.cli.sitebuilder.pages.lesson_text import written
from vmlab.cli.sitebuilder.pages.lessons import Files, Lessons
from vmlab.cli.sitebuilder.pages.markdown import Target
from vmlab.cli.sitebuilder.site import web_folder
from vmlab.core.errors import BadInput
from vmlab.course.lesson import find_lesson, lessons_folder, read_lessons
from vmlab.course.terms import rows, translated

DEMO = Path(__file__).parents[2] / "browser" / "lesson_demo"


@pytest.fixture(scope="module")
def stops() -> Museum:
    return museum(web_folder() / "museum")


def built(root: Path, stops: Museum) -> dict[str, bytes]:
    """The pages of the lessons below `root`, whatever else the site has."""
    web, places = web_folder(), defaultdict(lambda: "assets/0/x")
    frame = texts.shell(web, [], places)
    paths = Files([], places)
    plan = lambda lesson, language: {"lesson": lesson.slug}  # noqa: E731
    return Lessons(web, root, frame, stops, paths, plan).files()


@pytest.fixture(scope="module")
def pages(stops: Museum) -> dict[str, str]:
    return {path: page.decode() for path, page in built(DEMO, stops).items()}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The same lessons, to be changed."""
    return Path(shutil.copytree(DEMO, tmp_path / "lessons"))


def test_each_lesson_has_a_page_in_each_language(pages: dict[str, str]) -> None:
    names = ["lessons/", "lessons/counting/", "lessons/adding/"]
    assert set(pages) == {f"{folder}{name}index.html" for name in names for folder in ("", "zh/")}


def test_no_element_of_a_page_has_the_id_of_another(pages: dict[str, str]) -> None:
    for path, page in pages.items():
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), path
        known = set(ids)
        labels = re.findall(r'aria-(?:labelledby|controls)="([^"]+)"', page)
        assert set(labels) <= known, path
        assert {link[1:] for link in Reader(page).links if link.startswith("#")} <= known, path


def test_steps_and_cells_have_the_same_places_in_each_language(pages: dict[str, str]) -> None:
    found = [
        re.findall(
            r'id="((?:step|cell|question)-[a-z0-9]+)"', pages[f"{one}lessons/counting/index.html"]
        )
        for one in ("", "zh/")
    ]
    assert found[0] == found[1]
    assert [name for name in found[0] if name.startswith("step")] == ["step-1", "step-2", "step-3"]


def test_the_policy_is_that_of_every_page_with_python(pages: dict[str, str]) -> None:
    policy = re.compile(r'Content-Security-Policy" content="([^"]+)"')
    index = (web_folder() / "site" / "index.html").read_text("utf-8")
    (wanted,) = policy.findall(index)
    (found,) = policy.findall(pages["lessons/counting/index.html"].replace("&#39;", "'"))
    assert found == wanted
    (listing,) = policy.findall(pages["lessons/index.html"])
    assert "unsafe" not in listing


def test_a_page_names_its_lesson_and_the_terms_of_its_hints(pages: dict[str, str]) -> None:
    page = pages["zh/lessons/adding/index.html"]
    plan = json.loads(page.partition('id="plan">')[2].partition("</script>")[0])
    assert plan["lesson"] == "adding"
    for language, control in (("en", "resource control"), ("zh", "资源控制")):
        assert plan["terms"][language]["hart"] == "term-hart"
        assert plan["terms"][language][control] == "term-equivalence"


def test_code_stands_as_it_is_written_and_long_code_is_folded(copied: Path) -> None:
    text = copied / "01_counting" / "lesson.md"
    long = "\n".join(f"x{n} = {n} < 2 and '&amp;'" for n in range(20))
    text.write_text(text.read_text("utf-8").replace("here = s.position", long), "utf-8")
    made = written(find_lesson("counting", copied), "en", Target)
    cells = [one for one in made.parts if one.kind == "cell"]
    assert [one.number for one in cells] == [1, 3, 4, 6, 7]
    assert [one.folded for one in cells] == [True, False, False, False, True]
    assert cells[0].begins and not cells[1].begins
    shown = re.sub(r"<[^>]+>", "", cells[-1].html)
    assert "x0 = 0 &lt; 2 and '&amp;amp;'" in shown


def test_what_a_step_asks_before_it_runs_is_what_stands_before_it() -> None:
    made = written(find_lesson("counting", DEMO), "en", Target)
    needs = {one.number: one.needs for one in made.parts if one.kind == "cell"}
    assert needs == {
        1: (),
        3: ("steps",),
        4: ("steps",),
        6: ("steps", "mode"),
        7: ("steps", "mode"),
    }
    assert made.questions == ("steps", "mode")
    assert made.cells == (1, 3, 4, 6, 7)
    assert [one.plain for one in made.steps] == ["Predict", "Watch", "Explain"]


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("(stop:cp40)", "(stop:cp41)", "stop:cp41"),
        ("(doc:counters)", "(doc:countess)", "countess"),
        ("(doc:counters)", "(../counters.md)", "expected a link as stop:SLUG"),
        ('predict("steps")', 'predict("stops")', "expected a question of lesson.toml"),
    ],
)
def test_what_leads_nowhere_is_refused(
    copied: Path, stops: Museum, written: str, instead: str, said: str
) -> None:
    text = copied / "01_counting" / "lesson.md"
    text.write_text(text.read_text("utf-8").replace(written, instead), "utf-8")
    with pytest.raises(BadInput, match=re.escape(said)):
        built(copied, stops)


def test_a_notebook_is_handed_out_where_there_is_one(copied: Path, stops: Museum) -> None:
    notebooks = copied.parent / "notebooks"
    notebooks.mkdir()
    (notebooks / "01_counting.ipynb").write_text("{}")
    (notebooks / "01_counting.zh.ipynb").write_text('{"zh": 1}')
    made = built(copied, stops)
    assert made["lessons/counting/01_counting.ipynb"] == b"{}"
    assert made["zh/lessons/counting/01_counting.zh.ipynb"] == b'{"zh": 1}'
    assert b'href="01_counting.ipynb" download' in made["lessons/counting/index.html"]
    assert b".ipynb" not in made["lessons/adding/index.html"]


def test_a_way_goes_as_far_as_there_are_lessons(stops: Museum, tmp_path: Path) -> None:
    lessons = read_lessons(DEMO)
    found = ways(web_folder() / "site" / "lesson" / "paths.toml", lessons, stops)
    assert [(one.id, one.minutes) for one in found] == [("alone", 15)]
    file = tmp_path / "paths.toml"
    file.write_text(
        '[[paths]]\nid = "a"\ntitle = {en = "A", zh = "A"}\nabout = {en = "", zh = ""}\n'
        '[[paths.parts]]\nweek = 1\nlessons = ["nobody", "adding"]\n'
        '[[paths.parts]]\nlessons = ["nobody"]\nminutes = 9\n'
        '[[paths.parts]]\nstop = "stop:cp40"\nminutes = 7\n'
    )
    (way,) = ways(file, lessons, stops)
    assert [(leg.week, [one.slug for one in leg.lessons], leg.minutes) for leg in way.legs] == [
        (1, ["adding"], 10),
        (0, [], 7),
    ]
    file.write_text(file.read_text().replace("week", "weak"))
    with pytest.raises(BadInput, match="weak"):
        ways(file, lessons, stops)


def test_the_real_lessons_have_pages(stops: Museum) -> None:
    made = built(lessons_folder(), stops)
    for lesson in read_lessons(lessons_folder()):
        assert f"zh/lessons/{lesson.slug}/index.html" in made


# The glossary -------------------------------------------------------------------------------------


def test_the_glossaries_have_the_same_rows() -> None:
    docs = web_folder() / "docs"
    english, chinese = (
        rows((docs / folder / "glossary.md").read_text("utf-8")) for folder in ("", "zh")
    )
    assert len(english) == len(chinese)
    names = terms.anchors((docs / "glossary.md").read_text("utf-8"))
    assert len(set(names)) == len(names)


def test_a_bold_term_leads_to_its_row() -> None:
    english = "| **hart** | a |\n| **VM exit, VM entry** | b |\n"
    chinese = "| **hart** | a |\n| **VM 退出、VM 进入** | b |\n"
    found = terms.by_term(english, english)
    html = "<strong>Harts</strong> <strong>VM entry</strong> <strong>other</strong>"
    assert terms.linked(html, found, "g.html") == (
        '<strong><a class="term" href="g.html#term-hart">Harts</a></strong> '
        '<strong><a class="term" href="g.html#term-vm-exit">VM entry</a></strong> '
        "<strong>other</strong>"
    )
    assert terms.by_term(chinese, english)["vm 进入"] == "term-vm-exit"
    assert translated(chinese, english)["vm entry"] == "VM 进入"
    rendered = "<tr>\n<td><strong>hart</strong></td>"
    assert terms.anchored(rendered, terms.anchors(english)).startswith('<tr id="term-hart">')


# The archive --------------------------------------------------------------------------------------


def test_the_archive_has_no_solution_and_nobody_else_pays_for_it(root: Path) -> None:
    package = root / "vmlab"
    members = [name for name, _ in environment.lessons_members(package, DEMO)]
    inside = [name for name in members if name.startswith("vmlab/_lessons/02_adding/")]
    assert {Path(name).name for name in inside} == {
        "lesson.toml", "lesson.md", "lesson.zh.md", "exercise.toml", "starter.py", "grade.py",
    }  # fmt: skip
    assert "vmlab/course/lesson.py" in members and "vmlab/lab/wire.py" in members
    shared = {name for name, _ in environment.vmlab_members(package)}
    assert not shared & set(members)
    everybody = [name for name in shared if environment.VMLAB_LESSONS.search(name)]
    assert everybody == []
