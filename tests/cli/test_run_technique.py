"""`vmlab run --technique`: a virtual machine with all that a run can do."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Vmlab

NANO = ("run", "nano", "--ram", "8M", "--append", "sys 2")


def test_a_technique_changes_nothing_that_the_guest_prints(vmlab: Vmlab, tmp_path: Path) -> None:
    facts = {}
    printed = set()
    for name in ("bare", "trap_emulate"):
        done = vmlab(*NANO, "--technique", name, "--stats", f"{name}.json")
        assert done.returncode == 0, done.stderr
        printed.add(done.stdout)
        facts[name] = json.loads((tmp_path / f"{name}.json").read_text())
    assert len(printed) == 1
    assert facts["bare"]["state_hash"] == facts["trap_emulate"]["state_hash"]
    assert facts["trap_emulate"]["technique"] == "trap_emulate"
    assert facts["trap_emulate"]["counters"]["exits_total"] > 0
    assert facts["bare"]["counters"]["exits_total"] == 0


def test_record_replay_save_load_break_and_until(vmlab: Vmlab) -> None:
    technique = ("--technique", "hwassist")
    straight = vmlab(*NANO, *technique, "--record", "run.zip")
    again = vmlab("run", "--replay", "run.zip")
    assert straight.returncode == again.returncode == 0, again.stderr
    assert straight.stdout == again.stdout
    first = vmlab(*NANO, *technique, "--max-insns", 30_000, "--save", "half.zip")
    then = vmlab("run", "--load", "half.zip")
    assert first.returncode == 3 and then.returncode == 0, then.stderr
    assert first.stdout + then.stdout == straight.stdout
    stopped = vmlab(*NANO, *technique, "--until", "calls")
    assert stopped.returncode == 0 and b"--until matched" in stopped.stderr
    broken = vmlab(*NANO, *technique, "--break", "0x80200000")
    assert broken.returncode == 0 or b"expected" not in broken.stderr


def test_what_cannot_be_is_said_in_a_sentence(vmlab: Vmlab) -> None:
    done = vmlab("run", "tour", "--technique", "hwassist")
    assert done.returncode == 2 and b"expected a guest that starts in S under SBI" in done.stderr
    done = vmlab("run", "nano", "--technique", "vmx")
    assert done.returncode == 2 and b"expected a technique of bare" in done.stderr
    done = vmlab("run", "--replay", "run.zip", "--technique", "bare")
    assert done.returncode == 2 and b"found --technique too" in done.stderr
