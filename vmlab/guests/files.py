"""Reading a file that somebody named, which need not be the kind of file that they thought."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.core.units import MIB

LARGEST_FILE_BYTES: Final = 512 * MIB
"""No guest, source or recording comes near; `/dev/zero` goes beyond."""


def read_bounded(path: Path, what: str) -> bytes:
    """The file's bytes. Raises `BadInput` saying what it should have been."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        # ValueError: a path with a zero byte in it.
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"expected {what} at {str(path)!r}, found: {reason}") from None
    except MemoryError:
        raise BadInput(f"expected {what} at {str(path)!r}, found more than memory holds") from None
    if len(data) > LARGEST_FILE_BYTES:
        raise BadInput(
            f"expected {what} of at most {LARGEST_FILE_BYTES // MIB}M at {str(path)!r}, found more"
        )
    return data
