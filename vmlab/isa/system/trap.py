"""Taking a trap and returning from one (privileged manual, 3.1.6 to 3.1.16, 10.1; hypervisor
chapter).

Delivery is one text over a row for each target: M, S (which is HS where there is a hypervisor)
and VS. A monitor that owns the target gets the trap instead, before anything is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.core.modes import VIRTUAL_ACTOR, Mode
from vmlab.isa.causes import (
    ABOUT_ADDRESSES,
    BREAKPOINT,
    EXPLICIT_ACCESSES,
    GUEST_PAGE_FAULTS,
    ILLEGAL_INSTRUCTION,
    INSTRUCTION_ADDRESS_MISALIGNED,
    INTERRUPT_BIT,
    VIRTUAL_INSTRUCTION,
)
from vmlab.isa.lang import Field, Kit, Value, kernel
from vmlab.isa.layouts import HSTATUS as HSTATUS_LAYOUT
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.state import (
    HEDELEG,
    HIDELEG,
    HSTATUS,
    HTINST,
    HTVAL,
    INTERCEPTS,
    MCAUSE,
    MEDELEG,
    MEPC,
    MODE,
    MSTATUS,
    MTINST,
    MTVAL,
    MTVAL2,
    MTVEC,
    NO_RESERVATION,
    PC,
    RESERVATION,
    SCAUSE,
    SEPC,
    STVAL,
    STVEC,
    TINST_FULL,
    TRAP_TINST,
    TRAP_TVAL,
    TRAP_TVAL2,
    TRAP_VIRTUAL,
    TVAL_WORD,
    VIRTUAL,
    VSCAUSE,
    VSEPC,
    VSSTATUS,
    VSTVAL,
    VSTVEC,
)
from vmlab.isa.system.actor import actor_of, current
from vmlab.isa.system.time import delegated_interrupts
from vmlab.isa.system.tinst import transformed


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
    status: Field = MSTATUS
    virtual: int = 0
    """V in the handler."""
    tval2: Field | None = None
    tinst: Field | None = None

    @property
    def actor(self) -> int:
        """The mode and V in one number (`system.actor`)."""
        return self.mode + VIRTUAL_ACTOR * self.virtual


VS_TARGET: Final = Target(
    Mode.S, VSEPC, VSCAUSE, VSTVAL, VSTVEC, "SIE", "SPIE", "SPP", VSSTATUS, virtual=1
)
S_TARGET: Final = Target(
    Mode.S, SEPC, SCAUSE, STVAL, STVEC, "SIE", "SPIE", "SPP", tval2=HTVAL, tinst=HTINST
)
M_TARGET: Final = Target(
    Mode.M, MEPC, MCAUSE, MTVAL, MTVEC, "MIE", "MPIE", "MPP", tval2=MTVAL2, tinst=MTINST
)


@dataclass(frozen=True)
class Told:
    """What a handler is told."""

    cause: Value
    tval: Value
    gva: Value
    """1 if tval is a guest virtual address."""
    tval2: Value
    tinst: Value


def _bits(causes: tuple[int, ...]) -> int:
    return sum(1 << cause for cause in causes)


def _deliver(k: Kit, to: Target, told: Told) -> None:
    """Write the target's CSRs and enter its handler; vectored only for interrupts."""
    mode, virtual, pc, status = k[MODE], k[VIRTUAL], k[PC], k[to.status]
    k[to.epc] = pc
    k[to.cause] = told.cause
    k[to.tval] = told.tval
    if to.tval2 is not None and to.tinst is not None:
        k[to.tval2] = told.tval2
        k[to.tinst] = told.tinst
    status = STATUS.put(status, to.pie, STATUS.get(status, to.ie))
    status = STATUS.put(status, to.ie, 0)
    status = STATUS.put(status, to.pp, mode & STATUS[to.pp].mask >> STATUS[to.pp].low)
    if to is M_TARGET:
        status = STATUS.put(STATUS.put(status, "MPV", virtual), "GVA", told.gva)
    k[to.status] = status
    if to is S_TARGET:
        _tell_hypervisor(k, mode, virtual, told.gva)
    k[MODE] = to.mode
    k[VIRTUAL] = to.virtual
    k[RESERVATION] = NO_RESERVATION  # Spike's choice: what was reserved is so no longer
    base = k[to.tvec] & ~3
    vectored = k[to.tvec].any(1) & told.cause.any(INTERRUPT_BIT)
    k[PC] = k.select(vectored, base + (told.cause << 2), base)
    k.count("traps")
    from_actor = actor_of(mode, virtual)
    k.note("trap", from_actor, to.actor, told.cause, pc, told.tval, told.tval2, told.tinst)


