"""A program answers the same in this process and at the other end of a line, and no more is
believed of the other end than that some program spoke."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.course.remote import Remote
from vmlab.course.student import Failed, InProcess, Stopped, Student, Wrong
from vmlab.lab import Access, Cause, Fault, Flags, Pte, R, V, serve, wire

SOURCE = """
from vmlab.lab import *

def swap(pte): return Pte(pte.flags, Flags(pte.ppn))
def refuse(access, va): return Fault(Cause.LOAD_PAGE_FAULT, va) if access is Access.LOAD else None
def look(memory, at): return memory.word(at) + 1
def bump(box): box.value += 1; return box.value
def fill(desk): desk.paper[desk.words.word(2)] = "x"; return desk.words.word(desk.place)
def clear(desk): desk.words = None; return 0
def give(desk): return desk.words
def bad(): return [1]
def worse(): raise ValueError("no")
class Queue:
    def __init__(self, most): self.most, self.held = most, []
    def put(self, one): self.held.append(one); return len(self.held) >= self.most
    def held_by_now(self): return len(self.held)
    def text(self, length): return "x" * length
"""
NAMES = ("swap", "refuse", "look", "bump", "fill", "clear", "give", "bad", "worse", "Queue")


@wire.live("word")
class Words:
    def word(self, at: int) -> int:
        if at > 8:
            raise BadInput(f"expected an address up to 8, found {at}")
        return at * 10

    def secret(self) -> int:
        return 42


@wire.carried
@dataclass
class Box:
    value: int


@wire.carried
@dataclass
class Desk:
    """Has something that stays with the grader."""

    place: int
    paper: dict[int, str]
    words: Words


def _pipe() -> tuple[Callable[[str], None], Callable[[], str]]:
    lines: queue.Queue[str] = queue.Queue()
    return lines.put, lambda: lines.get(timeout=10)


@pytest.fixture(params=["here", "remote"])
def student(request: pytest.FixtureRequest) -> Iterator[Student]:
    if request.param == "here":
        yield InProcess.of(SOURCE, NAMES)
        return
    with _remote() as remote:
        yield remote


@contextlib.contextmanager
def _remote() -> Iterator[Remote]:
    there, read_there = _pipe()
    back, read_back = _pipe()
    thread = threading.Thread(target=serve.Served(read_there, back).run, daemon=True)
    thread.start()
    remote = Remote(there, read_back)
    remote.load(SOURCE, NAMES)
    yield remote
    there("")
    thread.join(10)


def test_values_cross(student: Student) -> None:
    assert student.call("swap", Pte(3, V | R), returns=Pte) == Pte(3, V | R)
    fault = student.call("refuse", Access.LOAD, 0x40, returns=Fault | None)
    assert fault == Fault(Cause.LOAD_PAGE_FAULT, 0x40)
    assert student.call("refuse", Access.STORE, 0x40, returns=Fault | None) is None
    assert isinstance(student.call("swap", Pte(3, V | R)).flags, Flags)


def test_objects_stay_and_are_asked(student: Student) -> None:
    assert student.call("look", Words(), 4, returns=int) == 41
    with pytest.raises(Failed, match="expected an address up to 8, found 9"):
        student.call("look", Words(), 9)


def test_what_a_program_changes_comes_home(student: Student) -> None:
    box = Box(5)
    assert student.call("bump", box, returns=int) == 6
    assert box.value == 6


def test_a_carried_record_may_hold_what_stays(student: Student) -> None:
    words = Words()
    desk = Desk(3, {}, words)
    assert student.call("fill", desk, returns=int) == 30
    assert desk == Desk(3, {20: "x"}, words)


def test_what_stays_is_neither_replaced_nor_given_back() -> None:
    for name in ("clear", "give"):
        with _remote() as student, pytest.raises((Wrong, Failed)):
            student.call(name, Desk(3, {}, Words()), returns=int)


def test_instances_of_its_own_classes_are_kept(student: Student) -> None:
    one, other = student.new("Queue", 2), student.new("Queue", 1)
    assert student.on(one, "put", 7, returns=bool) is False
    assert student.on(other, "put", 7, returns=bool) is True
    assert student.on(one, "put", 7, returns=bool) is True


def test_many_calls_of_a_method_are_as_one_after_the_other(student: Student) -> None:
    one = student.new("Queue", 3)
    assert student.each(one, "put", [(n,) for n in range(4)], bool) == [False, False, True, True]
    assert student.each(one, "put", [], bool) == []
    with pytest.raises(Wrong, match=r"expected Queue.put to return int, found bool True"):
        student.each(one, "put", [(5,)], int)
    with pytest.raises(Failed, match="TypeError"):
        student.each(one, "put", [(6,), ()], bool)
    assert student.on(one, "held_by_now", returns=int) == 6


def test_many_long_answers_come_in_more_than_one_message(student: Student) -> None:
    one = student.new("Queue", 3)
    assert student.each(one, "text", [(serve.ENOUGH,)] * 5, str) == ["x" * serve.ENOUGH] * 5


def test_many_calls_take_values_only() -> None:
    with _remote() as student, pytest.raises(BrokenInvariant, match="expected values"):
        student.each(student.new("Queue", 1), "put", [(Box(1),)])


def test_wrong_kinds_and_exceptions_are_told_apart(student: Student) -> None:
    with pytest.raises(Wrong, match=r"expected bad to return Pte or None, found list \[1\]"):
        student.call("bad", returns=Pte | None)
    with pytest.raises(Failed, match="ValueError in line 12: no") as caught:
        student.call("worse")
    assert (caught.value.kind, caught.value.line) == ("ValueError", 12)


@pytest.mark.parametrize(
    "line",
    [
        "no json", "[]", "{}", '{"say": "result", "value": {"r": ["Popen", []]}}',
        '{"say": "result", "value": {"r": ["Pte", [1]]}}',
        '{"say": "result", "value": {"r": ["Pte", ["x", {"f": ["Flags", 1]}]]}}',
        '{"say": "result", "value": {"c": [0, "Box", [1]]}}',
        '{"say": "result", "value": ' + "[" * 3000 + "]" * 3000 + "}",
        '{"say": "result", "value": null, "carried": {"7": [1]}}',
        '{"say": "result", "value": null, "carried": []}',
        '{"say": "handle"}', '{"say": "error", "kind": 3, "text": ""}',
        '{"say": "result", "value": 1' + "0" * 40 + "}",
    ],
)  # fmt: skip
def test_no_line_from_the_other_end_does_more_than_fail(line: str) -> None:
    sent: list[str] = []
    remote = Remote(sent.append, lambda: line)
    with pytest.raises((Wrong, Stopped, Failed)):
        remote.new("Queue") if "handle" in line else remote.call("look", Words(), 1, returns=int)


def test_only_methods_that_are_declared_can_be_called() -> None:
    answers: list[dict[str, Any]] = []
    asks = [
        {"say": "ask", "object": 0, "method": method, "args": []}
        for method in ("secret", "__class__", "__init__", "word.__globals__")
    ]
    lines = iter([*map(json.dumps, asks), '{"say": "result", "value": 0}'])
    remote = Remote(lambda line: answers.append(json.loads(line)), lambda: next(lines))
    remote.call("look", Words(), 1)
    assert [one["do"] for one in answers[1:]] == ["refuse"] * 4


def test_endless_questions_are_stopped() -> None:
    ask = json.dumps({"say": "ask", "object": 0, "method": "word", "args": [1]})
    remote = Remote(lambda _line: None, lambda: ask, most_asks=100)
    with pytest.raises(Stopped, match="asked 100 questions"):
        remote.call("look", Words(), 1)


def test_a_missing_name_is_told() -> None:
    with pytest.raises(BadInput, match="expected the program to define fill; found no such name"):
        InProcess.of("x = 1", ["fill"])


def test_a_class_of_the_same_name_elsewhere_is_no_live_one() -> None:
    class Words:
        def word(self, at: int) -> int:
            return at

    with pytest.raises(BadInput, match="found Words"):
        wire.encode(Words(), lambda _value: 0)
