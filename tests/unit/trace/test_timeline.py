"""Timelines for Perfetto: lanes, marks, arrows and counters say what the run did, in both forms.

The protobuf form is read with Perfetto's own published classes.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from typing import Any

import pytest

import vmlab
from tests.unit.programs import session
from vmlab.core.events import Event, EventKind, TrapReturn, TrapTaken
from vmlab.session import Session
from vmlab.session.tracing import Tracer
from vmlab.trace.perfetto import varint
from vmlab.trace.timeline import COUNTERS, SAMPLE_INSNS, cause_name

TRAPS_FOR_EVER = """
    la t0, handler
    csrw mtvec, t0
again:
    ecall
    j again
handler:
    csrr t1, mepc
    addi t1, t1, 4
    csrw mepc, t1
    mret
"""


def traced(run: Session, name: str, slice_insns: int = 1 << 40, limit: int = 1 << 40) -> bytes:
    """Run to the end, in slices as the command does."""
    file = io.BytesIO()
    tracer = Tracer(run, file, name)
    while run.status.value != "ended" and run.position < limit:
        tracer.look()
        run.run(limit=min(slice_insns, tracer.room, limit - run.position))
    tracer.close()
    return file.getvalue()


def tour(**options: object) -> Session:
    return vmlab.open("tour", ram="1M", **options)  # type: ignore[arg-type]


def heard() -> list[Event]:
    run, events = tour(), list[Event]()
    run.subscribe(EventKind.TRAP | EventKind.TRAP_RETURN, events.append)
    run.run()
    return events


EVENTS = heard()


def test_the_json_form_tells_every_change_of_mode() -> None:
    file = json.loads(traced(tour(), "tour.json"))
    assert "retired instruction" in file["otherData"]["time_axis"]
    rows = file["traceEvents"]
    lanes = {row["tid"]: row["args"]["name"] for row in rows if row.get("name") == "thread_name"}
    assert set(lanes.values()) == {"M: firmware", "S: supervisor", "U: user"}
    slices = _slices(rows, lanes)
    expected = []
    at, mode = 0, "M"
    for event in EVENTS:
        assert isinstance(event, TrapTaken | TrapReturn)
        left = event.count + (1 if isinstance(event, TrapReturn) else 0)
        expected.append((mode, at, left))
        at, mode = left, event.to_mode.name
    assert slices[:-1] == expected
    assert slices[-1][2] == 1216


def _slices(rows: list[dict[str, Any]], lanes: dict[int, str]) -> list[tuple[str, int, int]]:
    """(mode, first, end) of each; one is open at a time, and time never goes back."""
    found, begun, now = [], None, 0.0
    for row in rows:
        if "ts" in row:
            assert row["ts"] >= now
            now = row["ts"]
        if row["ph"] == "B":
            assert begun is None and lanes[row["tid"]].startswith(row["name"])
            begun = row
        elif row["ph"] == "E":
            assert begun is not None and begun["tid"] == row["tid"]
            found.append((begun["name"], round(begun["ts"] * 1000), round(row["ts"] * 1000)))
            begun = None
    assert begun is None
    return found


def test_marks_name_causes_and_arrows_lead_to_their_handlers() -> None:
    rows = json.loads(traced(tour(), "tour.json"))["traceEvents"]
    traps = [event for event in EVENTS if isinstance(event, TrapTaken)]
    marks = [row for row in rows if row["ph"] == "X"]
    assert [row["name"] for row in marks] == [cause_name(event) for event in traps]
    assert [row["args"]["epc"] for row in marks] == [f"{event.epc:#x}" for event in traps]
    names = {row["name"] for row in marks}
    assert "machine timer interrupt" in names and any("page fault" in name for name in names)
    begins = {row["bind_id"]: row for row in rows if row.get("flow_in")}
    for row, event in zip(marks, traps, strict=True):
        assert row["flow_out"] and begins[row["bind_id"]]["name"] == event.to_mode.name
        assert begins[row["bind_id"]]["ts"] == row["ts"]
    assert len(begins) == len(traps)


def test_perfettos_own_classes_read_the_same_from_its_form() -> None:
    from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as form

    trace = form.Trace()
    trace.ParseFromString(traced(tour(), "tour.perfetto-trace"))
    names = {
        packet.track_descriptor.uuid: packet.track_descriptor.name
        for packet in trace.packet
        if packet.HasField("track_descriptor")
    }
    kinds = form.TrackEvent
    told: list[tuple[object, ...]] = []
    for packet in trace.packet:
        event, at = packet.track_event, packet.timestamp
        if not packet.HasField("track_event"):
            continue
        lane = names[event.track_uuid]
        if event.type == kinds.TYPE_SLICE_BEGIN:
            told.append(("B", lane, event.name, at, tuple(event.terminating_flow_ids)))
        elif event.type == kinds.TYPE_SLICE_END:
            told.append(("E", lane, at))
        elif event.type == kinds.TYPE_INSTANT:
            notes = {note.name: note.string_value for note in event.debug_annotations}
            told.append(("X", lane, event.name, at, tuple(event.flow_ids), notes))
        else:
            told.append(("C", lane, at, event.counter_value))
    assert told == _told_by_json()


def _told_by_json() -> list[tuple[object, ...]]:
    rows = json.loads(traced(tour(), "tour.json"))["traceEvents"]
    lanes: dict[int, str] = {}
    told: list[tuple[object, ...]] = []
    for row in rows:
        at = round(row.get("ts", 0) * 1000)
        flow = (int(row["bind_id"], 16),) if "bind_id" in row else ()
        if row.get("name") == "thread_name":
            lanes[row["tid"]] = row["args"]["name"]
        elif row["ph"] == "B":
            told.append(("B", lanes[row["tid"]], row["name"], at, flow))
        elif row["ph"] == "E":
            told.append(("E", lanes[row["tid"]], at))
        elif row["ph"] == "X":
            told.append(("X", lanes[row["tid"]], row["name"], at, flow, row["args"]))
        elif row["ph"] == "C":
            told.append(("C", row["name"], at, row["args"]["value"]))
    return told


@pytest.mark.parametrize("name", ["tour.json", "tour.perfetto-trace"])
def test_slices_and_engines_do_not_show(name: str) -> None:
    first = traced(tour(engine="t0"), name)
    assert traced(tour(engine="t0"), name, slice_insns=7) == first
    assert traced(tour(), name, slice_insns=100) == first


def test_counters_are_sampled_at_round_positions() -> None:
    run = session(TRAPS_FOR_EVER)
    rows = json.loads(traced(run, "x.json", limit=5 * SAMPLE_INSNS // 2))["traceEvents"]
    samples = {name: [] for name in COUNTERS}
    for row in rows:
        if row["ph"] == "C" and row["name"] in samples:
            samples[row["name"]].append((round(row["ts"] * 1000), row["args"]["value"]))
    positions = [at for at, _ in samples["traps"]]
    assert positions == [0, SAMPLE_INSNS, 2 * SAMPLE_INSNS, 5 * SAMPLE_INSNS // 2]
    marks = Counter(row["ph"] for row in rows)["X"]
    assert samples["traps"][-1][1] == marks == run.machine.hart.word("traps")


def test_the_file_grows_and_the_memory_does_not() -> None:
    import tracemalloc

    class Nowhere(io.BytesIO):
        written = 0

        def write(self, data: Any) -> int:
            self.written += len(data)
            return len(data)

    run, file = session(TRAPS_FOR_EVER, engine="t0"), Nowhere()
    tracer = Tracer(run, file, "x.json")
    event = TrapTaken(5, run.machine.hart.mode, run.machine.hart.mode, 11, False, 0, 0)
    tracemalloc.start()
    for _ in range(20_000):
        tracer._timeline.heard(event)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert file.written > 5_000_000 and peak < 100_000


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, (1 << 64) - 1])
def test_varints(value: int) -> None:
    data, found = varint(value), 0
    for at, byte in enumerate(data):
        found |= (byte & 0x7F) << 7 * at
        assert bool(byte & 0x80) == (at < len(data) - 1)
    assert found == value
