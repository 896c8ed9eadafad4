"""Taking a trap and returning from one (privileged manual, 3.1.6 to 3.1.16, 10.1).

Delivery is one text over a row for each target mode. A monitor that owns the target mode gets
the trap instead, before anything is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.core.modes import Mode
from vmlab.isa.causes import ILLEGAL_INSTRUCTION, INTERRUPT_BIT
from vmlab.isa.lang import Field, Kit, Value, kernel
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.state import (
    INTERCEPTS,
    MCAUSE,
    MEDELEG,
    MEPC,
    MIDELEG,
    MODE,
    MSTATUS,
    MTVAL,
    MTVEC,
    NO_RESERVATION,
    PC,
    RESERVATION,
    SCAUSE,
    SEPC,
    STVAL,
    STVEC,
    TVAL_WORD,
)


@dataclass(frozen=True)
class Target:
    """A mode that takes traps, and where it keeps what it is told."""

    mode: Mode
    epc: Field
    cause: Field
    tval: Field
    tvec: Field
    ie: str
    pie: str
    pp: str


S_TARGET: Final = Target(Mode.S, SEPC, SCAUSE, STVAL, STVEC, "SIE", "SPIE", "SPP")
M_TARGET: Final = Target(Mode.M, MEPC, MCAUSE, MTVAL, MTVEC, "MIE", "MPIE", "MPP")


def _deliver(k: Kit, to: Target, cause: Value, tval: Value) -> None:
    """Write the target's CSRs and enter its handler; vectored only for interrupts."""
    mode, pc, status = k[MODE], k[PC], k[MSTATUS]
    k[to.epc] = pc
    k[to.cause] = cause
    k[to.tval] = tval
    status = STATUS.put(status, to.pie, STATUS.get(status, to.ie))
    status = STATUS.put(status, to.ie, 0)
    k[MSTATUS] = STATUS.put(status, to.pp, mode & STATUS[to.pp].mask >> STATUS[to.pp].low)
    k[MODE] = to.mode
    k[RESERVATION] = NO_RESERVATION  # Spike's choice: what was reserved is so no longer
    base = k[to.tvec] & ~3
    vectored = k[to.tvec].any(1) & cause.any(INTERRUPT_BIT)
    k[PC] = k.select(vectored, base + (cause << 2), base)
    k.count("traps")
    k.note("trap", mode, to.mode, cause, pc, tval)


@kernel(1, cause=64, tval=64)
def take_trap(k: Kit, cause: Value, tval: Value) -> None:
    """Take the trap whose instruction is at pc; whether tval tells the word of an illegal
    instruction, the platform says (3.1.16). Returns 0; or 1, with nothing written, when a
    monitor owns the target mode and takes the trap itself."""
    hidden = cause.eq(ILLEGAL_INSTRUCTION) & k[TVAL_WORD].eq(0)
    told = k.select(hidden, 0, tval)
    delegated = k.select(cause.any(INTERRUPT_BIT), k[MIDELEG], k[MEDELEG])
    to_s = k[MODE].leu(Mode.S) & (delegated >> cause.bits(5, 0)).any(1)
    target = k.select(to_s, Mode.S, Mode.M)
    with k.when((k[INTERCEPTS] >> target).any(1)):
        k.ret(1)
    with k.when(to_s):
        _deliver(k, S_TARGET, cause, told)
    with k.otherwise():
        _deliver(k, M_TARGET, cause, told)
    k.ret(0)


def _return(k: Kit, to: Target) -> None:
    mode, status = k[MODE], k[MSTATUS]
    previous = STATUS.get(status, to.pp)
    status = STATUS.put(status, to.ie, STATUS.get(status, to.pie))
    status = STATUS.put(status, to.pie, 1)
    status = STATUS.put(status, to.pp, Mode.U)
    # Leaving M ends its borrowed view of memory (3.1.6.3).
    without_mprv = status & ~STATUS.mask("MPRV")
    k[MSTATUS] = k.select(previous.ne(Mode.M), without_mprv, status)
    k[MODE] = previous
    k[RESERVATION] = NO_RESERVATION  # Spike's choice: what interrupts an lr makes its sc fail
    target = k[to.epc]
    k.note("xret", mode, previous, target)
    k.ret(target)


@kernel(64)
def mret(k: Kit) -> None:
    """Return from a trap to M; the address to go on at."""
    _return(k, M_TARGET)


@kernel(64)
def sret(k: Kit) -> None:
    """Return from a trap to S; the address to go on at."""
    _return(k, S_TARGET)
