"""A guest's kernel that does what a list says, step by step: hypercalls, stores, loads, jumps. What
comes of each step it writes down beside the list. It stands beside a neighbour, on one machine.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vmlab.core.units import MIB, PAGE_BITS, PAGE_SIZE_BYTES
from vmlab.isa.extensions import ISA_STRING
from vmlab.isa.state import ARENA_HART_BYTES
from vmlab.machine import memmap
from vmlab.vmm.common.payloads import payload_of
from vmlab.vmm.common.subject import admitted, host_for
from vmlab.vmm.common.vm import GUEST_ISA, Payload, guest_platform
from vmlab.vmm.laws.gate import Gate
from vmlab.vmm.paravirt.abi import EXTENSION, Call, Error, Op, Shared
from vmlab.vmm.paravirt.audit import audit
from vmlab.vmm.paravirt.domain import Domain
from vmlab.vmm.paravirt.level_u import ParavirtU
from vmlab.vmm.paravirt.monitor import Paravirt, domain_of
from vmlab.vmm.smallest.guest import assembled

LEVELS = {"m": Paravirt, "u": ParavirtU}
RAM_BYTES = 4 * MIB
LIST, FOUND, BATCH, FREE = (memmap.RAM + at for at in (0x4000, 0x8000, 0x10000, 0x120000))
"""Where the guest has its list, what it found, and room for batches and pages. No two of those
that it touches itself share an entry of the TLB."""
TRAPPED = 0x100
HYPERCALL, STORE, LOAD, JUMP, SPIN, END = range(6)
_TRAPS_GO = {"m": "csrw stvec, t0", "u": f"mv a0, t0\nli a6, {Call.SET_ENTRY:d}\necall"}
_CAUSE = {"m": "csrr a0, scause", "u": f"ld a0, {Shared.CAUSE - 4096:d}(zero)"}

SOURCE = """
.globl _start
_start:
    li      a7, {extension}
    la      t0, trap
    {traps_go}
    li      s0, {list}
    li      s1, {found}
step:
    ld      t0, 0(s0)
    ld      a6, 8(s0)
    ld      a0, 16(s0)
    ld      a1, 24(s0)
    ld      a2, 32(s0)
    addi    s0, s0, 40
    li      a7, {extension}
    beqz    t0, hypercall
    addi    t0, t0, -1
    beqz    t0, store
    addi    t0, t0, -1
    beqz    t0, load
    addi    t0, t0, -1
    beqz    t0, jump
    addi    t0, t0, -1
1:  beqz    t0, 1b
    li      a6, {shutdown}
    li      a0, 0
    ecall
hypercall:
    ecall
    j       done
store:
    sd      a1, 0(a0)
    j       done
load:
    ld      a0, 0(a0)
    j       done
jump:
    jalr    a0
    j       done
.balign 4
trap:
    {cause}
    addi    a0, a0, {trapped}
done:
    sd      a0, 0(s1)
    sd      a1, 8(s1)
    addi    s1, s1, 16
    j       step
"""


@dataclass(frozen=True)
class Step:
    """kind, the hypercall's number, a0, a1, a2."""

    kind: int
    number: int = 0
    a0: int = 0
    a1: int = 0
    a2: int = 0

    def words(self) -> bytes:
        mask = (1 << 64) - 1
        return struct.pack(
            "<5Q", self.kind, self.number, self.a0 & mask, self.a1 & mask, self.a2 & mask
        )


def call(number: int, *arguments: int) -> Step:
    return Step(HYPERCALL, number, *arguments)


class Pair:
    """A hostile guest and its neighbour, who runs nano."""

    def __init__(self, level: str, engine: str = "auto", disk: bytes | None = None) -> None:
        board = guest_platform(RAM_BYTES)
        isa = GUEST_ISA if level == "m" else ISA_STRING
        self.monitor = LEVELS[level](host_for((board,) * 2, engine, isa=isa))
        self.subject = admitted(self.monitor, board, self._payload(level, disk))
        self.domain = domain_of(self.subject.vm)
        name = {"m": "nano_pv", "u": "nano_pvu"}[level]
        nano = payload_of(name, append="cow", ram_bytes=RAM_BYTES)
        self.neighbour = admitted(self.monitor, board, nano)
        self._batch_at = BATCH

    @staticmethod
    def _payload(level: str, disk: bytes | None) -> Payload:
        made = assembled(
            SOURCE.format(
                extension=EXTENSION,
                traps_go=_TRAPS_GO[level],
                cause=_CAUSE[level],
                list=LIST,
                found=FOUND,
                shutdown=Call.SHUTDOWN.value,
                trapped=TRAPPED,
            )
        )
        return replace(made, disk=disk)

    # What a guest may know -----------------------------------------------------------------------

    def frame(self, gpa: int, of: Domain | None = None) -> int:
        spa = (of or self.domain).spa(gpa)
        assert spa is not None
        return spa >> PAGE_BITS

    def other(self) -> Domain:
        return domain_of(self.neighbour.vm)

    def put(self, gpa: int, data: bytes) -> None:
        """Into the guest's memory, before it runs."""
        spa = self.domain.spa(gpa)
        assert spa is not None
        self.monitor.host.machine.write(spa, data)

    def batch(self, *operations: tuple[Op, int, int]) -> Step:
        """A hypercall with these page-table operations."""
        return call(Call.MMU, self.operations(*operations), len(operations))

    def operations(self, *operations: tuple[Op, int, int]) -> int:
        at, mask = self._batch_at, (1 << 64) - 1
        data = b"".join(
            struct.pack("<QQ", (address | op) & mask, value & mask)
            for op, address, value in operations
        )
        for offset in range(0, len(data), 2048):
            self.put(at + offset, data[offset : offset + 2048])
        self._batch_at += -(-len(data) // 2048) * 2048
        return at

    # Running -------------------------------------------------------------------------------------

    def run(self, *steps: Step, most: int = 200_000) -> list[tuple[int, int]]:
        """Let the guest do the steps while its neighbour stands still, the gate of the laws
        looking at each entry and exit: (a0 or cause + TRAPPED, a1) of each. Afterwards the wall
        must be whole and all that is not the guest's untouched, and the neighbour goes on to its
        end."""
        for number, step in enumerate([*steps, Step(END)]):
            self.put(LIST + 40 * number, step.words())
        before, host = self._not_its_own(), self.monitor.host
        engine, gate = host.engine, Gate(self.monitor)
        self.subject.run(most)
        assert gate.looks > 0
        assert gate.told == []
        host.engine = engine
        assert audit(self.monitor) == []
        assert self._not_its_own() == before
        self.neighbour.run(2_000_000)
        assert b"the end, status 0" in self.neighbour.output
        assert audit(self.monitor) == []
        return [
            struct.unpack("<qq", self.domain.read(FOUND + 16 * number, 16))
            for number in range(len(steps))
        ]

    def _not_its_own(self) -> list[bytes]:
        """All real memory that is neither the guest's nor the words of its hart."""
        host, number = self.monitor.host, self.domain.number
        own_words = range(self.domain.ram_at - ARENA_HART_BYTES, self.domain.ram_at)
        return [
            host.machine.read(pa, PAGE_SIZE_BYTES)
            for page, owner in enumerate(host.frames.owner.tolist())
            if owner != number and (pa := memmap.RAM + (page << PAGE_BITS)) not in own_words
        ]


def errors(found: Sequence[tuple[int, int]]) -> list[Error]:
    """The answers of hypercalls."""
    return [Error(a) for a, _ in found]
