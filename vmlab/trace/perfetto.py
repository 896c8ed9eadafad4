"""A timeline in Perfetto's own form: a sequence of protobuf messages.

The few fields that we need are written by hand, a quarter of the JSON form's size and with no
library; the tests read the files with Perfetto's published classes. Numbers are those of
protos/perfetto/trace: `trace_packet`, `track_event/*`.
"""

from __future__ import annotations

from typing import IO, Final

from vmlab.trace.chrome_json import TIME_AXIS
from vmlab.trace.timeline import Facts

PROCESS: Final = 1
"""The track of the hart; lanes and counters are tracks below it."""
_SEQUENCE: Final = 1
_SLICE_BEGIN, _SLICE_END, _INSTANT, _COUNTER = 1, 2, 3, 4
_VARINT, _FIXED64, _BYTES = 0, 1, 2

# TracePacket
_PACKET, _TIMESTAMP, _SEQUENCE_ID, _TRACK_EVENT = 1, 8, 10, 11
_TRACK_DESCRIPTOR = 60
# TrackDescriptor, ProcessDescriptor, CounterDescriptor
_UUID, _NAME, _PROCESS, _PARENT, _TRACK_COUNTER = 1, 2, 3, 5, 8
_PID, _PROCESS_NAME, _PROCESS_LABELS = 1, 6, 8
# TrackEvent and DebugAnnotation
_ANNOTATION, _TYPE, _TRACK, _CATEGORY, _EVENT_NAME, _COUNTER_VALUE = 4, 9, 11, 22, 23, 30
_FLOW, _FLOW_END = 47, 48
_ANNOTATION_NAME, _ANNOTATION_TEXT = 10, 6


def varint(value: int) -> bytes:
    """Seven bits a byte, the low ones first; the top bit says that more follow."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    return varint(field << 3 | _VARINT) + varint(value)


def fixed(field: int, value: int) -> bytes:
    return varint(field << 3 | _FIXED64) + value.to_bytes(8, "little")


def message(field: int, content: bytes | str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | _BYTES) + varint(len(data)) + data


class Perfetto:
    """Writes to a binary file, which stays open."""

    def __init__(self, file: IO[bytes], facts: Facts) -> None:
        self._file = file
        self._tracks: dict[str, int] = {}
        labels = [f"{name}: {value}" for name, value in {"time": TIME_AXIS, **facts}.items()]
        process = number(_PID, PROCESS)
        process += message(_PROCESS_NAME, f"hart 0 of {facts.get('guest', 'a guest')}")
        process += b"".join(message(_PROCESS_LABELS, label) for label in labels)
        self._describe(number(_UUID, PROCESS) + message(_PROCESS, process))

    def _describe(self, descriptor: bytes) -> None:
        content = number(_SEQUENCE_ID, _SEQUENCE) + message(_TRACK_DESCRIPTOR, descriptor)
        self._file.write(message(_PACKET, content))

    def _event(self, at: int, kind: int, track: str, content: bytes = b"") -> None:
        event = number(_TYPE, kind) + number(_TRACK, self._tracks[track]) + content
        packet = number(_TIMESTAMP, at) + number(_SEQUENCE_ID, _SEQUENCE)
        packet += message(_TRACK_EVENT, event)
        self._file.write(message(_PACKET, packet))

    def _track(self, key: str, title: str, more: bytes = b"") -> None:
        self._tracks[key] = uuid = PROCESS + 1 + len(self._tracks)
        names = number(_UUID, uuid) + message(_NAME, title) + number(_PARENT, PROCESS)
        self._describe(names + more)

    def lane(self, lane: str, title: str) -> None:
        self._track(lane, title)

    def begin(self, lane: str, at: int, arrow: int | None) -> None:
        names = message(_CATEGORY, "mode") + message(_EVENT_NAME, lane)
        ends = b"" if arrow is None else fixed(_FLOW_END, arrow)
        self._event(at, _SLICE_BEGIN, lane, names + ends)

    def end(self, lane: str, at: int) -> None:
        self._event(at, _SLICE_END, lane)

    def mark(self, lane: str, name: str, at: int, facts: Facts, arrow: int) -> None:
        names = message(_CATEGORY, "trap") + message(_EVENT_NAME, name)
        notes = b"".join(
            message(_ANNOTATION, message(_ANNOTATION_NAME, key) + message(_ANNOTATION_TEXT, text))
            for key, text in facts.items()
        )
        self._event(at, _INSTANT, lane, names + notes + fixed(_FLOW, arrow))

    def counter(self, name: str, at: int, value: int) -> None:
        if name not in self._tracks:
            self._track(name, name, message(_TRACK_COUNTER, b""))
        self._event(at, _COUNTER, name, number(_COUNTER_VALUE, value))

    def close(self) -> None:
        """Nothing: each message stands alone."""
