"""The documents as pages of the site: all of them, complete, balanced, and with no dead link."""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from pathlib import Path

import pytest

from tests.unit.site.test_museum_pages import Reader
from vmlab.cli.sitebuilder.exhibits import museum
from vmlab.cli.sitebuilder.pages import build
from vmlab.cli.sitebuilder.pages.documents import Documents
from vmlab.cli.sitebuilder.pages.library import Library
from vmlab.cli.sitebuilder.pages.markdown import parser, render, tokens
from vmlab.cli.sitebuilder.pages.shell import Shell, below
from vmlab.cli.sitebuilder.site import web_folder
from web.site import docs_index, techniques_doc, zh_tables

WEB = web_folder()
LIBRARY = Library(WEB / "docs")
TRANSLATED = [one for one in LIBRARY.documents if "zh" in one.sources]
NEEDED = (
    "architecture", "machine", "techniques", "virtual-machines", "paravirt", "hwassist",
    "interpret", "counters", "laws", "glossary", "workbench", "compare",
)  # fmt: skip
"""What there is in Chinese."""


def shell() -> Shell:
    scripts = {name: f"assets/0/{name}" for name in build.SCRIPTS}
    return Shell(WEB, ["assets/0/m.css"], scripts)


@pytest.fixture(scope="module")
def documents() -> Documents:
    return Documents(WEB / "docs", shell(), museum(WEB / "museum"))


@pytest.fixture(scope="module")
def files(documents: Documents) -> dict[str, bytes]:
    return documents.files()


@pytest.fixture(scope="module")
def read(files: dict[str, bytes]) -> dict[str, Reader]:
    return {path: Reader(data.decode()) for path, data in files.items() if path.endswith(".html")}


def test_every_document_has_a_group_and_nothing_else_is_named() -> None:
    assert LIBRARY.complaints() == []


def test_the_index_of_the_folder_is_up_to_date() -> None:
    assert docs_index.INDEX.read_text("utf-8") == docs_index.index(LIBRARY), (
        "run python -m web.site.docs_index"
    )


def test_every_file_is_a_page_in_its_languages(read: dict[str, Reader]) -> None:
    names = {path.relative_to(WEB / "docs").with_suffix("").as_posix()
             for path in (WEB / "docs").rglob("*.md")} - {"README"}  # fmt: skip
    wanted = {
        f"zh/docs/{name.removeprefix('zh/')}.html" if name.startswith("zh/")
        else f"docs/{name}.html"
        for name in names
    }  # fmt: skip
    assert set(read) == wanted | {"docs/index.html", "zh/docs/index.html"}


def test_no_link_between_documents_is_dead(
    documents: Documents, files: dict[str, bytes], read: dict[str, Reader]
) -> None:
    assert documents.dead == []
    elsewhere = (
        "assets/", "lab/", "compare/", "museum/", "concepts/", "gallery/", "about/", "lessons/",
    )  # fmt: skip
    for path, page in read.items():
        for link in page.links:
            if link.startswith(("https://", "data:")):
                continue
            place, _, anchor = link.partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), place or "."))
            target = path if not place else target
            if target in (".", "zh") or (target + "/").removeprefix("zh/").startswith(elsewhere):
                continue
            found = target if target in files else posixpath.join(target, "index.html")
            assert found in files, (path, link)
            assert not anchor or anchor in read[found].ids, (path, link)


def test_pages_are_balanced_and_need_nothing_inline(read: dict[str, Reader]) -> None:
    for path, page in read.items():
        assert (path, page.open, page.unbalanced) == (path, [], [])
        assert len(page.ids) == len(set(page.ids)), path
        assert set(page.scripts) <= {"application/json"}, path
        assert {"kept", "keep-words"} <= set(page.ids), "the footer says what the device keeps"
        names = {name.partition(".")[2] for name, _ in page.attributes}
        assert not {name for name in names if name == "style" or name.startswith("on")}, path


def test_a_page_has_all_of_its_text(read: dict[str, Reader]) -> None:
    for one in LIBRARY.documents:
        for language in one.sources:
            page = read[below(language, one.path)]
            said = "".join(page.text)
            source = one.text(language)
            parsed = tokens(source)
            for token in parsed:
                if token.type in ("fence", "code_block"):
                    assert token.content in said, (one.name, language)
            for heading in render(source).headings:
                assert heading.text in said, (one.name, heading.text)


def test_markup_in_a_document_stays_text() -> None:
    html = render(
        "# T\n\n<script>alert(1)</script>\n\n<!-- note -->\n\n[x](javascript:alert(1))"
    ).html
    assert "<script" not in html and "<!--" not in html and 'href="javascript' not in html


def test_a_heading_said_twice_has_two_anchors() -> None:
    assert render("# T\n\n## A b\n\n## A b\n\n### 中文\n").anchors == ("a-b", "a-b-2", "section")


