"""`vmlab run --break`, `--watch` and `--engine`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Vmlab
from tests.cli.test_run import one_sentence
from tests.unit.programs import PASS, elf
from vmlab.engine.tiers import why_not_t1

LOOP = f"""
    la s0, counter
    li s1, 3
again:
    ld t0, 0(s0)
    addi t0, t0, 1
    sd t0, 0(s0)
    addi s1, s1, -1
    bnez s1, again
done:
{PASS}
.data
.align 4
counter: .dword 0
"""
ENGINES = ["t0", "auto", *(["t1", "t2"] if why_not_t1() is None else [])]


@pytest.fixture
def guest(tmp_path: Path) -> str:
    (tmp_path / "loop.elf").write_bytes(elf(LOOP))
    return "loop.elf"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_watchpoint_ends_the_run_and_says_what_happened(
    vmlab: Vmlab, guest: str, engine: str
) -> None:
    done = vmlab("run", guest, "--watch", "counter", "--engine", engine)
    assert done.returncode == 0, done.stderr
    assert one_sentence(done) == (
        "vmlab: watchpoint: again+0x8 (0x80000014) wrote 8 bytes at counter (0x80001000), "
        "after 11 instructions"
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_a_breakpoint_ends_the_run_before_its_instruction(
    vmlab: Vmlab, guest: str, engine: str
) -> None:
    done = vmlab("run", guest, "--break", "done", "--engine", engine)
    assert done.returncode == 0, done.stderr
    said = one_sentence(done)
    assert said == "vmlab: breakpoint at done (0x80000020) after 23 instructions"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--break", "0x80000020"), "breakpoint"),
        (("--break", "again+0x14", "--break", "0x80000020", "--break", "done"), "breakpoint"),
        (("--watch", "counter:1:r"), "watchpoint"),
        (("--watch", "0x80001004:0x4:rw"), "watchpoint"),
        (("--watch", "counter+8"), "passed"),
        (("--watch", "counter:8:w", "--break", "done"), "watchpoint"),
        (("--break", "done", "--max-insns", "23"), "breakpoint"),
    ],
)
def test_the_reason_stands_in_the_statistics(
    vmlab: Vmlab, guest: str, words: tuple[str, ...], reason: str
) -> None:
    done = vmlab("run", guest, *words, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stderr)["stop"]["reason"] == reason


def test_a_regex_that_was_not_printed_before_is_said(vmlab: Vmlab, guest: str) -> None:
    done = vmlab("run", guest, "--break", "done", "--until", "hello")
    assert done.returncode == 1
    assert one_sentence(done).endswith("; 'hello' was never printed")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--break", "nowhere"), "--break: expected an address such as 0x80000000 or a symbol"),
        (("--watch", "nowhere:4"), "--watch nowhere:4: expected an address such as"),
        (("--watch", "counter:0"), "--watch counter:0: expected to watch 1 byte or more"),
        (("--watch", "counter:4:x"), "found 'counter:4:x'"),
        (("--watch", ""), "--watch: expected PLACE[:LENGTH[:r|w|rw]], found ''"),
        (("--engine", "t3"), "expected an engine of auto, t0, t1, t2, found 't3'"),
    ],
)
def test_bad_stops_end_with_2(vmlab: Vmlab, guest: str, words: tuple[str, str], says: str) -> None:
    done = vmlab("run", guest, *words)
    assert done.returncode == 2
    assert says in one_sentence(done)


def test_a_recording_can_be_stopped_on_its_way(vmlab: Vmlab) -> None:
    words = ("run", "echo", "--send", ".", r"hello\rq", "--record", "talk.zip")
    assert vmlab(*words).returncode == 0
    for engine in ENGINES:
        whole = vmlab("run", "--replay", "talk.zip", "--engine", engine, "--json")
        assert whole.returncode == 0, whole.stderr
        ran = json.loads(whole.stderr)["engine"]
        assert ran == (engine if engine != "auto" else "t1" if "t1" in ENGINES else "t0")
    done = vmlab("run", "--replay", "talk.zip", "--break", "_start")
    assert done.returncode == 0
    assert one_sentence(done).startswith("vmlab: breakpoint at _start (0x8")


def test_a_host_without_webassembly_says_so_once_and_refuses_t1(tmp_path: Path) -> None:
    (tmp_path / "wasmtime.py").write_text("raise ImportError('none', name='wasmtime')\n")
    call = [sys.executable, "-m", "vmlab", "run", "tour", "--max-insns", "100000"]
    here = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*call, *words], env=here, capture_output=True, text=True, check=False, stdin=-3
        )

    note, end = run().stderr.splitlines()
    assert "the slower engine t0 runs: wasmtime is not installed" in note
    assert end.startswith("vmlab: passed")
    assert run("--engine", "t0").stderr.count("\n") == 1
    assert json.loads(run("--json").stderr)["engine"] == "t0"
    refused = run("--engine", "t1")
    assert refused.returncode == 2
    assert "engine t1 cannot run here: wasmtime is not installed" in refused.stderr
