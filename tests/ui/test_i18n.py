"""The languages of the workbench: complete, in step with the sources, and switched at once."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vmlab
from tests.ui.latin import english_in
from vmlab.cli.sitebuilder.site import web_folder
from vmlab.core.errors import VmlabError
from vmlab.core.sentences import Sentences
from vmlab.course.terms import translated as glossary
from vmlab.ui import i18n
from vmlab.ui.app import workbench as workbench_of
from vmlab.ui.controller import Controller
from vmlab.ui.fragment import Link, build, parse
from vmlab.ui.i18n import t
from vmlab.ui.locale import make, sources
from vmlab.ui.locale.reading import load
from vmlab.ui.screens.workbench import Workbench
from vmlab.views.phrase import heard, say
from vmlab.views.table import columns_of

CHINESE = "zh-Hans"
EVERYDAY = {"cause", "mode", "modelled", "step"}
"""Terms that are ordinary words, too."""
Key = tuple[str, str]


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    yield
    i18n.use(i18n.ENGLISH)


@cache
def extracted() -> frozenset[Key]:
    return frozenset((one.context or "", str(one.id)) for one in make.extracted() if one.id)


@cache
def translations(tag: str) -> dict[Key, str]:
    return {(one.context or "", str(one.id)): str(one.string) for one in make.read(tag) if one.id}


ALL = [(tag, key) for tag in make.tags() for key in translations(tag)]


def names(template: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(template) if name})


# Complete and in step ------------------------------------------------------------------------


@pytest.mark.parametrize("tag", make.tags())
def test_every_string_is_in_the_catalogue_and_nothing_else(tag: str) -> None:
    known = translations(tag).keys()
    hint = "run `make catalogues`, then fill in what it lists"
    assert extracted() - known == frozenset(), hint
    assert known - extracted() == frozenset(), hint


@pytest.mark.parametrize("tag", make.tags())
def test_every_string_is_translated(tag: str) -> None:
    assert make.missing(make.read(tag)) == []


@pytest.mark.parametrize("tag", make.tags())
def test_what_the_page_loads_is_the_catalogue(tag: str) -> None:
    made = (make.HERE / f"{tag}.json").read_text("utf-8")
    assert made == make.compiled(make.read(tag)), "run `make catalogues`"
    assert make.written(make.updated(tag, make.extracted())) == make.po_file(tag).read_bytes()


def test_a_translation_has_the_same_values() -> None:
    for tag, key in ALL:
        assert names(key[1]) == names(translations(tag)[key]), key


def test_chinese_is_set_as_chinese_is() -> None:
    """Full-width punctuation beside a Chinese character, a space between it and a Latin one."""
    for _, (key, said) in [
        (tag, item) for tag in make.tags() for item in translations(tag).items()
    ]:
        assert not re.search(r"[\u4e00-\u9fff][,;:!?.](?!\.)", said), key
        assert not re.search(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", said), key


def test_chinese_calls_things_as_its_glossary_does() -> None:
    """Wherever a page's string names a term, its translation has the glossary's word for it."""
    documents = web_folder() / "docs"
    chinese, english = (
        (documents / name).read_text("utf-8") for name in ("zh/glossary.md", "glossary.md")
    )
    terms = {one: said for one, said in glossary(chinese, english).items() if one not in EVERYDAY}
    assert terms["hidden fault"] == "隐藏故障"
    pages = json.loads((make.HERE / "zh_Hans.json").read_text("utf-8"))["messages"]
    for key, said in pages.items():
        text = re.sub(r"\{\w+\}", "", key).lower()
        for term, word in terms.items():
            if re.search(rf"\b{re.escape(term)}s?\b", text):
                assert word.lower() in said.lower(), f"{term} is {word}: {key}"


@pytest.mark.parametrize("key", ["zh", "zh_CN", "zh-Hans", "ZH-tw"])
def test_a_tag_of_the_same_language_will_do(key: str) -> None:
    assert i18n.known(key) == CHINESE
    assert i18n.known("en-GB") == i18n.ENGLISH
    assert i18n.known("tlh") is None and i18n.known("") is None and i18n.known(None) is None


def test_the_page_can_be_put_back_into_english() -> None:
    """Its script knows a text by its translation: no two of them may have the same."""
    page = load(CHINESE)["page"]
    assert len(set(page.values())) == len(page)


# What the extraction may miss ----------------------------------------------------------------


def calls(folder: str) -> Iterator[tuple[str, ast.Call]]:
    for path in sorted((make.ROOT / "vmlab" / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                yield path.name, node


def is_plain(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return is_plain(node.body) and is_plain(node.orelse)
    return isinstance(node, ast.Constant)


@pytest.mark.parametrize("folder", ["ui", "views"])
def test_no_template_hides_from_the_extraction(folder: str) -> None:
    """`say` and `Phrase` get a literal, or the template of a phrase that stands elsewhere; `t` may
    get a phrase, but nothing that is put together on the spot."""
    for file, node in calls(folder):
        name, first = sources.called(node), node.args[0]
        is_ours = name in sources.KEYWORDS and getattr(node.func, "attr", "") != "say"
        if file == "phrase.py" or not is_ours or is_plain(first):
            continue
        where = f"{file}:{node.lineno}: {ast.unparse(node)}"
        if name == "t":
            assert isinstance(first, ast.Name | ast.Attribute | ast.Call | ast.Subscript), where
        else:
            assert (isinstance(first, ast.Attribute) and first.attr == "template") or (
                isinstance(first, ast.Name) and first.id == "template"
            ), where


def test_the_extraction_sees_both_sides_of_a_condition(tmp_path: Path) -> None:
    source = tmp_path / "one.py"
    source.write_text('t("a" if x else "b")\nsay("c" "d", n=1)\nother("e")\n')
    with source.open("rb") as file:
        assert [text for _, _, text, _ in sources.templates(file)] == ["a", "b", "cd"]


def test_the_extraction_follows_the_values_of_a_refusal(tmp_path: Path) -> None:
    source = tmp_path / "one.py"
    source.write_text(
        "def f(path, n):\n"
        '    kind = "a folder" if n else f"nothing at {n}"\n'
        '    raise BadInput(f"expected {path!r} of {n:#x}, found {kind} and {n + 1}")\n'
    )
    with source.open("rb") as file:
        found = {text for _, _, (_, text), _ in sources.heard(file)}
    assert found == {
        "expected {path} of {n}, found {kind} and {n4}",
        "a folder",
        "nothing at {n}",
    }


def test_the_extraction_follows_a_loop_over_rows_that_stand_there(tmp_path: Path) -> None:
    source = tmp_path / "one.py"
    source.write_text(
        "def f(image, header):\n"
        '    for part, what in (("dtb", "a device tree"), ("rd", header)):\n'
        '        raise BadInput(f"expected no {what} in {part}, found one")\n'
    )
    with source.open("rb") as file:
        found = {text for _, _, (_, text), _ in sources.heard(file)}
    assert found == {"expected no {what} in {part}, found one", "a device tree"}


# Formatting ----------------------------------------------------------------------------------

VALUES = st.text(string.ascii_uppercase + string.digits, min_size=3, max_size=9)


@given(data=st.data())
def test_every_message_takes_its_values(data: st.DataObject) -> None:
    tag, (context, template) = data.draw(st.sampled_from(ALL))
    values = {name: data.draw(VALUES) for name in names(template)}
    i18n.use(tag)
    if context == "heard":
        sentence = template.format(**values)
        said = t(heard(sentence))
        assert said != sentence or not re.search("[a-z]{3}", translations(tag)[context, template])
    elif context == "page":
        return
    else:
        said = t(template, **values) if values else t(say(template))
        assert said == translations(tag)[context, template].format(**values)
    assert all(value in said for value in values.values())
    i18n.use(i18n.ENGLISH)


@given(st.text(max_size=900))
def test_a_sentence_of_nobody_stays_as_it_is(text: str) -> None:
    """Names are chosen by strangers: braces, brackets and length break nothing."""
    known = Sentences(load(CHINESE)["heard"])
    assert isinstance(known.translate(text), str)
    found = known.translate(f"expected one of the guests tour, found {text}")
    assert known.translate(text) in found  # a value that is a sentence itself is translated, too


def test_values_are_not_looked_into() -> None:
    known = Sentences({"found {name}": "有 {name}"})
    assert known.translate("found {0.__class__}") == "有 {0.__class__}"


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (b"", "：应为 ELF 文件，实际为空文件"),
        (b"abc", "mine.elf：应为 ELF 文件（偏移 0x0 处为 7f 45 4c 46），实际为字节 61 62 63"),
        (b"\x7fELF" + bytes(80), "应为 64 位 ELF 文件，实际偏移 0x4 处为类别 0x0"),
    ],
)
def test_a_refusal_is_said_in_chinese(image: bytes, said: str) -> None:
    i18n.use(CHINESE)
    with pytest.raises(VmlabError) as refusal:
        vmlab.open(image, name="mine.elf")
    told = t(heard(str(refusal.value)))
    assert said in told


def test_a_terminal_gives_chinese_two_columns() -> None:
    assert columns_of("陷入 S") == 6


# Switching -----------------------------------------------------------------------------------


def setup(made: Workbench) -> dict[str, Any]:
    return dict(json.loads(made.screen.setup))


def test_a_switch_redraws_every_widget(workbench: Workbench, controller: Controller) -> None:
    assert setup(workbench)["transport"]["speed"] == "Speed"
    screen = workbench.screen
    screen._handle_msg({"to": "screen", "command": "language", "language": "zh"})
    screen.refresh()
    assert setup(workbench)["language"] == CHINESE
    assert setup(workbench)["transport"]["speed"] == "速度"
    frame = json.loads(screen.frame)
    assert frame["full"] and frame["pictures"].keys() == {one.kind for one in workbench.widgets}
    assert "运行" in str(frame["pictures"]["transport"])
    screen._handle_msg({"to": "screen", "command": "language", "language": "en"})
    screen.refresh()
    assert setup(workbench)["transport"]["speed"] == "Speed"
    assert "Run" in str(json.loads(screen.frame)["pictures"]["transport"])


def test_a_language_that_nobody_knows_changes_nothing(workbench: Workbench) -> None:
    for asked in ("tlh", "", None, 7, "../zh_Hans"):
        workbench.screen._handle_msg({"to": "screen", "command": "language", "language": asked})
        assert i18n.language() == i18n.ENGLISH


def test_the_message_that_stands_there_is_switched_too(controller: Controller) -> None:
    controller.open(b"not an ELF file")
    assert controller.message.startswith("expected an ELF file")
    controller.say(say("{name} is a raw file. Where does it go?", name="x.bin"))
    i18n.use(CHINESE)
    assert controller.message == "x.bin 是原始文件。它放在哪里？"


def test_the_address_says_a_language() -> None:
    assert parse("#u=1&lang=zh").language == CHINESE
    assert parse("#lang=tlh") == Link()
    assert build(Link(language=CHINESE)) == "#u=1&lang=zh"


@pytest.mark.parametrize(
    ("guest", "technique"), [("tour", None), ("faults", None), ("nano", "trap_emulate")]
)
def test_a_workbench_in_chinese_says_nothing_in_english(guest: str, technique: str | None) -> None:
    """Every picture as text, at every trap of a run."""
    i18n.use(CHINESE)
    session = vmlab.open(guest, engine="t0", **({"technique": technique} if technique else {}))
    made = workbench_of(session)
    for _ in range(12):
        for widget in made.widgets:
            if widget.kind not in ("console", "memory"):  # what those show is the guest's
                assert english_in(widget.text(), session.snapshot().symbols.values()) == []
            if widget.kind != "guests":
                words = json.dumps(dict(widget.labels()), ensure_ascii=False)
                assert english_in(words.replace('"', "\n"), ()) == []
        session.run(vmlab.Until.trap())
