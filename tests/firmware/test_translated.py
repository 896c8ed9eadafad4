"""Firmware and kernels with hot pages translated: they say and do what they do on T1."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import vmlab
from tests.firmware.test_boot import firmware, options, talk
from vmlab.engine import effort
from vmlab.guests.firmware import Firmware
from vmlab.session.until import Until

__all__ = ["firmware"]
QUICK = ("bare", "trap_emulate")
SLOW = ("interpret", "paravirt", "paravirt_u", "hwassist")
"""Everything is compiled at once, which takes ten seconds each."""
WORK = "sys 300"
LIMIT = 20_000_000


@pytest.mark.parametrize("way", ["M", "jump"])
def test_u_boot_and_opensbi_end_as_on_t1(
    firmware: Firmware, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """U-Boot copies itself to the end of RAM and goes on there; OpenSBI runs beneath it. What is
    hot is compiled on the spot: so short a run could be over before a thread has done it."""
    monkeypatch.setattr(effort, "USUAL", replace(effort.USUAL, background=False))
    chosen: dict[str, Path] = options(firmware, way)
    ends = {}
    for engine in ("t1", "t2"):
        session = vmlab.open(ram="64M", engine=engine, **chosen)
        ends[engine] = talk(session), session.position, session.state_hash()
        if engine == "t2":
            counters = session.engine.translation_counters()
            assert counters.units_executed > 1_000
    assert ends["t1"] == ends["t2"]


@pytest.mark.parametrize(
    "technique", [*QUICK, *(pytest.param(name, marks=pytest.mark.long) for name in SLOW)]
)
def test_nano_ends_as_on_t1_under_every_technique(
    technique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VMLAB_T2_FORCE", "1")
    ends = {}
    for engine in ("t1", "t2"):
        chosen = {} if technique == "bare" else {"technique": technique}
        session = vmlab.open("nano", engine=engine, append=WORK, **chosen)
        stop = session.run(until=Until.count(LIMIT), limit=LIMIT)
        ends[engine] = stop.reason, stop.retired, session.state_hash(), bytes(session.console)
        if engine == "t2" and technique == "bare":
            assert session.engine.translation_counters().units_executed > 1_000
    assert ends["t1"] == ends["t2"]
