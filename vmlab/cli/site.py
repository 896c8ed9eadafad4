"""`vmlab site build`: makes the static site that runs vmlab in a browser."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Make the site that runs vmlab in a browser.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Make the site that runs vmlab in a browser."""


@app.command("build")
def build(
    out: Annotated[
        Path, typer.Option(help="The folder to build into; an earlier site there is replaced.")
    ] = Path("build/site"),
) -> None:
    """Build the site: a folder of static files that any web server can serve.

    The first build downloads Pyodide (with npm) and the Python packages (with pip), compiles them
    for the browser and keeps the result in ~/.cache/vmlab, or where VMLAB_CACHE says. Later builds
    take seconds. The page asks no other host for anything.

    Example:

      vmlab site build --out build/site && vmlab serve --dir build/site
    """
    # Here, so that `vmlab --help` does not wait for the machine.
    from vmlab.cli.sitebuilder import report
    from vmlab.cli.sitebuilder.site import build as build_site
    from vmlab.cli.sitebuilder.store import Store

    begin = time.perf_counter()
    store = Store()
    typer.echo(f"vmlab: building the site (downloads are kept in {store.root})", err=True)
    pieces = build_site(out, store)
    typer.echo(report.sizes(pieces, out), err=True)
    typer.echo(f"vmlab: built {out} in {time.perf_counter() - begin:.1f} s", err=True)