def _tell_hypervisor(k: Kit, mode: Value, virtual: Value, gva: Value) -> None:
    """hstatus after a trap to HS: where it came from; SPVP stays when that was not V = 1."""
    layout = HSTATUS_LAYOUT
    old = k[HSTATUS]
    spvp = k.select(virtual.eq(1), mode, layout.get(old, "SPVP")) & 1
    status = layout.put(layout.put(old, "SPV", virtual), "SPVP", spvp)
    k[HSTATUS] = layout.put(status, "GVA", gva)


@kernel(1, cause=64, tval=64)
def take_trap(k: Kit, cause: Value, tval: Value) -> None:
    """Take the trap whose instruction is at pc; whether tval tells the word of an illegal
    instruction, the platform says (3.1.16). Returns 0; or 1, with nothing written but the tval
    that would be told, when a monitor owns the target mode and takes the trap itself.

    What M delegates goes to S, and what HS delegates further goes to VS if it came from there."""
    interrupt, number = cause.any(INTERRUPT_BIT), cause.bits(5, 0)
    virtual = k[VIRTUAL]
    refused = cause.eq(ILLEGAL_INSTRUCTION) | cause.eq(VIRTUAL_INSTRUCTION)
    shown = k.select(refused & k[TVAL_WORD].eq(0), 0, tval)
    delegated = k.select(interrupt, delegated_interrupts(k), k[MEDELEG])
    further = k.select(interrupt, k[HIDELEG], k[HEDELEG])
    to_s = k[MODE].leu(Mode.S) & (delegated >> number).any(1)
    to_vs = to_s & virtual.eq(1) & (further >> number).any(1)
    to_hs = k.select(to_s, S_TARGET.actor, M_TARGET.actor)
    target = k.select(to_vs, VS_TARGET.actor, to_hs)
    with k.when((k[INTERCEPTS] >> target).any(1)):
        k[TRAP_TVAL] = shown
        k.ret(1)
    with k.when(to_vs):
        # VS knows its interrupts by the numbers of S's.
        renamed = k.select(interrupt, cause - 1, cause)
        _deliver(k, VS_TARGET, Told(renamed, shown, k.const(0), k.const(0), k.const(0)))
        k.ret(0)
    about_address = ~interrupt & (k.const(_bits(ABOUT_ADDRESSES)) >> number).any(1)
    of_instruction = cause.eq(INSTRUCTION_ADDRESS_MISALIGNED) | cause.eq(BREAKPOINT)
    made_as = k.select(of_instruction, virtual, k[TRAP_VIRTUAL])
    gva = k.select(about_address, made_as, 0)
    guest = ~interrupt & (k.const(_bits(GUEST_PAGE_FAULTS)) >> number).any(1)
    tval2 = k.select(guest, k[TRAP_TVAL2], 0)
    tinst = k.var(k.select(guest, k[TRAP_TINST], 0), 32)
    explicit = ~interrupt & (k.const(_bits(EXPLICIT_ACCESSES)) >> number).any(1)
    with k.when(k[TINST_FULL].eq(1) & explicit & tinst.value.eq(0)):
        tinst.value = k.call(transformed)
    told = Told(cause, shown, gva, tval2, tinst.value)
    with k.when(to_s):
        _deliver(k, S_TARGET, told)
    with k.otherwise():
        _deliver(k, M_TARGET, told)
    k.ret(0)


def _return(k: Kit, to: Target, virtual: Value) -> None:
    """Leave the handler of a target, for the V given."""
    actor, status = current(k), k[to.status]
    previous = STATUS.get(status, to.pp)
    status = STATUS.put(status, to.ie, STATUS.get(status, to.pie))
    status = STATUS.put(status, to.pie, 1)
    status = STATUS.put(status, to.pp, Mode.U)
    if to is M_TARGET:
        status = STATUS.put(status, "MPV", 0)
    # Leaving M ends its borrowed view of memory (3.1.6.3).
    without_mprv = status & ~STATUS.mask("MPRV")
    k[to.status] = k.select(previous.ne(Mode.M), without_mprv, status)
    k[MODE] = previous
    k[VIRTUAL] = virtual
    k[RESERVATION] = NO_RESERVATION  # Spike's choice: what interrupts an lr makes its sc fail
    target = k[to.epc]
    k.note("xret", actor, actor_of(previous, virtual), target)
    k.ret(target)


@kernel(64)
def mret(k: Kit) -> None:
    """Return from a trap to M; the address to go on at."""
    status = k[MSTATUS]
    to_m = STATUS.get(status, "MPP").eq(Mode.M)
    _return(k, M_TARGET, k.select(to_m, 0, STATUS.get(status, "MPV")))


@kernel(64)
def sret(k: Kit) -> None:
    """Return from a trap to S, or with V = 1 to VS; the address to go on at."""
    with k.when(k[VIRTUAL].eq(1)):
        _return(k, VS_TARGET, k.const(1))
    status = k[HSTATUS]
    k[HSTATUS] = HSTATUS_LAYOUT.put(status, "SPV", 0)
    _return(k, S_TARGET, HSTATUS_LAYOUT.get(status, "SPV"))
