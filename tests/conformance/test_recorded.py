"""Recorded runs of Spike against vmlab: the same comparison, on every Python."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.catalogue import FAMILIES
from tests.conformance.coverage import Coverage
from tests.conformance.freedoms import FREEDOMS, UNWRITTEN
from tests.conformance.lockstep import ENGINES, IN_STRIDES, Divergence, Lockstep
from tests.conformance.recording import FOLDER, Recording, digest, load
from tests.conformance.spike import FIRST_FLOAT
from vmlab.engine import blocks

PATHS = sorted(FOLDER.glob("*.xz"))
AGAIN = "python -m tests.conformance.recording makes the recordings anew"


def scratch_of(machine: Lockstep) -> bytes:
    """Scratch memory as vmlab has it."""
    low, high = machine.image.scratch
    return machine.machine.read(low, high - low)


def named(name: str) -> Recording:
    return load(FOLDER / f"{name}.xz")


def test_every_family_is_recorded() -> None:
    assert {path.stem for path in PATHS} == set(FAMILIES), AGAIN


every_recording = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
on_every_engine = pytest.mark.parametrize("engine", ENGINES)
in_strides_on_every_engine = pytest.mark.parametrize("engine", IN_STRIDES)


@on_every_engine
@every_recording
def test_every_instruction_leaves_what_spike_left(path: Path, engine: str) -> None:
    recording = load(path)
    machine = Lockstep(recording.image, engine)
    machine.each(recording.steps)
    assert digest(scratch_of(machine)) == recording.scratch_sha256


@in_strides_on_every_engine
@every_recording
def test_long_runs_leave_what_spike_left(
    path: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "WORTH_PRINTING", 1)
    recording = load(path)
    machine = Lockstep(recording.image, engine)
    machine.strides(recording.steps, 0)
    assert digest(scratch_of(machine)) == recording.scratch_sha256


def test_recordings_cover_the_description() -> None:
    coverage = Coverage()
    for path in PATHS:
        coverage.add(load(path).steps)
    print(coverage.summary())
    assert coverage.missing(UNWRITTEN) == [], AGAIN


def test_every_freedom_is_needed() -> None:
    """A row of the table of freedoms that no run needs would hide an error some day."""
    used: set[str] = set()
    for path in PATHS:
        recording = load(path)
        machine = Lockstep(recording.image)
        machine.each(recording.steps)
        used |= machine.freedoms
    assert used == {freedom.name for freedom in FREEDOMS}


# The comparison itself: one bit of what Spike said changed, and it must say so --------------------


def tampered(engine: str, name: str, wanted: str, **change: object) -> Lockstep:
    """Run a recording in which one step, the 40th that has the attribute `wanted`, is changed."""
    recording = named(name)
    steps = list(recording.steps)
    indices = [i for i, step in enumerate(steps) if getattr(step, wanted) and i > 50]
    at = indices[min(40, len(indices) - 1)]
    old = steps[at]
    new: dict[str, Any] = {
        key: value(getattr(old, key)) if callable(value) else value for key, value in change.items()
    }
    steps[at] = replace(old, **new)
    machine = Lockstep(recording.image, engine)
    machine.each(steps)
    return machine


@on_every_engine
def test_a_wrong_register_is_found(engine: str) -> None:
    with pytest.raises(Divergence, match=r"compute: x\d+ \(\w+\): vmlab has 0x"):
        tampered(engine, "compute", "rd", value=lambda value: value ^ 1 << 63)


def test_a_wrong_floating_point_register_is_found() -> None:
    recording = named("floating")
    at = next(i for i, step in enumerate(recording.steps) if step.rd >= FIRST_FLOAT and i > 500)
    steps = list(recording.steps)
    steps[at] = replace(steps[at], value=steps[at].value ^ 1)
    with pytest.raises(Divergence, match=r"floating: f\d+ \(f[tsa]\d+\): vmlab has 0x"):
        Lockstep(recording.image).each(steps)


def test_a_wrong_exception_flag_is_found() -> None:
    with pytest.raises(Divergence, match="floating: fflags: vmlab has 0x"):
        recording = named("floating")
        steps = list(recording.steps)
        at = next(i for i, step in enumerate(steps) if dict(step.csrs).get("fflags") and i > 500)
        written = dict(steps[at].csrs)
        written["fflags"] ^= 2
        steps[at] = replace(steps[at], csrs=tuple(written.items()))
        Lockstep(recording.image).each(steps)


@on_every_engine
def test_a_wrong_pc_is_found(engine: str) -> None:
    with pytest.raises(Divergence, match="pc: vmlab has"):
        tampered(engine, "ordinary", "rd", pc=lambda pc: pc + 4)


@on_every_engine
def test_a_wrong_mode_is_found(engine: str) -> None:
    with pytest.raises(Divergence, match="mode"):
        tampered(engine, "modes", "rd", mode=lambda mode: mode ^ 1)


@on_every_engine
def test_a_wrong_csr_is_found(engine: str) -> None:
    with pytest.raises(Divergence, match="vmlab has"):
        tampered(
            engine, "csr_values", "csrs", csrs=lambda csrs: (("mscratch", 0xDEAD_BEEF_0BAD_F00D),)
        )


@on_every_engine
def test_a_wrong_cause_is_found(engine: str) -> None:
    with pytest.raises(Divergence, match="cause"):
        tampered(engine, "modes", "trap", trap="trap_store_page_fault")


@on_every_engine
def test_a_wrong_tval_is_found(engine: str) -> None:
    with pytest.raises(Divergence, match="tval"):
        tampered(engine, "paging", "tval", tval=lambda tval: tval ^ 8)


@on_every_engine
def test_a_missing_trap_is_found(engine: str) -> None:
    with pytest.raises(Divergence):
        tampered(engine, "paging", "trap", trap="", mode=3)
