"""What stands in place of the guest's tables, or below them, page by page.

shadow      the guest's entry beside the shadow's: in step, filled just now, empty, stale
G-stage     guest-physical pages and the real ones behind them
validated   the guest's own tables, each counted and perhaps pinned by the monitor
none        nobody made a table: said in words
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.isa.layouts import PTE
from vmlab.isa.system.walk import INDEX_BITS
from vmlab.session.snapshot import Snapshot
from vmlab.session.tables import Of, Tree, frame_of
from vmlab.session.virtual import VirtualSide
from vmlab.views.address_map import size_words
from vmlab.views.exits import exit_bands
from vmlab.views.names import short_hex
from vmlab.views.phrase import NOTHING, Phrase, described, say
from vmlab.views.table import Table, Translate, render
from vmlab.vmm.common.bands import Band
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.common.tables import Leaf, TableKind

MOST_GUEST_LEAVES: Final = 4096
_D, _U = PTE.mask("D"), PTE.mask("U")
_RIGHTS: Final = tuple((letter, PTE.mask(letter.upper())) for letter in "rwx")


class State(Enum):
    """How the monitor's entry stands to what it was made from."""

    IN_STEP = "in step"
    FILLED = "filled just now"
    EMPTY = "empty"
    PART = "filled in part"
    STALE = "stale until a fence"
    MAPPED = "mapped"
    PINNED = "pinned"
    USED = "validated"


STATES: Final[Mapping[State, Phrase]] = MappingProxyType(
    {
        State.IN_STEP: Phrase("in step"),
        State.FILLED: Phrase("filled just now"),
        State.EMPTY: Phrase("empty"),
        State.PART: Phrase("filled in part"),
        State.STALE: Phrase("stale until a fence"),
        State.MAPPED: Phrase("mapped"),
        State.PINNED: Phrase("validated, pinned"),
        State.USED: Phrase("validated"),
    }
)


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page, or one table. `left` is the guest's side, `right` the monitor's."""

    address: int
    left: Phrase
    right: Phrase
    state: State
    note: Phrase


@dataclass(frozen=True, slots=True)
class FaultRow:
    """One fault or hypercall that the monitor answered."""

    position: int
    is_true: bool
    va: int | None
    why: Phrase


@dataclass(frozen=True, slots=True)
class ShadowPicture:
    """The whole. `columns` name the parts of a `PageRow`; `instead` speaks where there is none."""

    kind: TableKind
    title: Phrase
    summary: Phrase
    columns: tuple[Phrase, Phrase, Phrase, Phrase]
    rows: tuple[PageRow, ...]
    faults: tuple[FaultRow, ...]
    instead: Phrase


_TITLES: Final = {
    TableKind.SHADOW: Phrase("Shadow table"),
    TableKind.GSTAGE: Phrase("G-stage"),
    TableKind.VALIDATED: Phrase("The guest's tables, validated"),
    TableKind.NONE: Phrase("Shadow table"),
}
_COLUMNS: Final = {
    TableKind.SHADOW: (
        Phrase("gva"), Phrase("Guest's table: gva to gpa"), Phrase("Shadow: gva to spa"),
        Phrase("State"),
    ),
    TableKind.GSTAGE: (
        Phrase("gpa"), Phrase("Size"), Phrase("G-stage: gpa to spa"), Phrase("State"),
    ),
    TableKind.VALIDATED: (
        Phrase("spa"), Phrase("Guest's table"), Phrase("Uses that the monitor counts"),
        Phrase("State"),
    ),
    TableKind.NONE: (Phrase("gva"), Phrase("Guest's table"), Phrase("Real"), Phrase("State")),
}  # fmt: skip


def picture(snapshot: Snapshot, trees: Sequence[Tree], limit: int = 50) -> ShadowPicture:
    """All of it; the last `limit` faults. `trees` are the session's, read at this snapshot."""
    real = snapshot.virtual
    kind = TableKind.NONE if real is None else real.tables.kind
    rows: tuple[PageRow, ...] = ()
    if real is not None and kind is TableKind.SHADOW:
        rows = _shadow_rows(snapshot, real, trees)
    elif real is not None and kind is TableKind.GSTAGE:
        rows = _gstage_rows(snapshot, real, trees)
    elif real is not None and kind is TableKind.VALIDATED:
        rows = _validated_rows(real)
    faults = () if real is None else _faults(real)[-limit:]
    title, said = _TITLES[kind], _summary(real)
    return ShadowPicture(kind, title, said, _COLUMNS[kind], rows, faults, instead(real))


