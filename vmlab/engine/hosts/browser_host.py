"""WebAssembly in a browser: a block is a piece of Pyodide's own memory.

Python runs as WebAssembly there, so a `bytearray` already lies in a memory that other modules can
import; wasm and Python share it with no copy. The memory grows when Python asks for more, which
moves nothing in it. Nobody else may grow it: Pyodide would lose its own view.

Numbers cross the border as `Host` says: words of 32 bits below 2**31, at most one result. A call
takes about 1 us. The only engine file that imports js and pyodide.
"""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

import numpy as np
import pyodide_js
from js import Object, Promise, WebAssembly
from pyodide.ffi import JsException, can_run_sync, create_proxy, run_sync, to_js

from vmlab.core.errors import BadInput, BrokenInvariant, Unsupported
from vmlab.derive.t2.facts import KERNELS, REGION
from vmlab.derive.wasm.module import ENVIRONMENT, MAGIC, MEMORY
from vmlab.derive.wasm.relocation import place

ALIGNMENT: Final = 64 * 1024
ROOM_BYTES: Final = 384 << 20
"""What blocks of machines that nobody needs any more may hold before Python looks for them."""
UNHEARD_S: Final = 0.03
"""So long after it asked, Python is known not to let messages in: a slice of a page is shorter."""


class BrowserHost:
    """Makes blocks of Pyodide's memory. Raises `Unsupported` where the browser runs Python but
    compiles nothing more (a content security policy, a mode without a compiler)."""

    def __init__(self) -> None:
        try:
            WebAssembly.Module.new(to_js(MAGIC))
        except JsException as reason:
            raise Unsupported(f"this browser compiles no more WebAssembly ({reason})") from None
        self._blocks: weakref.WeakSet[BrowserBlock] = weakref.WeakSet()

    def memory(self, size_bytes: int) -> BrowserBlock:
        """A block of `size_bytes`, aligned to wasm pages."""
        if sum(len(block.view) for block in self._blocks) > ROOM_BYTES:
            # The engines of the machines before hold their blocks in circles, and Python does not
            # know how large they are.
            gc.collect()
        block = BrowserBlock(size_bytes)
        self._blocks.add(block)
        return block


class _Imports:
    """The functions of the host, as long as somebody can call the module.

    Neither JavaScript's collector nor Python's sees a circle that goes through both: what
    JavaScript holds must not hold the engine. So it holds this weakly.
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self._functions = functions
        self.failure: BaseException | None = None

    def callback(self, name: str) -> Callable[..., Any]:
        """What the module calls."""
        weak = weakref.ref(self)

        def entry(*args: int) -> Any:
            imports = weak()
            assert imports is not None, name
            try:
                return imports._functions[name](*args)
            except BaseException as failure:
                imports.failure = failure  # JavaScript's frames would make another of it
                raise

        return entry

    def raise_failure(self, reason: BaseException) -> NoReturn:
        """What came out of a call of the module, as what it is."""
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure
        if isinstance(reason, JsException):
            raise BrokenInvariant(f"wasm: {reason}") from None
        raise reason


class BrowserBlock:
    """Bytes of Pyodide's memory, and the modules over them."""

    def __init__(self, size_bytes: int) -> None:
        try:
            owner = bytearray(size_bytes + ALIGNMENT)
        except (MemoryError, OverflowError):
            raise BadInput(
                f"expected room for {size_bytes} bytes of memory in this tab, found less"
            ) from None
        # While this view lives, Python refuses to move or resize the bytes.
        whole = memoryview(owner)
        address = int(np.frombuffer(whole, np.uint8).__array_interface__["data"][0])
        start = -address % ALIGNMENT
        self.view = whole[start : start + size_bytes]
        self.base = address + start

    def instantiate(
        self, wasm: bytes, imports: Mapping[str, Callable[..., Any]]
    ) -> dict[str, Callable[..., Any]]:
        """Compile a module over this memory; its exported functions by name."""
        return self._instance(wasm, imports)[1]

    def join_to(
        self, wasm: bytes, imports: Mapping[str, Callable[..., Any]], table: str
    ) -> BrowserJoined:
        """`instantiate`, for a module with a table that others are put into."""
        return BrowserJoined(self, *self._instance(wasm, imports), table)

    def _instance(
        self, wasm: bytes, imports: Mapping[str, Callable[..., Any]]
    ) -> tuple[Any, dict[str, Callable[..., Any]]]:
        """What a module exports, as JavaScript has it and as Python calls it."""
        module = _compile(place(wasm, self.base))
        given, environment = _Imports(imports), self._environment()
        for entry in WebAssembly.Module.imports(module):
            if entry.kind == "function":
                if entry.name not in imports:
                    raise BrokenInvariant(f"the module wants the function {entry.name}, not given")
                setattr(environment, entry.name, create_proxy(given.callback(entry.name)))
        everything = Object.new()
        setattr(everything, ENVIRONMENT, environment)
        exports = WebAssembly.Instance.new(module, everything).exports
        return exports, {
            entry.name: self._callable(getattr(exports, entry.name), given)
            for entry in WebAssembly.Module.exports(module)
            if entry.kind == "function"
        }

    @staticmethod
    def _environment() -> Any:
        environment = Object.new()
        setattr(environment, MEMORY, pyodide_js._module.memory)
        return environment

    def _callable(self, function: Any, given: _Imports) -> Callable[..., Any]:
        def invoke(*args: int, _block: BrowserBlock = self) -> Any:
            try:
                return function(*args)
            except BaseException as reason:  # noqa: BLE001 (it is raised again, as what it is)
                given.raise_failure(reason)

        return invoke


