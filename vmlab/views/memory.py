"""Memory in hexadecimal: sixteen bytes a row, what changed since the last stop, and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vmlab.core.events import Access
from vmlab.core.units import format_hex
from vmlab.engine.api import Watch
from vmlab.isa.registers import ABI_NAMES
from vmlab.session.look import ROW_BYTES, MemoryRow
from vmlab.session.snapshot import Snapshot
from vmlab.views.names import short_hex
from vmlab.views.phrase import NOTHING, Phrase, say
from vmlab.views.table import Table, Translate, render

_PRINTABLE: Final = range(0x20, 0x7F)


@dataclass(frozen=True, slots=True)
class Byte:
    """One byte as two digits and as a character; `changed` since the last stop."""

    digits: str
    character: str
    changed: bool


@dataclass(frozen=True, slots=True)
class HexRow:
    """One row. `data` is empty where there is nothing to read, and `note` says why."""

    address: int
    pa: int | None
    data: tuple[Byte, ...]
    note: Phrase
    here: bool
    """The address that was asked for is in this row."""
    watched: tuple[bool, ...] = ()
    """Which of its bytes have a watchpoint."""

    @property
    def text(self) -> str:
        """The row's characters, a dot for those that do not print."""
        return "".join(byte.character for byte in self.data)

    @property
    def changed(self) -> int:
        """How many of its bytes changed."""
        return sum(byte.changed for byte in self.data)


def follow(snapshot: Snapshot, register: str) -> int | None:
    """The address that a register holds: `pc` or an ABI name."""
    if register == "pc":
        return snapshot.now.pc
    return snapshot.now.x[ABI_NAMES.index(register)] if register in ABI_NAMES else None


def _row(row: MemoryRow, at: int, watches: Sequence[Watch]) -> HexRow:
    note = NOTHING
    if row.data is None:
        note = Phrase("no translation, or not allowed") if row.pa is None else (
            Phrase("not memory: a device is not read, a read may change it")
        )  # fmt: skip
    known = row.data is not None and row.before is not None
    before = row.before if known else row.data
    return HexRow(
        row.address,
        row.pa,
        tuple(
            Byte(f"{byte:02x}", chr(byte) if byte in _PRINTABLE else ".", byte != was)
            for byte, was in zip(row.data or b"", before or b"", strict=True)
        ),
        note,
        row.address <= at < row.address + ROW_BYTES,
        tuple(
            any(watch.first <= byte <= watch.last for watch in watches)
            for byte in range(row.address, row.address + ROW_BYTES)
        ),
    )


def rows(looked: Sequence[MemoryRow], at: int, watches: Sequence[Watch] = ()) -> tuple[HexRow, ...]:
    """What was looked at; `at` is the address that was asked for."""
    return tuple(_row(row, at, watches) for row in looked)


def watch_words(watch: Watch) -> Phrase:
    """A watchpoint in a list."""
    reads, writes = (watch.accesses >> access & 1 for access in (Access.LOAD, Access.STORE))
    template = (
        Phrase("{va}, {n} bytes, read or written") if reads and writes
        else Phrase("{va}, {n} bytes, read") if reads
        else Phrase("{va}, {n} bytes, written")
    ).template  # fmt: skip
    return say(template, va=short_hex(watch.first), n=watch.last - watch.first + 1)


def table(shown: Sequence[HexRow]) -> Table:
    """The twin of these rows."""
    return Table(
        Phrase("Memory"),
        (
            Phrase("Address"),
            Phrase("pa"),
            Phrase("Bytes"),
            Phrase("Text"),
            Phrase("Changed"),
            Phrase("Watched"),
        ),
        tuple(
            (
                short_hex(row.address),
                "" if row.pa is None else short_hex(row.pa),
                " ".join(byte.digits for byte in row.data) or row.note,
                row.text,
                " ".join(
                    f"{format_hex(row.address + at & 0xFFF, 3)}={byte.digits}"
                    for at, byte in enumerate(row.data)
                    if byte.changed
                ),
                " ".join(
                    format_hex(row.address + at & 0xFFF, 3)
                    for at, watched in enumerate(row.watched)
                    if watched
                ),
            )
            for row in shown
        ),
        Phrase("Nothing to look at."),
    )


def text(looked: Sequence[MemoryRow], at: int, translate: Translate = str) -> str:
    """The rows as lines of text."""
    return render(table(rows(looked, at)), translate)
