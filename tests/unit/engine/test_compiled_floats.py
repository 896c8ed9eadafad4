"""C that an outside compiler made for rv64gc with the hard-float ABI computes what Python does."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vmlab.session import open
from vmlab.session.snapshot import Reason

pytest.importorskip("ziglang", reason="the compiler comes with the ziglang wheel")

SOURCE = """
double positions[3] = {1.0, 0.1, -0.3}, speeds[3] = {0.0, 0.9, 0.2};
float narrow[3];
long rounded[3];

void run(void) {
    for (int step = 0; step < 50; step++) {
        double square = 0;
        for (int at = 0; at < 3; at++) square += positions[at] * positions[at];
        double distance = __builtin_sqrt(square);
        for (int at = 0; at < 3; at++) {
            speeds[at] -= 0.01 * positions[at] / (square * distance);
            positions[at] += 0.01 * speeds[at];
        }
    }
    for (int at = 0; at < 3; at++) {
        narrow[at] = (float)positions[at] * 3.0f;
        rounded[at] = (long)(positions[at] * 1e6);
    }
    *(volatile unsigned *)0x100000 = 0x5555;
    for (;;) { }
}

__asm__(".globl _start\\n_start: li t0, 0x2000\\n csrs mstatus, t0\\n la sp, stack_top\\n j run\\n"
        ".bss\\n.balign 16\\n.space 1024\\nstack_top:\\n.text");
"""
SCRIPT = (
    "ENTRY(_start) SECTIONS { . = 0x80000000; .text : { *(.text*) } .data : { *(.*data* .bss*) } }"
)


def expected() -> tuple[list[float], list[int]]:
    """The same program in Python, operation by operation."""
    positions, speeds = [1.0, 0.1, -0.3], [0.0, 0.9, 0.2]
    for _ in range(50):
        square = 0.0
        for position in positions:
            square += position * position
        distance = square**0.5
        for at in range(3):
            speeds[at] -= 0.01 * positions[at] / (square * distance)
            positions[at] += 0.01 * speeds[at]
    return positions, [int(position * 1e6) for position in positions]


def test_an_orbit_ends_where_python_says(tmp_path: Path) -> None:
    source, script, out = (tmp_path / name for name in ("orbit.c", "orbit.ld", "orbit.elf"))
    source.write_text(SOURCE)
    script.write_text(SCRIPT)
    command = [sys.executable, "-m", "ziglang", "cc", "-target", "riscv64-freestanding-none"]
    command += [
        "-mcpu=generic_rv64+m+a+f+d+c+zicsr",
        "-mabi=lp64d",
        "-O2",
        "-ffp-contract=off",
        "-fno-math-errno",
    ]
    command += ["-ffreestanding", "-nostdlib", "-static", "-mcmodel=medany", "-fno-sanitize=all"]
    command += ["-fno-asynchronous-unwind-tables", "-T", str(script), str(source), "-o", str(out)]
    caches = {name: str(tmp_path) for name in ("ZIG_LOCAL_CACHE_DIR", "ZIG_GLOBAL_CACHE_DIR")}
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **caches}, check=False
    )
    assert done.returncode == 0, done.stderr
    run = open(out, ram="1M")
    assert run.run(limit=100_000).reason is Reason.PASSED
    at = {name: address for address, name in run.snapshot().symbols.items()}
    positions, rounded = expected()
    read = run.machine.read
    assert struct.unpack("<3d", read(at["positions"], 24)) == tuple(positions)
    assert struct.unpack("<3q", read(at["rounded"], 24)) == tuple(rounded)
    narrow = [np.float32(position) * np.float32(3) for position in positions]
    assert np.frombuffer(read(at["narrow"], 12), np.float32).tolist() == narrow
    assert any(run.machine.hart.f), "the compiler used no floating-point register"
