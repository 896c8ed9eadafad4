"""Compiled code that is kept from one process to the next: compiling takes longer than starting.

The code is wasmtime's own form of a module. wasmtime itself refuses code of another version, for
another machine or with other settings, and then the module is compiled again.
"""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version

import wasmtime

from vmlab.engine.filecache import FileCache

_CACHE = FileCache("code")


def _key(wasm: bytes) -> str:
    """Of the module, and of all that decides its code (wasmtime checks the processor itself)."""
    try:
        release = version("wasmtime")
    except PackageNotFoundError:
        release = "unknown"
    where = f"{release} {platform.system()} {platform.machine()}"
    return f"{hashlib.sha256(wasm).hexdigest()} {where}"


def compiled(engine: wasmtime.Engine, wasm: bytes) -> wasmtime.Module:
    """The module, from the cache or else compiled."""
    key = _key(wasm)
    code = _CACHE.get(key)
    if code is not None:
        try:
            return wasmtime.Module.deserialize(engine, code)
        except wasmtime.WasmtimeError:
            pass
    module = wasmtime.Module(engine, wasm)
    _CACHE.put(key, bytes(module.serialize()))
    return module