def _summary(real: VirtualSide | None) -> Phrase:
    if real is None or real.tables.kind is TableKind.NONE:
        return NOTHING
    tables = real.tables
    if tables.kind is TableKind.SHADOW:
        return say(
            "{hidden} hidden faults, {true} true; pages mapped here: {mapped}; "
            "contexts: {contexts}; pages of tables: {pages}",
            hidden=f"{real.hidden_faults:,}", true=f"{real.true_faults:,}",
            mapped=f"{tables.mapped:,}", contexts=tables.contexts, pages=tables.pages,
        )  # fmt: skip
    if tables.kind is TableKind.GSTAGE:
        return say(
            "{faults} G-stage faults; {mapped} pages mapped, {pages} pages of tables",
            faults=f"{real.exits.get(Reason.GSTAGE_FAULT.value, 0):,}",
            mapped=f"{tables.mapped:,}", pages=tables.pages,
        )  # fmt: skip
    return say(
        "{pages} tables validated, {mapped} pages mapped; {calls} hypercalls, {true} true faults",
        pages=tables.pages, mapped=f"{tables.mapped:,}",
        calls=f"{real.exits.get(Reason.HYPERCALL.value, 0):,}", true=f"{real.true_faults:,}",
    )  # fmt: skip


def instead(real: VirtualSide | None) -> Phrase:
    """What stands there where there is no table of a monitor's."""
    if real is None:
        return Phrase(
            "No monitor: the hart walks the guest's own tables, and nothing stands in their place."
        )
    if real.technique == "interpret":
        return Phrase(
            "The program that carries the guest out walks the guest's own tables, entry by entry: "
            "no hart ever does, so nothing has to stand in their place."
        )
    if real.tables.kind is TableKind.NONE:
        return Phrase("The hart walks the guest's own tables: what they say is real.")
    if real.tables.kind is TableKind.SHADOW:
        return Phrase("Nothing is mapped in this context yet: the next access is a hidden fault.")
    return Phrase("Nothing is mapped yet: the first access to each page is a fault.")


# Shadow ------------------------------------------------------------------------------------------


def rights_of(pte: int) -> str:
    """What a leaf allows as it stands, as `rwx`."""
    return "".join(letter if pte & bit else "-" for letter, bit in _RIGHTS)


def _last_filled(snapshot: Snapshot, real: VirtualSide, reason: Reason) -> int | None:
    """The page that the last exit filled, if that was a moment ago."""
    bands = exit_bands(real)
    if not bands or bands[-1].reason is not reason or bands[-1].first < snapshot.position - 1:
        return None
    return bands[-1].tval & -PAGE_SIZE_BYTES


def _shadow_rows(
    snapshot: Snapshot, real: VirtualSide, trees: Sequence[Tree]
) -> tuple[PageRow, ...]:
    guest = next((tree for tree in trees if tree.of is Of.GUEST), None)
    filled = _last_filled(snapshot, real, Reason.HIDDEN_FAULT)
    made = {leaf.address: leaf for leaf in real.tables.leaves}
    if guest is None:
        rows = [_without_table(leaf, leaf.address == filled) for leaf in made.values()]
        return tuple(rows)
    rows = [
        _beside(guest, guest.canonical(leaf.address), leaf, guest.canonical(leaf.address) == filled)
        for leaf in made.values()
    ]
    shown = {guest.canonical(address) for address in made}
    for address, pte, level in guest.leaves(MOST_GUEST_LEAVES)[0]:
        size = PAGE_SIZE_BYTES << INDEX_BITS * level
        inside = sum(address <= page < address + size for page in shown) if level else 0
        if address in shown and not level:
            continue
        state = State.PART if inside else State.EMPTY
        note = (
            Phrase("the other pages fill as they are accessed")
            if inside
            else Phrase("the next access there is a hidden fault")
        )
        rows.append(PageRow(address, _guest_leaf(pte, level), _empty(inside, size), state, note))
    first = (State.PART, State.EMPTY)
    return tuple(sorted(rows, key=lambda row: (row.address, row.state not in first)))


