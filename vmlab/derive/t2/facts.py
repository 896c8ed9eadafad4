"""What a region is: a function of WebAssembly made of one page, and what there is to know about it.

    region(pc i64, left i32, table i32, label i32) -> (pc i64, left i32, how i32)

It runs at most `left` instructions from the one that `label` stands for, and says with `How` why it
stopped and at which pc. The page may be mapped anywhere, and by any mode: addresses are counted
from `pc`, data is found through T1's tables at `table`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

from vmlab.derive.wasm.module import Function, Module

REGION: Final = "region"
"""The name of the function that the module exports."""
KERNELS: Final = "t1"
"""The module name of what a region calls: the accesses that T1 exports, as `region_NAME`."""


class How(IntEnum):
    """How a region is left."""

    GO = 0
    """T1 goes on at pc."""
    TRAP = 1
    """The instruction at pc traps: its cause and tval stand in T1's words."""
    ALONE = 2
    """Too few instructions are left for what is at pc: T1 runs one."""
    ATTEND = 3
    """T1 goes on at pc, and something wants attention before."""


Kind = Literal["fall", "taken", "back", "indirect", "leave"]


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a block may go on: a block of the region, by its offset, or outside (None)."""

    kind: Kind
    target: int | None


@dataclass(frozen=True, slots=True)
class Block:
    """Instructions that run from the first to the last. Offsets are bytes of the page."""

    offset: int
    end: int
    instructions: int
    successors: tuple[Edge, ...]
    depth: int
    """So many loops are around it."""


@dataclass(frozen=True, slots=True)
class Made:
    """The instructions of wasm, of the region's function, that come from one of the guest."""

    offset: int
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Printed:
    """A region as WebAssembly: some kilobytes an instruction."""

    module: Module
    made: tuple[Made, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """One page's translation. Who keeps many may keep how to print them again in `printed`."""

    content: bytes
    """The page as it was, for readers: what is there later may be something else."""
    printed: Callable[[], Printed]
    labels: Mapping[int, int]
    """Where it may be entered: the label by the offset of the instruction."""
    blocks: tuple[Block, ...]
    longest: int
    """The most instructions that run before it looks again how many are left."""
    instructions: int

    @property
    def covered(self) -> frozenset[int]:
        """The halfwords of the page that it is made from: if one of them is written it is not
        true."""
        return frozenset(
            half for block in self.blocks for half in range(block.offset >> 1, block.end >> 1)
        )

    @property
    def module(self) -> Module:
        return self.printed().module

    @property
    def made(self) -> tuple[Made, ...]:
        return self.printed().made

    @property
    def function(self) -> Function:
        """The region's function."""
        return next(function for function in self.module.functions if function.name == REGION)
