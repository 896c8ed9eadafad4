"""WebAssembly on a desktop Python: wasmtime, one store and one memory a block.

The memory is also a Python memoryview, so the arena is shared, never copied. Calls go straight to
wasmtime's C interface (0.4 us, and 0.4 us for a call back), past its Python wrappers (10 us each).
Words are unsigned on both sides. Besides what every host does, functions may take and give words
of 64 bits, and several. Only this file and `compiled` import wasmtime.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, Final, Literal

import wasmtime
from wasmtime import _ffi as ffi

from vmlab.core.bits import MASK32, MASK64
from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.derive.t2.facts import REGION
from vmlab.derive.wasm.module import MEMORY
from vmlab.engine.compiling import Compiling, on_thread
from vmlab.engine.hosts.compiled import compiled

PAGE_BYTES: Final = 64 * 1024
MOST_INSTANCES: Final = 1 << 20
"""Of a store, which by itself allows 10,000."""
Result = int | tuple[int, ...] | None
"""What a function gives: nothing, a word, or a tuple of words, like a printed Python kernel."""

_Exports = dict[str, Any]
_MASKS: Final = {"i32": MASK32, "i64": MASK64}
_Callback = ctypes.CFUNCTYPE(
    ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64),
    ctypes.c_size_t,
)  # fmt: skip
"""wasmtime calls (data, caller, values, how many) and wants a trap or null."""
_Pointers = ctypes.c_void_p * 1


@cache
def _engine() -> wasmtime.Engine:
    return wasmtime.Engine()


@cache
def _raw_call() -> Any:
    """`wasmtime_func_call_unchecked` with plain addresses for parameters: nothing to convert."""
    address = ctypes.cast(ffi.dll.wasmtime_func_call_unchecked, ctypes.c_void_p).value
    pointer = ctypes.c_void_p
    call = ctypes.CFUNCTYPE(pointer, pointer, pointer, pointer, ctypes.c_size_t, pointer)
    return call(address or 0)


class WasmtimeHost:
    """Makes blocks, each with a memory of its own."""

    def memory(self, size_bytes: int) -> WasmtimeBlock:
        """A block of `size_bytes`, rounded up to wasm pages."""
        return WasmtimeBlock(size_bytes)


class _Bytes:
    """What keeps a memory in place: whoever holds a view of it holds this."""

    def __init__(self, size_bytes: int) -> None:
        self.store = wasmtime.Store(_engine())
        pages = -(-size_bytes // PAGE_BYTES)
        try:
            # With least and greatest size equal it never grows, so a view stays valid.
            kind = wasmtime.MemoryType(wasmtime.Limits(pages, pages))
            self.memory = wasmtime.Memory(self.store, kind)
        except wasmtime.WasmtimeError:
            raise BadInput(
                f"expected room for {size_bytes} bytes of memory on this host, found less"
            ) from None

    def view(self) -> memoryview:
        """All bytes. It holds this object, so they are there as long as it is."""
        size = self.memory.data_len(self.store)
        array: Any = type("Memory", (ctypes.Array,), {"_type_": ctypes.c_ubyte, "_length_": size})
        start = ctypes.addressof(self.memory.data_ptr(self.store).contents)
        content = array.from_address(start)
        content.keeps = self
        return memoryview(content).cast("B")


class WasmtimeBlock:
    """A memory, and the modules over it."""

    base: Final = 0

    def __init__(self, size_bytes: int) -> None:
        self._bytes = _Bytes(size_bytes)
        self._store = self._bytes.store
        self.view = self._bytes.view()
        self._failure: BaseException | None = None
        # What the store calls and does not own. Not with the bytes: a numpy array over them is
        # nothing that the garbage collector looks through, and these lead back to its holder.
        self._alive: list[Any] = []

    def instantiate(
        self, wasm: bytes, imports: Mapping[str, Callable[..., Result]]
    ) -> dict[str, Callable[..., Result]]:
        """Compile a module over this memory; its exported functions by name. `imports` provides
        the functions that the module wants."""
        exports = self._instance(wasm, imports)
        return {
            name: self._callable(export)
            for name, export in exports.items()
            if isinstance(export, wasmtime.Func)
        }

    def join_to(
        self, wasm: bytes, imports: Mapping[str, Callable[..., Result]], table: str
    ) -> WasmtimeJoined:
        """`instantiate`, for a module with a table that others are put into."""
        exports = self._instance(wasm, imports)
        functions = {
            name: self._callable(export)
            for name, export in exports.items()
            if isinstance(export, wasmtime.Func)
        }
        return WasmtimeJoined(self._store, self._bytes.memory, exports, functions, table)

    def _instance(self, wasm: bytes, imports: Mapping[str, Callable[..., Result]]) -> _Exports:
        try:
            module = compiled(_engine(), wasm)
        except wasmtime.WasmtimeError as reason:
            raise BrokenInvariant(f"wasm: {reason}") from None
        externs: list[wasmtime.Func | wasmtime.Memory] = []
        for entry in module.imports:
            if isinstance(entry.type, wasmtime.FuncType):
                if entry.name not in imports:
                    raise BrokenInvariant(f"the module wants the function {entry.name}, not given")
                externs.append(self._callback(imports[str(entry.name)], entry.type))
            else:
                externs.append(self._bytes.memory)
        return dict(wasmtime.Instance(self._store, module, externs).exports(self._store).items())

    def _callable(self, func: wasmtime.Func) -> Callable[..., Result]:
        kind = func.type(self._store)
        takes, masks = len(kind.params), [_MASKS[str(result)] for result in kind.results]
        slots = max(takes, len(masks), 1)
        # A raw value has 16 bytes; ours use the first 8.
        words, trap = (ctypes.c_uint64 * (2 * slots))(), _Pointers()
        trapped, first = _as_words(trap, "Q"), _as_words(words, "I")
        # All that the call takes never changes, so it is converted once.
        context = ctypes.c_void_p(ctypes.addressof(self._store._context().contents))
        handle, raw = _address(func._func), _address(words)
        count, trap_at = ctypes.c_size_t(slots), _address(trap)
        call = _raw_call()
        self._alive.append(func)

        def run() -> Result:
            """As little as can be: an engine's main loop is called so."""
            if (error := call(context, handle, raw, count, trap_at)) or trapped[0]:
                self._raise(error, trap)
            return first[0]

        def invoke(*args: int) -> Result:
            if len(args) != takes:
                raise BrokenInvariant(f"expected {takes} words, found {len(args)}")
            for at, arg in enumerate(args):
                words[2 * at] = arg
            if (error := call(context, handle, raw, count, trap_at)) or trapped[0]:
                self._raise(error, trap)
            if len(masks) == 1:
                return words[0] & masks[0]
            return tuple([words[2 * at] & mask for at, mask in enumerate(masks)]) or None

        return run if not takes and masks == [MASK32] else invoke

    def _raise(self, error: int | None, trap: Any) -> None:
        """A failure of a callback comes back as itself; the module's own as an error of ours."""
        failure, self._failure = self._failure, None
        # What is made here owns what the pointers point to, and frees it.
        found: Exception
        pointer: Any
        if error:
            pointer = ctypes.cast(error, ctypes.POINTER(ffi.wasmtime_error_t))
            found = wasmtime.WasmtimeError._from_ptr(pointer)
        else:
            pointer = ctypes.cast(trap[0] or 0, ctypes.POINTER(ffi.wasm_trap_t))
            found = wasmtime.Trap._from_ptr(pointer)
            trap[0] = None
        if failure is not None:
            raise failure
        raise BrokenInvariant(f"wasm: {found}")

    def _callback(self, function: Callable[..., Result], kind: wasmtime.FuncType) -> wasmtime.Func:
        # Only the low half of a word of 32 bits is written.
        masks = [(2 * at, _MASKS[str(param)]) for at, param in enumerate(kind.params)]
        gives = len(kind.results)

        def fail(failure: BaseException) -> int:
            self._failure = failure
            text = b"a function of the host failed"
            return ctypes.addressof(ffi.wasmtime_trap_new(text, len(text)).contents)

        def bare(_env: Any, _caller: Any, _words: Any, _slots: int) -> int:
            try:
                function()
            except BaseException as failure:  # noqa: BLE001 (it cannot pass through wasm's frames)
                return fail(failure)
            return 0

        def entry(_env: Any, _caller: Any, words: Any, _slots: int) -> int:
            try:
                result = function(*[words[at] & mask for at, mask in masks])
            except BaseException as failure:  # noqa: BLE001 (it cannot pass through wasm's frames)
                return fail(failure)
            values = result if isinstance(result, tuple) else (result,) * gives
            for at, value in enumerate(values):
                words[2 * at] = value
            return 0

        pointer = _Callback(entry if masks or gives else bare)
        typed = ctypes.cast(pointer, ffi.wasmtime_func_unchecked_callback_t)
        func = ffi.wasmtime_func_t()
        none = ctypes.CFUNCTYPE(None, ctypes.c_void_p)()
        ffi.wasmtime_func_new_unchecked(
            self._store._context(), kind.ptr(), typed, None, none, ctypes.byref(func)
        )
        self._alive += [pointer, typed]
        return wasmtime.Func._from_raw(func)


