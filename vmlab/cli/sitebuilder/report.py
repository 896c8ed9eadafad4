"""Says how much a first visit downloads, by part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from vmlab.cli.sitebuilder.pieces import Piece

LIMIT_BYTES = 18_000_000  # what a first visit may cost
LATER = (
    "firmware/", "terminal/", "later/", "museum/", "concepts/", "recordings/", "zh/", "docs/",
    "gallery/", "about/", "compare/", "jupyter/", "lessons/", "archives/more-",
    "archives/sources-", "archives/lessons-", "sw.js",
)  # fmt: skip


def transferred_bytes(piece: Piece, out: Path) -> int:
    """What goes over the wire for a piece: its compressed form, where the build made one."""
    packed = out / f"{piece.path}.gz"
    return (packed if packed.exists() else out / piece.path).stat().st_size


def first_visit_bytes(pieces: Iterable[Piece], out: Path) -> int:
    """All pieces together: an upper bound, since few of Panel's style sheets are asked for.
    Firmware, sources and the editor are asked for only when somebody opens them, the terminal when
    a console has something, a page or a recording when it is read, what keeps things when the
    workbench stands, and what only the compare page or a lesson uses when that is opened."""
    return sum(
        transferred_bytes(piece, out) for piece in pieces if not piece.path.startswith(LATER)
    )


def sizes(pieces: list[Piece], out: Path) -> str:
    """A table of the site's parts: unpacked and compressed."""
    unpacked: Counter[str] = Counter()
    packed: Counter[str] = Counter()
    for piece in pieces:
        part = piece.path.partition("/")[0]
        if part == "archives":
            part = piece.path.rpartition("/")[2].partition("-")[0]
        unpacked[part] += piece.size_bytes
        packed[part] += transferred_bytes(piece, out)
    unpacked["all"], packed["all"] = unpacked.total(), packed.total()
    lines = [f"{'part':<14}{'unpacked':>12}{'compressed':>12}"]
    lines += [f"{part:<14}{unpacked[part]:>12,}{packed[part]:>12,}" for part in unpacked]
    return "\n".join(lines)
