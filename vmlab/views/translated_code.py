"""One translated page: its blocks and how they follow one another, and each guest instruction
beside the WebAssembly that was made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vmlab.derive.decoder import size_of
from vmlab.derive.disasm import disassemble
from vmlab.derive.t2.facts import Block, Edge, Kind, Region
from vmlab.derive.wasm.folded import Statement, folded
from vmlab.isa.system.memory import PARCEL_BYTES
from vmlab.session.snapshot import Snapshot
from vmlab.session.translations import TranslatedPage
from vmlab.views.names import Symbols
from vmlab.views.phrase import Phrase, say
from vmlab.views.table import visible

EDGES: Final[Mapping[Kind, Phrase]] = {
    "fall": Phrase("on to {place}"),
    "taken": Phrase("jumps to {place}"),
    "back": Phrase("back to {place}"),
    "indirect": Phrase("a computed jump"),
    "leave": Phrase("leaves the page"),
}
"""How a block is followed by another."""
LANES: Final = 6
"""Arrows side by side; more of them share the last lane."""


@dataclass(frozen=True, slots=True)
class BlockRow:
    """One block. Offsets are bytes of the page; `heat` is its part of the hottest, 0 to 1."""

    offset: int
    end: int
    name: str
    instructions: int
    depth: int
    """So many loops are around it."""
    is_entry: bool
    is_here: bool
    jumps: int
    heat: float
    edges: tuple[tuple[Kind, Phrase], ...]


@dataclass(frozen=True, slots=True)
class Arc:
    """An arrow between two rows that are not neighbours, by their index, and its place beside the
    others."""

    start: int
    end: int
    lane: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class LineRow:
    """A guest instruction, as it was when it was translated, and its WebAssembly."""

    offset: int
    address: int
    text: str
    is_here: bool
    wasm: tuple[Statement, ...]


def blocks(snapshot: Snapshot, page: TranslatedPage) -> tuple[BlockRow, ...]:
    """All blocks of a page, by offset."""
    symbols, region, jumps = Symbols(snapshot.symbols), page.made.region, dict(page.made.heat)
    hottest = max((jumps.get(block.offset, 0) for block in region.blocks), default=0) or 1
    return tuple(
        BlockRow(
            block.offset, block.end, symbols.near(page.address + block.offset) or "",
            block.instructions, block.depth, block.offset in region.labels,
            page.here is not None and block.offset <= page.here < block.end,
            jumps.get(block.offset, 0), jumps.get(block.offset, 0) / hottest,
            tuple((way(block, edge), _edge(block, edge)) for edge in block.successors),
        )
        for block in _ordered(region)
    )  # fmt: skip


def _ordered(region: Region) -> list[Block]:
    return sorted(region.blocks, key=lambda block: block.offset)


def way(block: Block, edge: Edge) -> Kind:
    """How the reader sees it: a jump to an entry further down is no way back, although it goes
    through the place where a region is entered."""
    if edge.kind != "back" or edge.target is None or edge.target <= block.offset:
        return edge.kind
    return "fall" if edge.target == block.end else "taken"


def _edge(block: Block, edge: Edge) -> Phrase:
    words = EDGES[way(block, edge)]
    return words if edge.target is None else say(words.template, place=place(edge.target))


def place(offset: int) -> str:
    """An offset in a page, as the picture writes it."""
    return f"+{offset:03x}"


def arcs(region: Region, first: int, last: int) -> tuple[Arc, ...]:
    """The arrows between the rows `first` to `last`, counted from `first`; short ones inside."""
    shown = _ordered(region)[first : last + 1]
    index = {block.offset: at for at, block in enumerate(shown)}
    found = [
        (at, index[edge.target], way(block, edge))
        for at, block in enumerate(shown)
        for edge in block.successors
        if edge.target is not None and edge.target in index
        if not (way(block, edge) == "fall" and index[edge.target] == at + 1)
    ]
    taken: list[list[range]] = []
    made = []
    for start, end, kind in sorted(set(found), key=lambda arc: (abs(arc[0] - arc[1]), arc)):
        span = range(min(start, end), max(start, end) + 1)
        lane = _lane(taken, span)
        made.append(Arc(start, end, lane, kind))
    return tuple(sorted(made, key=lambda arc: (arc.start, arc.end)))


def _lane(taken: list[list[range]], span: range) -> int:
    """The first lane where nothing overlaps `span`."""
    for lane, spans in enumerate(taken):
        if not any(one.start < span.stop and span.start < one.stop for one in spans):
            spans.append(span)
            return lane
    if len(taken) < LANES:
        taken.append([span])
        return len(taken) - 1
    return LANES - 1


def chosen(page: TranslatedPage, asked: int | None) -> Block | None:
    """The block at the offset `asked`; else the one that the hart stands in, else the hottest, else
    the one inside most loops. None only where there is no block."""
    known = _ordered(page.made.region)
    heat = dict(page.made.heat)
    hottest = max((heat.get(block.offset, 0) for block in known), default=0)
    wishes = (
        lambda block: block.offset == asked,
        lambda block: page.here is not None and block.offset <= page.here < block.end,
        lambda block: heat.get(block.offset, 0) == hottest > 0,
    )
    for wish in wishes:
        found = next(filter(wish, known), None)
        if found is not None:
            return found
    return max(known, key=lambda block: (block.depth, -block.offset), default=None)


def lines(
    snapshot: Snapshot, page: TranslatedPage, block: Block, start: int = 0, most: int = 64
) -> tuple[LineRow, ...]:
    """The instructions of a block from the `start`th on, and what was made of each."""
    region = page.made.region
    names = region.module.names()
    signatures = [one.signature for one in region.module.imports]
    signatures += [one.signature for one in region.module.functions]
    parts: dict[int, list[range]] = {}
    for made in region.made:
        if block.offset <= made.offset < block.end:
            parts.setdefault(made.offset, []).append(range(made.first, made.end))
    return tuple(
        LineRow(
            offset, page.address + offset,
            _disassembled(snapshot, page, offset),
            offset == page.here,
            tuple(
                statement
                for part in parts[offset]
                for statement in folded(region.function, part, names, signatures)
            ),
        )
        for offset in sorted(parts)[start : start + most]
    )  # fmt: skip


def _disassembled(snapshot: Snapshot, page: TranslatedPage, offset: int) -> str:
    content = page.made.region.content
    word = int.from_bytes(content[offset : offset + PARCEL_BYTES], "little")
    if size_of(word) > PARCEL_BYTES:
        word = int.from_bytes(content[offset : offset + 2 * PARCEL_BYTES], "little")
    return visible(disassemble(word, page.address + offset, snapshot.symbols))
