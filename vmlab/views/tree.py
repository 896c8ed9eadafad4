"""Page tables as a tree that is opened level by level, and the walk that an address would take.

A row is an entry that is not 0. Its flags are decoded, what it covers is said by its first address
and its size, and marks tell which entries the next fetch, load or store goes through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from vmlab.core.events import Access, PteRead, Stage, Walk
from vmlab.core.modes import Mode
from vmlab.core.units import PAGE_BITS, PAGE_SIZE_BYTES, format_hex
from vmlab.isa.causes import GUEST_PAGE_FAULTS, PAGE_FAULTS
from vmlab.isa.layouts import PTE
from vmlab.isa.system.walk import INDEX_BITS
from vmlab.session.snapshot import Snapshot
from vmlab.session.tables import Of, Path, Step, Tree, frame_of, is_leaf, is_pointer
from vmlab.views.address_map import size_words
from vmlab.views.foresee import next_data
from vmlab.views.names import ACCESSES, short_hex
from vmlab.views.phrase import NOTHING, Phrase, say
from vmlab.views.table import Table, Translate, render

MOST_ROWS: Final = 400
PAGE: Final = 32
"""Entries of a table that are shown at a time."""
FLAGS: Final = tuple((letter, PTE.mask(letter)) for letter in "DAGUXWRV")
_R, _W, _U = (PTE.mask(letter) for letter in "RWU")

NAMES: Final[Mapping[Of, Phrase]] = MappingProxyType(
    {
        Of.OWN: Phrase("satp: va to pa"),
        Of.GUEST: Phrase("the guest's own: gva to gpa"),
        Of.VALIDATED: Phrase("the guest's own, validated: gva to spa"),
        Of.GSTAGE: Phrase("G-stage: gpa to spa"),
        Of.SHADOW: Phrase("shadow: gva to spa"),
    }
)
OWNER: Final[Mapping[Of, str]] = MappingProxyType(
    {Of.OWN: "K", Of.GUEST: "K", Of.VALIDATED: "K", Of.GSTAGE: "V", Of.SHADOW: "V"}
)
"""Tables take the colour of whoever owns them."""
_NAMED: Final = {
    Of.OWN: "pa", Of.GUEST: "gpa", Of.VALIDATED: "spa", Of.GSTAGE: "spa", Of.SHADOW: "spa",
}  # fmt: skip

Place = tuple[Of, Path]
"""A table: its tree, and the way down."""


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One entry, a root (`number` is None), or what is left out (`more` entries)."""

    of: Of
    path: Path
    """Of the entry itself; of a root nothing."""
    depth: int
    number: int | None
    level: int
    address: int
    """The first address that it translates."""
    size: str
    entry: int
    """Where it stands, as its tree names memory; of a root the table."""
    pte: int
    flags: tuple[tuple[str, bool], ...]
    kind: str
    """root, pointer, leaf, bad or more."""
    note: Phrase
    is_open: bool = False
    uses: tuple[Access, ...] = ()
    """Which of the next accesses go through it."""
    more: int = 0


@dataclass(frozen=True, slots=True)
class Next:
    """What is accessed next: addresses by tree, and for what."""

    paths: Mapping[Place, tuple[Access, ...]]


def accesses(snapshot: Snapshot) -> tuple[tuple[int, Access], ...]:
    """The fetch of the next instruction, and its load or store if it makes one."""
    data = next_data(snapshot)
    return ((snapshot.now.pc, Access.FETCH), *(() if data is None else (data,)))


def _used(snapshot: Snapshot, trees: Sequence[Tree]) -> dict[Place, tuple[Access, ...]]:
    """The entries that the next accesses go through, by their way down."""
    if snapshot.virtual is None and snapshot.now.mode is Mode.M:
        return {}
    found: dict[Place, tuple[Access, ...]] = {}
    guest = next((tree for tree in trees if tree.of is Of.GUEST), None)
    for va, access in accesses(snapshot):
        for tree in trees:
            if snapshot.now.virtual and tree.of is Of.OWN:
                continue
            if not snapshot.now.virtual and snapshot.virtual is None and tree.of is not Of.OWN:
                continue
            address: int | None = va
            if tree.of is Of.GSTAGE and guest is not None:
                address = guest.translate(va)
            if address is None:
                continue
            path: Path = ()
            for step in tree.steps(address):
                path = (*path, tree.index(address, step.level))
                found[tree.of, path] = (*found.get((tree.of, path), ()), access)
    return found


def rows(
    snapshot: Snapshot,
    trees: Sequence[Tree],
    opened: Iterable[Place],
    starts: Mapping[Place, int] | None = None,
) -> tuple[TreeRow, ...]:
    """The roots, and below each table that is open its entries from number `starts` on."""
    used, open_now, made = _used(snapshot, trees), frozenset(opened), list[TreeRow]()
    for tree in trees:
        is_open = (tree.of, ()) in open_now
        note = say(
            "{format}, root table at {kind} {root}",
            format=tree.format, kind=_NAMED[tree.of], root=short_hex(tree.root),
        )  # fmt: skip
        made.append(
            TreeRow(tree.of, (), 0, None, tree.levels, 0, "", tree.root, 0, (), "root", note,
                    is_open)
        )  # fmt: skip
        if is_open:
            _below(made, tree, (), used, open_now, starts or {})
    return tuple(made)


