"""The site without a network: the service worker at its root, and the list of what it keeps.

sw.js            web/site/later/sw.js with the list of this build in it
later/DIGEST/    scripts that a page asks for when it has been drawn, or never
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Protocol

from vmlab.cli.sitebuilder.store import digest

WORKER: Final = "sw.js"
LARGE: Final = ("runtime/", "archives/", "scripts/", "firmware/")
"""Kept once the workbench was opened, or when somebody asks for it: a reader of the museum need
not download Python."""
JUPYTER: Final = "jupyter/"
"""Kept once a notebook was opened there; `LARGE` comes with it."""


class PieceLike(Protocol):
    """`site.Piece`."""

    @property
    def path(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...
    def read(self) -> bytes: ...


def scripts(web: Path) -> list[Path]:
    """The scripts that are loaded later, without the service worker."""
    return sorted(file for file in (web / "site" / "later").glob("*.js") if file.name != WORKER)


def keeper(later: Iterable[PieceLike]) -> str:
    """Of those, the one that keeps the site on the device."""
    return next(piece.path for piece in later if piece.path.endswith("/keeper.js"))


def worker(web: Path, pieces: Iterable[PieceLike], has_digest: Callable[[str], object]) -> bytes:
    """The service worker of a site of these pieces."""
    pages: dict[str, str] = {}
    files: list[str] = []
    large: list[str] = []
    jupyter_pages: dict[str, str] = {}
    jupyter_files: list[str] = []
    size_bytes = {"pages": 0, "large": 0, "jupyter": 0}
    for piece in sorted(pieces, key=lambda one: one.path):
        is_large, is_jupyter = piece.path.startswith(LARGE), piece.path.startswith(JUPYTER)
        kind = "jupyter" if is_jupyter else "large" if is_large else "pages"
        size_bytes[kind] += piece.size_bytes
        if not has_digest(piece.path):
            digests = jupyter_pages if is_jupyter else pages
            digests[piece.path] = hashlib.sha256(piece.read()).hexdigest()[:16]
        else:
            (jupyter_files if is_jupyter else large if is_large else files).append(piece.path)
    site = {
        "pages": pages,
        "files": files,
        "large": large,
        "jupyter": {"pages": jupyter_pages, "files": jupyter_files},
        "bytes": size_bytes,
    }
    script = (web / "site" / "later" / WORKER).read_text("utf-8")
    version = digest([json.dumps(site), script])
    listed = json.dumps({"version": version, **site}, separators=(",", ":"))
    return script.replace('"SITE"', listed, 1).encode()
