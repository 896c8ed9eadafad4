"""`vmlab guests`: the guests that come with vmlab."""

from __future__ import annotations

import json
import textwrap
from typing import Annotated

import typer


def guests(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of text.")] = False,
) -> None:
    """List the guests that come with vmlab, in the order in which to meet them.

    Examples:

      vmlab guests

      vmlab run tour
    """
    from vmlab.guests.catalog import BENCHMARKS, GUESTS

    if as_json:
        rows = [
            {
                "name": one.name,
                "title": one.title,
                "summary": one.summary,
                "expected": one.expected,
                "group": one.group,
            }
            for one in (*GUESTS.values(), *BENCHMARKS.values())
        ]
        typer.echo(json.dumps({"schema": "vmlab/guests/1", "guests": rows}, indent=2))
        return
    width = max(map(len, GUESTS)) + 2
    for guest in GUESTS.values():
        typer.echo(f"{guest.name:{width}}{guest.title}")
        for line in textwrap.wrap(f"{guest.summary} It {guest.expected}.", 88 - width):
            typer.echo(" " * width + line)
    typer.echo(f"\nBenchmarks, to be timed by vmlab bench: {', '.join(BENCHMARKS)}")
