"""Memory that outlives the stores that use it.

A store of wasmtime keeps whatever was put into it until it is dropped, and by itself owns its
memories, too. Compiled code shall go and the memory stay, and stay in place: Python has views of
it. So a memory belongs to a store in which nothing else is, of an engine for that purpose. It is
lent to the stores that run code: their engine asks us for every memory that a module in one of them
declares, and a module that declares one and nothing else is how a store borrows.
"""

from __future__ import annotations

import ctypes
from functools import cache, lru_cache
from itertools import count
from threading import Lock
from typing import Any, Final

import wasmtime
from wasmtime import _ffi as ffi

from vmlab.core.errors import BadInput

PAGE_BYTES: Final = 64 * 1024
_NAME: Final = "memory"


@cache
def _owners() -> wasmtime.Engine:
    """Of the stores that own memory."""
    return wasmtime.Engine()


@cache
def engine() -> wasmtime.Engine:
    """Of all that is compiled. Its memories are those that are lent."""
    config = wasmtime.Config()
    nothing = ctypes.CFUNCTYPE(None, ctypes.c_void_p)()
    creator = ffi.wasmtime_memory_creator_t(None, _MAKE, nothing)
    ffi.wasmtime_config_host_memory_creator_set(config.ptr(), ctypes.byref(creator))
    return wasmtime.Engine(config)


def image_bytes(module: wasmtime.Module) -> int:
    """How long the compiled module is in memory."""
    start, end = ctypes.c_void_p(), ctypes.c_void_p()
    ffi.wasmtime_module_image_range(module.ptr(), ctypes.byref(start), ctypes.byref(end))
    return (end.value or 0) - (start.value or 0)


@lru_cache(maxsize=64)
def _borrower(pages: int) -> wasmtime.Module:
    return wasmtime.Module(engine(), f'(module (memory (export "{_NAME}") {pages} {pages}))')


class OwnedBytes:
    """What keeps a memory in place: whoever holds a view of it, or uses it, holds this."""

    def __init__(self, size_bytes: int) -> None:
        pages = -(-size_bytes // PAGE_BYTES)
        try:
            # With least and greatest size equal it never grows, so a view stays valid.
            limits = wasmtime.Limits(pages, pages)
            self._store = wasmtime.Store(_owners())
            self._memory = wasmtime.Memory(self._store, wasmtime.MemoryType(limits))
        except wasmtime.WasmtimeError:
            raise BadInput(
                f"expected room for {size_bytes} bytes of memory on this host, found less"
            ) from None
        self._pages = pages
        self.size = self._memory.data_len(self._store)
        self.address = ctypes.addressof(self._memory.data_ptr(self._store).contents)

    def view(self) -> memoryview:
        """All bytes. It holds this object, so they are there as long as it is."""
        kind = {"_type_": ctypes.c_ubyte, "_length_": self.size}
        array: Any = type("Memory", (ctypes.Array,), kind)
        content = array.from_address(self.address)
        content.keeps = self
        return memoryview(content).cast("B")

    def lend(self, store: wasmtime.Store) -> wasmtime.Memory:
        """The memory of a store of `engine`, over these bytes. The store holds this object."""
        with _LENDING:
            _NEXT.append(self)
            try:
                exports = wasmtime.Instance(store, _borrower(self._pages), []).exports(store)
            finally:
                _NEXT.clear()
        found = exports[_NAME]
        assert isinstance(found, wasmtime.Memory)
        return found


# What wasmtime calls ------------------------------------------------------------------------------

_LENDING: Final = Lock()
_NEXT: Final[list[OwnedBytes]] = []
"""What the next memory is made of."""
_LENT: Final[dict[int, OwnedBytes]] = {}
"""By a number that wasmtime gives back: it is no pointer."""
_NUMBERS: Final = count(1)


def _get(number: int, size: Any, capacity: Any) -> int:
    lent = _LENT[number]
    size[0] = capacity[0] = lent.size
    return lent.address


def _grow(_number: int, _size: int) -> int:
    """Never asked: it has its greatest size."""
    text = b"the memory has its greatest size"
    return ctypes.addressof(ffi.wasmtime_error_new(text).contents)


def _give_back(number: int, lent: dict[int, OwnedBytes] = _LENT) -> None:
    lent.pop(number, None)


def _make(
    _env: Any, _kind: Any, _least: int, _most: int, _reserved: int, _guard: int, made: Any
) -> int:
    number = next(_NUMBERS)
    _LENT[number] = _NEXT[-1]
    made[0] = ffi.wasmtime_linear_memory_t(number, *_WITH_MEMORY)
    return 0


_WITH_MEMORY: Final = (
    ffi.wasmtime_memory_get_callback_t(_get),
    ffi.wasmtime_memory_grow_callback_t(_grow),
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(_give_back),
)
_MAKE: Final = ffi.wasmtime_new_memory_callback_t(_make)
