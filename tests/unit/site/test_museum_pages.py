"""The museum's pages as files: whole without a program, balanced, and with no link to nowhere."""

from __future__ import annotations

import json
import posixpath
import re
from html.parser import HTMLParser
from typing import Any, Final

import pytest

from vmlab.cli.sitebuilder import museum as pages
from vmlab.cli.sitebuilder import nav
from vmlab.cli.sitebuilder.exhibits import LANGUAGES
from vmlab.cli.sitebuilder.recordings import SCHEMA
from vmlab.cli.sitebuilder.site import web_folder
from vmlab.cli.sitebuilder.store import Store

VOID: Final = {"meta", "link", "input", "br", "hr", "img"}
ELSEWHERE: Final = (
    "lab/", "zh/lab/", "compare/", "zh/compare/", "docs/", "zh/docs/", "gallery/",
    "zh/gallery/", "about/", "zh/about/", "assets/", "lessons/", "zh/lessons/", "favicon.svg",
)  # fmt: skip
"""Made by other parts of the build."""


class Reader(HTMLParser):
    """Takes a page apart, and checks that what is opened is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.scripts: list[str] = []
        self.text: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.attributes += [(f"{tag}.{name}", value) for name, value in given.items()]
        self.links += [given[name] for name in ("href", "src", "data-recording") if name in given]
        self.ids += [given["id"]] if "id" in given else []
        if tag == "script" and "src" not in given:
            self.scripts.append(given.get("type", ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text.append(data)


@pytest.fixture(scope="module")
def builder() -> pages.Builder:
    return pages.Builder(
        web_folder(),
        Store(),
        ["assets/0/m.css"],
        ("assets/0/t.js", "assets/0/m.js", "assets/0/k.js"),
    )


@pytest.fixture(scope="module")
def files(builder: pages.Builder) -> dict[str, bytes]:
    return builder.files()


@pytest.fixture(scope="module")
def read(files: dict[str, bytes]) -> dict[str, Reader]:
    return {path: Reader(data.decode()) for path, data in files.items() if path.endswith(".html")}


def test_every_page_is_there_in_both_languages(
    builder: pages.Builder, read: dict[str, Reader]
) -> None:
    wanted = {"index.html", "concepts/index.html"}
    wanted |= {f"museum/{one.slug}/index.html" for one in builder.museum.stops}
    wanted |= {f"concepts/{one.slug}/index.html" for one in builder.museum.concepts}
    assert set(read) == wanted | {f"zh/{path}" for path in wanted}


def test_every_tag_is_closed_and_no_id_is_given_twice(read: dict[str, Reader]) -> None:
    for path, page in read.items():
        assert (path, page.open, page.unbalanced) == (path, [], [])
        assert len(page.ids) == len(set(page.ids)), path


def test_every_link_inside_the_site_leads_to_a_file(
    files: dict[str, bytes], read: dict[str, Reader]
) -> None:
    for path, page in read.items():
        for link in page.links:
            place, _, anchor = link.partition("#")
            if link.startswith(("https://", "data:image/svg+xml,")):
                continue
            assert not link.startswith(("/", "http:", "javascript:")), (path, link)
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), place or "."))
            target = path if not place else target
            target += "/" if place.endswith("/") and target != "." else ""
            if target.startswith(ELSEWHERE):
                continue
            found = target if target in files else posixpath.join(target, "index.html")
            found = posixpath.normpath(found)
            assert found in files, (path, link)
            if anchor:
                assert anchor in read[found].ids, (path, link)


def test_no_page_needs_an_inline_script_style_or_handler(read: dict[str, Reader]) -> None:
    for path, page in read.items():
        assert set(page.scripts) <= {"application/json"}, path
        names = {name.partition(".")[2] for name, _ in page.attributes}
        assert not {name for name in names if name == "style" or name.startswith("on")}, path
        policy = next(value for name, value in page.attributes if "default-src" in value)
        assert "unsafe" not in policy


def test_a_page_says_its_language_and_links_to_itself_in_the_other(
    builder: pages.Builder, files: dict[str, bytes], read: dict[str, Reader]
) -> None:
    for path, page in read.items():
        lang = dict(page.attributes[:2])["html.lang"]
        assert lang == ("zh-CN" if path.startswith("zh/") else "en"), path
        other = path.removeprefix("zh/") if path.startswith("zh/") else f"zh/{path}"
        place = posixpath.relpath(posixpath.dirname(other) or ".", posixpath.dirname(path) or ".")
        assert place in {posixpath.normpath(link) for link in page.links}, path
        assert other in files


def test_text_and_sources_of_every_exhibit_stand_in_its_page(
    builder: pages.Builder, read: dict[str, Reader]
) -> None:
    found = builder.museum
    for one in (*found.stops, *found.concepts):
        for language in LANGUAGES:
            page = read[f"{'zh/' if language == 'zh' else ''}{one.path}index.html"]
            said = "".join(page.text)
            for source in one.sources:
                assert source.text in said, (one.slug, language)
            assert one.texts[language]["title"] in said
            if one.kind == "stops":
                assert one.texts[language]["insight"] in said, (one.slug, language)
    for language in LANGUAGES:
        line = "".join(read[f"{'zh/' if language == 'zh' else ''}index.html"].text)
        for one in found.stops:
            assert one.texts[language]["insight"] in line
            assert all(source.text in line for source in one.sources)


def test_nothing_is_left_to_be_filled_in(read: dict[str, Reader]) -> None:
    for path, page in read.items():
        said = "".join(page.text)
        assert not [mark for mark in ("{{", "}}", "{%", "[?]", "Undefined") if mark in said], path


def test_the_text_twin_is_the_recording(files: dict[str, bytes]) -> None:
    """Each row of the table in the page, from the JSON that the player draws."""
    path = "museum/cp40/index.html"
    table = files[path].decode().partition("data-twin>")[2].partition("</table>")[0]
    rows = [
        re.findall("<td[^>]*>(.*?)</td>", row)
        for row in table.partition("<tbody>")[2].split("</tr>")[:-1]
    ]
    (name,) = (one for one in files if one.startswith("recordings/trap-emulate-sys-10-"))
    content: dict[str, Any] = json.loads(files[name])
    assert content["schema"] == SCHEMA
    first, wanted = 0, []
    bands = content["bands"]
    for at, insns in enumerate(bands["insns"]):
        owner, believed, real = content["modes"][bands["mode"][at]]
        reason = content["reasons"][bands["reason"][at]] if bands["reason"][at] >= 0 else ""
        why, pc = content["whys"][bands["why"][at]], bands["pc"][at]
        shown = (at, first, insns, owner, believed, real, why, reason, pc)
        wanted.append([str(one) for one in shown])
        first += insns
    assert rows == wanted


def test_content_is_escaped_wherever_it_comes_from(
    builder: pages.Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hostile word in a text, a source, a console or a cause stays text."""
    attack = '<script>alert(1)</script><img src=x onerror="alert(1)">'
    one = builder.museum.find("stop:bellard")
    for texts in one.texts.values():
        for name in texts:
            monkeypatch.setitem(texts, name, attack)  # type: ignore[arg-type]
    for key in ("who", "h1", "insight", "reason.device"):
        monkeypatch.setitem(builder.museum.words[key], "en", attack)  # type: ignore[arg-type]
    for path, data in pages.Builder.files(builder).items():
        if path.endswith(".html"):
            text = data.decode()
            assert "<script>alert" not in text and "<img" not in text, path


def test_the_parts_in_the_header_are_pages_of_the_site(files: dict[str, bytes]) -> None:
    for part in nav.PARTS:
        for language in LANGUAGES:
            place = part.place(language)
            made = f"{place}index.html" if not place or place.endswith("/") else place
            assert made in files or made.startswith(ELSEWHERE), part
    links = nav.links("../", "lab/")
    assert 'href="../lab/" aria-current="page">Workbench' in links
    assert 'href="../zh/"' in nav.links("../", "", "zh")
