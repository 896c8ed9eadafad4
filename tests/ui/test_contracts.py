"""What every widget promises, over all widget classes there are (`vmlab.ui.gallery.every`): a new
one is covered by being written.

`test_widgets` has the promises that a made-up session can show; here are those that need real
guests, hostile pages, the documents, the gallery and Jupyter.
"""

from __future__ import annotations

import ast
import asyncio
import gc
import inspect
import json
import textwrap
import weakref
from collections.abc import Iterator
from functools import cache
from typing import Any

import param
import pytest
from bokeh.document import Document
from panel.io.state import state

import vmlab
from tests.loops import drive
from tests.ui.conftest import CATALOGUE
from tests.ui.fakes import HOSTILE, FakeSession
from vmlab.cli.sitebuilder.pages.library import Library
from vmlab.cli.sitebuilder.pages.markdown import render
from vmlab.cli.sitebuilder.site import web_folder
from vmlab.core.errors import VmlabError
from vmlab.guests.catalog import GUESTS
from vmlab.session.files import loading
from vmlab.ui import gallery, i18n
from vmlab.ui.compare.base import BoardWidget
from vmlab.ui.compare.controller import BoardController
from vmlab.ui.controller import Controller
from vmlab.ui.i18n import cell
from vmlab.ui.lesson.base import LessonWidget
from vmlab.ui.screens.screen import Screen
from vmlab.ui.screens.workbench import Workbench
from vmlab.ui.widgets.base import Widget
from vmlab.views.table import render as lines
from vmlab.vmm.techniques import TECHNIQUES
from web.site import gallery_data

CLASSES = gallery.every()
OF_SESSIONS = [cls for cls in CLASSES if not issubclass(cls, BoardWidget | LessonWidget)]
"""The others draw a comparison or a lesson, which have sessions of their own."""
every_widget = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.kind)
LIBRARY = Library(web_folder() / "docs")


def make(cls: type[Widget], controller: Controller) -> Widget:
    """As the gallery does; a comparison of one lane, since each is a machine."""
    if issubclass(cls, BoardWidget):
        return cls(BoardController(techniques=("bare",)))
    return gallery.make(cls, controller, CATALOGUE)


def test_every_widget_of_the_workbench_is_in_the_list(controller: Controller) -> None:
    shown = {type(widget) for widget in Workbench(controller, CATALOGUE).widgets}
    assert shown <= set(CLASSES)
    assert len({cls.kind for cls in CLASSES}) == len(CLASSES)


# Parameters ----------------------------------------------------------------------------------


@every_widget
def test_parameters_are_documented_and_bounded(cls: type[Widget]) -> None:
    """Also that what is out of bounds is refused: bounds that nobody checks are no bounds."""
    for one in gallery_data.parameters(cls):
        assert one.doc, one.name
        if isinstance(one, param.Number) and not isinstance(one, param.Boolean):
            low, high = one.bounds
            assert low is not None and high is not None, one.name
            for outside in (low - 1, high + 1):
                with pytest.raises(ValueError, match="must be"):
                    one._validate(outside)
        elif isinstance(one, param.Selector):
            assert one.check_on_set, one.name


# The page is not trusted ---------------------------------------------------------------------


