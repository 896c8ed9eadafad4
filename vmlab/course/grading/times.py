"""When something was handed in, and how late that was."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from vmlab.core.errors import BadInput

STAMP: Final = "timestamp.txt"
"""nbgrader's, beside what was handed in: `2026-03-01 10:00:00.000000 Europe/Berlin`."""
_STAMP: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? ?([A-Za-z0-9_+/-]*)")
LONGEST_STAMP: Final = 200
DAY: Final = timedelta(days=1)


def of_file(path: Path) -> datetime:
    """When a file was handed in: what nbgrader wrote down beside it, else the file's own time."""
    stamp = path.parent / STAMP
    if stamp.is_file() and not stamp.is_symlink():
        with stamp.open(encoding="utf-8", errors="replace") as file:
            found = stamped(file.read(LONGEST_STAMP))
        if found is not None:
            return found
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def stamped(text: str) -> datetime | None:
    """nbgrader's time, or None if it is none."""
    match = _STAMP.fullmatch(text.strip())
    if match is None:
        return None
    try:
        zone = ZoneInfo(match[2] or "UTC")
        return datetime.fromisoformat(match[1]).replace(tzinfo=zone)
    except (ValueError, OSError):  # no such day, no such zone
        return None


def parse(text: str, where: str) -> datetime:
    """A time that a teacher wrote: ISO 8601; without an offset it is this machine's local time."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(
            f"{where}: expected a time such as 2026-03-01T23:59 or 2026-03-01T23:59+01:00, "
            f"found {text[:60]!r}"
        ) from None
    return found if found.tzinfo is not None else found.astimezone()


def days_late(when: datetime | None, due: datetime | None) -> int:
    """Days that have begun since it was due."""
    if when is None or due is None or when <= due:
        return 0
    return math.ceil((when - due) / DAY)


def written(when: datetime | None) -> str:
    """As the tables have it: UTC, to the second."""
    return "" if when is None else when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def readable(when: datetime | None) -> str:
    """As people read it."""
    return "" if when is None else when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
