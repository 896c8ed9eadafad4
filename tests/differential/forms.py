"""The two printings of the description side by side, each on an arena of its own.

`Forms.run` runs one function on both and compares everything: what it returned, the hart word by
word, RAM, and what the devices (and hooks) were told. RAM is not set back between runs: both
sides changed it alike, or the run failed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tests.differential.states import HART_WORDS, RAM_BYTES, Source, word_at
from vmlab.derive.wasm.instructions import RETIRED, TRAPPED
from vmlab.derive.wasm.interp import hook_names, print_module
from vmlab.engine import binding
from vmlab.engine.hosts.wasmtime_host import WasmtimeHost
from vmlab.isa.lang.verify import BY_ADDRESS
from vmlab.isa.state import ARENA_HART_BYTES, ARRAYS, FIELDS, TLB_ENTRIES
from vmlab.isa.table import INSTRUCTIONS, all_kernels
from vmlab.machine import memmap
from vmlab.machine.arena import Arena

ARENA_BASE_BYTES: Final = 8 * 1024
"""Not 0, so that a forgotten base shows."""
KERNELS: Final = all_kernels()
HART_BYTES: Final = 8 * HART_WORDS
_STRIDE: Final = 0x9E37_79B9_7F4A_7C15


class Disagreement(AssertionError):
    """The two printings of one text differ."""


def device_value(*args: int) -> int:
    """What the devices of these tests answer: any function of the access."""
    mixed = 0
    for arg in args:
        mixed = (mixed ^ arg) * _STRIDE & ((1 << 64) - 1)
        mixed ^= mixed >> 29
    return mixed


class _Devices:
    """Answers accesses and writes down each; one for each form."""

    def __init__(self) -> None:
        self.log: list[tuple[Any, ...]] = []

    def load(self, pa: int, size: int) -> tuple[int, int]:
        self.log.append(("load", pa, size))
        value = device_value(pa, size)
        return value & 1, (value >> 1) & ((1 << 8 * min(size, 8)) - 1)  # never wider than asked

    def store(self, pa: int, size: int, value: int) -> int:
        self.log.append(("store", pa, size, value))
        return device_value(pa, size, value) & 1

    def fetch(self, pa: int) -> tuple[int, int]:
        self.log.append(("fetch", pa))
        value = device_value(pa)
        return value & 1, value >> 48

    def hook(self, name: str) -> Callable[..., None]:
        return lambda *args: self.log.append((name, *args))

    def imports(self, hooks: bool) -> dict[str, Callable[..., Any]]:
        found: dict[str, Callable[..., Any]] = {
            "mmio_load": self.load,
            "mmio_store": self.store,
            "mmio_fetch": self.fetch,
        }
        for name in hook_names(KERNELS, INSTRUCTIONS):
            found[f"hook_{name}"] = self.hook(name) if hooks else lambda *_: None
        return found


class Forms:
    """Both forms. With `hooks`, the wasm form tells what an engine's caches would be told."""

    def __init__(self, hooks: bool = False) -> None:
        self.arena = Arena(RAM_BYTES)
        self.told_python, self.told_wasm = _Devices(), _Devices()
        self.python = binding.bind(
            self.arena, self.arena.words[0:32], {**self._python_primitives(hooks)}
        )
        wanted = hook_names(KERNELS, INSTRUCTIONS) if hooks else frozenset()
        module = print_module(KERNELS, INSTRUCTIONS, ARENA_BASE_BYTES, wanted)
        self.host = WasmtimeHost().memory(ARENA_BASE_BYTES + ARENA_HART_BYTES + RAM_BYTES)
        self.wasm = self.host.instantiate(module.encode(), self.told_wasm.imports(hooks))
        self.memory = self.host.view[ARENA_BASE_BYTES:][: ARENA_HART_BYTES + RAM_BYTES]

    def _python_primitives(self, hooks: bool) -> dict[str, Callable[..., Any]]:
        views = {1: self.arena.ram, 2: self.arena.ram2, 4: self.arena.ram4, 8: self.arena.ram8}

        def ram_store(pa: int, size: int, value: int) -> None:
            views[size][(pa - memmap.RAM) // size] = value & ((1 << 8 * size) - 1)

        def by_address(name: str) -> Callable[..., int]:
            def access(*args: int) -> int:
                cause, value = self.python[name](*args)
                if cause:
                    raise binding.Trap(cause, value)
                return int(value)

            return access

        found = self.told_python.imports(hooks)
        found |= {"ram_store": ram_store, **{f"v{name}": by_address(name) for name in BY_ADDRESS}}
        found |= {name: lambda *_: None for name in binding.PRIMITIVES if name.startswith("note_")}
        return found

    # states

    def set_ram(self, content: bytes) -> None:
        self.arena.ram[:] = content
        self.memory[ARENA_HART_BYTES:] = content

    def set_hart(self, row: bytes) -> None:
        """The Python side only: `run` copies it, with what the caller changed since."""
        self.arena.hart[:HART_BYTES] = row

    def plant(self, va: int, context: int, page: int, allowed: int) -> None:
        """Make the TLB know an address."""
        index, words = va >> 12 & (TLB_ENTRIES - 1), self.arena.words
        words[word_at("tlb_key") + index] = va & ~0xFFF | 1
        words[word_at("tlb_context") + index] = context
        words[word_at("tlb_page") + index] = page
        words[word_at("tlb_access") + index] = allowed

    # running

    def kernel(self, name: str, args: tuple[int, ...]) -> Any:
        """Run a kernel on both; what it returned."""
        self._copy_hart()
        expected = self.python[name](*args)
        self._compare(name, args, expected, self.wasm[name](*args))
        return expected

    def instruction(self, number: int, args: tuple[int, ...]) -> tuple[int, int]:
        """Run an instruction on both; (RETIRED, next address) or (TRAPPED, cause)."""
        self._copy_hart()
        words, pc = self.arena.words, args[-3]
        cause = 0
        try:
            expected = RETIRED, self.python[f"insn{number}"](*args)
        except binding.Trap as trap:
            # The wasm form says in the arena what the Python form says in the exception.
            cause = trap.cause
            words[word_at("trap_cause")] = trap.cause
            words[word_at("trap_tval")] = trap.tval
            expected = TRAPPED, pc
        name = f"{INSTRUCTIONS[number].name} (insn{number})"
        self._compare(name, args, expected, self.wasm[f"insn{number}"](*args))
        return (TRAPPED, cause) if expected[0] else expected

    def _copy_hart(self) -> None:
        self.memory[:ARENA_HART_BYTES] = self.arena.hart
        self.told_python.log.clear()
        self.told_wasm.log.clear()

    def _compare(self, name: str, args: tuple[int, ...], expected: Any, found: Any) -> None:
        told = self.told_python.log == self.told_wasm.log
        if expected == found and told and bytes(self.arena.bytes) == bytes(self.memory):
            return
        lines = [f"{name}({', '.join(map(hex, args))})", f"  returned {expected} | {found}"]
        if not told:
            lines.append(f"  told {self.told_python.log} | {self.told_wasm.log}")
        ours, theirs = memoryview(self.arena.bytes).cast("Q"), self.memory.cast("Q")
        for at, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            if one != other:
                lines.append(f"  {place_name(at)}: {one:#x} | {other:#x}")
        raise Disagreement("Python | wasm\n" + "\n".join(lines[:40]))


def place_name(at: int) -> str:
    """The name of the arena's word at an index."""
    for name, field in FIELDS.items():
        if field.offset_bytes == 8 * at:
            return name
    for name, array in ARRAYS.items():
        if 0 <= 8 * at - array.offset_bytes < 8 * array.length:
            return f"{name}[{at - array.slot}]"
    return f"RAM+{8 * at - ARENA_HART_BYTES:#x}"


def seeded(name: str, run: int = 0) -> Source:
    """The stream of random states of one function: the same in every run of the tests."""
    return Source(int.from_bytes(name.encode(), "little") + run)
