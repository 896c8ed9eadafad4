"""The code cache of T0: which runs of instructions have been printed as Python functions.

Kept by physical page and the virtual page it is seen at, since blocks hold addresses as numbers.
A page with blocks is *code*: stores to it go the long way, and one that hits an instruction of a
block drops the page's blocks at once. So a guest that forgets fence.i sees its new code, on every
engine alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vmlab.derive.decoder import decoder, size_of
from vmlab.derive.pyblock import Item, always_leaves, block_source, is_simple
from vmlab.isa.encoding import Instruction, decode_fields
from vmlab.isa.extensions import enabled
from vmlab.isa.state import CONSTANT, FIELDS, ISA
from vmlab.isa.system.memory import PARCEL_BYTES
from vmlab.machine.arena import Arena

MAX_BLOCK = 48
LAST_PARCEL = 0xFFE
"""The last place in a page where an instruction can start."""
WORTH_PRINTING = 12
"""Visits after which a block is printed; before, its instructions run one by one."""

MOST_PAGES = 1 << 12
"""So many virtual pages of code are remembered; then all are forgotten. A guest may give a page
any number of addresses."""

Block = tuple[Callable[..., tuple[int, int]], int]
"""The function and how many instructions it may retire before it checks what is left."""


class CodePage(dict[int, Block]):
    """The blocks that start in one page, by offset in it."""

    __slots__ = ("ends", "first_half", "va_page", "visits")

    def __init__(self, offset: int, va_page: int) -> None:
        super().__init__()
        self.first_half = offset >> 1
        self.va_page = va_page
        self.visits: dict[int, int] = {}
        self.ends: dict[int, int] = {}
        """Where in the page each block ends."""


class CodeCache:
    """All blocks of one machine."""

    def __init__(
        self, arena: Arena, space: dict[str, Any], drop_stores: Callable[[int], None]
    ) -> None:
        self._halves = arena.ram2
        self._constants = {name: arena.words[FIELDS[name].slot] for name in CONSTANT}
        self.decode = decoder(enabled(self._constants[ISA.name]))
        self._space = space
        self._drop_stores = drop_stores
        self._pages: dict[tuple[int, int], CodePage] = {}
        self._breakpoints: frozenset[int] = frozenset()
        self._simple: dict[int, bool] = {}
        self._printed = 0
        self.pages: dict[int, set[int]] = {}
        """Pages of RAM that hold code, with the halfwords that blocks cover."""

    def page(self, offset: int, va_page: int) -> CodePage:
        """The blocks of the page at this offset in RAM, seen at this virtual page."""
        key = offset, va_page
        if key not in self._pages:
            self._pages[key] = CodePage(offset, va_page)
        return self._pages[key]

    @property
    def is_full(self) -> bool:
        return len(self._pages) >= MOST_PAGES

    def word(self, page: CodePage, pc: int) -> int | None:
        """The instruction word at pc in the page; None if it goes on in the next one, which may
        stand anywhere."""
        at = page.first_half + (pc >> 1 & 0x7FF)
        low = self._halves[at]
        if size_of(low) == PARCEL_BYTES:
            return low
        return None if pc & 0xFFF == LAST_PARCEL else low | self._halves[at + 1] << 16

    def block(self, page: CodePage, pc: int) -> Block | None:
        """The block at pc, printed if it has been visited often enough, else None."""
        if pc in self._breakpoints:
            return None  # it would loop over its own start
        visits = page.visits.get(pc, 0) + 1
        page.visits[pc] = visits
        if visits != WORTH_PRINTING:
            return None
        items = self._items(page, pc)
        if not items:
            return None
        name = f"block{self._printed}"
        self._printed += 1
        text = block_source(items, name, self._constants)
        exec(compile(text, f"<{name} at {pc:#x}>", "exec"), self._space)
        block = self._space.pop(name), len(items)
        start = pc & 0xFFF
        end = start + sum(item.instruction.size_bytes for item in items)
        page[start], page.ends[start] = block, end
        number = page.first_half >> 11
        if number not in self.pages:
            self.pages[number] = set()
            self._drop_stores(number << 12)
        first = page.first_half
        self.pages[number].update(range(first + (start >> 1), first + (end >> 1)))
        return block

    def _items(self, page: CodePage, pc: int) -> list[Item]:
        items: list[Item] = []
        while len(items) < MAX_BLOCK:
            word = self.word(page, pc)
            instruction = None if word is None else self.decode(word)
            stop = pc in self._breakpoints and items
            if instruction is None or stop or not self.is_simple(instruction):
                break
            assert word is not None
            items.append(Item(instruction, pc, word, decode_fields(instruction, word)))
            pc += instruction.size_bytes
            if always_leaves(instruction) or not pc & 0xFFF:
                break
        return items

    def is_simple(self, instruction: Instruction) -> bool:
        """True if the instruction touches registers and memory only."""
        key = id(instruction)
        if key not in self._simple:
            self._simple[key] = is_simple(instruction)
        return self._simple[key]

    def covers(self, offset: int, size: int) -> bool:
        """True if bytes of RAM belong to an instruction of a block."""
        halves = self.pages.get(offset >> 12)
        return halves is not None and any(
            half in halves for half in range(offset >> 1, (offset + size + 1) >> 1)
        )

    def written(self, offset: int, size: int) -> None:
        """RAM is written here: drop the page's blocks if one holds these bytes."""
        if self.covers(offset, size):
            self._drop(offset >> 12)

    def drop_pages(self, numbers: set[int]) -> None:
        """These pages of RAM have been written from outside."""
        for number in numbers & self.pages.keys():
            self._drop(number)

    def _drop(self, number: int) -> None:
        del self.pages[number]
        for page in self._pages.values():
            if page.first_half >> 11 == number:
                page.clear()
                page.ends.clear()
                page.visits.clear()

    def set_breakpoints(self, breakpoints: frozenset[int]) -> None:
        """No block may run over a breakpoint: drop those that would."""
        added = breakpoints - self._breakpoints
        removed = self._breakpoints - breakpoints
        self._breakpoints = breakpoints
        for page in self._pages.values():
            for address in added | removed:
                if address & ~0xFFF == page.va_page:
                    at = address & 0xFFF
                    for start in [o for o, end in page.ends.items() if o <= at < end]:
                        del page[start], page.ends[start]
                        page.visits.pop(page.va_page + start, None)
                    page.visits.pop(address, None)

    def clear(self) -> None:
        """Drop everything; whoever maps virtual pages to blocks drops that too."""
        self._pages.clear()
        self.pages.clear()