def _below(
    made: list[TreeRow],
    tree: Tree,
    path: Path,
    used: Mapping[Place, tuple[Access, ...]],
    opened: frozenset[Place],
    starts: Mapping[Place, int],
) -> None:
    table = tree.table(path)
    if table is None:
        return
    first = min(starts.get((tree.of, path), 0), max(0, len(table.entries) - 1))
    shown = table.entries[first : first + PAGE]
    depth = len(path) + 1
    size = PAGE_SIZE_BYTES << INDEX_BITS * table.level
    for number, pte in shown:
        if len(made) >= MOST_ROWS:
            return
        here = (*path, number)
        base = tree.canonical(table.base | number << PAGE_BITS + INDEX_BITS * table.level)
        kind = _kind(pte, table.level)
        is_open = kind == "pointer" and (tree.of, here) in opened
        made.append(
            TreeRow(
                tree.of, here, depth, number, table.level, base, size_words(size),
                table.address + 8 * number, pte,
                tuple((letter, bool(pte & bit)) for letter, bit in FLAGS), kind,
                _note(tree.of, pte, kind), is_open, used.get((tree.of, here), ()),
            )
        )  # fmt: skip
        if is_open:
            _below(made, tree, here, used, opened, starts)
    left = len(table.entries) - first - len(shown)
    if left or first:
        made.append(
            TreeRow(
                tree.of, path, depth, None, table.level, 0, "", table.address, 0, (), "more",
                say("{n} more entries of this table", n=left) if left
                else Phrase("back to the first entries of this table"),
                more=left,
            )
        )  # fmt: skip


def _kind(pte: int, level: int) -> str:
    if is_pointer(pte, level):
        return "pointer"
    return "leaf" if is_leaf(pte) and not (pte & _W and not pte & _R) else "bad"


def _note(of: Of, pte: int, kind: str) -> Phrase:
    where = short_hex(frame_of(pte))
    if kind == "pointer":
        return say("next table at {kind} {where}", kind=_NAMED[of], where=where)
    if kind == "leaf":
        return say("{kind} {where}", kind=_NAMED[of], where=where)
    return Phrase("not valid")


def used_words(row: TreeRow) -> Phrase:
    """Which of the next accesses go through an entry, in words."""
    if not row.uses:
        return NOTHING
    names = [ACCESSES[access] for access in row.uses]
    said = names[0]
    for name in names[1:]:
        said = say("{rest}, {name}", rest=said, name=name)
    return said


# The walk that an address would take -------------------------------------------------------------


def walk_of(snapshot: Snapshot, trees: Sequence[Tree], of: Of, address: int) -> Walk | None:
    """The walk of an address as the tables stand, for the access and the mode that its leaf allows;
    None if there is no such tree. No hart takes it: nothing is counted, no A or D is set."""
    tree = next((tree for tree in trees if tree.of is of), None)
    if tree is None:
        return None
    second = next((one for one in trees if one.of is Of.GSTAGE), None)
    if of is not Of.GUEST:
        second = None
    steps = tree.steps(address)
    first = Stage.ONE if second is None else Stage.VS
    reads: list[PteRead] = []
    for step in steps:
        if second is not None:
            reads += _second(second.steps(step.entry), step.entry)
            if second.translate(step.entry) is None:
                return _ended(snapshot, tree, second, address, reads, None, step.entry, Access.LOAD)
        reads.append(PteRead(step.level, step.address or 0, step.pte, first, step.entry, address))
    last = steps[-1] if steps else None
    access = _allowed(last)
    made = tree.translate(address)
    gpa, pa = made, made
    if second is not None and made is not None:
        reads += _second(second.steps(made), made)
        pa = second.translate(made)
    return _ended(snapshot, tree, second, address, reads, pa, gpa, access)


def _second(steps: Sequence[Step], gpa: int) -> list[PteRead]:
    return [
        PteRead(step.level, step.address or 0, step.pte, Stage.G, step.entry, gpa) for step in steps
    ]


def _allowed(leaf: Step | None) -> Access:
    return Access.LOAD if leaf is None or leaf.pte & _R else Access.FETCH


def _ended(
    snapshot: Snapshot,
    tree: Tree,
    second: Tree | None,
    va: int,
    reads: Sequence[PteRead],
    pa: int | None,
    gpa: int | None,
    access: Access,
) -> Walk:
    own = [read for read in reads if read.stage is not Stage.G]
    user = bool(own) and bool(own[-1].pte & _U)
    fault, stage = None, Stage.ONE if second is None else Stage.VS
    if pa is None:
        refused = second is not None and gpa is not None
        fault = (GUEST_PAGE_FAULTS if refused else PAGE_FAULTS)[access]
        stage = Stage.G if refused else stage
    return Walk(
        snapshot.position, tree.canonical(va), access, Mode.U if user else Mode.S, tree.root,
        tuple(reads), pa, fault, tree.levels, second is not None,
        0 if second is None else second.levels, stage, gpa if second is not None else None,
    )  # fmt: skip


def table(found: Sequence[TreeRow]) -> Table:
    """The twin of these rows; the number of dots is the depth."""
    return Table(
        Phrase("Page tables"),
        (
            Phrase("Entry"), Phrase("From"), Phrase("Size"), Phrase("At"), Phrase("Word"),
            Phrase("Flags"), Phrase("What it is"), Phrase("Next access"),
        ),
        tuple(
            (
                NAMES[row.of] if row.kind == "root"
                else "" if row.number is None
                else f"{'. ' * row.depth}{row.number}",
                "" if row.number is None else short_hex(row.address),
                row.size,
                "" if row.kind == "more" else short_hex(row.entry),
                "" if row.number is None else format_hex(row.pte),
                "".join(letter if on else "-" for letter, on in row.flags),
                row.note,
                used_words(row),
            )
            for row in found
        ),
        Phrase("No page tables: translation is off. They appear when satp turns it on."),
    )  # fmt: skip


def text(
    snapshot: Snapshot, trees: Sequence[Tree], opened: Iterable[Place], translate: Translate = str
) -> str:
    """The tree as lines of text."""
    return render(table(rows(snapshot, trees, opened)), translate)
