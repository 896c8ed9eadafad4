"""The pieces that a site is put together from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from vmlab.cli.sitebuilder.store import digest

DIGEST = re.compile(r"[/-][0-9a-f]{16}[/.]")
"""In the name of what never changes its content."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of the site: its bytes, or the file that has them."""

    path: str
    content: bytes | Path

    def read(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()

    @property
    def size_bytes(self) -> int:
        """Its size unpacked: what the loader counts."""
        if isinstance(self.content, bytes):
            return len(self.content)
        return self.content.stat().st_size


def in_folder(name: str, pieces: list[Piece]) -> list[Piece]:
    """The same pieces inside NAME/DIGEST/, where the digest is of all their content."""
    key = digest(part for piece in pieces for part in (piece.path, piece.read()))
    return [Piece(f"{name}/{key}/{piece.path}", piece.content) for piece in pieces]
