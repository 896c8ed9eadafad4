"""Going back, and files: what a keyframe costs, how long a step back takes, saving and opening."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from tests.unit.programs import elf
from vmlab.session import Session, load, open

RUNS: Final = (10_000_000, 100_000_000)
VIRTUAL_INSNS: Final = 200_000
TECHNIQUES: Final = ("bare", "trap_emulate", "trap_emulate_traced", "hwassist", "paravirt")
SMALL: Final = 64 << 10
LARGE: Final = 32 << 20


def program(bytes_written: int) -> bytes:
    """A loop that never ends and adds to one doubleword after another of so many bytes."""
    return elf(f"""
        la s1, cells
        li s3, {bytes_written - 1}
        li s4, 0x9E3779B1
        li s0, 0
    again:
        addi s0, s0, 1
        mul t0, s0, s4
        slli t0, t0, 3
        and t0, t0, s3
        add t0, t0, s1
        ld t2, 0(t0)
        add t2, t2, s0
        sd t2, 0(t0)
        j again
    .bss
    .align 12
    cells: .space {bytes_written}
    """)


def seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def figures() -> Iterator[str]:
    """On the engine that `auto` stands for here."""
    for written in (SMALL, LARGE):
        for insns in RUNS:
            yield from _one(written, insns)
    for technique in TECHNIQUES:
        yield _virtual(technique)


def _virtual(technique: str) -> str:
    """nano's sieve: an exit for each page and context met, and a timer."""
    run = open("nano", technique=technique, append="sieve", ram="16M")
    ran_s = seconds(lambda: run.run(limit=VIRTUAL_INSNS))
    keyframe_s = seconds(run._take_keyframe)
    backs = [seconds(run.back) for _ in range(20)]
    steps = [seconds(run.step) for _ in range(20)]
    run.version += 1
    picture_s = seconds(run.snapshot)
    back_s, step_s = (sum(times[1:]) / len(times[1:]) for times in (backs, steps))
    return (
        f"nano under {technique}, {VIRTUAL_INSNS:,} instructions in {ran_s:.2f} s: a keyframe "
        f"{keyframe_s * 1e6:,.0f} us; one step back {backs[0] * 1e3:.1f} ms, the next "
        f"{back_s * 1e3:.2f} ms; a step {step_s * 1e3:.2f} ms; a snapshot {picture_s * 1e3:.1f} ms"
    )


def _one(written: int, insns: int) -> Iterator[str]:
    run = open(program(written), ram="64M")
    ran_s = seconds(lambda: run.run(limit=insns))
    what = f"{insns:,} instructions over {written >> 10} KiB on {run.engine.name}, {ran_s:.2f} s"
    keyframe_s = seconds(run._take_keyframe)
    backs = [seconds(run.back) for _ in range(3)]
    middle_s = seconds(lambda: run.back(insns // 2))
    kept = sum(len(frame.pages) for frame in run._frames._frames)
    yield (
        f"{what}: a keyframe {keyframe_s * 1e6:,.0f} us, {kept * 4 >> 10} MiB kept in all; one "
        f"step back {backs[0] * 1e3:.1f} ms, the next {backs[1] * 1e3:.1f} ms, to the middle "
        f"{middle_s * 1e3:.0f} ms"
    )
    yield _file(run, what)


def _file(run: Session, what: str) -> str:
    began = time.perf_counter()
    data = run.snapshot_file()
    saved_s = time.perf_counter() - began
    opened_s = seconds(lambda: load(data))
    return f"{what}: saved in {saved_s:.2f} s ({len(data) >> 10} KiB), opened in {opened_s:.2f} s"
