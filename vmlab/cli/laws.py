"""`vmlab laws`: equivalence, resource control and efficiency of one technique, measured."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from vmlab.cli import options

NOT_AS_DECLARED = 1
INTERRUPTED = 130


def laws(
    technique: Annotated[
        str, typer.Option(metavar="NAME", help="The technique that is judged.")
    ] = "trap_emulate",
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="The first random kernel's seed.")
    ] = 1,
    programs: Annotated[
        int, typer.Option(metavar="M", help="How many random kernels it is judged on.")
    ] = 3,
    guest: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Judge it on this guest, too. Repeat it for more."),
    ] = None,
    append: options.Append = None,
    engine: options.Engine = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print laws/1 instead.")] = False,
) -> None:
    """Judge the three laws of a virtual machine monitor, and compare with what it declares.

    Equivalence: each guest runs on the bare machine and under the monitor, in step; where they
    part, the first instruction is named and both states are shown. Resource control: at each entry
    and exit the real hart is looked at, a neighbour runs beside, and hostile guests try what they
    can. Efficiency: exits must follow from what the guest does on the bare machine.

    The same seed gives the same kernels: program 7 of seed 1 is program 1 of seed 7.

    Status: 0 if each law comes to what the technique declares, 1 if not, 2 for bad input, 130
    interrupted by Ctrl-C.

    Examples:

      vmlab laws --technique trap_emulate

      vmlab laws --technique interpret --seed 100 --programs 20

      vmlab laws --technique hwassist --guest nano --append "bench syscall 100" --json
    """
    # Here, so that `--help` does not wait for the machine.
    from vmlab.vmm.laws.judge import judge
    from vmlab.vmm.laws.report import as_json as document
    from vmlab.vmm.laws.report import as_text
    from vmlab.vmm.laws.subjects import catalogued
    from vmlab.vmm.techniques import find

    row = find(technique)
    trials = [catalogued(row, name, append, seed) for name in guest or ()]
    terminal = sys.stderr is not None and sys.stderr.isatty()

    def say(what: str) -> None:
        if terminal:
            sys.stderr.write(f"\r\x1b[K{what}")
            sys.stderr.flush()

    try:
        found = judge(row, seed, programs, trials, engine, say)
    except KeyboardInterrupt:
        say("")
        typer.echo("vmlab: interrupted", err=True)
        raise typer.Exit(INTERRUPTED) from None
    say("")
    typer.echo(json.dumps(document(found), indent=2) if as_json else as_text(found))
    if not found.as_declared:
        raise typer.Exit(NOT_AS_DECLARED)
