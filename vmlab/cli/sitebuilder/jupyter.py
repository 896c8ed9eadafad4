"""JupyterLite's pieces of the site, put together: `jupyterlite` and `kernel` make them.

Its page names the same Python, scripts and archives as the workbench's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vmlab.cli.sitebuilder import jupyterlite, kernel
from vmlab.cli.sitebuilder.pages import about
from vmlab.cli.sitebuilder.pieces import Piece, in_folder
from vmlab.cli.sitebuilder.store import Store


def pieces(
    store: Store,
    web: Path,
    runtime: Path,
    scripts: list[Piece],
    archives: list[Piece],
    sources: Piece,
    core: list[Piece],
    places: Mapping[str, str],
) -> list[Piece]:
    """JupyterLite on the same Python: its page names the same files as the workbench's."""
    whole = jupyterlite.app(store, web)
    files = sorted(path for path in whole.rglob("*") if path.is_file())
    app = in_folder("jupyter", [Piece(one.relative_to(whole).as_posix(), one) for one in files])
    folder = web / "site" / "jupyter"
    own = [Piece(name, folder / name) for name in ("kernel.mjs", "open.js")]
    own = in_folder("jupyter", [*own, Piece("kernel.zip", kernel.archive(store, web, runtime))])

    def above(pieces: list[Piece]) -> str:
        return "/".join(pieces[0].path.split("/")[:2]) + "/"

    page = jupyterlite.page(
        web,
        jupyterlite.config(store, web),
        jupyterlite.Places(
            app=above(app),
            kernel=own[0].path,
            opener=own[1].path,
            runtime=above(core),
            scripts=above(scripts),
            sources=sources.path,
            archives=tuple(piece.path for piece in archives),
            isolate=places["isolate.js"],
            keeper=places["keeper.js"],
            icon="favicon.svg",
        ),
    )
    made = jupyterlite.contents(jupyterlite.notebooks(web), about.citation(web)["date-released"])
    made[f"{jupyterlite.PAGE}index.html"] = page
    return [*app, *own, *(Piece(path, content) for path, content in sorted(made.items()))]