class BrowserJoined:
    """A module with a table, as JavaScript has it. What is no more in the table, and what nobody
    else holds, is the browser's to collect."""

    lets_go: Final = True
    machine_bytes: Final = 0
    """No browser tells."""

    def __init__(
        self,
        block: BrowserBlock,
        exports: Any,
        functions: dict[str, Callable[..., Any]],
        table: str,
    ) -> None:
        self.functions = functions
        self._base = block.base
        self._table = getattr(exports, table)
        self._everything = Object.new()
        setattr(self._everything, ENVIRONMENT, block._environment())
        setattr(self._everything, KERNELS, exports)
        self._used: set[int] = set()

    def compile(self, wasm: bytes) -> Any:
        """A region is small: the browser's first compiler takes a millisecond or two for it, and
        the second one works beside us."""
        return _compile(place(wasm, self._base))

    def compiling(self, wasm: bytes) -> Promised:
        """The browser compiles on threads of its own."""
        return Promised(place(wasm, self._base))

    def join(self, code: Any) -> Any:
        """Its function, in an instance of its own."""
        return getattr(WebAssembly.Instance.new(code, self._everything).exports, REGION)

    def put(self, index: int, function: Any) -> None:
        """Into the table."""
        self._table.set(index, function)
        self._used.add(index)

    def recycle(self) -> None:
        """Empty the table."""
        for index in self._used:
            self._table.set(index)
        self._used.clear()


class Promised:
    """Code that the browser promises. It tells when the worker turns to its messages. While Python
    does not let it (a run that is one long call), it is compiled here, as if nothing had been
    promised: nobody waits for a worker that is not heard."""

    def __init__(self, wasm: bytes) -> None:
        self._code = to_js(wasm)
        self._began = time.perf_counter()
        self._found: Any = None
        self._failure: str | None = None
        self._turned = False
        self.seconds = 0.0
        WebAssembly.compile(self._code).then(self._arrived, self._failed)
        Promise.resolve().then(self._turn)

    def _turn(self, _nothing: Any = None) -> None:
        self._turned = True

    def _arrived(self, module: Any) -> None:
        if self._found is None:
            self._found, self.seconds = module, time.perf_counter() - self._began

    def _failed(self, reason: Any) -> None:
        self._failure = str(reason)

    def done(self) -> bool:
        """Whether it is there. It will be soon if messages are let in; else it is made now."""
        if self._found is None and self._failure is None and not self._turned:
            began = time.perf_counter()
            if began - self._began >= UNHEARD_S:
                self._found = _compile(self._code)
                self.seconds = time.perf_counter() - began
        return self._found is not None or self._failure is not None

    def result(self) -> Any:
        """The module."""
        if self._found is None:
            raise BrokenInvariant(f"wasm: {self._failure}")
        return self._found


def _compile(wasm: Any) -> Any:
    """Workers compile modules of any size at once; a page's main thread may refuse a large one,
    and then the caller has to be one that can wait."""
    code = to_js(wasm)  # what is JavaScript's already stays as it is
    try:
        return WebAssembly.Module.new(code)
    except JsException as reason:
        if reason.name != "RangeError" or not can_run_sync():
            raise BrokenInvariant(f"wasm: {reason}") from None
    return run_sync(WebAssembly.compile(code))
