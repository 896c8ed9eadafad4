"""Engine by workload: millions of instructions a second, and ratios of runs made in turns."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from vmlab.bench.runners import OurEngine, Runner, instructions_a_round, tiers_here
from vmlab.core.errors import BadInput, Unsupported
from vmlab.engine.api import ENGINES
from vmlab.engine.tiers import why_not_t1
from vmlab.guests.catalog import BENCHMARKS

ROUNDS: Final = 5
RUN_S: Final = 0.3
"""A run is made about this long: far above what a clock and a scheduler blur."""
_SURE_S: Final = 0.05
_STEP: Final = 8
REFERENCES: Final = ("t0", "spike", "qemu")
"""What ratios are given to, where it was measured."""


@dataclass(frozen=True, slots=True)
class Row:
    """How fast one engine is on one workload, as a ratio to another if there was another."""

    workload: str
    engine: str
    mips: float
    ratio_to: str | None
    ratio: float | None


def engines_here(wanted: Sequence[str] = ()) -> list[str]:
    """The tiers to time: those asked for, else all that run here. `auto` is the fastest. Raises
    for one that there is not or that cannot run here."""
    here = tiers_here()
    chosen: list[str] = []
    for name in wanted or here:
        if name not in ENGINES:
            raise BadInput(f"expected an engine of {', '.join(ENGINES)}, found {name!r}")
        tier = here[-1] if name == "auto" else name
        if tier not in here:
            raise Unsupported(f"engine {tier} cannot run here: {why_not_t1()}")
        if tier not in chosen:
            chosen.append(tier)
    return chosen


def workloads(wanted: Sequence[str] = ()) -> list[str]:
    """The benchmarks to run: those asked for, else all. Raises for one that there is not."""
    for name in wanted:
        if name not in BENCHMARKS:
            raise BadInput(f"expected a workload of {', '.join(BENCHMARKS)}, found {name!r}")
    return list(dict.fromkeys(wanted)) or list(BENCHMARKS)


def rows(
    wanted: Sequence[str] = (),
    engines: Sequence[str] = (),
    *,
    peers: Sequence[Runner] = (),
    rounds: int = ROUNDS,
    run_s: float = RUN_S,
    told: Callable[[str], None] = lambda what: None,
) -> Iterator[Row]:
    """Time the workloads, and yield the rows of each when it is done.

    Before a workload's rounds each engine runs it until it is known how many of the workload's
    rounds take `run_s` seconds, ours from when they are warm. Then the engines run in turns. MIPS
    are medians over the turns; a ratio is the median of the ratios within a turn, so that a busy
    moment of the host touches both sides. `told` hears what is going on.
    """
    if rounds < 1:
        raise BadInput(f"expected at least 1 round, found {rounds}")
    names = workloads(wanted)
    runners: list[Runner] = [*map(OurEngine, engines_here(engines)), *peers]
    for workload in names:
        speeds = in_turns(runners, workload, rounds, run_s, told)
        yield from compare(workload, speeds, {runner.name for runner in peers})


def in_turns(
    runners: Sequence[Runner],
    workload: str,
    rounds: int,
    run_s: float = RUN_S,
    told: Callable[[str], None] = lambda what: None,
) -> dict[str, list[float]]:
    """MIPS of each runner in each turn, by its name."""
    each, sizes = instructions_a_round(workload), {}
    for runner in runners:
        told(f"{workload}: {runner.name} warms up")
        sizes[runner.name] = _size(runner, workload, run_s)
    speeds: dict[str, list[float]] = {runner.name: [] for runner in runners}
    for turn in range(rounds):
        for runner in runners:
            told(f"{workload}: {runner.name}, round {turn + 1} of {rounds}")
            size = sizes[runner.name]
            took = runner.seconds(workload, size)
            speeds[runner.name].append(size * each / took / 1e6)
    return speeds


def compare(
    workload: str, speeds: dict[str, list[float]], peers: Collection[str] = ()
) -> Iterator[Row]:
    """Rows from the speeds in each turn. A peer is compared with T0 only: the ratio between two
    peers is not ours to tell."""
    for engine, mine in speeds.items():
        mips = statistics.median(mine)
        others = [
            name
            for name in REFERENCES
            if name in speeds and name != engine and not (engine in peers and name in peers)
        ]
        for other in others:
            pairs = zip(mine, speeds[other], strict=True)
            ratio = statistics.median(one / two for one, two in pairs)
            yield Row(workload, engine, mips, other, ratio)
        if not others:
            yield Row(workload, engine, mips, None, None)


def _size(runner: Runner, workload: str, run_s: float) -> int:
    """How many of the workload's rounds this runner does in `run_s` seconds."""
    size = 1
    while (took := runner.seconds(workload, size)) < min(_SURE_S, run_s):
        size *= _STEP
    return max(1, round(size * run_s / took))
