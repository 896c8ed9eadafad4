"""`vmlab compare`: the same small operations of the same guest under every technique."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from vmlab.cli import options
from vmlab.cli.files import check_can_write, write_file
from vmlab.core.errors import BadInput


def _chosen(option: str, asked: list[str] | None, known: list[str]) -> list[str]:
    """The names asked for, in the order of those there are; all if none is asked for."""
    for name in asked or []:
        if name not in known:
            raise BadInput(f"{option}: expected one of {', '.join(known)}, found {name!r}")
    return [name for name in known if not asked or name in asked]


def compare(
    guest: Annotated[
        str, typer.Option(metavar="NAME", help="The guest whose nanobenchmarks are run.")
    ] = "nano",
    technique: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this technique. Repeat it for more."),
    ] = None,
    benchmark: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only this benchmark. Repeat it for more."),
    ] = None,
    preset: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Model cycles by this preset only. Repeat it for more."),
    ] = None,
    engine: options.Engine = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print compare/1 instead.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a line for each number.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="F", help="Write there instead.")
    ] = None,
) -> None:
    """Count what one operation costs under each technique, and model cycles from the counts.

    A row a benchmark, a column a technique, a table for each counter that is not 0 everywhere;
    --json and --csv have every counter. Measured and modelled numbers never share a table. At the
    end stand the papers' numbers beside ours, and whether their shapes are reproduced here.

    Status: 0, or 2 for bad input.

    Examples:

      vmlab compare

      vmlab compare --technique bare --technique hwassist --benchmark syscall --benchmark fault

      vmlab compare --csv -o costs.csv
    """
    from vmlab.guests.nano import BENCHMARKS
    from vmlab.views import compare as views
    from vmlab.views.table import render
    from vmlab.vmm.common.costs import PRESETS
    from vmlab.vmm.compare import report
    from vmlab.vmm.compare.measure import GUEST
    from vmlab.vmm.techniques import CAPSTONE, TECHNIQUES

    if guest != GUEST:
        raise BadInput(
            f"--guest: expected {GUEST}, whose nanobenchmarks are known, found {guest!r}"
        )
    if as_json and as_csv:
        raise BadInput("expected --json or --csv, found both")
    check_can_write(output)
    columns = {**TECHNIQUES, CAPSTONE.name: CAPSTONE}
    names = _chosen("--technique", technique, list(columns))
    benchmarks = _chosen("--benchmark", benchmark, list(BENCHMARKS))
    presets = _chosen("--preset", preset, list(PRESETS))
    with typer.progressbar(
        length=report.steps(len(names), len(benchmarks)), label="comparing", file=sys.stderr
    ) as bar:
        found = report.compare(
            [columns[name] for name in names],
            benchmarks,
            presets,
            engine,
            lambda technique, what: bar.update(1),
        )
    if as_json:
        text = json.dumps(report.as_json(found), indent=2) + "\n"
    elif as_csv:
        text = report.as_csv(found.cells())
    else:
        tables = (
            *views.measured_tables(found),
            *views.modelled_tables(found),
            *views.paper_tables(found),
            views.shapes_table(found),
        )
        text = "\n".join(render(table) for table in tables)
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_file(output, text.encode())