def test_a_link_to_nowhere_is_noticed_and_loses_its_link(tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text("# One\n\nSee [two](two.md) and [me](one.md#x).\n\n## X\n")
    (tmp_path / "two.md").write_text("# Two\n\n[nobody](three.md), [gone](one.md#y)\n")
    (tmp_path / "documents.toml").write_text(
        '[[group]]\nkey = "a"\nnames = { en = "A", zh = "A" }\ndocuments = ["one", "old", "one"]\n'
    )
    found = Documents(tmp_path, shell(), museum(WEB / "museum"))
    page = found.files()["docs/two.html"].decode()
    assert sorted(set(found.dead)) == ["two (en): one.md#y", "two (en): three.md"]
    assert "<span>nobody</span>" in page
    said = " ".join(found.library.complaints())
    assert "two.md is in no group" in said
    assert "names one 2 times" in said and "names old, but there is no" in said


# Languages -----------------------------------------------------------------------------------


def test_what_has_to_be_there_in_chinese_is() -> None:
    assert {*NEEDED} <= {one.name for one in TRANSLATED}


def shape(source: str) -> list[object]:
    """Headings by level, blocks of code as they are, tables by rows and columns, lists by length:
    what a translation shares with its text."""
    found: list[object] = []
    cells = 0
    for token in tokens(source):
        if token.type == "heading_open":
            found.append(token.tag)
        elif token.type in ("fence", "code_block"):
            found.append((token.info, token.content))
        elif token.type == "table_open":
            cells = 0
        elif token.type in ("th_open", "td_open"):
            cells += 1
        elif token.type == "tr_close":
            found.append(f"row of {cells}")
            cells = 0
        elif token.type == "list_item_open":
            found.append("item")
    return found


@pytest.mark.parametrize("one", TRANSLATED, ids=lambda one: one.name)
def test_a_translation_has_the_shape_of_its_text(one: object) -> None:
    assert shape(one.text("zh")) == shape(one.text("en"))


def test_a_translation_is_set_as_chinese_is() -> None:
    for one in TRANSLATED:
        prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", "", one.text("zh"), flags=re.DOTALL)
        for line in prose.splitlines():
            assert not re.search(r"[\u4e00-\u9fff][,;:!?](?!\w)", line), (one.name, line)
            assert not re.search(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", line), (
                one.name,
                line,
            )


def test_generated_tables_are_up_to_date_in_both_languages() -> None:
    page = techniques_doc.PAGE.read_text("utf-8")
    assert techniques_doc.filled(page) == page, "run python -m web.site.techniques_doc"
    for name, text in zh_tables.pages().items():
        old = (zh_tables.CHINESE / name).read_text("utf-8")
        assert old == text, f"zh/{name}: run python -m web.site.zh_tables"


def test_a_cell_that_nobody_translated_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zh_tables, "words", lambda: {"Name": "名称", "{0} of {1}": "{1} 的 {0}"})
    missing: set[str] = set()
    table = "| Name | What |\n| --- | --- |\n| `a` of 0x10 | some new words |\n| `b`, `c` | U |\n"
    made = zh_tables.table(table, missing)
    assert missing == {"What", "some new words"}
    assert "| 0x10 的 `a` |" in made and "| `b`, `c` | U |" in made


def test_every_word_of_the_tables_is_used() -> None:
    own = tomllib.loads((zh_tables.CHINESE / "words.toml").read_text("utf-8"))
    asked: set[str] = set()

    class Noting(dict[str, str]):
        def __contains__(self, key: object) -> bool:
            asked.add(str(key))
            return super().__contains__(key)

    noting = Noting(zh_tables.words())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zh_tables, "words", lambda: noting)
        zh_tables.pages()
    assert set(own) - asked == set()


def test_the_chinese_index_says_what_is_in_english(read: dict[str, Reader]) -> None:
    index = "".join(read["zh/docs/index.html"].text)
    untranslated = len(LIBRARY.documents) - len(TRANSLATED)
    assert index.count("英文") == untranslated
    for one in TRANSLATED:
        assert render(one.text("zh")).title in index


def test_the_search_has_every_section(files: dict[str, bytes]) -> None:
    for folder, language in (("docs", "en"), ("zh/docs", "zh")):
        (name,) = [path for path in files if path.startswith(f"{folder}/search-")]
        rows = json.loads(files[name])
        assert len(rows) == len(LIBRARY.documents)
        titles = {row[1] for row in rows}
        assert titles == {render(one.text(one.shown_in(language))).title
                          for one in LIBRARY.documents}  # fmt: skip
        assert posixpath.basename(name) in files[f"{folder}/index.html"].decode()


def test_code_is_marked_by_parts_of_speech_if_the_language_is_known() -> None:
    html = render("# T\n\n```python\nimport os\n```\n\n```nonsense\na < b\n```\n").html
    assert '<span class="hl-kn">import</span>' in html
    assert "a &lt; b" in html
    assert parser().options["html"] is False
