"""T0 that counts what it evaluates: how much work an interpreter has with one guest instruction.

It runs the description in a second printing (`derive.pycount`), instruction by instruction, each
fetched anew; what it does to the machine is the same to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from vmlab.core.events import Access
from vmlab.engine.binding import bind
from vmlab.engine.primitives import Primitives
from vmlab.engine.reference import Reference
from vmlab.isa.system.atomic import store_conditional
from vmlab.isa.system.guest import guest_store
from vmlab.machine.platform import Machine


@dataclass(frozen=True, slots=True)
class MemoryAccess:
    """One access of an instruction, by virtual address; what was loaded or stored."""

    access: Access
    va: int
    size_bytes: int
    value: int


class _Counting(Primitives):
    """The primitives around the counting source; they can write accesses down, too."""

    counted: list[int]
    accesses: list[MemoryAccess] | None = None
    """Those made since somebody put a list here."""

    def _bind(self, x: list[int]) -> dict[str, Any]:
        self.counted = [0]
        return bind(self.machine.arena, x, self._named(), self.counted)

    def _note(self, access: Access, va: int, size: int, value: int) -> None:
        if self.accesses is not None:
            self.accesses.append(MemoryAccess(access, va, size, value))

    def _vload(self, va: int, size: int) -> int:
        value = super()._vload(va, size)
        self._note(Access.LOAD, va, size, value)
        return value

    def _vstore(self, va: int, size: int, value: int) -> None:
        super()._vstore(va, size, value)
        self._note(Access.STORE, va, size, value & (1 << 8 * size) - 1)

    def _atomic(self, name: str) -> Callable[..., int]:
        make = super()._atomic(name)
        stores = name in (store_conditional.name, guest_store.name)

        def access(va: int, size: int, *args: int) -> int:
            value = make(va, size, *args)
            if not stores:
                self._note(Access.LOAD, va, size, value)
            elif not value:
                self._note(Access.STORE, va, size, args[0] & (1 << 8 * size) - 1)
            return value

        return access


class CountingReference(Reference):
    """T0 on one machine, counting. Only what goes through `between`, `emulate`, `deliver` and the
    kernels is counted: `run` makes blocks, which are printed without counts."""

    _primitives: _Counting

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine, _Counting)

    @property
    def operations(self) -> int:
        """Operations evaluated since the beginning (`derive.pycount` says what one is)."""
        return self._primitives.counted[0]

    def record_accesses(self, into: list[MemoryAccess] | None) -> None:
        """Write every access by virtual address down there, until told otherwise."""
        self._primitives.accesses = into
