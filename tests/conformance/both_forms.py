"""An engine that runs all it does twice: in Python on the machine, in wasm on a copy of it.

After each kernel and each instruction both arenas are compared: what was returned, the hart word
by word, and what was stored to RAM. A device is asked once, by the Python form; the wasm form
hears the same answer, and what the device did to the hart's words.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from tests.differential.forms import ARENA_BASE_BYTES, KERNELS, Disagreement, place_name
from vmlab.derive.wasm.instructions import RETIRED, TRAPPED
from vmlab.derive.wasm.interp import print_module
from vmlab.engine.binding import Trap
from vmlab.engine.hosts.wasmtime_host import WasmtimeHost
from vmlab.engine.primitives import Primitives
from vmlab.engine.reference import Reference
from vmlab.isa.state import ARENA_HART_BYTES, FIELDS, X
from vmlab.isa.table import INSTRUCTIONS
from vmlab.machine import memmap
from vmlab.machine.platform import Machine

KERNELS_CALLED: Final = (
    "fetch",
    "take_trap",
    "trap_repeats",
    "between",
    "fetch_context",
    "data_context",
    "deadline",
)
"""What the engine itself asks between instructions."""
_X = slice(X.slot, X.slot + 32)
_CAUSE = FIELDS["trap_cause"].slot
_TVAL = FIELDS["trap_tval"].slot
Answer = tuple[tuple[Any, ...], Any, dict[int, int]]


class _Told(Primitives):
    """T0's primitives, which write down what both forms are told."""

    def __init__(self, *args: Any) -> None:
        self.answers: list[Answer] = []
        self.stored: list[tuple[int, int]] = []
        self.foreign: list[tuple[int, int]] = []
        super().__init__(*args)

    def ram_store(self, pa: int, size: int, value: int) -> None:
        self.stored.append((pa - memmap.RAM, size))
        super().ram_store(pa, size, value)

    def dma_written(self, offset: int, length: int) -> None:
        super().dma_written(offset, length)
        self.foreign.append((offset, offset + length))  # not yet written: taken over later

    def mmio_load(self, pa: int, size: int) -> tuple[int, int]:
        return self._asked((pa, size), super().mmio_load, pa, size)

    def mmio_store(self, pa: int, size: int, value: int) -> int:
        masked = value & (1 << 8 * size) - 1
        return self._asked((pa, size, masked), super().mmio_store, pa, size, value)

    def mmio_fetch(self, pa: int) -> tuple[int, int]:
        return self._asked((pa,), super().mmio_fetch, pa)

    def _asked(self, key: tuple[Any, ...], ask: Callable[..., Any], *args: int) -> Any:
        """Ask the device, and remember what it said and did."""
        words = self.machine.arena.words
        before = list(words[: ARENA_HART_BYTES // 8])
        answer = ask(*args)
        done = {at: new for at, new in enumerate(words[: len(before)]) if new != before[at]}
        self.answers.append((key, answer, done))
        return answer


class BothForms(Reference):
    """T0, and the wasm form of each of its steps beside it."""

    def __init__(self, machine: Machine) -> None:
        self.compared: Counter[str] = Counter()
        super().__init__(machine, _Told)
        told = self._primitives
        assert isinstance(told, _Told)
        self._answers, self._stored, self._foreign = told.answers, told.stored, told.foreign
        ram_bytes = machine.platform.ram_bytes
        self._host = WasmtimeHost().memory(ARENA_BASE_BYTES + ARENA_HART_BYTES + ram_bytes)
        module = print_module(KERNELS, INSTRUCTIONS, ARENA_BASE_BYTES, frozenset())
        devices = {"mmio_load": self._again, "mmio_store": self._again, "mmio_fetch": self._again}
        self._wasm = self._host.instantiate(module.encode(), devices)
        copy = self._host.view[ARENA_BASE_BYTES:][: ARENA_HART_BYTES + ram_bytes]
        self._hart, self._ram = copy[:ARENA_HART_BYTES], copy[ARENA_HART_BYTES:]
        self._words = self._hart.cast("Q")
        # The same as words of numpy's: a memoryview compares one byte after the other.
        self._theirs, self._ours = (
            np.frombuffer(one, np.uint64) for one in (self._hart, machine.arena.hart)
        )
        self._ram[:] = machine.arena.ram
        for number, instruction in enumerate(INSTRUCTIONS):
            name = f"insn{number}"
            self._functions[name] = self._instruction(name, instruction.name)
        for name in KERNELS_CALLED:
            setattr(self, f"_{name}", self._kernel(name))

    def _again(self, *args: int) -> Any:
        """The wasm form asks: it gets what the Python form got."""
        if not self._answers:
            raise Disagreement(f"only the wasm form asks a device: {[hex(arg) for arg in args]}")
        key, answer, done = self._answers.pop(0)
        if len(args) == 3:
            args = args[0], args[1], args[2] & (1 << 8 * args[1]) - 1
        if key != args:
            raise Disagreement(f"the forms ask devices differently: {key} | {args}")
        for at, value in done.items():
            self._words[at] = value
        return answer

    # running

    def _instruction(self, name: str, title: str) -> Callable[..., int]:
        python, wasm = self._functions[name], self._wasm[name]

        def both(*args: int) -> int:
            self._copy()
            trap: Trap | None = None
            try:
                expected: tuple[int, int] = RETIRED, python(*args)
            except Trap as raised:
                trap = raised
                words = self.machine.arena.words
                # The wasm form says in the arena what the Python form says in the exception.
                words[_CAUSE], words[_TVAL] = trap.cause, trap.tval
                expected = TRAPPED, args[-3]
            self._compare(title, args, expected, wasm(*args))
            if trap is not None:
                raise trap
            return expected[1]

        return both

    def _kernel(self, name: str) -> Callable[..., Any]:
        python, wasm = self._functions[name], self._wasm[name]

        def both(*args: int) -> Any:
            self._copy()
            expected = python(*args)
            self._compare(name, args, expected, wasm(*args))
            return expected

        return both

    def _copy(self) -> None:
        """Give the wasm form the hart as it is now."""
        arena = self.machine.arena
        arena.words[_X] = memoryview(array("Q", self._x))
        self._hart[:] = arena.hart[:ARENA_HART_BYTES]
        for start, end in self._foreign:
            self._ram[start:end] = arena.ram[start:end]
        self._foreign.clear()
        self._answers.clear()
        self._stored.clear()

    def _compare(self, name: str, args: tuple[int, ...], expected: Any, found: Any) -> None:
        arena = self.machine.arena
        arena.words[_X] = memoryview(array("Q", self._x))
        self.compared[name] += 1
        same = expected == found and not self._answers and np.array_equal(self._theirs, self._ours)
        if same and all(
            self._ram[at : at + size] == arena.ram[at : at + size] for at, size in self._stored
        ):
            return
        lines = [f"{name}({', '.join(map(hex, args))})", f"  returned {expected} | {found}"]
        lines += [f"  only the Python form asks a device: {key}" for key, *_ in self._answers]
        for at, (one, other) in enumerate(zip(arena.words, self._words, strict=False)):
            if one != other:
                lines.append(f"  {place_name(at)}: {one:#x} | {other:#x}")
        for at, size in self._stored:
            one, other = (bytes(ram[at : at + size]).hex() for ram in (arena.ram, self._ram))
            lines.append(f"  RAM+{at:#x}: {one} | {other}")
        raise Disagreement("Python | wasm\n" + "\n".join(lines[:40]))

    def all_of_ram(self) -> None:
        """At the end: nothing was stored that the other form did not store."""
        self._copy()
        assert self._ram == self.machine.arena.ram, "RAM differs at the end"
