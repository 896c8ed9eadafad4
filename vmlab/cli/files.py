"""Files that a command writes, with one sentence when that does not work."""

from __future__ import annotations

from pathlib import Path

from vmlab.core.errors import BadInput


def write_file(path: Path, data: bytes) -> None:
    """Write a file that the user asked for. Raises `BadInput` when it can't be written."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise BadInput(f"expected to write {str(path)!r}, found: {error.strerror}") from None
