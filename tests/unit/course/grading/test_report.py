"""The reports: complete, in both languages, without scripts, and no name is markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
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
from vmlab.cli.gradewords import concepts, translator
from vmlab.cli.sitebuilder.site import web_folder
from vmlab.core.errors import BadInput
from vmlab.course.exercise import Finding, Law, ended
from vmlab.course.grading import report
from vmlab.course.grading.handin import HandIn
from vmlab.course.grading.results import Late, Sheet, State
from vmlab.course.grading.views import Views
from vmlab.course.grading.words import Words, table
from vmlab.course.student import Stopped
from vmlab.course.submission import Who

NAMES = (
    "<script>alert(1)</script>",
    "\x1b[2J",
    'a"onclick="x',
    "\u202ecod.exe",
    "../../x",
    "index",
)


class Page(HTMLParser):
    """The text, the tags and the links of a page, and whether it is balanced."""

    VOID = ("meta", "br", "rect", "link")

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.said: list[str] = []
        self.feed(source)
        assert self.open == [], self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.names |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.said.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.said))


def a_class() -> Sheet:
    """Everything that a report shows."""
    who = HandIn(Who("s1", "小明", "王"), "w.vmlab.zip", hand("x").when, {"writable": SOLUTION},
                 progress("", "valid"), claimed="s1")  # fmt: skip
    broken = HandIn(Who("zoe"), "zoe.py", hand("x").when, exercise="writable", refused="zoe.py: no")
    return sheet(
        [who, hand("bob", EVERYTHING, 3), hand("cy", STARTER), hand("dan", OFF_BY_ONE), broken,
         *(hand(name, STARTER) for name in NAMES)],
        late=Late(hand("x").when, 10),
    )  # fmt: skip


TERMS = {language: concepts(web_folder() / "docs", language) for language in ("en", "zh")}


def made(language: str = "en", **more: bool) -> dict[str, str]:
    return dict(report.pages(a_class(), language, terms=TERMS[language], **more))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_are_balanced_and_need_nothing(language: str) -> None:
    files = made(language, unsafe=True, show_seeds=True)
    assert len(files) == 1 + 5 + len(NAMES)
    for name, source in files.items():
        assert re.fullmatch(r"[a-z0-9_-]+\.html", name)
        page = Page(source)
        assert "script" not in page.tags and not page.tags & {"img", "link", "iframe", "form"}
        assert not any(name.startswith("on") or name == "style" for name in page.names)
        assert all(link.startswith("#") or link in files for link in page.links), page.links
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", source)
        assert "url(" not in source and "@import" not in source


def test_names_are_text() -> None:
    text = Page(made()["index.html"]).text
    assert "<script>alert(1)</script>" in text and "<U+001B>[2J" in text and "<U+202E>cod" in text


def test_the_class_sees_what_failed_how_often() -> None:
    text = Page(made()["index.html"]).text
    assert f"{5 + len(NAMES)} students" in text
    assert "No entry that allows a store is missing. resource control 8" in text
    rank = [
        text.index(said) for said in ("Entry … allows a store", "Entry … lacks", "Index … names")
    ]
    assert rank == sorted(rank), "the most common first"
    assert "zoe.py: no" in text and "1 answered all" not in text and "0 answered all" in text


def test_a_student_sees_the_hint_and_what_was_lost() -> None:
    text = Page(made()["bob.html"]).text
    assert "64 of 100" in text and "80 reached, 16 off for 2 days late" in text
    assert "lacks V or W: no store gets through it. About PTE expected not found listed" in text
    assert "No entry is listed in vain. efficiency 20 failed" in text
    text = Page(made()["cy.html"]).text
    assert "A program that fails a property of resource control gets 50 at most." in text


def test_seeds_are_shown_to_a_student_only_when_asked_for() -> None:
    assert not any("771" in text for text in made().values())
    assert "771, 772" in made(show_seeds=True)["bob.html"]


def test_chinese_pages_are_chinese() -> None:
    files = made("zh")
    page = Page(files["s1.html"]).text
    assert 'lang="zh-Hans"' in files["s1.html"]
    assert "王小明 的报告" in page and "运行前回答了 1/2 个问题" in page
    assert "每个下标都指向一个表项。" in page
    assert "Every index" not in page and "reached" not in page


def test_what_was_expected_and_found_is_chinese() -> None:
    text = Page(made("zh")["bob.html"]).text
    assert "未列出" in text and "张表" in text and "列出" in text
    for english in ("not", "listed", "table"):
        assert not re.search(rf"\b{english}\b", text), english


def test_sentences_of_the_layers_below_are_said_in_chinese() -> None:
    """Why a file was refused, what is noted, and why a program was stopped."""
    exercise = a_class().rows[0].exercise
    assert exercise is not None
    stopped = ended(exercise, 1, Stopped("time", "no answer within 10 s"))
    assert stopped.first_failure is not None
    views = Views(a_class(), Words("zh"), False, {}, translator("zh"))
    assert views._hint(exercise, stopped.first_failure)["sentence"] == (
        "你的程序被停止：10 秒内没有应答"
    )
    assert views._said("zoe.ipynb: expected a notebook (nbformat 4), found other JSON") == (
        "zoe.ipynb：应为笔记本（nbformat 4），实际是其他 JSON"
    )
    assert views._said("not on the roster") == "不在名册上"
    assert translator("en")("not on the roster") == "not on the roster"


def test_a_damaged_file_is_told_of_once() -> None:
    """It may have held a program and predictions."""
    whole = HandIn(Who("ada"), "ada.vmlab.zip", hand("x").when, {"writable": SOLUTION},
                   progress("", "valid"))  # fmt: skip
    reason = "zoe.vmlab.zip: expected a zip file, found a damaged one"
    broken = HandIn(Who("zoe"), "zoe.vmlab.zip", hand("x").when, refused=reason)
    graded = sheet([whole, broken])
    assert graded.count(State.NOT_GRADED) == 2 and len(graded.troubles()) == 1
    files = dict(report.pages(graded, "en"))
    assert files["index.html"].count(reason) == files["zoe.html"].count(reason) == 1
    assert "writable, writable-predictions" in files["index.html"]


def test_a_concept_is_called_as_the_glossary_calls_it() -> None:
    assert TERMS["zh"]["resource control"] == "资源控制"
    assert TERMS["zh"]["cause, epc, tval"] == "cause、epc、tval" and TERMS["en"] == {}


def test_words_are_there_in_both_languages() -> None:
    for key, said in table().items():
        assert set(said) == {"en", "zh"}, key
        names = [sorted(re.findall(r"\{(\w+)\}", text)) for text in said.values()]
        assert names[0] == names[1], key


def test_every_word_is_used() -> None:
    folder = Path(report.__file__).parent
    used = "".join(
        path.read_text() for path in [*folder.glob("*.py"), *folder.glob("pages/*.html")]
    )
    laws = {law.name.lower() for law in Law}
    assert [key for key in table() if f'"{key}"' not in used and key not in laws] == []


def test_a_failure_without_a_hint_says_what_did_not_hold() -> None:
    views = Views(a_class(), Words("en"), show_seeds=False, terms={})
    exercise = a_class().rows[0].exercise
    assert exercise is not None
    hint = views._hint(exercise, Finding("few", False))
    assert hint["sentence"] == "No entry is listed in vain." and hint["concept"] == ""


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text("mine")
    with pytest.raises(BadInput, match="found other files there"):
        report.write(tmp_path, iter([("index.html", "x")]))
    assert (tmp_path / "mine.html").read_text() == "mine"
    with pytest.raises(BadInput, match="found no such place"):
        report.check_folder(tmp_path / "a" / "b")


def test_an_earlier_report_is_written_over(tmp_path: Path) -> None:
    report.write(tmp_path / "r", iter([("index.html", "1"), ("old.html", "1")]))
    report.write(tmp_path / "r", iter([("index.html", "2")]))
    assert sorted(path.name for path in (tmp_path / "r").glob("*.html")) == ["index.html"]
