"""`vmlab classify`: Popek and Goldberg's test of an instruction set."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def classify(
    isa: Annotated[
        str,
        typer.Option(
            "--isa",
            metavar="NAME",
            help="rv64, rv64-careless, rv64gc, rv64h (our own machine in four configurations), "
            "s370, ia32, pdp10, toy (small models).",
        ),
    ] = "rv64",
    instruction: Annotated[
        str | None,
        typer.Option(
            "--instruction",
            metavar="NAME",
            help="Show one instruction, with its witnesses: states before and after.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="Seed of the states that are tried.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON in place of text.")] = False,
) -> None:
    """Say of every instruction whether it is privileged and whether it is sensitive, and which of
    Popek and Goldberg's theorems hold.

    Each instruction is run in pairs of states that differ only in the mode, or only in where the
    program is placed. What is found is shown by states, which are run again before they are
    printed; that nothing was found holds for the states that were tried.

    Status: 0, or 2 for bad input.

    Examples:

      vmlab classify --isa ia32

      vmlab classify --isa ia32 --instruction popf

      vmlab classify --isa rv64-careless --instruction rdtime

      vmlab classify --isa rv64h --json
    """
    from vmlab.vmm.popek_goldberg.catalog import classification, row_of, subject_of
    from vmlab.vmm.popek_goldberg.data import SCHEMA, as_data, finding_data
    from vmlab.vmm.popek_goldberg.subject import examine
    from vmlab.vmm.popek_goldberg.text import instruction_report, report

    if instruction is None:
        done = classification(isa, seed)
        typer.echo(json.dumps(as_data(done), indent=1) if as_json else report(done), nl=as_json)
        return
    subject = subject_of(isa, seed)
    one = examine(row_of(subject, instruction))
    if as_json:
        data = {"schema": SCHEMA, "isa": isa, "seed": seed}
        typer.echo(json.dumps({**data, "instructions": [finding_data(subject, one)]}, indent=1))
    else:
        typer.echo(instruction_report(subject, one), nl=False)