@cache
def said(cls: type[Widget]) -> tuple[str, ...]:
    """Every word in the widget's own handling of messages: its commands, and their keys."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls.act)))
    found = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return tuple(sorted(one for one in found if isinstance(one, str) and one.isidentifier()))


@cache
def keys(cls: type[Widget]) -> tuple[str, ...]:
    """Of those words the ones that it reads from a message, but for the command itself."""
    found: list[ast.AST] = []
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(cls.act)))):
        if isinstance(node, ast.Call):
            found += node.args[:1]
        elif isinstance(node, ast.Subscript):
            found.append(node.slice)
        elif isinstance(node, ast.MatchMapping):
            found += node.keys
    read = {node.value for node in found if isinstance(node, ast.Constant)}
    return tuple(sorted(read & set(said(cls)) - {"command"}))


VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1 << 70, float("nan"), float("inf"), "", "x", "9" * 5000, "f" * 16, "\ud800",
    HOSTILE, [], ["x"], {}, {"toString": 1}, [[[]]] * 3, b"\x00", b"\x7fELF",
)  # fmt: skip


@every_widget
def test_no_message_of_a_hostile_page_breaks_it(cls: type[Widget], controller: Controller) -> None:
    """Every command that it knows, with every key that it reads, holding what no picture sends."""
    words = said(cls)
    widget = make(cls, controller)
    messages = [{"command": value} for value in (*VALUES, *words)]
    for command in (*words, "twin", "nonsense"):
        messages += [{**dict.fromkeys(words, value), "command": command} for value in VALUES]
        messages += [{"command": command, key: value}
                     for key in keys(cls) for value in VALUES]  # fmt: skip

    async def attack() -> None:  # on a loop: some of them run the machine
        for at, message in enumerate(messages):
            widget.receive(message)
            # The machines of a comparison are real ones, and each turn of theirs takes some ms.
            if cls in OF_SESSIONS or at % 100 == 0:
                await asyncio.sleep(0)
        widget.controller.close()

    drive(attack())
    assert json.dumps(widget.changes(widget.controller.snapshot(), full=True))


@every_widget
def test_disabled_it_takes_none_of_its_commands(
    cls: type[Widget], controller: Controller, session: FakeSession
) -> None:
    widget = make(cls, controller)
    widget.disabled = True
    kept = {one.name: getattr(widget, one.name) for one in gallery_data.parameters(cls)}
    before = (session.calls.copy(), session.breakpoints, session.sent, session.watches)
    for command in said(cls):
        for value in VALUES:
            widget.receive({**dict.fromkeys(said(cls), value), "command": command})
    assert (session.calls, session.breakpoints, session.sent, session.watches) == before
    assert controller.session is session and not widget.controller.running
    assert kept == {one.name: getattr(widget, one.name) for one in gallery_data.parameters(cls)}
    widget.receive({"command": "twin", "on": True})
    assert widget.twin, "the text twin works even where commands do not"


# Real machines -------------------------------------------------------------------------------


def machines() -> Iterator[tuple[str, str | None, Any]]:
    """Every guest, under every technique that has a build of it."""
    for guest in GUESTS:
        for technique in (None, *TECHNIQUES):
            options = {"technique": technique} if technique else {}
            try:
                yield guest, technique, vmlab.open(guest, engine="t0", **options)
            except VmlabError:
                continue


def test_every_widget_works_with_every_guest_and_technique() -> None:
    """At the first instruction and behind traps: JSON to send, and a twin that is the rows of its
    view, cell by cell, in the page and as text."""
    seen: set[str | None] = set()
    for guest, technique, session in machines():
        seen |= {guest, technique}
        run = Controller(session, opener=vmlab.open, loader=loading, trap=vmlab.Until.trap)
        made = [make(cls, run) for cls in OF_SESSIONS]
        for limit in (0, 1_500, 1_500):
            if limit:
                session.run(vmlab.Until.trap(), limit=limit)
            shown = run.snapshot()
            for widget in made:
                where = (guest, technique, widget.kind, session.position)
                widget.twin = False
                sent = widget.changes(shown, full=True)
                assert json.loads(json.dumps(sent, allow_nan=False)) == sent, where
                table = widget.table(shown)
                widget.twin = True
                twin = widget.changes(shown, full=False)["twin"]
                assert twin["rows"] == [[cell(one) for one in row] for row in table.rows], where
                assert all(len(row) == len(twin["columns"]) for row in twin["rows"]), where
                assert widget.text() == lines(table, cell), where
        run.close()
    assert seen == {*GUESTS, *TECHNIQUES, None}


# Nothing is left behind ----------------------------------------------------------------------


@every_widget
def test_closed_it_leaves_no_watcher_and_can_be_forgotten(
    cls: type[Widget], controller: Controller
) -> None:
    widget = make(cls, controller)
    screen = widget.__panel__()
    assert isinstance(screen, Screen)
    for _ in range(3):
        model = screen.get_root(Document())
        assert widget.controller.watchers == 1
        state._views.pop(model.ref["id"])  # as Panel does when a page closes
        screen._cleanup(model)
        assert widget.controller.watchers == 0
    gone = weakref.ref(widget)
    del widget, screen, model
    gc.collect()
    assert gone() is None


# Documents and gallery -----------------------------------------------------------------------


@every_widget
def test_it_has_a_section_in_both_languages(cls: type[Widget]) -> None:
    assert "doc" in vars(cls), (
        f"{cls.__name__} needs `doc: ClassVar[str]`: see web/docs/documents.md"
    )
    name, _, section = cls.doc.partition("#")
    document = LIBRARY.find(name)
    assert "zh" in document.sources, cls.doc
    assert section in render(document.text("en")).anchors, cls.doc


def test_the_page_gets_the_section_of_each(controller: Controller) -> None:
    sent = json.loads(Workbench(controller, CATALOGUE).screen.setup)
    assert {kind: sent[kind]["doc"] for kind in sent if "doc" in sent[kind]} == {
        type(one).kind: type(one).doc for one in Workbench(controller, CATALOGUE).widgets
    }


def test_the_gallery_is_up_to_date() -> None:
    """It has every widget, each parameter in both languages, and twins of a real run."""
    hint = "run python -m web.site.gallery_data"
    assert gallery_data.DATA.read_text("utf-8") == gallery_data.data(), hint
    rows = json.loads(gallery_data.DATA.read_text("utf-8"))["widgets"]
    assert [row["kind"] for row in rows] == [cls.kind for cls in CLASSES]


def test_what_nobody_translated_is_listed(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    less = gallery_data.CHINESE.read_text("utf-8").replace('"The session that is drawn."', '"Old."')
    short = tmp_path / "short.toml"
    short.write_text(less)
    monkeypatch.setattr(gallery_data, "CHINESE", short)
    with pytest.raises(VmlabError, match=r"The session that is drawn\.\n  \(unused\) Old\."):
        gallery_data.data()
    assert i18n.language() == i18n.ENGLISH


def test_the_live_page_shows_what_its_address_asks_for(controller: Controller) -> None:
    for cls in CLASSES:
        assert gallery.chosen(f"#w={cls.kind}&g=nano") == cls.kind
        screen = gallery.alone(cls.kind, controller)
        assert screen.kinds[-1] == cls.kind and len(set(screen.kinds)) == len(screen.kinds)
    for asked in ("", "#w=", "#w=nobody", "#w=../x", "#w=" + HOSTILE):
        assert gallery.chosen(asked) == gallery.FIRST


# Jupyter -------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("default")  # of the notebook's own machinery, in this process only
def test_every_widget_displays_in_jupyter() -> None:
    """In a kernel of its own: a cell a widget, and what the kernel sends for it."""
    import nbformat
    from nbclient import NotebookClient

    start = """
