"""Files of runs under a technique: replayed to the last exit, opened as they stood, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import vmlab
from tests.unit.session.monitored import ALL, nano, seen
from tests.unit.session.test_snapshot_file import parts, zipped
from vmlab.core.errors import BadInput, Unsupported, VmlabError
from vmlab.session.inputs import Given
from vmlab.trace import archive, recording
from vmlab.trace.recording import Recording

HERE = 40_000


def here(technique: str) -> int:
    return 6_000 if technique == "interpret" else HERE


@pytest.mark.parametrize("technique", ALL)
def test_a_recording_brings_the_same_exits(technique: str) -> None:
    session = nano(technique)
    session.run(limit=here(technique))
    data = recording.write(session.recording())
    loaded = vmlab.load(data)
    assert loaded.setup.technique == technique
    assert seen(loaded) == seen(session)
    replayed = vmlab.replay(data)
    assert replayed.position == 0
    replayed.step(session.steps)
    assert seen(replayed) == seen(session)


@pytest.mark.parametrize("technique", ["bare", "interpret", "trap_emulate", "hwassist"])
def test_a_snapshot_goes_on_as_the_guest_would_have(technique: str, tmp_path: Path) -> None:
    """As after a migration: the same guest and all that was counted; tables are made anew."""
    session = nano(technique)
    session.run(limit=here(technique))
    session.save_snapshot(tmp_path / "run")
    loaded = vmlab.load(tmp_path / "run")
    assert loaded.state_hash() == session.state_hash()
    assert loaded.console == session.console
    counted = [one.snapshot().virtual for one in (session, loaded)]
    assert counted[0] is not None and counted[1] is not None
    assert counted[0].counters == counted[1].counters
    for one in (session, loaded):
        one.run(limit=here(technique))
    assert loaded.state_hash() == session.state_hash()
    assert loaded.trap_counts == session.trap_counts
    loaded.back(here(technique) + 500)
    session.back(here(technique) + 500)
    assert seen(loaded) == seen(session)  # before the snapshot the run itself is played


def test_a_paravirtual_run_is_recorded_only() -> None:
    session = nano("paravirt")
    session.run(limit=1_000)
    with pytest.raises(Unsupported, match="record the run instead"):
        session.snapshot_file()


def test_the_arguments_open_the_same_guest_again() -> None:
    for technique in ("trap_emulate", "paravirt"):
        session = nano(technique, seed=7)
        said = session.arguments()
        assert said["image"] == "nano" and said["technique"] == technique and "isa" not in said
        assert vmlab.open(**said).setup == session.setup


def test_a_bare_run_is_written_as_before() -> None:
    session = vmlab.open("tour", ram="1M")
    manifest = json.loads(parts(recording.write(session.recording()))[archive.MANIFEST])
    assert manifest["schema"] == "vmlab/recording/1" and "technique" not in manifest


def _with(data: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    found = parts(data)
    manifest = json.loads(found[archive.MANIFEST])
    change(manifest)
    return zipped({**found, archive.MANIFEST: json.dumps(manifest).encode()})


def test_a_technique_that_there_is_not_is_refused() -> None:
    data = recording.write(nano("hwassist").recording())
    with pytest.raises(BadInput, match=r"expected a technique of bare, .*, found 'vmx'"):
        vmlab.load(_with(data, lambda manifest: manifest.update(technique="vmx")))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda file: file["hart"].update(mode="3"),
            "expected a guest in S or U .*, found it in M",
        ),
        (lambda file: file["hart"].update(medeleg="0"), "expected medeleg as firmware leaves it"),
        (lambda file: file["hart"].update(intercepts="2"), "expected intercepts as firmware"),
        (lambda file: file["counters"].update(luck=3), "expected a counter .*, found 'luck'"),
        (lambda file: file["counters"].update({"exits.LUCK": 3}), "expected a counter"),
        (lambda file: file["counters"].update(direct_insns=-1), "expected"),
    ],
)
def test_a_snapshot_that_no_guest_can_be_in_is_refused(
    change: Callable[[dict[str, Any]], object], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = nano("hwassist")
    session.run(limit=20_000)
    monkeypatch.setattr("vmlab.session.saving._same_state", lambda found, said: True)
    with pytest.raises(VmlabError, match=says):
        vmlab.load(_with(session.snapshot_file(), change))


def test_what_is_recorded_is_what_was_given() -> None:
    session = nano("trap_emulate", "")
    session.run(vmlab.Until.console(r"\$ "), limit=300_000)
    session.send("sys 1\n")
    read: Recording = recording.read(recording.write(session.recording()))
    given: tuple[Given, ...] = session.inputs
    assert len(read.inputs) == len(given) == 1
    assert read.start.technique == "trap_emulate"
