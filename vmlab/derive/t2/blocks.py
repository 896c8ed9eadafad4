"""The code of a page: which instructions are reached from the entries, and the blocks they form.

A block runs from its first instruction to its last. It ends before an instruction that is jumped
to, and before one that is T1's: there the region is left, and behind it entered again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from vmlab.core.pieces import Pieces, at_once
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.derive.decoder import decoder, size_of
from vmlab.derive.t2.known import Knowledge, Near
from vmlab.derive.t2.shape import Jumps, Shape, shape_of
from vmlab.isa.encoding import Instruction, decode_fields
from vmlab.isa.extensions import enabled
from vmlab.isa.state import ISA

MOST_INSTRUCTIONS: Final = 1024
"""What is furthest from the entries is left out of a larger region."""
WORTH_ENTERING: Final = 6
"""To enter and leave a region takes T1 the time of a few instructions: where no more of them run,
the region is not entered again by itself."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What an instruction word says, wherever it stands."""

    instruction: Instruction
    shape: Shape
    operands: Mapping[str, int]
    uses: frozenset[int]
    """Registers, x0 aside."""
    writes: frozenset[int]


@lru_cache(maxsize=1 << 14)
def _decoded(isa: int, word: int) -> Decoded | None:
    """Pages have many words in common, and a page is translated more than once."""
    instruction = decoder(enabled(isa))(word)
    if instruction is None:
        return None
    shape = shape_of(instruction)
    operands = decode_fields(instruction, word)
    read, written = (
        {operands[place.operand] if place.number is None else place.number for place in places}
        for places in (shape.reads, shape.writes)
    )
    return Decoded(
        instruction, shape, operands, frozenset((read | written) - {0}), frozenset(written - {0})
    )


@dataclass(slots=True)
class Site:
    """An instruction of the page, and where it leads. `target` is an offset that may be outside of
    the page, None if it does not jump or nobody knows where to."""

    offset: int
    end: int
    decoded: Decoded
    instruction: Instruction
    shape: Shape
    known: Knowledge
    translated: bool
    target: int | None = None
    links: bool = False

    @property
    def goes_on(self) -> bool:
        """True if the next instruction may follow this one."""
        return self.shape.jumps is not Jumps.ALWAYS


@dataclass(slots=True)
class Run:
    """A block: its instructions, and where it leads."""

    sites: list[Site]
    follows: int | None = None
    """Where it goes on without a jump, as an offset."""
    taken: int | None = None
    """Where its last instruction jumps to, if that is known."""
    indirect: bool = False
    """Its last instruction jumps to where nobody knows."""

    @property
    def offset(self) -> int:
        return self.sites[0].offset

    @property
    def end(self) -> int:
        return self.sites[-1].end


@dataclass(slots=True)
class Code:
    """The blocks, by offset, and the offsets where the region may be entered."""

    runs: dict[int, Run] = field(default_factory=dict)
    entries: set[int] = field(default_factory=set)


class Page:
    """Finds the code of one page."""

    def __init__(self, content: bytes, stops: Collection[int], isa: int) -> None:
        self.content = content
        self.stops = stops
        self.constants: Mapping[str, int] = {ISA.name: isa}
        self.isa = isa
        self.sites: dict[int, Site | None] = {}

    def site(self, offset: int) -> Site | None:
        """The instruction there; None if the page has no whole one there."""
        if offset not in self.sites:
            self.sites[offset] = self._site(offset)
        return self.sites[offset]

    def _site(self, offset: int) -> Site | None:
        word = int.from_bytes(self.content[offset : offset + 4], "little")
        size = size_of(word)
        if not 0 <= offset <= PAGE_SIZE_BYTES - size or offset & 1:
            return None
        word &= (1 << 8 * size) - 1
        decoded = _decoded(self.isa, word)
        if decoded is None:
            return None
        shape, end = decoded.shape, offset + size
        known = Knowledge(decoded.operands, (offset, end), word, self.constants)
        site = Site(offset, end, decoded, decoded.instruction, shape, known, shape.translated)
        if offset in self.stops:
            site.translated = False
        if shape.target is not None:
            target = known.of(shape.target)
            site.target = target.offset if isinstance(target, Near) else None
            site.links = any(known.register(place) for place in shape.links)
            perhaps = shape.jumps is Jumps.PERHAPS
            if perhaps and (
                site.target is None or any(known.of(one) != 0 for one in shape.refuses)
            ):
                site.translated = False
        return site

    def code(self, entries: Collection[int], most: int = MOST_INSTRUCTIONS) -> Code:
        """The blocks that are reached from the entries, at most so many instructions."""
        return at_once(self.finding(entries, most))

    def finding(self, entries: Collection[int], most: int = MOST_INSTRUCTIONS) -> Pieces[Code]:
        """`code` in pieces of an instruction or a block."""
        code = Code()
        taken, leaders = yield from self._reach(entries, most, code.entries)
        code.entries &= taken
        for offset in sorted(taken & leaders):
            code.runs[offset] = self._run(offset, taken, leaders)
            yield
        return code

    def _reach(
        self, entries: Collection[int], most: int, found: set[int]
    ) -> Pieces[tuple[set[int], set[int]]]:
        """The instructions to translate, and those that blocks begin with. `found` gets the
        entries."""
        taken: set[int] = set()
        leaders: set[int] = set()
        todo = deque(sorted(entries) if isinstance(entries, Set) else entries)
        found.update(todo)
        while todo:
            at = todo.popleft()
            leaders.add(at)
            while at not in taken and len(taken) < most:
                site = self.site(at)
                yield
                if site is None:
                    break
                if not site.translated:
                    after = self._next_entry(site.end) if site.goes_on else None
                    if after is not None:
                        found.add(after)
                        todo.append(after)
                    break
                taken.add(at)
                at = site.end
                if site.shape.jumps is Jumps.NEVER:
                    continue
                if site.target is not None:
                    todo.append(site.target)
                if site.links:
                    after = self._next_entry(at)
                    if after is not None:
                        found.add(after)
                        todo.append(after)
                elif site.goes_on:
                    todo.append(at)
                break
            else:
                leaders.add(at)
        return taken, leaders

    def _next_entry(self, offset: int) -> int | None:
        """Where to enter again after an instruction of T1's: at the next, or behind others of
        T1's that stand close. None if the code leads away before."""
        while not self._is_worth_entering(offset):
            site = self.site(offset)
            while site is not None and site.translated:
                if not site.goes_on:
                    return None
                site = self.site(site.end)
            if site is None or not site.goes_on:
                return None
            offset = site.end
        return offset

    def _is_worth_entering(self, offset: int) -> bool:
        """True if enough runs from there on, as far as it can be told."""
        for count in range(1, WORTH_ENTERING + 1):
            site = self.site(offset)
            if site is None or not site.translated:
                return False
            if site.shape.jumps is not Jumps.NEVER:
                stays = site.target is not None and self.site(site.target) is not None
                return site.goes_on or stays or count == WORTH_ENTERING
            offset = site.end
        return True

    def _run(self, offset: int, taken: set[int], leaders: set[int]) -> Run:
        run = Run([])
        while True:
            site = self.site(offset)
            assert site is not None
            run.sites.append(site)
            offset = site.end
            if site.shape.jumps is not Jumps.NEVER:
                run.taken = site.target
                run.indirect = site.target is None
                run.follows = offset if site.goes_on else None
                return run
            if offset in leaders or offset not in taken:
                run.follows = offset
                return run
