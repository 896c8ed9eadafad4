"""What a grader and a program said to each other, written down, and judged once more.

    {"schema": "vmlab/exercise-recording/1",
     "calls": [{"asked": {"do": "call", "name", "args"},
                "asks": [[{"say": "ask", ..}, {"do": "answer", ..}], ..],
                "said": {"say": "result", ..}  or  "stopped": {"reason", "text"}}, ..]}

The messages are those of `lab.serve`. The trusted side writes them down, so a program has no hand
in its recording; what a file of one says is as good as whoever wrote the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from vmlab.core.errors import BadInput
from vmlab.course.remote import MOST_ASKS, Remote
from vmlab.course.student import Stopped

SCHEMA: Final = "vmlab/exercise-recording/1"
MOST_CALLS: Final = 1_000_000
SHOWN: Final = 160

Message = dict[str, Any]


@dataclass(slots=True)
class Exchange:
    """One call: what was asked, what the program asked back, and how it ended."""

    asked: Message
    asks: list[tuple[Message, Message]] = field(default_factory=list)
    said: Message | None = None
    stopped: tuple[str, str] | None = None
    """Reason and text, where the program was stopped."""

    def to_json(self) -> Message:
        found: Message = {"asked": self.asked}
        if self.asks:
            found["asks"] = [list(pair) for pair in self.asks]
        if self.said is not None:
            found["said"] = self.said
        if self.stopped is not None:
            found["stopped"] = dict(zip(("reason", "text"), self.stopped, strict=True))
        return found


@dataclass(slots=True)
class Recording:
    """The calls of one submission, in order."""

    calls: list[Exchange] = field(default_factory=list)

    def to_json(self) -> str:
        """The file's text."""
        calls = [one.to_json() for one in self.calls]
        return json.dumps({"schema": SCHEMA, "calls": calls}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Recording:
        """Raises `BadInput` for anything that is no recording."""
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"expected a recording as JSON: {error}") from None
        match found:
            case {"schema": str(schema), "calls": list(calls)} if schema == SCHEMA:
                if len(calls) > MOST_CALLS:
                    raise BadInput(f"expected at most {MOST_CALLS:,} calls, found {len(calls):,}")
                return cls([_exchange(number, one) for number, one in enumerate(calls, 1)])
            case {"schema": schema}:
                raise BadInput(f"expected schema {SCHEMA}, found {str(schema)[:SHOWN]!r}")
        raise BadInput(f"expected a recording with schema {SCHEMA}, found other JSON")


def _exchange(number: int, found: Any) -> Exchange:
    match found:
        case {"asked": {"do": str()} as asked}:
            made = Exchange(asked)
        case _:
            raise BadInput(f"call {number} of the recording: expected what was asked, found none")
    asks = found.get("asks", [])
    for pair in asks if isinstance(asks, list) else [asks]:
        match pair:
            case [{"say": "ask"} as ask, {"do": "answer" | "refuse"} as answer]:
                made.asks.append((ask, answer))
            case _:
                raise BadInput(f"call {number} of the recording: expected pairs of question and "
                               "answer, found something else")  # fmt: skip
    match found:
        case {"said": dict(said)} if "stopped" not in found:
            made.said = said
        case {"stopped": {"reason": str(reason), "text": str(text)}} if "said" not in found:
            made.stopped = reason, text
        case _:
            raise BadInput(f"call {number} of the recording: expected either what was said or why "
                           "it was stopped")  # fmt: skip
    return made


class Recorder(Remote):
    """A program at the other end of a line, of which all is written down."""

    def __init__(
        self, send: Callable[[str], None], receive: Callable[[], str], most_asks: int = MOST_ASKS
    ) -> None:
        super().__init__(send, receive, most_asks)
        self.recording = Recording()

    def _exchange(self, message: Message) -> Message:
        call = Exchange(message)
        self.recording.calls.append(call)
        try:
            return super()._exchange(message)
        except Stopped as error:
            if call.said is None:
                call.stopped = error.reason, str(error)
            raise

    def _next(self) -> Message:
        said = super()._next()
        self.recording.calls[-1].said = said
        return said

    def _asked(self, number: int, method: str, arguments: list[Any]) -> Message:
        answer = super()._asked(number, method, arguments)
        call = self.recording.calls[-1]
        assert call.said is not None  # the question, which is no result
        call.asks.append((call.said, answer))
        call.said = None
        return answer


class Replayed(Remote):
    """A `Student` that says what a recorded one said, as long as it is asked the same.

    Raises `BadInput`, which no program can cause, when a grader asks for anything else.
    """

    def __init__(self, recording: Recording) -> None:
        super().__init__(self._compare, self._no_line)
        self._recording = recording
        self._place = 0
        """How many calls were begun."""
        self._said: Iterator[Message] = iter(())
        self._answers: Iterator[Message] = iter(())

    @property
    def left(self) -> int:
        """Calls that nobody has asked for yet: none, if a grader did all that it did before."""
        return len(self._recording.calls) - self._place

    def load_again(self) -> None:
        """Load the program as the recording begins. Raises as `load` did then."""
        match self._recording.calls[:1]:
            case [Exchange(asked={"do": "load", "source": s, "names": names, "file": file})]:
                self.load(s, names, file)
            case _:
                raise BadInput("expected a recording that begins with a program's text")

    def _compare(self, line: str) -> None:
        """Take what is sent to the program: is it what was sent then?"""
        sent = json.loads(line)
        if sent["do"] in {"answer", "refuse"}:
            expected = next(self._answers, {})
        elif self._place == len(self._recording.calls):
            raise BadInput(f"the recording has {self._place:,} calls; the grader asked for another")
        else:
            call = self._recording.calls[self._place]
            self._place += 1
            expected = call.asked
            said = [ask for ask, _ in call.asks]
            self._said = iter(said if call.said is None else [*said, call.said])
            self._answers = iter([answer for _, answer in call.asks])
        if sent != expected:
            raise BadInput(
                f"call {self._place:,} of the recording: expected {_short(expected)}, "
                f"the grader has {_short(sent)}"
            )

    def _next(self) -> Message:
        said = next(self._said, None)
        if said is not None:
            return said
        stopped = self._recording.calls[self._place - 1].stopped
        if stopped is None:
            raise BadInput(f"call {self._place:,} of the recording: expected how it ended")
        raise Stopped(*stopped)

    @staticmethod
    def _no_line() -> str:
        raise AssertionError("`_next` reads the recording")


def _short(message: Message) -> str:
    return json.dumps(message)[:SHOWN]
