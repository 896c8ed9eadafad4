"""Everything that is built, in one place: the instructions and the kernels."""

from __future__ import annotations

from typing import Final

from vmlab.isa.encoding import Extension, Instruction
from vmlab.isa.lang import Kernel
from vmlab.isa.lang.ir import Effect, walk
from vmlab.isa.priv import priv
from vmlab.isa.rv64a import zaamo, zalrsc
from vmlab.isa.rv64i import rv64i
from vmlab.isa.rv64m import rv64m, zmmul
from vmlab.isa.rvb import zba, zbb, zbs
from vmlab.isa.rvc import zca
from vmlab.isa.rvf import rv64d, rv64f
from vmlab.isa.rvh import rvh
from vmlab.isa.svinval import svinval
from vmlab.isa.system import atomic, csr, guest, interrupts, memory, pmp, time, tlb, trap
from vmlab.isa.zcd import zcd
from vmlab.isa.zicsr import zicsr
from vmlab.isa.zifencei import zifencei

EXTENSIONS: Final[tuple[Extension, ...]] = (
    rv64i,
    zmmul,
    rv64m,
    zalrsc,
    zaamo,
    rv64f,
    rv64d,
    zca,
    zcd,
    zba,
    zbb,
    zbs,
    rvh,
    zicsr,
    zifencei,
    priv,
    svinval,
)

ALWAYS: Final = frozenset({priv.name})
"""Files of instructions that every machine has; the others are extensions."""

INSTRUCTIONS: Final[tuple[Instruction, ...]] = tuple(
    instruction for extension in EXTENSIONS for instruction in extension.instructions
)

ENGINE_KERNELS: Final[tuple[Kernel, ...]] = (
    memory.load,
    memory.store,
    memory.fetch,
    *atomic.ATOMIC,
    *guest.GUEST,
    memory.translate,
    memory.data_actor,
    tlb.tlb_context,
    tlb.tlb_flush,
    trap.take_trap,
    interrupts.interrupt,
    interrupts.wakes,
    time.deadline,
    time.mtime,
    time.pending_interrupts,
    pmp.pmp_update,
    csr.csr_allowed,
    csr.csr_read,
    csr.csr_write,
)
"""The kernels that an engine or a debugger calls by itself."""


def all_kernels() -> tuple[Kernel, ...]:
    """Every kernel that is reached, callees before callers (there is no recursion)."""
    ordered: dict[int, Kernel] = {}

    def visit(kernel: Kernel) -> None:
        if id(kernel) in ordered:
            return
        for callee in called(kernel):
            visit(callee)
        ordered[id(kernel)] = kernel

    for kernel in ENGINE_KERNELS:
        visit(kernel)
    for instruction in INSTRUCTIONS:
        for statement in walk(instruction.traced().body):
            if isinstance(statement, Effect) and statement.kernel is not None:
                visit(statement.kernel)
    return tuple(ordered.values())


def called(kernel: Kernel) -> list[Kernel]:
    """The kernels that a kernel calls directly."""
    return [
        statement.kernel
        for statement in walk(kernel.traced().body)
        if isinstance(statement, Effect) and statement.kernel is not None
    ]
