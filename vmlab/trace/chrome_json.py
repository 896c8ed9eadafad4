"""A timeline in the JSON form of Chrome's trace events, which Perfetto reads.

One event a line, written as it comes. Times are microseconds with three digits: a nanosecond is an
instruction. A slice is a pair of events B and E, a mark a slice of no length; an arrow joins those
that have the same `bind_id`.
"""

from __future__ import annotations

import json
from typing import IO, Final

from vmlab.trace.timeline import Facts

PID: Final = 1
TIME_AXIS: Final = "1 ns is one retired instruction; sleeping in wfi takes no time"


class ChromeJson:
    """Writes to a binary file, which stays open."""

    def __init__(self, file: IO[bytes], facts: Facts) -> None:
        self._file = file
        self._threads: dict[str, int] = {}
        head = {"displayTimeUnit": "ns", "otherData": {"time_axis": TIME_AXIS, **facts}}
        self._file.write(json.dumps(head)[:-1].encode() + b', "traceEvents": [\n')
        name = {"name": f"hart 0 of {facts.get('guest', 'a guest')}"}
        self._file.write(_line({"ph": "M", "name": "process_name", "pid": PID, "args": name}))

    def _write(self, event: dict[str, object]) -> None:
        self._file.write(b",\n" + _line({"pid": PID, **event}))

    def lane(self, lane: str, title: str) -> None:
        self._threads[lane] = thread = len(self._threads) + 1
        for name, args in (
            ("thread_name", {"name": title}),
            ("thread_sort_index", {"sort_index": thread}),
        ):
            self._write({"ph": "M", "name": name, "tid": thread, "args": args})

    def begin(self, lane: str, at: int, arrow: int | None) -> None:
        ends = {} if arrow is None else {"bind_id": f"{arrow:#x}", "flow_in": True}
        event = {"ph": "B", "name": lane, "cat": "mode", "tid": self._threads[lane]}
        self._write({**event, "ts": at / 1000, **ends})

    def end(self, lane: str, at: int) -> None:
        self._write({"ph": "E", "tid": self._threads[lane], "ts": at / 1000})

    def mark(self, lane: str, name: str, at: int, facts: Facts, arrow: int) -> None:
        event = {"ph": "X", "name": name, "cat": "trap", "tid": self._threads[lane], "dur": 0}
        begins = {"bind_id": f"{arrow:#x}", "flow_out": True}
        self._write({**event, "ts": at / 1000, "args": dict(facts), **begins})

    def counter(self, name: str, at: int, value: int) -> None:
        self._write({"ph": "C", "name": name, "ts": at / 1000, "args": {"value": value}})

    def close(self) -> None:
        self._file.write(b"\n]}\n")


def _line(event: dict[str, object]) -> bytes:
    return json.dumps(event).encode()
