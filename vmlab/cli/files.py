"""Files that a command reads and writes, with one sentence when that does not work."""

from __future__ import annotations

from pathlib import Path

from vmlab.core.errors import BadInput


def check_can_write(*paths: Path | None) -> None:
    """Refuse a place that can't be written to before a long run, and not after it."""
    for path in paths:
        if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
            found = "a folder of that name" if path.is_dir() else "no such folder"
            raise BadInput(f"expected to write {str(path)!r}, found: {found}")


def read_file(path: Path, what: str) -> bytes:
    """Read a file that the user named. Raises `BadInput` saying what it should have been."""
    from vmlab.guests.files import read_bounded

    return read_bounded(path, what)


def write_file(path: Path, data: bytes) -> None:
    """Write a file that the user asked for. Raises `BadInput` when it can't be written."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise BadInput(f"expected to write {str(path)!r}, found: {error.strerror}") from None
