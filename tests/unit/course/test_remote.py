"""What the other end of a line can't do: change what is not its own, make a grader fall, or speak
to the terminal of whoever reads the report."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from vmlab.course.plain import plain
from vmlab.course.remote import Remote
from vmlab.course.student import Failed, Handle, InProcess, Stopped
from vmlab.lab import serve, wire


@wire.live("slot")
@dataclass
class Shelf:
    """A live object that happens to be a dataclass: its fields are the grader's."""

    books: dict[int, str]

    def slot(self, number: int) -> str:
        return self.books[number].upper()


def _remote(*lines: object) -> tuple[Remote, list[str]]:
    sent: list[str] = []
    said = iter([one if isinstance(one, str) else json.dumps(one) for one in lines])
    return Remote(sent.append, lambda: next(said)), sent


def test_a_live_object_is_not_changed_from_outside() -> None:
    shelf = Shelf({1: "one"})
    remote, _ = _remote({"say": "result", "value": 1, "carried": {"0": [{"d": []}]}})
    with pytest.raises(Stopped, match="expected changes of what was handed over"):
        remote.call("look", shelf)
    assert shelf.books == {1: "one"}


@pytest.mark.parametrize(
    "arguments", [[2], ["x"], [[]], [], [1, 2], [{"d": []}], [None], [{"r": ["Shelf", []]}]]
)
def test_a_question_with_other_things_is_refused_and_goes_on(arguments: list[object]) -> None:
    ask = {"say": "ask", "object": 0, "method": "slot", "args": arguments}
    remote, sent = _remote(ask, {"say": "result", "value": 7})
    assert remote.call("look", Shelf({1: "one"}), returns=int) == 7
    assert json.loads(sent[-1])["do"] == "refuse"


def test_what_a_program_raises_says_nothing_to_a_terminal() -> None:
    text = "\x1b]0;owned\x07\x1b[2J<b>\u202egnp\u2066\r\n\x9b1m  好　\U0001f600"
    shown = "\\x1b]0;owned\\x07\\x1b[2J<b>\\u202egnp\\u2066\\r\\n\\x9b1m  好　\U0001f600"
    remote, _ = _remote({"say": "error", "kind": "E\x1b[m", "text": text, "line": 3})
    with pytest.raises(Failed) as caught:
        remote.call("f")
    assert (caught.value.kind, caught.value.text) == ("E\\x1b[m", shown)
    assert str(caught.value) == f"E\\x1b[m in line 3: {shown}"
    here = InProcess.of(f"def f(): raise ValueError({text!r})", ["f"])
    with pytest.raises(Failed) as caught:
        here.call("f")
    assert caught.value.text == shown


@pytest.mark.parametrize("values", [None, [], [1, 2, 3], {"t": [1]}, "12"])
def test_more_or_fewer_results_than_were_asked_for_end_it(values: object) -> None:
    remote, sent = _remote({"say": "results", "values": values})
    with pytest.raises(Stopped, match="expected 1 to 2 results, found other ones"):
        remote.each(Handle(0, "Queue"), "put", [(1,), (2,)], int)
    assert len(sent) == 1


def test_the_rest_of_many_calls_is_asked_for_again() -> None:
    remote, sent = _remote(*({"say": "results", "values": one} for one in ([1, 2], [3])))
    assert remote.each(Handle(0, "Queue"), "put", [(1,), (2,), (3,)], int) == [1, 2, 3]
    assert [json.loads(one)["calls"] for one in sent] == [[[1], [2], [3]], [[3]]]


def test_shown_text_has_an_end() -> None:
    assert plain("\x1b" * 100, 10) == "\\x1b\\x1b\\x"


def test_an_object_that_counts_as_false_is_an_object() -> None:
    source = (
        "class Shelf:\n    def __init__(self): self.n = 0\n"
        "    def __len__(self): return self.n\n    def add(self): self.n += 1; return len(self)\n"
    )
    lines = [
        {"do": "load", "source": source, "file": "a.py", "names": ["Shelf"]},
        {"do": "new", "name": "Shelf", "args": []},
        {"do": "on", "handle": 0, "name": "add", "args": []}, "",
    ]  # fmt: skip
    asked = iter([one if isinstance(one, str) else json.dumps(one) for one in lines])
    said: list[str] = []
    serve.Served(lambda: next(asked), said.append).run()
    assert json.loads(said[-1])["value"] == 1


def test_a_program_is_a_module_of_its_own() -> None:
    """Dataclasses with annotations as text look their module up."""
    source = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Box:\n    n: int = 3\ndef f(): return Box().n\n"
    )
    assert InProcess.of(source, ["f"]).call("f", returns=int) == 3
