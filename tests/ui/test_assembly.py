"""The editor's Python half: words, mistakes at their lines, and a run on the spot."""

from __future__ import annotations

import asyncio
import json

import pytest

import vmlab
from tests.loops import drive
from vmlab.derive.asm import AsmErrors, assemble
from vmlab.guests.examples import EXAMPLES, Example
from vmlab.isa.table import INSTRUCTIONS
from vmlab.session.snapshot import Reason, Status
from vmlab.ui.app import page
from vmlab.ui.fragment import Link
from vmlab.ui.linked import pack
from vmlab.ui.sharing import assembled
from vmlab.ui.widgets.assembly import Assembly
from vmlab.views import assembly


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name)
def test_every_example_assembles_passes_and_fits_into_a_link(example: Example) -> None:
    session = vmlab.open(assembled(example.read(), example.name), name=example.name)
    assert session.run(limit=10_000).reason is Reason.PASSED
    packed = pack(example.read())
    assert packed is not None
    assert len(packed) < 2_000


def test_the_words_are_those_of_the_assembler() -> None:
    words = assembly.words()
    assert {one.name for one in INSTRUCTIONS if not one.name.startswith("c.")} <= set(
        words.mnemonics
    )
    assert {"li", "ret", "call"} <= set(words.mnemonics)
    assert {"a0", "x31", "fp", "ft11", "f31"} <= set(words.registers)
    assert "satp" in words.csrs
    assert ".asciz" in words.directives
    assert all(name == name.lower() for group in (words.mnemonics, words.csrs) for name in group)


def test_mistakes_have_their_lines_and_say_what_was_found() -> None:
    with pytest.raises(AsmErrors) as wrong:
        assemble("nop\naddi a0, a0\n\n  luii a0, 1\n")
    rows = assembly.problems(wrong.value)
    assert [(row.line, row.column) for row in rows] == [(2, 1), (4, 3)]
    assert "found" in str(rows[0].message)
    assert "lui" in rows[1].hint
    assert "luii" in assembly.table(rows).rows[1][2].template  # type: ignore[union-attr]


def _send(widget: Assembly, **message: object) -> dict[str, object]:
    widget.receive({"to": "assembly", **message})
    return widget.payload(widget.controller.snapshot())


def test_a_program_runs_on_the_spot_and_a_wrong_one_leaves_the_run() -> None:
    async def work() -> None:
        workbench = page(Link(guest="tour", ram="1M"))
        widget, controller = workbench.assembly, workbench.controller
        controller.step()
        sent = _send(widget, command="assemble", name="x", text="addi a0\n", run=True)
        assert sent["problems"] and "line 1" in str(sent["verdict"])
        assert (controller.session.position, controller.snapshot().guest) == (1, "tour")
        assert widget.source is None

        # It assembles, and no machine takes it: the sentence stands in the dialog, too.
        sent = _send(
            widget, command="assemble", name="x", text=".data\n.space 0x200000\n", run=True
        )
        assert "expected" in str(sent["verdict"])
        assert controller.session.position == 1

        text = EXAMPLES[1].read()
        sent = _send(widget, command="assemble", name="my\u202eecall.S", text=text, run=True)
        assert sent["problems"] == []
        assert "Assembled" in str(sent["verdict"])
        while controller.running:
            await asyncio.sleep(0.01)
        shown = controller.snapshot()
        assert shown.status is Status.ENDED and shown.console == b"U\n"
        assert shown.guest == controller.label == "my<U+202E>ecall.S"
        assert {"handler", "user"} <= set(shown.symbols.values())
        assert widget.source == text

        controller.open("tour")
        assert widget.source is None

    drive(work())


def test_an_example_is_given_and_a_link_brings_its_source() -> None:
    widget = page(Link(guest="mine.S", assembly="nop\n")).assembly
    assert widget.payload(widget.controller.snapshot())["given"] == [1, "mine.S", "nop\n"]
    assert widget.source == "nop\n"
    widget.adopt("other", "ret\n")  # not what is open
    assert widget.source == "nop\n"
    sent = _send(widget, command="example", name="pages.S")
    assert sent["given"] == [2, "pages.S", EXAMPLES[3].read()]
    _send(widget, command="example", name="../catalog.py")
    words = _send(widget, command="words")["words"]
    assert "sfence.vma" in json.dumps(words)


def test_what_runs_is_the_example_that_was_chosen_though_the_page_has_it_not_yet() -> None:
    """Chosen, and Ctrl+Enter at once: the page sends the text that the example will replace."""

    async def work() -> None:
        workbench = page(Link())
        widget, controller = workbench.assembly, workbench.controller
        late = {"command": "assemble", "name": "old.S", "text": "luii a0", "run": True}
        assert _send(widget, **late, given=0)["problems"]  # nothing else was given
        _send(widget, command="example", name="ecall.S")
        assert _send(widget, **late, given=0)["problems"] == []
        assert controller.label == "ecall.S" and widget.source == EXAMPLES[1].read()
        assert _send(widget, **late, given=1)["problems"], "the page had the example"
        while controller.running:
            await asyncio.sleep(0.01)

    drive(work())


def test_a_source_that_is_too_long_is_refused() -> None:
    widget = page(Link()).assembly
    sent = _send(widget, command="assemble", text="#" * 100_000, name="x")
    assert "at most" in str(sent["verdict"])