import vmlab
from vmlab.ui import app, gallery, notebook
session = vmlab.open("tour", engine="t0")
notebook.load()
run = app.workbench(session).controller
by_kind = {cls.kind: cls for cls in gallery.every()}
"""
    cells = [start, "session.run(vmlab.Until.trap()); None"]
    cells += [f"gallery.make(by_kind['{cls.kind}'], run, app.catalogue())" for cls in CLASSES]
    cells += ["app.workbench(session)", "print(run.watchers)"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in cells])
    NotebookClient(book, timeout=120, kernel_name="python3").execute()
    *shown, last = book.cells[2:]
    for cls, one in zip([*CLASSES, None], shown, strict=True):
        outputs = [out for out in one.outputs if "data" in out]
        kind = cls.kind if cls else "workbench"
        assert not [out for out in one.outputs if out.output_type == "error"], kind
        bundle = {mime: text for out in outputs for mime, text in out.data.items()}
        html = "".join(bundle.get("text/html", ""))
        assert "application/vnd.holoviews_exec.v0+json" in bundle, (kind, list(bundle))
        assert "http://" not in html.replace("http://www.w3.org", ""), kind
        assert (f'\\"{kind}\\"' in html) or cls is None, kind
    assert last.outputs[0].text.strip() == str(len(OF_SESSIONS))
