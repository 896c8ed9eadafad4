"""Which engine runs a session: asked for, refused, changed on the way."""

from __future__ import annotations

import inspect

import pytest

import vmlab.session
from tests.unit.programs import PASS, elf, session
from vmlab.core.errors import BadInput, Unsupported
from vmlab.core.events import Event, EventKind
from vmlab.engine import hosts
from vmlab.engine.tiers import why_not_t1
from vmlab.session import Until, load, open
from vmlab.session.snapshot import Reason, Status
from vmlab.session.stats import stats
from vmlab.trace import recording

needs_t1 = pytest.mark.skipif(why_not_t1() is not None, reason="T1 cannot run here")
NO_HOST = "WebAssembly is forbidden here"


@pytest.fixture
def no_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that refuses WebAssembly."""
    monkeypatch.setattr(hosts, "find_host", lambda: None)
    monkeypatch.setattr(hosts, "why_not", lambda: NO_HOST)


def test_an_unknown_engine_is_refused_when_opening_and_on_the_way() -> None:
    with pytest.raises(BadInput, match="expected an engine of auto, t0, t1, t2, found 't3'"):
        open("tour", ram="1M", engine="t3")
    run = open("tour", ram="1M", engine="t0")
    version = run.version
    with pytest.raises(BadInput, match="expected an engine"):
        run.use_engine("fast")
    assert (run.engine_asked, run.version) == ("t0", version)
    assert run.run().reason is Reason.PASSED


@pytest.mark.usefixtures("no_host")
def test_a_tier_by_name_that_cannot_run_is_refused_and_auto_says_why_it_is_slower() -> None:
    with pytest.raises(Unsupported, match=f"engine t1 cannot run here: {NO_HOST}"):
        open("tour", ram="1M", engine="t1")
    run = open("tour", ram="1M")
    with pytest.raises(Unsupported, match=NO_HOST):
        run.use_engine("t1")
    snap = run.snapshot()
    assert (snap.engine, snap.engine_asked, run.tier) == ("t0", "auto", "t0")
    assert snap.engine_note is not None and NO_HOST in snap.engine_note
    assert run.run().reason is Reason.PASSED
    run.use_engine("t0")
    assert run.snapshot().engine_note is None  # asked for by name: nothing to say


@needs_t1
def test_a_snapshot_names_the_tier_and_what_was_asked() -> None:
    run = open("tour", ram="1M", engine="t1")
    run.step()
    snap = run.snapshot()
    assert (snap.engine, snap.engine_asked, snap.engine_note) == ("t1", "t1", None)
    run.use_engine("t0")
    again = run.snapshot()
    assert (again.engine, again.engine_asked) == ("t0", "t0")
    assert again.version > snap.version
    assert stats(run, 1.0)["engine"] == "t0"
    run.use_engine("auto")
    run.run(limit=1)
    assert stats(run, 1.0)["engine"] == "t1"


@needs_t1
@pytest.mark.parametrize("order", ["t0 t1", "t1 t0", "t1 t0 auto t1"])
def test_switching_in_the_middle_of_a_run_changes_nothing_else(order: str) -> None:
    straight, changed = open("tour", ram="1M", engine="t0"), open("tour", ram="1M", engine="t0")
    heard: dict[str, list[Event]] = {"straight": [], "changed": []}
    kinds = EventKind.TRAP | EventKind.TRAP_RETURN | EventKind.WALK
    straight.subscribe(kinds, heard["straight"].append)
    changed.subscribe(kinds, heard["changed"].append)
    straight.run(limit=4_000)
    changed.start(limit=4_000)
    names = order.split()
    while changed.status is Status.RUNNING:
        changed.use_engine(names[0])
        names = [*names[1:], names[0]]
        changed._slice(150)
    assert changed.state_hash() == straight.state_hash()
    assert heard["changed"] == heard["straight"]
    ours, theirs = changed.snapshot(), straight.snapshot()
    for part in ("stop", "position", "now", "traps", "walk", "console", "counters", "regions"):
        assert getattr(ours, part) == getattr(theirs, part), part
    # What lies behind was made by several engines; going back needs all of it.
    for run in (straight, changed):
        run.back(2_000)
    assert changed.state_hash() == straight.state_hash()


@needs_t1
def test_breakpoints_stay_where_they_are() -> None:
    run = session(f"li t0, 3\nagain:\n addi t0, t0, -1\n bnez t0, again\n{PASS}", engine="t0")
    assert run.image is not None
    (again,) = (at for at, label in run.image.symbols.items() if label == "again")
    run.toggle_breakpoint(again)
    left = []
    for name in ("t0", "t1", "auto"):
        run.use_engine(name)
        assert run.run().reason is Reason.BREAKPOINT
        left.append(run.machine.hart.x[5])
    assert left == [3, 2, 1]
    assert run.run().reason is Reason.PASSED


@needs_t1
def test_a_recording_knows_no_engine() -> None:
    run = open("echo", ram="1M", engine="t1")
    run.run(limit=3_000)
    run.send("hello")
    run.run(limit=3_000)
    data = recording.write(run.recording())
    assert b"t1" not in data
    for name in ("t0", "t1"):
        assert load(data, engine=name).state_hash() == run.state_hash()


@needs_t1
def test_a_reset_keeps_the_engine() -> None:
    run = open("tour", ram="1M", engine="t1")
    run.run(Until.trap())
    run.reset()
    assert (run.engine_asked, run.engine.name) == ("t1", "t1")
    assert run.run().reason is Reason.PASSED


def test_open_shows_its_options_to_those_who_ask() -> None:
    shown = inspect.signature(vmlab.session.open)
    assert list(shown.parameters)[:2] == ["image", "name"]
    assert shown.parameters["engine"].default == "auto"
    assert shown.parameters["ram"].kind is inspect.Parameter.KEYWORD_ONLY
    assert vmlab.session.open.__name__ == "open" and "catalogue name" in str(open.__doc__)
    with pytest.raises(TypeError, match="rom"):
        open("tour", rom="1M")  # type: ignore[call-arg]
    assert open(elf(PASS), ram="1M", name="mine").setup.name == "mine"


@needs_t1
@pytest.mark.parametrize("guest", ["tour", "echo"])
def test_every_engine_tells_the_same_in_the_same_order(guest: str) -> None:
    """Batches of traps and walks, and single events of devices and the console, in turn."""

    def told(engine: str) -> list[Event]:
        run, got = open(guest, ram="1M", engine=engine), []
        run.subscribe(EventKind(0x3F) & ~EventKind.RETIRE, got.append)
        run.run(limit=20_000)
        return got

    assert len(told("t0")) > 200
    assert told("t1") == told("t0")
