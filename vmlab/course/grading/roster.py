"""The teacher's list of the class: a CSV file with a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.course.grading import times
from vmlab.course.grading.clean import folded
from vmlab.course.submission import Who

LARGEST_BYTES: Final = 16 << 20
_NAMES: Final = {
    "student_id": "id", "id": "id", "first_name": "first_name", "last_name": "last_name",
    "email": "email", "duedate": "duedate", "timestamp": "timestamp",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One student."""

    who: Who
    duedate: datetime | None = None
    """Of this student's own, in place of the class's."""
    timestamp: datetime | None = None
    """When the work came in, as another system knows it: in place of what the files say."""


@dataclass(frozen=True)
class Roster:
    """The class by id."""

    entries: tuple[Entry, ...]
    by_name: Mapping[str, Entry]
    """By id, e-mail address, `First Last`, `Last First` and `LastFirst` (as Chinese names are
    written), all `folded`; only names that mean one student."""

    def find(self, *names: str) -> Entry | None:
        """The student that the first known of these names means."""
        found = (self.by_name.get(folded(name)) for name in names if name.strip())
        return next((one for one in found if one is not None), None)


def read_roster(path: Path) -> Roster:
    """A roster file. Raises `BadInput` naming the line."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"expected a roster at {str(path)!r}, found: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: expected UTF-8, found other bytes; save it as CSV UTF-8") from None
    if len(data) > LARGEST_BYTES:
        raise BadInput(f"{path}: expected at most {LARGEST_BYTES >> 20} MiB, found more")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    try:
        entries = list(_entries(rows, str(path), head))
    except csv.Error as error:
        raise BadInput(f"{path}: expected CSV, found in line {rows.line_num}: {error}") from None
    return _roster(entries, str(path))


def _entries(rows: csv.DictReader[str], where: str, head: str) -> Iterator[Entry]:
    columns = {
        _NAMES[plain]: name
        for name in rows.fieldnames or ()
        if name and (plain := name.strip().lower().replace(" ", "_")) in _NAMES
    }
    if "id" not in columns:
        raise BadInput(f"{where}: expected a first line with student_id, found {head[:80]!r}")
    for row in rows:
        found = {kind: (row.get(name) or "").strip() for kind, name in columns.items()}
        if found["id"]:
            yield _entry(found, f"{where}: line {rows.line_num}")


def _entry(row: Mapping[str, str], where: str) -> Entry:
    who = Who(row["id"], row.get("first_name", ""), row.get("last_name", ""), row.get("email", ""))
    due, stamp = row.get("duedate", ""), row.get("timestamp", "")
    return Entry(
        who,
        times.parse(due, f"{where}, duedate") if due else None,
        times.parse(stamp, f"{where}, timestamp") if stamp else None,
    )


def _roster(entries: list[Entry], where: str) -> Roster:
    ids: dict[str, Entry] = {}
    for one in entries:
        if folded(one.who.id) in ids:
            raise BadInput(f"{where}: expected each student once, found {one.who.id[:60]!r} twice")
        ids[folded(one.who.id)] = one
    names: dict[str, list[Entry]] = {}
    for one in entries:
        who = one.who
        first, last = who.first_name, who.last_name
        full = (f"{first} {last}", f"{last} {first}", f"{last}{first}")
        for name in {folded(each) for each in (who.email, *full)} - {""}:
            names.setdefault(name, []).append(one)
    clear = {name: some[0] for name, some in names.items() if len(some) == 1}
    return Roster(tuple(entries), clear | ids)
