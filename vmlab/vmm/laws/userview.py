"""What the users of nano see of their machine: for each process its system calls with arguments and
results, what it writes, and its memory at its end.

A paravirtual kernel is another program than the one for the bare machine, so the two are not in
step; what has to be equal is what their users can tell. It is taken from the machine, not from the
console: the run stops where the kernel takes up a call, where it returns to a process, and where a
process ends, and looks into the kernel's own table. Whatever the technique, the same stops and the
same looks.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.core.units import PAGE_BITS, PAGE_OFFSET, PAGE_SIZE_BYTES
from vmlab.guests.nano import SYSTEM_CALLS
from vmlab.isa.layouts import PTE
from vmlab.isa.registers import REGISTER_NUMBERS
from vmlab.isa.system.walk import BY_NAME, INDEX_BITS
from vmlab.vmm.common.subject import Monitored, Subject, run_to, where
from vmlab.vmm.common.vm import Payload

CALL, RETURN, END = "system_call", "resume", "process_exit"
"""The kernel's functions where the run stops."""
CLOCK: Final = frozenset({"time"})
"""Calls whose results are the time, which is not compared."""
_A0, _A1, _A7 = (REGISTER_NUMBERS[name] for name in ("a0", "a1", "a7"))
_LEAF: Final = PTE.mask("R", "W", "X")
_PPN: Final = PTE["PPN"]
_ECALL_BYTES: Final = 4
_ROOT_LEVEL: Final = BY_NAME["sv39"].levels - 1
_ENTRIES: Final = 1 << INDEX_BITS