def _empty(inside: int, size: int) -> Phrase:
    if not inside:
        return Phrase("no entry")
    return say("{n} of {all} pages filled, below", n=inside, all=size // PAGE_SIZE_BYTES)


def _guest_leaf(pte: int, level: int) -> Phrase:
    size = PAGE_SIZE_BYTES << INDEX_BITS * level
    return say(
        "gpa {gpa} {rights} {flags}, {size}",
        gpa=short_hex(frame_of(pte)), rights=rights_of(pte), size=size_words(size),
        flags="".join(bit for bit in "UGAD" if pte & PTE.mask(bit)),
    )  # fmt: skip


def _made_leaf(leaf: Leaf) -> Phrase:
    return say("spa {spa} {rights}", spa=short_hex(leaf.spa), rights=leaf.rights)


def _without_table(leaf: Leaf, filled: bool) -> PageRow:
    gpa = Phrase("no translation: gpa is gva")
    state = State.FILLED if filled else State.IN_STEP
    return PageRow(leaf.address, gpa, _made_leaf(leaf), state, NOTHING)


def _beside(guest: Tree, va: int, leaf: Leaf, filled: bool) -> PageRow:
    found, gpa = guest.leaf(va), guest.translate(va)
    if found is None:
        left: Phrase = Phrase("not valid any more")
        note: Phrase = Phrase("the guest has taken its entry away, and not fenced yet")
        return PageRow(va, left, _made_leaf(leaf), State.STALE, note)
    left = _guest_leaf(found.pte, found.level)
    may = rights_of(found.pte)
    more = [right for right in leaf.rights if right != "-" and right not in may]
    if gpa != leaf.gpa or more:
        note = Phrase("the guest has changed its entry, and not fenced yet")
        return PageRow(va, left, _made_leaf(leaf), State.STALE, note)
    note = NOTHING
    if leaf.traced:
        note = Phrase("one of the guest's tables: read-only, so that each store is seen")
    elif "w" in may and "w" not in leaf.rights:
        note = Phrase("W comes with the first store, which has to set D in the guest's entry")
    return PageRow(va, left, _made_leaf(leaf), State.FILLED if filled else State.IN_STEP, note)


# G-stage and validated tables --------------------------------------------------------------------


def _gstage_rows(
    snapshot: Snapshot, real: VirtualSide, trees: Sequence[Tree]
) -> tuple[PageRow, ...]:
    gva = _last_filled(snapshot, real, Reason.GSTAGE_FAULT)
    guest = next((tree for tree in trees if tree.of is Of.GUEST), None)
    filled = gva if gva is None or guest is None else guest.translate(gva)
    return tuple(
        PageRow(
            leaf.address,
            described(size_words(leaf.size_bytes)),
            _made_leaf(leaf),
            State.FILLED if leaf.address == filled else State.MAPPED,
            NOTHING,
        )
        for leaf in real.tables.leaves
    )


def _validated_rows(real: VirtualSide) -> tuple[PageRow, ...]:
    return tuple(
        PageRow(
            page.spa,
            say("root, level {level}", level=page.level)
            if page.spa == real.tables.root
            else say("level {level}", level=page.level),
            say("used as a table: {n}", n=page.uses),
            State.PINNED if page.is_pinned else State.USED,
            Phrase("read-only to the guest: it changes by hypercall"),
        )
        for page in real.tables.table_pages
    )


# The last faults ---------------------------------------------------------------------------------

_LISTED: Final = frozenset(
    {Reason.HIDDEN_FAULT, Reason.TRUE_FAULT, Reason.TABLE_WRITE, Reason.GSTAGE_FAULT}
)


def _faults(real: VirtualSide) -> tuple[FaultRow, ...]:
    return tuple(
        FaultRow(
            band.first,
            band.reason is Reason.TRUE_FAULT,
            band.tval if band.reason in _LISTED else None,
            _why(band),
        )
        for band in exit_bands(real)
        if band.reason in _LISTED or " " in band.asked
    )


def _why(band: Band) -> Phrase:
    match band.reason:
        case Reason.HIDDEN_FAULT if band.why.startswith("store"):
            return Phrase(
                "Hidden: the guest would not have faulted; the shadow had no entry, or a read-only "
                "one until D was set."
            )
        case Reason.HIDDEN_FAULT:
            return Phrase("Hidden: the guest would not have faulted; the shadow had no entry.")
        case Reason.TRUE_FAULT:
            return Phrase("True: the guest's own table refuses it, and its kernel got the fault.")
        case Reason.TABLE_WRITE:
            return Phrase("A store to one of the guest's tables, which is traced.")
        case Reason.GSTAGE_FAULT:
            return Phrase("The G-stage had no page for what this address came to.")
        case _:
            call, _, updates = band.asked.partition(" ")
            return say("{call}: entries changed, each checked first: {n}.", call=call, n=updates)


def table(shown: ShadowPicture) -> Table:
    """The twin: a line a page, then a line a fault."""
    lines: list[tuple[str | Phrase, ...]] = [
        (short_hex(row.address), row.left, row.right, STATES[row.state], row.note)
        for row in shown.rows
    ]
    lines += [
        (
            "" if row.va is None else short_hex(row.va),
            say("#{position}", position=f"{row.position:,}"), NOTHING, NOTHING, row.why,
        )
        for row in shown.faults
    ]  # fmt: skip
    title = shown.title
    if shown.summary:
        title = say("{title}: {summary}", title=shown.title, summary=shown.summary)
    return Table(title, (*shown.columns, Phrase("Why")), tuple(lines), shown.instead)


def text(snapshot: Snapshot, trees: Sequence[Tree], translate: Translate = str) -> str:
    """The shadow as lines of text."""
    return render(table(picture(snapshot, trees)), translate)
