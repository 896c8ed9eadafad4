"""The profile `pv`: the same operations for a kernel that knows its monitor (`paravirt.abi`).

It begins with translation on. Its tables are made of machine frames, which it finds in the list
that the monitor shares; they become read-only, are pinned, and change by hypercalls from then on.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import ClassVar, Final

from vmlab.core.units import KIB, PAGE_BITS, PAGE_OFFSET
from vmlab.isa.layouts import PTE
from vmlab.machine import memmap
from vmlab.vmm.laws.kernels import operations as ops
from vmlab.vmm.laws.kernels import tables
from vmlab.vmm.laws.kernels.lowering import Native
from vmlab.vmm.laws.kernels.portable import Leaves
from vmlab.vmm.paravirt.abi import (
    EXTENSION,
    OP_BYTES,
    P2M_VA,
    SHARED_VA,
    Call,
    Op,
    Shared,
    Shutdown,
)

BATCH: Final = memmap.RAM + 384 * KIB
"""Where the kernel puts page-table operations."""
LISTED: Final = memmap.RAM + 416 * KIB
"""The entries that it makes at the beginning: (place, target page or 0, bits), then zeros."""
_PPN_SHIFT: Final = PAGE_BITS - PTE["PPN"].low
_BITS: Final = (1 << PTE["PPN"].low) - 1
_READ_ONLY: Final = PTE.mask("V", "R", "G", "A")
_ROOT_ENTRIES: Final = ((memmap.RAM >> 30 & 511, Shared.RAM_ENTRY), (511, Shared.WINDOW_ENTRY))


def _call(call: Call, *registers: str) -> tuple[str, ...]:
    given = (f"li a{number}, {value}" for number, value in enumerate(registers))
    return (*given, f"li a6, {call:d}", f"li a7, {EXTENSION:#x}", "ecall")


class Paravirtual(Native):
    """For the monitor of `paravirt`, which leaves the kernel its S."""

    finish: ClassVar[str] = "\n".join(
        f"    {line}" for line in _call(Call.SHUTDOWN, f"{Shutdown.OFF:d}")
    )

    # The beginning -------------------------------------------------------------------------------

    def start(self) -> str:
        """Make the tables, give them away, and be in the first space."""
        lines = [*_MAKE_ENTRIES.splitlines()]
        pages = [page for space in range(tables.SPACES) for page in tables.own_pages(space)]
        for space in range(tables.SPACES):
            for index, word in _ROOT_ENTRIES:
                lines.append(f"    ld t0, {SHARED_VA + word - (1 << 64)}(zero)")
                lines.append(f"    li t1, {tables.root(space) + 8 * index:#x}")
                lines.append("    sd t0, 0(t1)")
        lines.append(f"    li s4, {BATCH:#x}")
        for page in pages:
            lines += _machine(page)
            lines += [f"    srli t0, t0, {_PPN_SHIFT}", f"    ori t0, t0, {_READ_ONLY:#x}"]
            lines += [f"    li t1, {page | Op.WRITE_VA:#x}", *_operation("t1", "t0")]
        for space in range(tables.SPACES):
            lines += [*_machine(tables.root(space)), f"    ori t0, t0, {Op.PIN:d}", "    li t1, 2"]
            lines += _operation("t0", "t1")
        lines += [*_machine(tables.root(0)), f"    ori t0, t0, {Op.SWITCH:d}"]
        lines += [f"    li t1, {tables.asid_of(0)}", *_operation("t0", "t1")]
        lines += _send(len(pages) + tables.SPACES + 1)
        return "\n".join(lines) + "\n"

    def routines(self) -> str:
        """The machine address of the page at t0; and what happens if an operation is refused."""
        refused = "\n".join(f"    {line}" for line in _call(Call.SHUTDOWN, f"{Shutdown.FAILED:d}"))
        return f"{_FRAME}refused:\n{refused}\n"

    # What differs --------------------------------------------------------------------------------

    def edit(self, op: ops.EditTable) -> None:
        place = tables.entry(op.space, op.slot, op.index)
        target = PTE["PPN"].of(op.pte) << PAGE_BITS
        self._emit("mv s4, a0", "mv s5, a1")
        if op.pte & PTE.mask("V"):
            self._raw(_machine(target))
            self._emit(f"srli t0, t0, {_PPN_SHIFT}", f"li t1, {op.pte & _BITS:#x}", "or t6, t0, t1")
        else:
            self._emit("li t6, 0")
        self._emit(f"li s6, {BATCH:#x}")
        self._raw(_machine(place & ~PAGE_OFFSET))
        self._emit(f"li t1, {place & PAGE_OFFSET}", "add t0, t0, t1")
        self._raw(_operation("t0", "t6", "s6"))
        self._emit(f"li t0, {Op.FLUSH:d}")
        self._raw(_operation("t0", "zero", "s6"))
        self._raw(_send(2))
        self._emit("mv a0, s4", "mv a1, s5")

    def switch(self, op: ops.Switch) -> None:
        self._emit("mv s4, a0", "mv s5, a1", f"li s6, {BATCH:#x}")
        self._raw(_machine(tables.root(op.space)))
        self._emit(f"ori t0, t0, {Op.SWITCH:d}", f"li t1, {tables.asid_of(op.space)}")
        self._raw(_operation("t0", "t1", "s6"))
        self._raw(_send(1))
        self._emit("mv a0, s4", "mv a1, s5")

    def _raw(self, lines: list[str]) -> None:
        self._out.extend(lines)


def _machine(gpa: int) -> list[str]:
    """t0 becomes the machine address of a page; t1 and t2 are lost."""
    return [f"    li t0, {gpa:#x}", "    jal t2, frame"]


def _operation(address: str, value: str, at: str = "s4") -> list[str]:
    """The next one of a batch."""
    return [
        f"    sd {address}, 0({at})",
        f"    sd {value}, 8({at})",
        f"    addi {at}, {at}, {OP_BYTES}",
    ]


def _send(count: int) -> list[str]:
    """A batch, which must not be refused."""
    lines = _call(Call.MMU, f"{BATCH:#x}", f"{count}")
    return [*(f"    {line}" for line in lines), "    bnez a0, refused"]


def listed(leaves: Leaves) -> tuple[int, bytes]:
    """The entries of all tables but those that the monitor gives: where they are listed, and the
    list."""
    rows = b"".join(struct.pack("<3Q", *row) for row in _rows(leaves))
    return LISTED, rows + bytes(24)


def _rows(leaves: Leaves) -> Iterator[tuple[int, int, int]]:
    for place, pte in tables.words(dict(leaves), devices=False).items():
        if pte & PTE.mask("V"):
            yield place, PTE["PPN"].of(pte) << PAGE_BITS, pte & _BITS


_FRAME: Final = f"""
frame:
    li t1, {memmap.RAM:#x}
    sub t0, t0, t1
    srli t0, t0, {PAGE_BITS}
    slli t0, t0, 2
    li t1, {P2M_VA:#x}
    add t0, t0, t1
    lwu t0, 0(t0)
    slli t0, t0, {PAGE_BITS}
    jr t2
"""
_MAKE_ENTRIES: Final = f"""
    li s4, {LISTED:#x}
entries:
    ld s5, 0(s4)
    beqz s5, listed
    ld t0, 8(s4)
    jal t2, frame
    srli t0, t0, {_PPN_SHIFT}
    ld t1, 16(s4)
    or t0, t0, t1
    sd t0, 0(s5)
    addi s4, s4, 24
    j entries
listed:
"""