Read = Callable[[int, int], bytes]
"""(guest-physical address, length) -> bytes."""


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that came back. `sent` is what it wrote to the console."""

    name: str
    arguments: tuple[int, int]
    result: int | None
    """None for one that does not come back."""
    sent: bytes = b""

    def __str__(self) -> str:
        result = "" if self.result is None else f" = {self.result:#x}"
        return f"{self.name}({', '.join(f'{one:#x}' for one in self.arguments)}){result}"


@dataclass(slots=True)
class Process:
    """What one process has seen."""

    calls: list[Call] = field(default_factory=list)
    memory: dict[int, str] | None = None
    """At its end: a hash of each page, by its virtual address; None while it lives."""


class UserView:
    """Watches nano under any technique; `watch` runs it. Raises `BadInput` for a guest that has
    not nano's symbols."""

    def __init__(self, subject: Subject, payload: Payload) -> None:
        self._subject = subject
        at = {name: address for address, name in (payload.symbols or {}).items()}
        lacking = [one for one in (CALL, RETURN, END, "current", "process_places") if one not in at]
        if lacking:
            raise BadInput(
                f"expected nano or a build of it, found {payload.name} without the symbol "
                f"{lacking[0]}"
            )
        self._stops = {at[name]: name for name in (CALL, RETURN, END)}
        self._current = at["current"]
        vm = subject.vm if isinstance(subject, Monitored) else None
        self._read: Read = subject.machine.read if vm is None else vm.read
        named_really = vm is not None and vm.tables_hold_real_addresses
        self._to_gpa: Callable[[int], int | None] = vm.gpa if vm and named_really else int
        places = struct.unpack("<3Q", self._read(at["process_places"], 24))
        self._pc_at, self._root_at, self._pid_at = places
        self._open: dict[int, tuple[int, Call]] = {}
        """Calls that have not come back: (pc behind the ecall, the call), by process."""
        self.processes: dict[int, Process] = {}
        """By their numbers."""

    def watch(self, most: int) -> None:
        """Run for at most so many instructions, or until the machine ends or waits."""
        hart, stops = self._subject.hart, frozenset(self._stops)
        goal = hart.retired + most
        while hart.retired < goal and run_to(self._subject, goal - hart.retired, stops):
            self._look(self._stops[where(self._subject)])

    # Looking into the kernel ---------------------------------------------------------------------

    def _word(self, gpa: int) -> int:
        return int.from_bytes(self._read(gpa, 8), "little")

    def _look(self, where: str) -> None:
        process = self._word(self._current)
        pid = self._word(process + self._pid_at)
        seen = self.processes.setdefault(pid, Process())
        pc = self._word(process + self._pc_at)
        root = self._word(process + self._root_at)
        if where == CALL:
            self._open[pid] = pc, self._called(process, root)
        elif where == RETURN and pid in self._open:
            behind, call = self._open.pop(pid)
            # A call that has to wait is done anew: then it comes here again.
            if pc != behind - _ECALL_BYTES:
                result = self._word(process + 8 * _A0)
                seen.calls.append(Call(call.name, call.arguments, result, call.sent))
        elif where == END:
            if pid in self._open:
                seen.calls.append(self._open.pop(pid)[1])
            seen.memory = {
                va: hashlib.blake2b(self._read(gpa, PAGE_SIZE_BYTES), digest_size=16).hexdigest()
                for va, gpa in self._pages(root, _ROOT_LEVEL, 0)
            }

    def _called(self, process: int, root: int) -> Call:
        number = self._word(process + 8 * _A7)
        a, b = (self._word(process + 8 * one) for one in (_A0, _A1))
        name = SYSTEM_CALLS[number] if number < len(SYSTEM_CALLS) else str(number)
        return Call(name, (a, b), None, self._text(root, a, b) if name == "write" else b"")

    # Looking into a process ----------------------------------------------------------------------

    def _gpa(self, pte: int) -> int:
        gpa = self._to_gpa(_PPN.of(pte) << PAGE_BITS)
        # An entry that names no memory of the guest's belongs to the kernel's part.
        return 0 if gpa is None else gpa

    def _pages(self, table: int, level: int, base: int) -> Iterator[tuple[int, int]]:
        """(virtual address, guest-physical address) of every page that U may use."""
        entries = struct.unpack(f"<{_ENTRIES}Q", self._read(table, PAGE_SIZE_BYTES))
        # The kernel's part of a root is not the user's; level 2 has the user's in its first entry.
        for index, pte in enumerate(entries[:1] if level == _ROOT_LEVEL else entries):
            if not pte & PTE.mask("V"):
                continue
            va = base | index << PAGE_BITS + INDEX_BITS * level
            if pte & _LEAF:
                yield va, self._gpa(pte)
            else:
                yield from self._pages(self._gpa(pte), level - 1, va)

    def _text(self, root: int, va: int, length: int) -> bytes:
        """What stands in a process's memory, as far as it is there."""
        pages = dict(self._pages(root, _ROOT_LEVEL, 0))
        found = bytearray()
        while length > 0 and (va & ~PAGE_OFFSET) in pages:
            piece = min(length, PAGE_SIZE_BYTES - (va & PAGE_OFFSET))
            found += self._read(pages[va & ~PAGE_OFFSET] | va & PAGE_OFFSET, piece)
            va, length = va + piece, length - piece
        return bytes(found)


def differences(one: UserView, other: UserView) -> list[str]:
    """Where two runs of the same programs differ for their users, a sentence each."""
    found = []
    for pid in sorted(one.processes.keys() | other.processes.keys()):
        if pid not in one.processes or pid not in other.processes:
            found.append(f"process {pid} is in one run only")
            continue
        a, b = one.processes[pid], other.processes[pid]
        found += [f"process {pid}, {said}" for said in (_calls(a, b), _memory(a, b)) if said]
    return found


def _calls(a: Process, b: Process) -> str:
    for number, (mine, theirs) in enumerate(zip(a.calls, b.calls, strict=False)):
        if _timeless(mine) != _timeless(theirs):
            return f"call {number}: {mine} in one run, {theirs} in the other"
    if len(a.calls) != len(b.calls):
        return f"{len(a.calls)} calls in one run, {len(b.calls)} in the other"
    return ""


def _memory(a: Process, b: Process) -> str:
    mine, theirs = a.memory or {}, b.memory or {}
    pages = sorted(va for va in mine.keys() | theirs.keys() if mine.get(va) != theirs.get(va))
    if pages:
        return f"memory at its end: it differs at va {pages[0]:#x}"
    return "" if (a.memory is None) == (b.memory is None) else "it has ended in one run only"


def _timeless(call: Call) -> Call:
    return Call(call.name, call.arguments, None, call.sent) if call.name in CLOCK else call
