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
from vmlab.lab import wire

SCHEMA: Final = "vmlab/exercise-recording/1"
SHOWN: Final = 160

Message = dict[str, Any]


@dataclass(slots=True)
class Exchange:
    """One call: what was asked, what the program asked back, and how it ended.

    Messages stay the text that they came as: a program may send lists of a million lists, which
    as objects take twenty times as much.
    """

    asked: str
    asks: list[tuple[str, str]] = field(default_factory=list)
    said: str | None = None
    stopped: tuple[str, str] | None = None
    """Reason and text, where the program was stopped."""

    def to_json(self) -> str:
        parts = [f'"asked":{self.asked}']
        if self.asks:
            parts.append(f'"asks":[{",".join(f"[{ask},{answer}]" for ask, answer in self.asks)}]')
        if self.said is not None:
            parts.append(f'"said":{self.said}')
        if self.stopped is not None:
            why = dict(zip(("reason", "text"), self.stopped, strict=True))
            parts.append(f'"stopped":{wire.text(why)}')
        return "{" + ",".join(parts) + "}"


@dataclass(slots=True)
class Recording:
    """The calls of one submission, in order."""

    calls: list[Exchange] = field(default_factory=list)

    def to_json(self) -> str:
        """The file's text."""
        calls = ",".join(one.to_json() for one in self.calls)
        return f'{{"schema":"{SCHEMA}","calls":[{calls}]}}'

    @classmethod
    def from_json(cls, text: str) -> Recording:
        """Raises `BadInput` for anything that is no recording."""
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"expected a recording as JSON: {error}") from None
        match found:
            case {"schema": str(schema), "calls": list(calls)} if schema == SCHEMA:
                return cls([_exchange(number, one) for number, one in enumerate(calls, 1)])
            case {"schema": schema}:
                raise BadInput(f"expected schema {SCHEMA}, found {str(schema)[:SHOWN]!r}")
        raise BadInput(f"expected a recording with schema {SCHEMA}, found other JSON")


def _exchange(number: int, found: Any) -> Exchange:
    match found:
        case {"asked": {"do": str()} as asked}:
            made = Exchange(wire.text(asked))
        case _:
            raise BadInput(f"call {number} of the recording: expected what was asked, found none")
    asks = found.get("asks", [])
    for pair in asks if isinstance(asks, list) else [asks]:
        match pair:
            case [{"say": "ask"} as ask, {"do": "answer" | "refuse"} as answer]:
                made.asks.append((wire.text(ask), wire.text(answer)))
            case _:
                raise BadInput(f"call {number} of the recording: expected pairs of question and "
                               "answer, found something else")  # fmt: skip
    match found:
        case {"said": dict(said)} if "stopped" not in found:
            made.said = wire.text(said)
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
        super().__init__(self._send_on, self._receive_on, most_asks)
        self.recording = Recording()
        self._really_send, self._really_receive = send, receive
        self._line = ""
        self._call: Exchange | None = None

    def _exchange(self, message: Message) -> Message:
        self._call = None
        try:
            return super()._exchange(message)
        except Stopped as error:
            self._end(error)
            raise

    def _end(self, error: Stopped) -> None:
        """Write down why it ended, unless what was said last tells that already."""
        if self._call is not None and self._call.said is None:
            self._call.stopped = error.reason, str(error)

    def _send_on(self, line: str) -> None:
        """The first line of an exchange is a call; the others answer what was said last."""
        if self._call is None:
            self._call = Exchange(line)
            self.recording.calls.append(self._call)
        elif self._call.said is not None:
            self._call.asks.append((self._call.said, line))
            self._call.said = None
        self._really_send(line)

    def _receive_on(self) -> str:
        self._line = self._really_receive()
        return self._line

    def _next(self) -> Message:
        said = super()._next()
        assert self._call is not None  # something was sent first
        self._call.said = self._line
        return said


class Replayed(Remote):
    """A `Student` that says what a recorded one said, as long as it is asked the same.

    Raises `BadInput`, which no program can cause, when a grader asks for anything else.
    """

    def __init__(self, recording: Recording) -> None:
        super().__init__(self._compare, self._no_line)
        self._recording = recording
        self._place = 0
        """How many calls were begun."""
        self._said: Iterator[str] = iter(())
        self._answers: Iterator[str] = iter(())

    @property
    def left(self) -> int:
        """Calls that nobody has asked for yet: none, if a grader did all that it did before."""
        return len(self._recording.calls) - self._place

    def load_again(self) -> None:
        """Load the program as the recording begins. Raises as `load` did then."""
        first = json.loads(self._recording.calls[0].asked) if self._recording.calls else {}
        match first:
            case {"do": "load", "source": str(source), "names": list(names), "file": str(file)}:
                self.load(source, names, file)
            case _:
                raise BadInput("expected a recording that begins with a program's text")

    def _compare(self, line: str) -> None:
        """Take what is sent to the program: is it what was sent then?"""
        sent = json.loads(line)
        if sent["do"] in {"answer", "refuse"}:
            expected = next(self._answers, "{}")
        elif self._place == len(self._recording.calls):
            raise BadInput(f"the recording has {self._place:,} calls; the grader asked for another")
        else:
            call = self._recording.calls[self._place]
            self._place += 1
            expected = call.asked
            said = [ask for ask, _ in call.asks]
            self._said = iter(said if call.said is None else [*said, call.said])
            self._answers = iter([answer for _, answer in call.asks])
        if sent != json.loads(expected):
            raise BadInput(
                f"call {self._place:,} of the recording: expected {expected[:SHOWN]}, "
                f"the grader has {line[:SHOWN]}"
            )

    def _next(self) -> Message:
        said = next(self._said, None)
        if said is not None:
            found: Message = json.loads(said)
            return found
        stopped = self._recording.calls[self._place - 1].stopped
        if stopped is None:
            raise BadInput(f"call {self._place:,} of the recording: expected how it ended")
        raise Stopped(*stopped)

    @staticmethod
    def _no_line() -> str:
        raise AssertionError("`_next` reads the recording")
