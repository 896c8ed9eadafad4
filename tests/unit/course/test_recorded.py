"""A recording tells all that was said, and is judged as the program was."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.pump import Tank
from vmlab.core.errors import BadInput
from vmlab.course.exercise import Exercise, Verdict, check, read_exercise
from vmlab.course.recorded import SCHEMA, Recorder, Recording, Replayed
from vmlab.course.student import Failed, InProcess, Stopped, Wrong
from vmlab.lab.serve import Served

EXERCISE = Path(__file__).parents[2] / "sandbox" / "exercise"
SOLUTION = (EXERCISE / "solution.py").read_text()
CHANGES = {
    "right": ("", ""),
    "asks too often": ("return max(", "tank.level(0)\n    return max("),
    "turns wrong": ("level > 50", "level > 60"),
    "raises": ("valve.turns += 1", "raise KeyError(valve.turns)"),
    "another kind": ("return valve.turns", "return [valve]"),
    "refused": ("return max(", "tank.drain()\n    return max("),
    "does not load": ("@dataclass", "@dataclas"),
}


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    found = read_exercise(EXERCISE)
    assert found is not None
    return found


@contextmanager
def recorded(most_asks: int = 1000) -> Iterator[Recorder]:
    """A program in a thread."""
    there: queue.Queue[str] = queue.Queue()
    back: queue.Queue[str] = queue.Queue()
    thread = threading.Thread(target=Served(there.get, back.put).run, daemon=True)
    thread.start()
    yield Recorder(there.put, lambda: back.get(timeout=10), most_asks)
    for _ in range(2):  # it may be waiting for an answer
        there.put("")
    thread.join(10)


def judged(exercise: Exercise, student: Recorder | Replayed, source: str, seed: int) -> Verdict:
    try:
        student.load(source, exercise.names)
    except Failed as error:
        raised = error

        def grade(*_: Any) -> Iterator[Any]:
            raise raised
            yield

        return check(exercise, student, seed, grade)
    return check(exercise, student, seed)


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_recording_is_judged_as_the_program_was(exercise: Exercise, name: str, seed: int) -> None:
    source = SOLUTION.replace(*CHANGES[name])
    with recorded() as student:
        verdict = judged(exercise, student, source, seed)
        text = student.recording.to_json()
    assert verdict.passed == (name == "right")
    replayed = Replayed(Recording.from_json(text))
    assert judged(exercise, replayed, source, seed) == verdict
    assert replayed.left == 0
    if name != "does not load":
        here = check(exercise, InProcess.of(source, exercise.names), seed)
        assert [one.passed for one in here.findings] == [one.passed for one in verdict.findings]


def test_a_recording_holds_calls_questions_and_answers(exercise: Exercise) -> None:
    with recorded() as student:
        student.load(SOLUTION, exercise.names, "mine.py")
        student.call("fullest", Tank([3, 9]), 2)
    load, call = json.loads(student.recording.to_json())["calls"]
    assert load["asked"]["source"] == SOLUTION
    assert call == {
        "asked": {"do": "call", "name": "fullest", "args": [{"l": [0, "Tank"]}, 2]},
        "asks": [
            [{"say": "ask", "object": 0, "method": "level", "args": [place]},
             {"do": "answer", "value": level}]
            for place, level in enumerate((3, 9))
        ],
        "said": {"say": "result", "value": 9, "carried": {}},
    }  # fmt: skip


def test_another_question_is_refused(exercise: Exercise) -> None:
    with recorded() as student:
        student.load(SOLUTION, exercise.names)
        check(exercise, student, 1)
    text = student.recording.to_json()

    def again() -> Replayed:
        one = Replayed(Recording.from_json(text))
        one.load_again()
        return one

    with pytest.raises(BadInput, match=r"call 2 of the recording: expected .*fullest"):
        again().call("turn", 1)
    with pytest.raises(BadInput, match=r"call 2 of the recording: expected .*answer"):
        check(exercise, again(), 2)  # other levels in the tank
    replayed = again()
    check(exercise, replayed, 1)
    with pytest.raises(BadInput, match="the grader asked for another"):
        replayed.call("fullest", Tank([]), 0)
    with pytest.raises(BadInput, match="call 1 of the recording"):
        Replayed(Recording.from_json(text)).load("x = 1", ["x"])


def test_why_it_was_stopped_is_recorded(exercise: Exercise) -> None:
    source = SOLUTION.replace("return max(", "while True: tank.level(0)\n    return max(")
    with recorded(most_asks=7) as student:
        student.load(source, exercise.names)
        verdict = check(exercise, student, 1)
    text = student.recording.to_json()
    assert verdict.findings[0].found == "the program asked 7 questions in one call"
    replayed = Replayed(Recording.from_json(text))
    replayed.load_again()
    assert check(exercise, replayed, 1) == verdict


LINES = [
    "no json", "[]", '{"say": "result", "value": {"r": ["Popen", []]}}', '{"say": "handle"}',
    '{"say": "result", "value": null, "carried": {"7": [1]}}', '{"say": "ask", "object": 0}',
    '{"say": "result", "value": 1e999}', '{"say": "result", "value": "\\ud800"}',
    '{"say": "result", "value": 1, "value": 2}',
]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_nonsense_is_recorded_too(line: str) -> None:
    def outcome(student: Recorder | Replayed) -> str:
        try:
            return repr(student.call("f", returns=int))
        except (Failed, Wrong, Stopped) as error:
            return f"{type(error).__name__}: {error}"

    student = Recorder(lambda _: None, lambda: line)
    found = outcome(student)
    text = student.recording.to_json()
    assert outcome(Replayed(Recording.from_json(text))) == found
    assert Recording.from_json(Recording.from_json(text).to_json()) == Recording.from_json(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"schema": "vmlab/exercise-recording/2", "calls": []}', "[" * 100_000,
        *(json.dumps({"schema": SCHEMA, "calls": calls}) for calls in (
            1, [1], [{}], [{"asked": {}}], [{"asked": {"do": "call"}}],
            [{"asked": {"do": "call"}, "said": {}, "stopped": {"reason": "", "text": ""}}],
            [{"asked": {"do": "call"}, "said": 1}], [{"asked": {"do": "call"}, "stopped": {}}],
            [{"asked": {"do": "call"}, "said": {}, "asks": [[1, 2]]}],
            [{"asked": {"do": "call"}, "said": {}, "asks": 3}],
        )),
    ],
)  # fmt: skip
def test_what_is_no_recording_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Recording.from_json(text)


def test_a_recording_of_a_question_without_an_answer_is_refused() -> None:
    call = {"asked": {"do": "call", "name": "f", "args": []},
            "said": {"say": "ask", "object": 0, "method": "level", "args": []}}  # fmt: skip
    text = json.dumps({"schema": SCHEMA, "calls": [call]})
    with pytest.raises(BadInput, match="call 1 of the recording"):
        Replayed(Recording.from_json(text)).call("f")
