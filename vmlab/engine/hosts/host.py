"""What an engine asks of whoever runs its WebAssembly: a block of memory that Python sees too, and
modules over it.

`wasmtime_host` is a host on a desktop Python, `browser_host` in Pyodide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from vmlab.engine.compiling import Compiling

Function = Callable[..., Any]
"""A function on the border of Python and WebAssembly. On every host it takes words of 32 bits and
gives one or none, all below 2**31: how a larger one is given differs."""


class Joined(Protocol):
    """A module over a block, which calls others through its table: those may be compiled later,
    and are given what it exports."""

    @property
    def lets_go(self) -> bool:
        """Whether the code of a module that nobody holds any more is given back."""

    @property
    def functions(self) -> Mapping[str, Function]:
        """What it exports, by name."""

    def compile(self, wasm: bytes) -> Any:
        """Another module, compiled; a thread of its own may do it."""

    def compiling(self, wasm: bytes) -> Compiling:
        """The same beside the run, where the host can."""

    def join(self, code: Any) -> Any:
        """Its function `region`, over the same block; what it wants besides the memory are
        functions that this module exports."""

    def put(self, index: int, function: Any) -> None:
        """Make that function the table's entry of this number."""

    @property
    def machine_bytes(self) -> int:
        """What the code of all that has joined takes of this host's memory, since the last
        recycling; 0 where the host does not tell."""

    def recycle(self) -> None:
        """Let go of all modules that have joined: none of them is called any more. The table is
        empty then, `functions` and the memory are what they were. Not while one of `functions`
        runs."""


class Block(Protocol):
    """Bytes of a WebAssembly memory, zero at first. They stay in place as long as anybody holds
    the block, its view or one of its functions."""

    @property
    def view(self) -> memoryview:
        """The bytes, writable."""

    @property
    def base(self) -> int:
        """The block's address in the WebAssembly memory, a multiple of 16."""

    def instantiate(self, wasm: bytes, imports: Mapping[str, Function]) -> Mapping[str, Function]:
        """Compile a module over the memory that holds the block; what it exports, by name.
        A module that says where its offsets are (`derive.wasm.relocation`) is moved to `base`.

        `imports` has the functions that it wants. A failure of one passes through the module's
        frames and comes out of the call as itself; a trap of the module is a `BrokenInvariant`.
        """

    def join_to(self, wasm: bytes, imports: Mapping[str, Function], table: str) -> Joined:
        """`instantiate`, for a module that exports a table of this name."""


class Host(Protocol):
    """Makes blocks."""

    def memory(self, size_bytes: int) -> Block:
        """A new block. Raises `BadInput` if there is no room for it."""
