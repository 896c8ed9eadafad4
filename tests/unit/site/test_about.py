"""What the site says of itself: everything that it serves has an owner, a version and a licence."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

import vmlab
from tests.docs.test_documents import shell
from tests.unit.site.test_museum_pages import Reader
from vmlab.cli.sitebuilder import environment, fetch, nav
from vmlab.cli.sitebuilder.pages import about, gallery, licences
from vmlab.cli.sitebuilder.pages.shell import below
from vmlab.cli.sitebuilder.site import web_folder
from vmlab.cli.sitebuilder.store import Store

WEB = web_folder()
SERVED = [
    about.Served("lab/index.html", 1_000, 300),
    about.Served("archives/packages-0123456789abcdef.zip", 50_000, 50_000),
    about.Served("archives/vmlab-0123456789abcdef.zip", 20_000, 20_000),
    about.Served("index.html", 10, 7),
]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return about.files(WEB, shell(), Store(), SERVED, "feed", "firmware/0/LICENCES.txt")


@pytest.fixture(scope="module")
def pages(files: dict[str, bytes]) -> dict[str, bytes]:
    found = {**files, **gallery.files(WEB, shell())}
    return {path: data for path, data in found.items() if path.endswith(".html")}


def test_every_wheel_is_named_with_its_version_licence_and_text() -> None:
    found = {one.name: one for one in licences.components(Store(), WEB)}
    lock = (WEB / "site" / "wheels.txt").read_text("utf-8")
    for name, version in re.findall(r"^([a-z0-9_]+)==(\S+)", lock, re.MULTILINE):
        (one,) = [row for row in found.values()
                  if re.sub(r"[-_.]+", "_", row.name).lower() == name]  # fmt: skip
        assert one.version == version
    for name in ("vmlab", "Pyodide", "Python", "numpy", "@xterm/xterm", "@xterm/addon-fit"):
        assert name in found
    assert found["Pyodide"].version == fetch.PYODIDE
    assert found["vmlab"].version == vmlab.__version__
    assert f"ace-builds@{found['ace-builds'].version}/" in environment.EDITOR
    assert "Ajax.org" in found["ace-builds"].text and "xterm.js" in found["@xterm/xterm"].text
    for one in found.values():
        assert one.licence and "\n" not in one.licence and len(one.licence) < 80, one.name
        assert len(one.text) > 400 or "public domain" in one.text.lower(), one.name
    assert len({one.file for one in found.values()}) == len(found)
    assert "Mozilla Public License Version 2.0" in found["Pyodide"].text
    assert "PYTHON SOFTWARE FOUNDATION LICENSE" in found["Python"].text
    assert "pocketfft" in found["numpy"].text, "the texts of what numpy contains are there, too"


def test_a_wheel_without_a_text_says_so(tmp_path: Path) -> None:
    wheel = tmp_path / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("x-1.dist-info/METADATA", "Name: x\nVersion: 1\nLicense: A\n  b\n\nText")
        archive.writestr("x/licenses/code.py", "")
    one = licences.of_wheel(wheel)
    assert (one.name, one.version, one.licence, one.text) == ("x", "1", "A", "")


def test_what_is_bundled_in_scripts_is_listed() -> None:
    names = {one.name for one in licences.bundled(Store(), WEB)}
    assert {"@bokeh/bokehjs", "preact"} <= names
    assert not {one for one in names if one.startswith("@types/")}


def test_each_text_is_one_click_away_in_both_languages(files: dict[str, bytes]) -> None:
    rows = licences.components(Store(), WEB)
    for language in nav.LANGUAGES:
        place = below(language, "about/index.html")
        page = Reader(files[place].decode())
        said = " ".join("".join(page.text).split())
        up = "../" * place.count("/")
        for one in rows:
            assert f"{up}about/licences/{one.file}" in page.links
            assert one.name in said and one.version in said and one.licence in said
            assert files[f"about/licences/{one.file}"] == one.text.encode()
        assert f"{up}firmware/0/LICENCES.txt" in page.links
        assert f"{up}about/CITATION.cff" in page.links
        assert "feed" in said and "71,010" in said and "70,307" in said


def test_the_citation_is_the_file(files: dict[str, bytes]) -> None:
    said = about.citation(WEB)
    assert files["about/CITATION.cff"].decode().count(said["title"]) == 1
    assert said["version"] == vmlab.__version__
    entry = about.bibtex(said)
    assert entry.count("{") == entry.count("}")
    assert said["title"] in entry and said["date-released"][:4] in entry
    assert entry in "".join(Reader(files["about/index.html"].decode()).text)


def test_pages_are_balanced_complete_and_need_nothing_inline(pages: dict[str, bytes]) -> None:
    for path, data in pages.items():
        page = Reader(data.decode())
        assert (path, page.open, page.unbalanced) == (path, [], [])
        assert len(page.ids) == len(set(page.ids)), path
        names = {name.partition(".")[2] for name, _ in page.attributes}
        assert not {name for name in names if name == "style" or name.startswith("on")}, path
        said = "".join(page.text)
        assert not [mark for mark in ("{{", "}}", "{%", "Undefined") if mark in
                    said.replace(about.bibtex(about.citation(WEB)), "")], path  # fmt: skip


def test_every_widget_has_a_page_with_its_parameters(pages: dict[str, bytes]) -> None:
    for one in gallery.widgets(WEB):
        for language in nav.LANGUAGES:
            place = below(language, f"gallery/{one['kind']}.html")
            page = Reader(pages[place].decode())
            said = "".join(page.text)
            for row in one["parameters"]:
                assert row["name"] in said and row["bounds"] in said, (place, row["name"])
            assert one["title"][language] in said and one["twin"][language]["columns"][0] in said
            live = "../" * place.count("/") + below(language, "gallery/live/")
            assert f"{live}#w={one['kind']}" in page.links
            assert (
                "../" * place.count("/") + below(language, gallery.document_of(one["doc"]))
                in page.links
            )
