"""A page's content to its region."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.core.pieces import Pieces, at_once
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.derive.t1.layout import ARENA_AT
from vmlab.derive.t2.accesses import access_function, accesses_used, kernel_import
from vmlab.derive.t2.blocks import Code, Page, Run
from vmlab.derive.t2.facts import Block, Edge, How, Made, Printed, Region
from vmlab.derive.t2.printer import RegionPrinter
from vmlab.derive.t2.structure import Arrangement, arranging
from vmlab.derive.wasm.functions import Surroundings
from vmlab.derive.wasm.helpers import helpers
from vmlab.derive.wasm.module import Module
from vmlab.isa.extensions import ISA_STRING, isa_word

__all__ = ["Block", "Edge", "How", "Made", "Printed", "Region", "translate", "translating"]

WHOLE_ISA: Final = isa_word(ISA_STRING)


def translate(
    content: bytes,
    entries: Collection[int],
    stops: Collection[int] = (),
    isa: int = WHOLE_ISA,
) -> Region | None:
    """The region of a page with this content for a machine with these extensions (the word of state
    `isa`), to be entered at the offsets `entries`: if they have an order, what is near the last
    ones is left out of a region that would be too large. The instructions at `stops` are T1's.

    None if nothing that stands at an entry can be translated."""
    return at_once(translating(content, entries, stops, isa))


def translating(
    content: bytes,
    entries: Collection[int],
    stops: Collection[int] = (),
    isa: int = WHOLE_ISA,
) -> Pieces[Region | None]:
    """`translate` in pieces, none of which takes long."""
    if len(content) != PAGE_SIZE_BYTES:
        raise BadInput(f"expected a page of {PAGE_SIZE_BYTES} bytes, found {len(content)}")
    code = yield from Page(content, stops, isa).finding(entries)
    return (yield from _region(bytes(content), code)) if code.entries else None


def _region(content: bytes, code: Code) -> Pieces[Region]:
    runs = list(code.runs.values())
    node = {run.offset: at for at, run in enumerate(runs)}
    graph = [[node[offset] for offset in _known(run) if offset in node] for run in runs]
    indirect = any(run.indirect for run in runs)
    yield
    arrangement = yield from arranging(graph, [node[at] for at in code.entries], indirect)
    needs = _needs(graph, runs, arrangement)
    yield
    sites = [site for run in runs for site in run.sites]
    shapes = {site.shape for site in sites}
    used = accesses_used({what for shape in shapes for what in shape.accesses})
    imports = tuple(kernel_import(what) for what in used)
    own = helpers(len(imports)) if any(shape.products for shape in shapes) else []
    own += [access_function(what, at) for at, what in enumerate(used)]
    functions = {function.name: len(imports) + at for at, function in enumerate(own)}
    printer = RegionPrinter(
        runs,
        arrangement,
        sorted(code.entries) if indirect else (),
        needs,
        _registers(runs),
        Surroundings(ARENA_AT, functions),
    )
    yield
    own.append((yield from printer.printing()))
    printed = Printed(Module(imports, tuple(own)), tuple(printer.made))
    return Region(
        content=content,
        printed=lambda: printed,
        labels={runs[at].offset: n for n, at in enumerate(arrangement.labels)
                if runs[at].offset in code.entries},
        blocks=tuple(
            Block(
                run.offset, run.end, len(run.sites),
                _successors(run, node, at, arrangement), arrangement.depth[at],
            )
            for at, run in enumerate(runs)
        ),
        longest=max(needs.values()),
        instructions=len(sites),
    )  # fmt: skip


def _known(run: Run) -> list[int]:
    return [offset for offset in (run.follows, run.taken) if offset is not None]


def _needs(
    graph: Sequence[Sequence[int]], runs: Sequence[Run], arrangement: Arrangement
) -> dict[int, int]:
    """How many instructions run at most from each block to the next place where the region looks
    how many are left: a header or a label."""
    looks = arrangement.headers | set(arrangement.labels)
    needs: dict[int, int] = {}
    for node in sorted(range(len(runs)), key=arrangement.place.__getitem__, reverse=True):
        then = [needs[target] for target in graph[node] if target not in looks]
        needs[node] = len(runs[node].sites) + max(then, default=0)
    return needs


def _registers(runs: Sequence[Run]) -> tuple[list[int], list[int]]:
    """The registers that the blocks use, and those that they write."""
    used: set[int] = set()
    writes: set[int] = set()
    for run in runs:
        for site in run.sites:
            used |= site.decoded.uses
            writes |= site.decoded.writes
    return sorted(used), sorted(writes)


def _successors(
    run: Run, node: dict[int, int], at: int, arrangement: Arrangement
) -> tuple[Edge, ...]:
    edges: list[Edge] = []
    for offset, kind in ((run.follows, "fall"), (run.taken, "taken")):
        if offset is None:
            continue
        if offset not in node:
            edges.append(Edge("leave", None))
        elif arrangement.goes_back(at, node[offset]):
            edges.append(Edge("back", offset))
        else:
            edges.append(Edge("fall" if kind == "fall" else "taken", offset))
    if run.indirect:
        edges.append(Edge("indirect", None))
    return tuple(edges)
