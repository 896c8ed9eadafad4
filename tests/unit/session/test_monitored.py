"""A session under a technique is a session: it runs, stops, steps and goes back as a bare one."""

from __future__ import annotations

import pytest

import vmlab
from tests.unit.session.monitored import ALL, IN_STEP, go, nano, seen
from vmlab import Until
from vmlab.core.errors import BadInput, Unsupported
from vmlab.core.events import EventKind, Retired, TrapReturn, TrapTaken
from vmlab.core.modes import Mode
from vmlab.session.edits import Place
from vmlab.session.snapshot import Reason, Status


def test_without_a_technique_nothing_is_beside_the_machine() -> None:
    assert vmlab.open("tour").snapshot().virtual is None


@pytest.mark.parametrize("technique", ALL)
def test_nano_runs_to_its_end(technique: str) -> None:
    session = nano(technique)
    stop = session.run(limit=20_000_000 if technique != "interpret" else 400_000)
    assert stop.reason is Reason.PASSED and session.status is Status.ENDED
    assert b"nano: the end, status 0" in session.console
    again = session.run()
    assert again.reason is Reason.PASSED and again.retired == stop.retired


@pytest.mark.parametrize("technique", [name for name in IN_STEP if name != "bare"])
def test_stops_are_the_guests_own(technique: str) -> None:
    """The same stops at the same counts as alone on the machine, one after the other."""
    bare, virtual = nano("bare"), nano(technique)
    symbols = {name: at for at, name in bare.symbols.items()}
    wanted = [
        Until.trap(),
        Until.mode(Mode.U),
        Until.mode(Mode.S),
        Until.trap(),
        Until.count(25_000),
        Until.pc(next(at for name, at in symbols.items() if "trap" in name)),
        Until.console("calls"),
    ]
    for until in wanted:
        stops = bare.run(until, limit=200_000), virtual.run(until, limit=200_000)
        assert stops[0] == stops[1]
        assert bare.steps == virtual.steps
        assert bare.state_hash() == virtual.state_hash()
    assert bare.trap_counts == virtual.trap_counts
    assert bare.console == virtual.console


@pytest.mark.parametrize("technique", [name for name in IN_STEP if name != "bare"])
def test_events_are_told_in_the_guests_terms(technique: str) -> None:
    """Each instruction and each trap of the guest's is heard of once, as on the bare machine,
    whoever carried it out."""
    heard: dict[str, list[object]] = {}
    for name in ("bare", technique):
        session, events = nano(name), heard.setdefault(name, [])
        session.run(Until.mode(Mode.U), limit=200_000)
        kinds = EventKind.RETIRE | EventKind.TRAP | EventKind.TRAP_RETURN
        off = session.subscribe(kinds, events.append)
        session.run(limit=1_500)
        off()
    found = {
        kind: [event for event in heard[technique] if isinstance(event, kind)]
        for kind in (Retired, TrapTaken, TrapReturn)
    }
    assert {len(events) > 0 for events in found.values()} == {True}
    assert heard[technique] == heard["bare"]


@pytest.mark.parametrize("technique", ALL)
def test_a_step_back_undoes_a_step(technique: str) -> None:
    session = nano(technique)
    session.run(Until.mode(Mode.U), limit=100_000)
    first = session.steps
    pictures = [seen(session)]
    for _ in range(6):
        session.step()
        pictures.append(seen(session))
    for at in (5, 2, 0, 3, 6):
        go(session, first + at)
        found = seen(session)
        assert {key: found[key] for key in found} == pictures[at]


@pytest.mark.parametrize("technique", ["trap_emulate", "hwassist", "paravirt", "interpret"])
def test_a_breakpoint_is_met_again_and_passed_over_once(technique: str) -> None:
    session = nano(technique, "sys 3")
    place = next(at for at, name in session.symbols.items() if "trap" in name)
    session.toggle_breakpoint(place)
    stops = [session.run(limit=400_000) for _ in range(4)]
    assert {stop.reason for stop in stops} == {Reason.BREAKPOINT}
    assert len({stop.retired for stop in stops}) == len(stops)


