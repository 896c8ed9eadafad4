"""Exits by reason: how many there were, what they would cost, and the last of them one by one.

Counts are measured. A monitor in Python has no cycles of its own: its time is counts times the
prices of a preset (`vmm.common.costs`), a model, and is drawn so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from vmlab.session.snapshot import Snapshot
from vmlab.session.virtual import VirtualSide
from vmlab.views.names import Symbols, short_hex
from vmlab.views.phrase import NOTHING, Phrase, described, say
from vmlab.views.table import Table, Translate, render
from vmlab.vmm.common.bands import Band
from vmlab.vmm.common.costs import P4_2006
from vmlab.vmm.common.exits import Reason

PRESET: Final = P4_2006
DID: Final[Mapping[Reason, Phrase]] = MappingProxyType(
    {
        Reason.SENSITIVE: Phrase("carried the instruction out on the virtual hart"),
        Reason.SYSTEM_CALL: Phrase("let the guest's kernel have the call"),
        Reason.EXCEPTION: Phrase("gave the exception to the guest's kernel"),
        Reason.HIDDEN_FAULT: Phrase("filled the shadow; the guest never learns of it"),
        Reason.TRUE_FAULT: Phrase("gave the page fault to the guest's kernel"),
        Reason.TABLE_WRITE: Phrase("carried the store out, and let the shadow follow"),
        Reason.GSTAGE_FAULT: Phrase("mapped the page in the G-stage; the guest never learns"),
        Reason.DEVICE: Phrase("carried the access out on the virtual device"),
        Reason.FIRMWARE_CALL: Phrase("answered in the place of firmware"),
        Reason.HYPERCALL: Phrase("did what the guest's kernel asked for"),
        Reason.TIMER: Phrase("looked at the guest's clock: its timer, or the end of a slice"),
        Reason.IDLE: Phrase("put the guest's clock forward to its next event"),
    }
)
"""What the monitor did, by reason."""
_ABOUT: Final = frozenset(
    {
        Reason.HIDDEN_FAULT,
        Reason.TRUE_FAULT,
        Reason.TABLE_WRITE,
        Reason.GSTAGE_FAULT,
        Reason.DEVICE,
    }
)
"""Reasons whose xtval is the address that was accessed."""


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One reason. `share` is its part of the most frequent one's count, `cost` its part of the
    dearest one's cycles; both for bars."""

    reason: Reason
    count: int
    share: float
    cycles: int
    """Modelled."""
    cost: float


@dataclass(frozen=True, slots=True)
class ExitRow:
    """One exit: at the guest's instruction number `position`, with pc `pc`."""

    position: int
    reason: Reason
    cause: Phrase
    pc: int
    where: str
    about: Phrase
    """The address that was accessed, if the exit was about one; else the cause."""
    did: Phrase


def reason_name(reason: Reason) -> Phrase:
    """A reason in words."""
    return described(reason.value)


def exit_bands(real: VirtualSide) -> tuple[Band, ...]:
    """The bands that are exits, oldest first."""
    return tuple(band for band in real.bands if band.reason is not None)


def reasons(snapshot: Snapshot) -> tuple[ReasonRow, ...]:
    """The reasons that there were exits for, the most frequent first."""
    if snapshot.virtual is None:
        return ()
    counts = {reason: snapshot.virtual.exits.get(reason.value, 0) for reason in Reason}
    cycles = {reason: PRESET.exits[reason].cycles * count for reason, count in counts.items()}
    most, dearest = max(1, *counts.values()), max(1, *cycles.values())
    there = sorted(
        (reason for reason in Reason if counts[reason]), key=lambda reason: -counts[reason]
    )
    return tuple(
        ReasonRow(
            reason, counts[reason], counts[reason] / most, cycles[reason], cycles[reason] / dearest
        )
        for reason in there
    )


def last(snapshot: Snapshot, limit: int = 100, only: Reason | None = None) -> tuple[ExitRow, ...]:
    """The last exits, oldest first; of one reason if `only` names it."""
    if snapshot.virtual is None:
        return ()
    symbols = Symbols(snapshot.symbols)
    found = [band for band in exit_bands(snapshot.virtual) if only in (None, band.reason)]
    return tuple(_exit(band, symbols) for band in found[-limit:])


def _exit(band: Band, symbols: Symbols) -> ExitRow:
    assert band.reason is not None
    where = symbols.near(band.pc) or ""
    return ExitRow(
        band.first,
        band.reason,
        described(band.why),
        band.pc,
        where,
        about(band) or described(band.why),
        _did(band),
    )


def _did(band: Band) -> Phrase:
    assert band.reason is not None
    name, _, updates = band.asked.partition(" ")
    if updates:
        return say("{call}: entries of page tables checked and changed: {n}", call=name, n=updates)
    if name:
        return say("{call}: did what the guest's kernel asked for", call=name)
    return DID[band.reason]


def about(band: Band) -> Phrase:
    """The address that the exit was about, if it was about one."""
    if band.reason not in _ABOUT:
        return NOTHING
    return say("va {va}", va=short_hex(band.tval))


def total(snapshot: Snapshot) -> tuple[int, int]:
    """(exits, modelled cycles), of all reasons."""
    found = reasons(snapshot)
    return sum(row.count for row in found), sum(row.cycles for row in found)


def instead(real: VirtualSide | None) -> Phrase:
    """Why there is no exit to show."""
    if real is None:
        return Phrase("No monitor: the guest is alone on its machine, and nothing leaves it.")
    if real.technique == "interpret":
        return Phrase("A program carries out every instruction: there is nothing to exit from.")
    if real.technique == "bare":
        return Phrase("No monitor stands below the guest; firmware in M answers its SBI calls.")
    return Phrase("No exits yet. Run: the first comes when the guest needs its monitor.")


def table(snapshot: Snapshot, limit: int = 100, only: Reason | None = None) -> Table:
    """The twin: a line a reason, then a line an exit, newest first."""
    counted, cycles = total(snapshot)
    lines: list[tuple[str | Phrase, ...]] = [
        (reason_name(row.reason), f"{row.count:,}", f"≈ {row.cycles:,}", "", "", "", "")
        for row in reasons(snapshot)
    ]
    lines += [
        (
            reason_name(row.reason), "", "", f"#{row.position:,}", short_hex(row.pc),
            row.about, row.did,
        )
        for row in reversed(last(snapshot, limit, only))
    ]  # fmt: skip
    return Table(
        say(
            "Exits: {n} measured, ≈ {cycles} cycles modelled ({preset})",
            n=f"{counted:,}", cycles=f"{cycles:,}", preset=PRESET.name,
        ),
        (
            Phrase("Reason"), Phrase("Exits"), Phrase("≈ cycles"), Phrase("Position"),
            Phrase("Guest pc"), Phrase("Cause"), Phrase("What the monitor did"),
        ),
        tuple(lines),
        instead(snapshot.virtual),
    )  # fmt: skip


def text(snapshot: Snapshot, translate: Translate = str) -> str:
    """The exits as lines of text."""
    return render(table(snapshot), translate)
