"""`vmlab bench`: what it measures, what it refuses, and what it says of what is not here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Vmlab
from vmlab.engine.tiers import why_not_t1

FIELDS = {"workload", "engine", "mips", "ratio_to", "ratio"}


def test_json_has_a_row_for_each_engine_and_what_it_is_compared_with(vmlab: Vmlab) -> None:
    done = vmlab("bench", "sieve", "supervisor", "--rounds", 1, "--no-peers", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == b"", "no progress where there is no terminal"
    document = json.loads(done.stdout)
    assert document["schema"] == "vmlab/bench/1"
    assert document["rounds"] == 1
    assert "Python" in document["host"]
    assert document["absent"] == [], "peers that nobody asked for are not absent"
    rows = document["rows"]
    assert all(row.keys() == FIELDS and row["mips"] > 0 for row in rows)
    pairs = [(row["workload"], row["engine"], row["ratio_to"]) for row in rows]
    engines = [("t0", None), *([] if why_not_t1() else [("t1", "t0"), ("t2", "t0")])]
    assert pairs == [(work, *pair) for work in ("sieve", "supervisor") for pair in engines]


def test_the_table_names_the_host_the_columns_and_what_is_absent(
    vmlab: Vmlab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    done = vmlab("bench", "coremark_like", "--engine", "t0", "--rounds", "1")
    assert done.returncode == 0, done.stderr
    host, *rest = done.stdout.decode().splitlines()
    assert host.endswith("; medians of 1 round in turns")
    assert "qemu is absent: no qemu-system-riscv64 on PATH" in rest
    assert rest[-2].split()[:2] == ["MIPS", "t0"]
    assert rest[-1].split()[0] == "coremark_like"
    assert float(rest[-1].split()[1]) > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nonsense",), "expected a workload of sieve, matmul"),
        (("tour",), "found 'tour'"),
        (("sieve", "--engine", "t9"), "expected an engine of auto, t0, t1, t2, found 't9'"),
        (("sieve", "--rounds", "0"), "Invalid value for '--rounds'"),
    ],
    ids=["no guest", "no benchmark", "no engine", "no round"],
)
def test_bad_input_is_refused_before_anything_runs(
    vmlab: Vmlab, words: tuple[str, ...], said: str
) -> None:
    done = vmlab("bench", *words)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr.decode()


def test_a_peer_that_fails_is_named(
    vmlab: Vmlab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "qemu-system-riscv64"
    fake.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('no such machine')\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    done = vmlab("bench", "sieve", "--engine", "t0", "--rounds", 1)
    assert done.returncode == 2
    assert b"qemu: expected sieve to pass, found status 1: no such machine" in done.stderr


def test_ctrl_c_ends_it_with_one_line(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "vmlab", "bench", "--rounds", "99", "--no-peers"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        # Whoever started the tests in the background made them, and all below, deaf to Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert any(b"MIPS" in line for line in process.stdout), "the heading comes first"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, b"vmlab: interrupted\n")
    assert not list(tmp_path.glob("vmlab-bench-*"))