@pytest.mark.parametrize("technique", IN_STEP)
def test_a_watchpoint_sees_what_the_guest_stores(technique: str) -> None:
    """Direct stores and those that a monitor carries out: the hart's word is the guest's."""
    session = nano(technique)
    session.run(Until.mode(Mode.U), limit=100_000)
    stack = session.machine.hart.x[2]
    session.watch(stack - 64, 128)
    stop = session.run(limit=100_000)
    assert stop.reason is Reason.WATCHPOINT and stop.hit is not None
    bare = nano("bare")
    bare.run(Until.mode(Mode.U), limit=100_000)
    bare.watch(stack - 64, 128)
    assert bare.run(limit=100_000) == stop


@pytest.mark.parametrize("technique", ["trap_emulate", "hwassist"])
def test_another_engine_in_the_middle_changes_nothing(technique: str) -> None:
    straight, switched = nano(technique), nano(technique, engine="t0")
    straight.run(limit=30_000)
    switched.run(limit=20_000)
    switched.use_engine("auto")
    switched.run(limit=10_000)
    assert seen(straight) == seen(switched)
    switched.back(15_000)
    switched.use_engine("t0")
    switched.step(15_000)
    assert seen(straight) == seen(switched)


@pytest.mark.parametrize("technique", ALL)
def test_what_is_typed_comes_again(technique: str) -> None:
    session = nano(technique, "")
    session.run(Until.console(r"\$ "), limit=300_000)
    at = session.steps
    session.send("sys 1\n")
    session.run(Until.console(r"calls"), limit=300_000)
    after = seen(session)
    end = session.steps
    go(session, at // 2)
    go(session, end)
    assert seen(session) == after
    assert len(session.inputs) == 1


@pytest.mark.parametrize("technique", ["trap_emulate", "hwassist", "interpret"])
def test_a_change_is_input_of_the_run(technique: str) -> None:
    session = nano(technique)
    session.run(limit=12_345)
    session.edit(Place.X, 9, (0x77).to_bytes(8, "little"))
    session.edit(Place.CSR, 0x140, (0x1234).to_bytes(8, "little"))  # sscratch
    at = session.steps
    assert session.machine.hart.x[9] == 0x77
    session.step(3)
    after = seen(session)
    go(session, 100)
    go(session, at + 3)
    assert seen(session) == after


@pytest.mark.parametrize(
    ("place", "number", "value", "says"),
    [
        (Place.MODE, 0, 3, "expected a mode of 0 or 1 under hwassist, found M"),
        (Place.CSR, 0x302, 0, "expected a CSR of S or U under hwassist, found medeleg"),
    ],
)
def test_firmware_is_not_the_guests_to_change(
    place: Place, number: int, value: int, says: str
) -> None:
    session = nano("hwassist")
    with pytest.raises(BadInput, match=says):
        session.edit(place, number, value.to_bytes(8, "little"))
    assert session.inputs == ()


def test_the_memory_of_a_paravirtual_guest_is_not_changed_from_outside() -> None:
    session = nano("paravirt")
    with pytest.raises(Unsupported, match="scattered"):
        session.edit(Place.MEMORY, 0x8020_0000, b"\0")


@pytest.mark.parametrize(
    ("image", "options", "says"),
    [
        ("nano", {"technique": "xen"}, "expected a technique of bare, .*, found 'xen'"),
        ("tour", {"technique": "hwassist"}, r"expected a guest that starts in S under SBI \(nano"),
        (None, {"technique": "hwassist"}, "expected a guest or a raw kernel .*, found neither"),
        ("nano", {"technique": "bare", "bios": b"x"}, "expected no firmware under bare"),
        ("nano", {"technique": "bare", "kernel": b"x"}, "found both"),
        (None, {"technique": "paravirt", "kernel": b"x"}, "built for paravirt .*raw kernel"),
        ("nano", {"technique": "bare", "initrd": b"x"}, "without an initial RAM disk"),
        ("nano", {"technique": "bare", "dtb": b"x"}, "without a device tree"),
        ("nano", {"technique": "hwassist", "misaligned": "done"}, "misaligned accesses that trap"),
        ("nano", {"technique": "hwassist", "isa": "rv64gch"}, "without the hypervisor extension"),
    ],
)
def test_what_no_monitor_takes_is_refused_in_a_sentence(
    image: str | None, options: dict[str, object], says: str
) -> None:
    with pytest.raises((BadInput, Unsupported), match=says):
        vmlab.open(image, **options)  # type: ignore[arg-type]
