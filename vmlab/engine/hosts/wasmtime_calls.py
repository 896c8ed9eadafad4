"""Calls between Python and a store of wasmtime, past wasmtime's Python wrappers: straight to its C
interface, 0.4 us one way, where the wrappers take 10.

Words are unsigned on both sides. Functions may take and give words of 64 bits, and several.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, Literal

import wasmtime
from wasmtime import _ffi as ffi

from vmlab.core.bits import MASK32, MASK64
from vmlab.core.errors import BrokenInvariant
from vmlab.engine.hosts.wasmtime_memory import OwnedBytes, engine

Result = int | tuple[int, ...] | None
"""What a function gives: nothing, a word, or a tuple of words, like a printed Python kernel."""
Function = Callable[..., Result]
Exports = dict[str, Any]
_MASKS: Final = {"i32": MASK32, "i64": MASK64}
_Callback = ctypes.CFUNCTYPE(
    ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64),
    ctypes.c_size_t,
)  # fmt: skip
"""wasmtime calls (data, caller, values, how many) and wants a trap or null."""
_Pointers = ctypes.c_void_p * 1


@cache
def _raw_call() -> Any:
    """`wasmtime_func_call_unchecked` with plain addresses for parameters: nothing to convert."""
    address = ctypes.cast(ffi.dll.wasmtime_func_call_unchecked, ctypes.c_void_p).value
    pointer = ctypes.c_void_p
    call = ctypes.CFUNCTYPE(pointer, pointer, pointer, pointer, ctypes.c_size_t, pointer)
    return call(address or 0)


class _Failure:
    """What a function of the host has failed with, on its way through wasm's frames."""

    def __init__(self) -> None:
        self.raised: BaseException | None = None

    def take(self, error: int | None, trap: Any) -> BaseException:
        """It, as itself; a failure of the module's own as an error of ours."""
        raised, self.raised = self.raised, None
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
        return BrokenInvariant(f"wasm: {found}") if raised is None else raised


class Workplace:
    """A store over lent bytes. It keeps every module that was ever instantiated in it."""

    def __init__(self, lent: OwnedBytes) -> None:
        self.store = wasmtime.Store(engine())
        self.memory = lent.lend(self.store)
        self.failure = _Failure()
        # What the store calls and does not own. Nothing in it leads back to this object, so that
        # a store that nobody uses any more is gone at once.
        self._alive: list[Any] = []

    def instance(self, module: wasmtime.Module, imports: Mapping[str, Function]) -> Exports:
        """What an instance of the module exports; `imports` are the functions that it wants."""
        externs: list[wasmtime.Func | wasmtime.Memory] = []
        for entry in module.imports:
            if isinstance(entry.type, wasmtime.FuncType):
                if entry.name not in imports:
                    raise BrokenInvariant(f"the module wants the function {entry.name}, not given")
                externs.append(self._callback(imports[str(entry.name)], entry.type))
            else:
                externs.append(self.memory)
        return dict(wasmtime.Instance(self.store, module, externs).exports(self.store).items())

    def _callback(self, function: Function, kind: wasmtime.FuncType) -> wasmtime.Func:
        # Only the low half of a word of 32 bits is written.
        masks = [(2 * at, _MASKS[str(param)]) for at, param in enumerate(kind.params)]
        gives, failure = len(kind.results), self.failure

        def fail(raised: BaseException) -> int:
            failure.raised = raised
            text = b"a function of the host failed"
            return ctypes.addressof(ffi.wasmtime_trap_new(text, len(text)).contents)

        def bare(_env: Any, _caller: Any, _words: Any, _slots: int) -> int:
            try:
                function()
            except BaseException as raised:  # noqa: BLE001 (it cannot pass through wasm's frames)
                return fail(raised)
            return 0

        def entry(_env: Any, _caller: Any, words: Any, _slots: int) -> int:
            try:
                result = function(*[words[at] & mask for at, mask in masks])
            except BaseException as raised:  # noqa: BLE001 (it cannot pass through wasm's frames)
                return fail(raised)
            values = result if isinstance(result, tuple) else (result,) * gives
            for at, value in enumerate(values):
                words[2 * at] = value
            return 0

        pointer = _Callback(entry if masks or gives else bare)
        typed = ctypes.cast(pointer, ffi.wasmtime_func_unchecked_callback_t)
        func = ffi.wasmtime_func_t()
        none = ctypes.CFUNCTYPE(None, ctypes.c_void_p)()
        ffi.wasmtime_func_new_unchecked(
            self.store._context(), kind.ptr(), typed, None, none, ctypes.byref(func)
        )
        self._alive += [pointer, typed]
        return wasmtime.Func._from_raw(func)


class Call:
    """An exported function as Python calls it: `entry`. It may be led to the same function of
    another instance, while it does not run."""

    entry: Function

    def __init__(self, place: Workplace, func: wasmtime.Func) -> None:
        kind = func.type(place.store)
        takes, masks = len(kind.params), [_MASKS[str(result)] for result in kind.results]
        slots = max(takes, len(masks), 1)
        # A raw value has 16 bytes; ours use the first 8.
        words, trap = (ctypes.c_uint64 * (2 * slots))(), _Pointers()
        trapped, first = _as_words(trap, "Q"), _as_words(words, "I")
        # All that the call takes changes with the instance only, so it is converted once.
        context, handle = _context(place), _address(func._func)
        raw, count, trap_at = _address(words), ctypes.c_size_t(slots), _address(trap)
        call, held = _raw_call(), (place, func)

        def run() -> Result:
            """As little as can be: an engine's main loop is called so."""
            if (error := call(context, handle, raw, count, trap_at)) or trapped[0]:
                raise held[0].failure.take(error, trap)
            return first[0]

        def invoke(*args: int) -> Result:
            if len(args) != takes:
                raise BrokenInvariant(f"expected {takes} words, found {len(args)}")
            for at, arg in enumerate(args):
                words[2 * at] = arg
            if (error := call(context, handle, raw, count, trap_at)) or trapped[0]:
                raise held[0].failure.take(error, trap)
            if len(masks) == 1:
                return words[0] & masks[0]
            return tuple([words[2 * at] & mask for at, mask in enumerate(masks)]) or None

        def lead_to(place: Workplace, func: wasmtime.Func) -> None:
            nonlocal context, handle, held
            context, handle, held = _context(place), _address(func._func), (place, func)

        self.entry = run if not takes and masks == [MASK32] else invoke
        self.lead_to: Callable[[Workplace, wasmtime.Func], None] = lead_to


def calls(place: Workplace, exports: Exports) -> dict[str, Call]:
    """The functions among what an instance exports."""
    return {
        name: Call(place, export)
        for name, export in exports.items()
        if isinstance(export, wasmtime.Func)
    }


def _context(place: Workplace) -> ctypes.c_void_p:
    return ctypes.c_void_p(ctypes.addressof(place.store._context().contents))


def _address(thing: Any) -> ctypes.c_void_p:
    return ctypes.c_void_p(ctypes.addressof(thing))


def _as_words(array: Any, kind: Literal["I", "Q"]) -> memoryview:
    return memoryview(array).cast("B").cast(kind)
