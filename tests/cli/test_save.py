"""`--save` and `--load`: a run that goes on in another process, as if nothing had been."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Vmlab


def test_a_saved_run_goes_on_in_another_process(vmlab: Vmlab, tmp_path: Path) -> None:
    straight = vmlab("run", "primes", "--stats", "straight.json")
    first = vmlab("run", "primes", "--max-insns", 1_000_000, "--save", "half.zip")
    then = vmlab("run", "--load", "half.zip", "--stats", "loaded.json", "--engine", "t0")
    assert (straight.returncode, first.returncode, then.returncode) == (0, 3, 0), then.stderr
    assert first.stdout + then.stdout == straight.stdout
    stats = [json.loads((tmp_path / f"{name}.json").read_text()) for name in ("straight", "loaded")]
    assert stats[0]["state_hash"] == stats[1]["state_hash"]
    assert stats[0]["traps"] == stats[1]["traps"]


def test_a_snapshot_is_replayed_like_a_recording(vmlab: Vmlab) -> None:
    vmlab("run", "echo", "--send", "ends", "hello\\r", "--until", "hello", "--save", "talk.zip")
    done = vmlab("run", "--replay", "talk.zip")
    assert done.returncode == 0 and b"hello" in done.stdout, done.stderr


def test_what_cannot_be_loaded_is_said_with_its_name(vmlab: Vmlab, tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    done = vmlab("run", "--load", "bad.zip")
    assert done.returncode == 2
    assert b"bad.zip: expected a vmlab recording or snapshot (a zip file)" in done.stderr
    done = vmlab("run", "tour", "--load", "bad.zip")
    assert b"--load: the file has its own guest and input, found IMAGE too" in done.stderr


def test_a_limit_before_the_snapshot_is_refused(vmlab: Vmlab) -> None:
    vmlab("run", "tour", "--max-insns", 500, "--save", "half.zip")
    done = vmlab("run", "--load", "half.zip", "--max-insns", 400)
    assert done.returncode == 2
    assert b"expected more than the 500 instructions after which half.zip stands" in done.stderr
