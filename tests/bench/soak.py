"""A guest that rewrites and runs code for ever: what T2's code takes, minute by minute.

`python -m tests.bench soak --minutes 60`. Each line has what has happened since the one before; the
memory is the process's own by /proc, so the figures need Linux.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from vmlab.core.units import MIB
from vmlab.derive.asm import assemble
from vmlab.derive.objfile import to_elf
from vmlab.session import Session, open

ON_REQUEST: Final = True
MINUTES: Final = 2.0
PAGES: Final = 4096
COLUMNS: Final = ("units", "recycles", "wasm MiB", "code MiB", "RSS MiB")
PIECE_INSNS: Final = 5_000_000
GUEST: Final = f"""
# Writes a routine with new numbers in it into one page after another, and runs each for a while.
.globl _start
_start:
    li s0, 88172645463325252        # where the numbers come from (xorshift)
    la s1, template
    la s2, template_end
1:  la s3, pages
    li s4, {PAGES}
2:  mv t0, s1
    mv t1, s3
3:  lwu t2, 0(t0)
    andi t3, t2, 0x7f
    addi t3, t3, -0x13
    bnez t3, 4f
    slli t3, s0, 13
    xor s0, s0, t3
    srli t3, s0, 7
    xor s0, s0, t3
    slli t3, s0, 17
    xor s0, s0, t3
    slli t3, s0, 20
    xor t2, t2, t3
4:  sw t2, 0(t1)
    addi t0, t0, 4
    addi t1, t1, 4
    bltu t0, s2, 3b
    la t0, loop
5:  lwu t2, 0(t0)
    sw t2, 0(t1)
    addi t0, t0, 4
    addi t1, t1, 4
    la t3, loop_end
    bltu t0, t3, 5b
    fence.i
    li a1, 8000
    la a5, data
    jalr s3
    li t0, 4096
    add s3, s3, t0
    addi s4, s4, -1
    bnez s4, 2b
    j 1b

template:
{
    '''    addi a0, a0, 0
    xori a2, a0, 0
    sd a2, 0(a5)
    ld a3, 8(a5)
    add a0, a0, a3
    mul a4, a0, a2
    sw a4, 8(a5)
'''
    * 12
}
template_end:
loop:
    addi a1, a1, -1
    bnez a1, template
    ret
loop_end:
.balign 4096
data:
    .zero 4096
pages:
"""


def figures() -> Iterator[str]:
    """A line a minute."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench soak")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    minutes = parser.parse_args(sys.argv[2:]).minutes
    session = open(to_elf(assemble(GUEST, "soak")), name="soak", engine="t2", ram="64M")
    yield f"{'minute':>6} {'MIPS':>6} " + " ".join(f"{name:>8}" for name in COLUMNS)
    began = time.perf_counter()
    for minute in range(1, round(minutes) + 1):
        yield _minute(session, began + 60 * minute, minute)
    counted = session.translations().counters
    yield (
        f"{(time.perf_counter() - began) / 60:.1f} minutes, {session.position / 1e9:.1f} thousand "
        f"million instructions, {counted.units_translated} units, {counted.recycles} recycles"
    )


def _minute(session: Session, until: float, minute: int) -> str:
    began, first = time.perf_counter(), session.position
    while time.perf_counter() < until:
        session.run(limit=PIECE_INSNS)
    mips = (session.position - first) / (time.perf_counter() - began) / 1e6
    counted = session.translations().counters
    return (
        f"{minute:6} {mips:6.0f} {counted.units_translated:8} {counted.recycles:8} "
        f"{counted.code_bytes / MIB:8.1f} "
        f"{counted.machine_bytes / MIB:8.1f} {_resident_mib():8.0f}"
    )


def _resident_mib() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "VmRSS":
            return int(rest.split()[0]) / 1024
    return float("nan")
