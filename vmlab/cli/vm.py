"""`vmlab vm run`: a guest as a virtual machine, or several of them under one monitor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from vmlab.cli import options
from vmlab.cli.files import check_can_write, read_file, write_file
from vmlab.cli.run import RunCommand, script_of
from vmlab.core.errors import BadInput

app = typer.Typer(
    name="vm",
    help="Virtual machines under a monitor.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def run(
    guest: Annotated[
        str | None,
        typer.Argument(help="A guest that starts in S under SBI: a name, or an ELF file's path."),
    ] = None,
    technique: Annotated[
        str, typer.Option(metavar="NAME", help="How: vmlab vm techniques lists them.")
    ] = "trap_emulate",
    vms: Annotated[
        int, typer.Option(metavar="N", help="So many virtual machines under one monitor.")
    ] = 1,
    kernel: Annotated[
        Path | None,
        typer.Option(metavar="F", help="A raw kernel instead of a guest, such as U-Boot for S."),
    ] = None,
    append: options.Append = None,
    disk: options.Disk = None,
    ram: Annotated[
        str, typer.Option(metavar="SIZE", help="How much RAM each of them has: 8M, 64M.")
    ] = "16M",
    engine: options.Engine = "auto",
    slice_insns: Annotated[
        int,
        typer.Option("--slice", metavar="N", min=1_000, help="How many instructions one turn has."),
    ] = 20_000,
    console: Annotated[
        int, typer.Option(metavar="K", min=0, help="Whose console the keyboard types into.")
    ] = 0,
    max_insns: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Stop after N guest instructions, with status 3."),
    ] = None,
    stats: Annotated[
        Path | None, typer.Option(metavar="F", help="Write what was counted to F as JSON.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say at the end the same JSON, on standard error.")
    ] = False,
    send: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REGEX TEXT",
            help="When REGEX has been printed on that console, type TEXT. Repeat it.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="REGEX", help="Stop with status 0 when REGEX is printed there."),
    ] = None,
) -> None:
    r"""Run a guest as a virtual machine.

    With one, its console is this terminal. With several, each line says whose it is, and the
    keyboard belongs to the one of --console. At the end each tells on standard error how it ended
    and what that took.

    Status: 0 all of them passed, or what --until waits for has come; 1 one failed, 2 bad input,
    3 instruction limit, 130 interrupted.

    Examples:

      vmlab vm run nano

      vmlab vm run nano --technique hwassist --append 'sieve'

      vmlab vm run nano --vms 3 --append 'slices' --stats bill.json

      vmlab vm run --kernel u-boot.bin --ram 64M --send 'Hit any key' ' ' --until '=> $'
    """
    script = script_of(send or [], until)
    check_can_write(stats)
    from vmlab.cli.keyboard import STDIN, Keyboard
    from vmlab.cli.vmplay import VmPlayer
    from vmlab.session.vms import VmOptions, VmSession

    session = VmSession(
        VmOptions(
            guest,
            technique=technique,
            vms=vms,
            ram=ram,
            kernel=None if kernel is None else read_file(kernel, "a kernel"),
            append=append,
            disk=None if disk is None else read_file(disk, "a disk"),
            engine=engine,
            slice_insns=slice_insns,
        )
    )
    if console >= vms:
        raise BadInput(f"--console: expected 0 to {vms - 1}, found {console}")
    player = VmPlayer(session, script, console, max_insns, Keyboard(STDIN))
    status = player.play()
    facts = session.stats() if stats is not None or as_json else {}
    if stats is not None:
        write_file(stats, (json.dumps(facts, indent=2) + "\n").encode())
    if as_json:
        typer.echo(json.dumps(facts), err=True)
    else:
        for line in player.closing_lines():
            typer.echo(line, err=True)
    raise typer.Exit(status)


def techniques() -> None:
    """List the techniques: what each is, and what it promises.

    Example:

      vmlab vm techniques
    """
    from vmlab.views import table
    from vmlab.views.techniques import techniques as rows

    typer.echo(table.render(rows()), nl=False)


app.command("run", cls=RunCommand)(run)
app.command("techniques")(techniques)
