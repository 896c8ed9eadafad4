"""WebAssembly on a desktop Python: one wasmtime store, one memory, and functions to call.

The memory is also a Python memoryview, so the arena is shared, never copied. Calls take the raw
path of wasmtime's C interface, ten times faster than its Python wrappers (1 against 11 us).
Words are unsigned on both sides. The only file that imports wasmtime.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any, Final

import wasmtime
from wasmtime import _ffi as ffi

from vmlab.core.bits import MASK32, MASK64
from vmlab.core.errors import BrokenInvariant

PAGE_BYTES: Final = 64 * 1024
Result = int | tuple[int, ...] | None
"""What a function gives: nothing, a word, or a tuple of words, like a printed Python kernel."""

_MASKS: Final = {"i32": MASK32, "i64": MASK64}


class WasmtimeHost:
    """Owns a memory of `memory_bytes` (rounded up to wasm pages) and the modules over it."""

    def __init__(self, memory_bytes: int) -> None:
        self._engine = wasmtime.Engine()
        self._store = wasmtime.Store(self._engine)
        pages = -(-memory_bytes // PAGE_BYTES)
        # With least and greatest size equal it never grows, so the view below stays valid.
        limits = wasmtime.Limits(pages, pages)
        self._memory = wasmtime.Memory(self._store, wasmtime.MemoryType(limits))
        start = ctypes.addressof(self._memory.data_ptr(self._store).contents)
        self.memory = memoryview((ctypes.c_ubyte * (pages * PAGE_BYTES)).from_address(start)).cast(
            "B"
        )
        self._failure: BaseException | None = None
        self._alive: list[Any] = []

    def instantiate(
        self, binary: bytes, imports: Mapping[str, Callable[..., Result]]
    ) -> dict[str, Callable[..., Result]]:
        """Compile a module over this memory; its exported functions by name. `imports` provides
        the functions that the module wants."""
        module = wasmtime.Module(self._engine, binary)
        externs: list[wasmtime.Func | wasmtime.Memory] = []
        for entry in module.imports:
            if isinstance(entry.type, wasmtime.FuncType):
                if entry.name not in imports:
                    raise BrokenInvariant(f"the module wants the function {entry.name}, not given")
                externs.append(self._callback(imports[str(entry.name)], entry.type))
            else:
                externs.append(self._memory)
        exports = wasmtime.Instance(self._store, module, externs).exports(self._store)
        return {
            name: self._callable(export)
            for name, export in exports.items()
            if isinstance(export, wasmtime.Func)
        }

    def _callable(self, func: wasmtime.Func) -> Callable[..., Result]:
        kind = func.type(self._store)
        takes, masks = len(kind.params), [_MASKS[str(result)] for result in kind.results]
        slots = max(takes, len(masks))
        # A raw value has 16 bytes; ours use the first 8.
        words = (ctypes.c_uint64 * (2 * slots))()
        raw = ctypes.cast(words, ctypes.POINTER(ffi.wasmtime_val_raw_t))
        trap: Any = ctypes.POINTER(ffi.wasm_trap_t)()
        call, context = ffi.wasmtime_func_call_unchecked, self._store._context()
        handle, trap_ref = ctypes.byref(func._func), ctypes.byref(trap)
        self._alive.append(func)

        def invoke(*args: int) -> Result:
            if len(args) != takes:
                raise BrokenInvariant(f"expected {takes} words, found {len(args)}")
            for at, arg in enumerate(args):
                words[2 * at] = arg
            error: Any = call(context, handle, raw, slots, trap_ref)
            if error or trap:
                self._raise(error, trap)
            if len(masks) == 1:
                return words[0] & masks[0]
            return tuple([words[2 * at] & mask for at, mask in enumerate(masks)]) or None

        return invoke

    def _raise(self, error: Any, trap: Any) -> None:
        """A failure of a callback comes back as itself; the module's own as an error of ours."""
        failure, self._failure = self._failure, None
        # What is made here owns what the pointers point to, and frees it.
        found: Exception
        if error:
            found = wasmtime.WasmtimeError._from_ptr(error)
        else:
            found = wasmtime.Trap._from_ptr(ctypes.cast(trap, ctypes.POINTER(ffi.wasm_trap_t)))
            ctypes.memset(ctypes.byref(trap), 0, ctypes.sizeof(trap))
        if failure is not None:
            raise failure
        raise BrokenInvariant(f"wasm: {found}")

    def _callback(self, function: Callable[..., Result], kind: wasmtime.FuncType) -> wasmtime.Func:
        takes, gives = len(kind.params), len(kind.results)

        def entry(_env: Any, _caller: Any, raw: Any, _slots: int) -> int:
            words = ctypes.cast(raw, ctypes.POINTER(ctypes.c_uint64))
            try:
                result = function(*(words[2 * at] for at in range(takes)))
            except BaseException as failure:  # noqa: BLE001 (it cannot pass through wasm's frames)
                self._failure = failure
                text = b"a function of the host failed"
                return ctypes.addressof(ffi.wasmtime_trap_new(text, len(text)).contents)
            values = result if isinstance(result, tuple) else (result,) * gives
            for at, value in enumerate(values):
                words[2 * at] = value
            return 0

        pointer = ffi.wasmtime_func_unchecked_callback_t(entry)
        func = ffi.wasmtime_func_t()
        none = ctypes.CFUNCTYPE(None, ctypes.c_void_p)()
        ffi.wasmtime_func_new_unchecked(
            self._store._context(), kind.ptr(), pointer, None, none, ctypes.byref(func)
        )
        self._alive.append(pointer)
        return wasmtime.Func._from_raw(func)
