"""One translated page: its region, what it was made from, and the compiled code."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from vmlab.core.pieces import Pieces, at_once
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.derive.t1.layout import PAGE_HALVES
from vmlab.derive.t2.blocks import Page
from vmlab.derive.t2.region import Printed, Region, translating
from vmlab.engine.translations import Why

_WORD: Final = np.uint16


@dataclass(eq=False)
class Unit:
    """A page's region. It is true of any page that has the same bytes where it covers it."""

    page: int
    region: Region
    stops: frozenset[int]
    """Places in the page that had a breakpoint: what stands there is not in it."""
    wasm: bytes
    covered: npt.NDArray[np.bool_]
    """By halfword of the page."""
    content: npt.NDArray[np.uint16]
    """The covered halfwords."""
    generate_seconds: float = 0.0
    address: int = 0
    """Where the hart found the page when it became hot. It is true at any other address, too."""
    compile_seconds: float = 0.0
    function: Any = None
    """What the host calls it, once it is compiled."""
    slot: int = 0
    """Where it is linked; 0: nowhere."""
    why: Why = Why.HOT
    runs: int = 0
    """Of the times that it was linked before."""
    runs_before: int = field(default=0)
    """The slot's count when it was linked."""

    def is_true_of(self, page: memoryview) -> bool:
        """Whether the page has the bytes that it was made from."""
        return bool(np.array_equal(np.frombuffer(page, _WORD)[self.covered], self.content))

    def fits(self, stops: frozenset[int]) -> bool:
        """Whether it leaves out what has a breakpoint now, and nothing else."""
        return self.stops == stops or (
            self.stops <= stops and not any(self.covered[stop >> 1] for stop in stops - self.stops)
        )

    def touches(self, first: int, last: int) -> bool:
        """Whether it is made from one of these bytes of the page, both included."""
        return bool(self.covered[first >> 1 : (last >> 1) + 1].any())


_Asked = tuple[bytes, frozenset[int], frozenset[int], int]
_KEPT: Final[dict[_Asked, tuple[Region, bytes]]] = {}
"""Regions and their modules as files, the newest last: a guest that runs again, on another machine
or from its beginning, has the same hot pages with the same entries."""
MOST_KEPT_INSNS: Final = 8_000
"""In all of these: what is kept of an instruction takes some kilobytes."""


def _translated(
    content: bytes, entries: frozenset[int], stops: frozenset[int], isa: int
) -> Pieces[tuple[Region, bytes] | None]:
    asked = content, entries, stops, isa
    found = _KEPT.pop(asked, None)
    if found is None:
        region = yield from translating(*asked)
        if region is None:
            return None
        found = region, (yield from region.module.encoding_file())
    _KEPT[asked] = found
    while len(_KEPT) > 1 and sum(one.instructions for one, _ in _KEPT.values()) > MOST_KEPT_INSNS:
        del _KEPT[next(iter(_KEPT))]
    return found


def may_be_entered(content: memoryview, offset: int, stops: frozenset[int], isa: int) -> bool:
    """Whether a region of the page can begin there: whether the instruction is not T1's. It is no
    use to translate a page again for a place where it cannot."""
    site = Page(bytes(content), stops, isa).site(offset)
    return site is not None and site.translated


def _printed(content: bytes, entries: frozenset[int], stops: frozenset[int], isa: int) -> Printed:
    """What a region looks like, once more: units keep only what the engine needs of it."""
    found = at_once(_translated(content, entries, stops, isa))
    assert found is not None
    return found[0].printed()


def made_of(
    page: int, content: memoryview, entries: set[int], stops: frozenset[int], isa: int
) -> Pieces[Unit | None]:
    """The page as it is now translated, in pieces; None if nothing at the entries can be."""
    code, again = bytes(content), (frozenset(entries), stops, isa)
    found = yield from _translated(code, *again)
    if found is None or not found[0].labels:
        return None
    region, wasm = found
    covered = np.zeros(PAGE_HALVES, np.bool_)
    covered[list(region.covered)] = True
    return Unit(
        page=page,
        region=replace(region, printed=partial(_printed, region.content, *again)),
        stops=stops,
        wasm=wasm,
        covered=covered,
        content=np.frombuffer(code, _WORD)[covered],
    )


assert PAGE_SIZE_BYTES == 2 * PAGE_HALVES
