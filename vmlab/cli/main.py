"""The command line: `vmlab COMMAND ...`.

This file is only the door: each command has a file of its own and talks to `vmlab.session`, like
everything else does. What can go wrong ends in one sentence on stderr and a status:
2 for bad input or usage, 70 for a bug of ours, 130 for Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from vmlab import __version__
from vmlab.cli import (
    asm,
    bench,
    classify,
    compare,
    disasm,
    gdb,
    grade,
    guests,
    laws,
    lesson,
    run,
    serve,
    site,
    vm,
)
from vmlab.core.errors import BrokenInvariant, VmlabError

BAD_INPUT: Final = 2
INTERNAL_ERROR: Final = 70
"""EX_SOFTWARE of sysexits.h: the program broke, not its input."""

app = typer.Typer(
    name="vmlab",
    help="Run RISC-V guests and see who is running, and why.\n\n"
    "Start with `vmlab guests`, then `vmlab run tour`. Each command has a --help with examples.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run", cls=run.RunCommand)(run.run)
app.command("gdb")(gdb.gdb)
app.command("asm")(asm.asm)
app.command("disasm")(disasm.disasm)
app.command("guests")(guests.guests)
app.command("bench")(bench.bench)
app.command("compare")(compare.compare)
app.command("laws")(laws.laws)
app.command("classify")(classify.classify)
app.command("grade")(grade.grade)
app.add_typer(vm.app, name="vm")
app.add_typer(lesson.app, name="lesson")
app.add_typer(site.app, name="site")
app.command("serve")(serve.serve)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vmlab {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    del version  # the callback did the work


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its status.

    `VMLAB_DEBUG=1` lets an unexpected exception through with its traceback.
    """
    try:
        app(args=argv, prog_name="vmlab")
    except BrokenInvariant as error:
        _report_bug(error)
    except VmlabError as error:
        typer.echo(f"vmlab: {error}", err=True)
        sys.exit(BAD_INPUT)
    except OSError as error:  # a disk that is full, a folder that may not be read
        typer.echo(f"vmlab: the system refused: {error}", err=True)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  a traceback is not for users; see VMLAB_DEBUG
        _report_bug(error)


def _report_bug(error: Exception) -> None:
    if os.environ.get("VMLAB_DEBUG") == "1":
        raise error
    typer.echo(
        f"vmlab: this is a bug in vmlab, not in your input: {type(error).__name__}: {error}. "
        "Run the same command with VMLAB_DEBUG=1 and report what it prints.",
        err=True,
    )
    sys.exit(INTERNAL_ERROR)


if __name__ == "__main__":
    main()
