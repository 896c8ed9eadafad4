"""The trap log: who was interrupted, why, who handles it, and when the handler returned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from vmlab.core.events import TrapReturn, TrapTaken
from vmlab.core.modes import Mode, mode_name
from vmlab.isa.causes import GUEST_PAGE_FAULTS
from vmlab.session.snapshot import Snapshot
from vmlab.views.names import Symbols, cause_name, cause_tag, short_hex
from vmlab.views.phrase import NOTHING, Phrase, say
from vmlab.views.table import Table, Translate, render


@dataclass(frozen=True, slots=True)
class TrapRow:
    """One trap taken, or one return from a handler (`tag` is then empty)."""

    count: int
    from_mode: Mode
    to_mode: Mode
    tag: str
    cause: Phrase
    interrupt: bool
    address: int
    """epc of a trap; where a return goes to."""
    where: str
    """`address` as symbol+offset, or nothing."""
    tval: int | None
    from_virtual: bool = False
    to_virtual: bool = False
    is_exit: bool = False
    """It left the guest: for a hypervisor, or for a monitor."""

    @property
    def between(self) -> str:
        """From which mode to which, as `VS -> S`."""
        source = mode_name(self.from_mode, self.from_virtual)
        return f"{source} -> {mode_name(self.to_mode, self.to_virtual)}"

    @property
    def is_return(self) -> bool:
        """Whether this row is an xRET and not a trap."""
        return not self.tag


def rows(snapshot: Snapshot) -> tuple[TrapRow, ...]:
    """The log up to the position, oldest first."""
    symbols = Symbols(snapshot.symbols)
    real = snapshot.virtual
    exits = {band.first for band in real.bands if band.reason is not None} if real else set()
    made = []
    for event in snapshot.traps:
        if isinstance(event, TrapTaken):
            address, tval = event.epc, event.tval
            tag = cause_tag(event.cause, event.interrupt)
            cause, interrupt = cause_name(event.cause, event.interrupt), event.interrupt
            if event.cause in GUEST_PAGE_FAULTS and not interrupt:
                gpa = short_hex(event.tval2 << 2)
                cause = say("{name} at gpa {gpa}", name=cause, gpa=gpa)
        else:
            address, tval, tag, interrupt = event.pc, None, "", False
            cause = say("return to {mode}", mode=mode_name(event.to_mode, event.to_virtual))
        made.append(
            TrapRow(
                event.count,
                event.from_mode,
                event.to_mode,
                tag,
                cause,
                interrupt,
                address,
                symbols.near(address) or "",
                tval,
                event.from_virtual,
                event.to_virtual,
                isinstance(event, TrapTaken)
                and ((event.from_virtual and not event.to_virtual) or event.count in exits),
            )
        )
    return tuple(made)


class Show(Enum):
    """Which kinds of rows a filter lets through."""

    ALL = "all"
    EXCEPTIONS = "exceptions"
    INTERRUPTS = "interrupts"
    RETURNS = "returns"
    EXITS = "exits"
    """Traps that left the guest: from V = 1 to V = 0, or answered by a monitor."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the log is wanted; the empty filter wants all of it. Modes go by their names."""

    show: Show = Show.ALL
    tags: frozenset[str] = frozenset()
    source: str = ""
    target: str = ""
    text: str = ""

    def wants(self, row: TrapRow, words: str) -> bool:
        """Whether it lets a row through; `words` are the row's, as people read them."""
        kinds = {
            Show.ALL: True,
            Show.EXCEPTIONS: not row.is_return and not row.interrupt,
            Show.INTERRUPTS: row.interrupt,
            Show.RETURNS: row.is_return,
            Show.EXITS: row.is_exit,
        }
        return (
            kinds[self.show]
            and (not self.tags or row.tag in self.tags)
            and self.source in ("", mode_name(row.from_mode, row.from_virtual))
            and self.target in ("", mode_name(row.to_mode, row.to_virtual))
            and self.text.lower() in words.lower()
        )


def chosen(
    log: tuple[TrapRow, ...], wanted: Filter, translate: Translate = str
) -> tuple[TrapRow, ...]:
    """The rows that a filter lets through; it looks for its text in the language of `translate`."""
    return tuple(
        row
        for row in log
        if wanted.wants(row, f"{row.tag} {translate(row.cause)} {row.where} {row.address:x}")
    )


def modes(events: Sequence[TrapTaken | TrapReturn]) -> set[str]:
    """The modes that events have, by name."""
    ends = {mode_name(event.from_mode, event.from_virtual) for event in events}
    return ends | {mode_name(event.to_mode, event.to_virtual) for event in events}


@dataclass(frozen=True, slots=True)
class CauseCount:
    """How often a cause was taken in the whole run, from whichever mode. Measured."""

    tag: str
    name: Phrase
    count: int


def counts(trap_counts: Mapping[str, int]) -> tuple[CauseCount, ...]:
    """The causes by how often they were taken, the most frequent first. Keys are as in
    `Session.trap_counts`: `U.8`, `VS.i5`."""
    totals: Counter[str] = Counter()
    for key, count in trap_counts.items():
        totals[key.partition(".")[2]] += count
    return tuple(
        CauseCount(tag, cause_name(int(tag.removeprefix("i")), tag.startswith("i")), count)
        for tag, count in totals.most_common()
    )


def table(log: tuple[TrapRow, ...]) -> Table:
    """The twin of these rows."""
    return Table(
        Phrase("Trap log"),
        (
            Phrase("Position"),
            Phrase("From, to"),
            Phrase("Cause"),
            Phrase("What"),
            Phrase("Address"),
            Phrase("Where"),
            Phrase("tval"),
        ),
        tuple(
            (
                f"#{row.count:,}",
                row.between,
                row.tag,
                row.cause,
                short_hex(row.address),
                row.where,
                short_hex(row.tval) if row.tval is not None else NOTHING,
            )
            for row in log
        ),
        Phrase("No traps yet. Press t to run to the first one."),
    )


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """The trap log as lines of text."""
    return render(table(rows(snapshot)), translate)
