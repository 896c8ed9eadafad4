"""WebAssembly on a desktop Python: wasmtime, one memory a block.

The memory is also a Python memoryview, so the arena is shared, never copied. wasmtime gives code
back a store at a time only, so a module with a table has a store of its own, and is instantiated in
another one when all that has joined it shall go (`wasmtime_memory` has what stays).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import wasmtime

from vmlab.core.errors import BrokenInvariant
from vmlab.derive.t2.facts import REGION
from vmlab.derive.wasm.module import MEMORY
from vmlab.engine.compiling import Compiling, on_thread
from vmlab.engine.hosts.compiled import compiled
from vmlab.engine.hosts.wasmtime_calls import Exports, Function, Workplace, calls
from vmlab.engine.hosts.wasmtime_memory import OwnedBytes, engine, image_bytes

MOST_INSTANCES: Final = 1 << 20
"""Of a store, which by itself allows 10,000."""


MODULE_BYTES: Final = 32 * 1024
"""What wasmtime and an instance take for a module besides its code: measured, rounded up."""


class WasmtimeHost:
    """Makes blocks, each with a memory of its own."""

    def memory(self, size_bytes: int) -> WasmtimeBlock:
        """A block of `size_bytes`, rounded up to wasm pages."""
        return WasmtimeBlock(size_bytes)


class WasmtimeBlock:
    """A memory, and the modules over it."""

    base: Final = 0

    def __init__(self, size_bytes: int) -> None:
        self._bytes = OwnedBytes(size_bytes)
        self.view = self._bytes.view()

    def instantiate(self, wasm: bytes, imports: Mapping[str, Function]) -> dict[str, Function]:
        """Compile a module over this memory; its exported functions by name. `imports` provides
        the functions that the module wants."""
        place = Workplace(self._bytes)
        exports = place.instance(_module(wasm), imports)
        return {name: call.entry for name, call in calls(place, exports).items()}

    def join_to(self, wasm: bytes, imports: Mapping[str, Function], table: str) -> WasmtimeJoined:
        """`instantiate`, for a module with a table that others are put into."""
        return WasmtimeJoined(self._bytes, _module(wasm), imports, table)


class WasmtimeJoined:
    """A module with a table, in a store of its own. What joins it stays there, until all of it is
    recycled."""

    lets_go: Final = False
    _place: Workplace
    _exports: Exports
    _table: wasmtime.Table
    machine_bytes: int

    def __init__(
        self,
        lent: OwnedBytes,
        module: wasmtime.Module,
        imports: Mapping[str, Function],
        table: str,
    ) -> None:
        self._lent, self._module, self._imports, self._name = lent, module, imports, table
        self._begin()
        self._calls = calls(self._place, self._exports)
        self.functions = {name: call.entry for name, call in self._calls.items()}

    def _begin(self) -> None:
        """An instance in a new store."""
        self.machine_bytes = 0
        self._place = Workplace(self._lent)
        self._place.store.set_limits(instances=MOST_INSTANCES)
        self._exports = self._place.instance(self._module, self._imports)
        found = self._exports[self._name]
        assert isinstance(found, wasmtime.Table)
        self._table = found

    def compile(self, wasm: bytes) -> wasmtime.Module:
        """Without the cache of `compiled`: there are many, and each is small."""
        return _region_module(wasm)

    def compiling(self, wasm: bytes) -> Compiling:
        """On a thread."""
        return on_thread(lambda: _region_module(wasm))

    def join(self, code: wasmtime.Module) -> wasmtime.Func:
        """Instantiate it with the memory and the functions of this module."""
        place = self._place
        externs = [
            place.memory if entry.name == MEMORY else self._exports[str(entry.name)]
            for entry in code.imports
        ]
        found = wasmtime.Instance(place.store, code, externs).exports(place.store)[REGION]
        assert isinstance(found, wasmtime.Func)
        self.machine_bytes += image_bytes(code) + MODULE_BYTES
        return found

    def put(self, index: int, function: wasmtime.Func) -> None:
        """Into the table."""
        self._table.set(self._place.store, index, function)

    def recycle(self) -> None:
        """Leave the store with all that is in it, and lead `functions` to a new one: its module is
        compiled already, and the memory stays as it is."""
        left = self._place
        self._begin()
        for name, call in self._calls.items():
            call.lead_to(self._place, self._exports[name])
        left.store.close()


def _module(wasm: bytes) -> wasmtime.Module:
    try:
        return compiled(engine(), wasm)
    except wasmtime.WasmtimeError as reason:
        raise BrokenInvariant(f"wasm: {reason}") from None


@lru_cache(maxsize=512)
def _region_module(wasm: bytes) -> wasmtime.Module:
    """The same page of another machine, or of the same guest a while ago, is compiled once."""
    return wasmtime.Module(engine(), wasm)