class WasmtimeJoined:
    """A module with a table, in a block's store. What joins it stays in the store."""

    lets_go: Final = False

    def __init__(
        self,
        store: wasmtime.Store,
        memory: wasmtime.Memory,
        exports: _Exports,
        functions: Mapping[str, Callable[..., Result]],
        table: str,
    ) -> None:
        self._store, self._memory, self._exports = store, memory, exports
        self.functions = functions
        found = exports[table]
        assert isinstance(found, wasmtime.Table)
        self._table = found
        store.set_limits(instances=MOST_INSTANCES)

    def compile(self, wasm: bytes) -> wasmtime.Module:
        """Without the cache of `compiled`: there are many, and each is small."""
        return _region_module(wasm)

    def compiling(self, wasm: bytes) -> Compiling:
        """On a thread."""
        return on_thread(lambda: _region_module(wasm))

    def join(self, code: wasmtime.Module) -> wasmtime.Func:
        """Instantiate it with the memory and the functions of this module."""
        externs = [
            self._memory if entry.name == MEMORY else self._exports[str(entry.name)]
            for entry in code.imports
        ]
        found = wasmtime.Instance(self._store, code, externs).exports(self._store)[REGION]
        assert isinstance(found, wasmtime.Func)
        return found

    def put(self, index: int, function: wasmtime.Func) -> None:
        """Into the table."""
        self._table.set(self._store, index, function)

    def recycle(self) -> bool:
        """A store keeps all that was ever put into it, and the memory is the store's."""
        return False


@lru_cache(maxsize=512)
def _region_module(wasm: bytes) -> wasmtime.Module:
    """The same page of another machine, or of the same guest a while ago, is compiled once."""
    return wasmtime.Module(_engine(), wasm)


def _address(thing: Any) -> ctypes.c_void_p:
    return ctypes.c_void_p(ctypes.addressof(thing))


def _as_words(array: Any, kind: Literal["I", "Q"]) -> memoryview:
    return memoryview(array).cast("B").cast(kind)
