"""The privileged instructions of M, S and U (privileged manual, 3.3 and 10.2)."""

from __future__ import annotations

from vmlab.core.modes import Mode
from vmlab.isa.causes import BREAKPOINT, ECALL_FROM_U
from vmlab.isa.encoding import Extension
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Reg, Value
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.state import MODE, MSTATUS, TRANSLATION, WAITING
from vmlab.isa.system import trap
from vmlab.isa.system.tlb import tlb_flush, tlb_flush_page
from vmlab.isa.system.walk import BARE

priv = Extension("priv")


def needs(k: Kit, allowed: Value) -> None:
    """An illegal instruction unless `allowed`."""
    with k.when(~allowed):
        k.illegal()


def _trapped(k: Kit, bit: str) -> Value:
    """True if the hart is in S and this bit of mstatus takes the instruction away from it."""
    return k[MODE].eq(Mode.S) & k[MSTATUS].any(STATUS.mask(bit))


@priv("000000000000 00000 000 00000 1110011")
def ecall(k: Kit) -> None:
    """Call the level above; the cause says from which mode (8, 9 or 11)."""
    k.trap(k[MODE] + ECALL_FROM_U, 0)


@priv("000000000001 00000 000 00000 1110011")
def ebreak(k: Kit) -> None:
    """Raise a breakpoint exception; tval is its own address (Spike's choice)."""
    k.trap(BREAKPOINT, k.pc)


@priv("001100000010 00000 000 00000 1110011")
def mret(k: Kit) -> None:
    """Return from a trap to M."""
    needs(k, k[MODE].eq(Mode.M))
    k.go(k.call(trap.mret))


@priv("000100000010 00000 000 00000 1110011")
def sret(k: Kit) -> None:
    """Return from a trap to S; TSR takes it away from S."""
    needs(k, k[MODE].geu(Mode.S) & ~_trapped(k, "TSR"))
    k.go(k.call(trap.sret))


@priv("000100000101 00000 000 00000 1110011")
def wfi(k: Kit) -> None:
    """Wait for an interrupt; illegal in U, and in S with TW (it traps at once, as in Spike)."""
    needs(k, k[MODE].geu(Mode.S) & ~_trapped(k, "TW"))
    k[WAITING] = 1


def sfence(k: Kit, rs1: Reg) -> None:
    """Forget translations: all, or those of the address in rs1. An ASID named by rs2 would only
    narrow that; forgetting in every address space covers any. A hart without translation has no
    such instruction (Spike's choice)."""
    needs(k, k[MODE].geu(Mode.S) & ~_trapped(k, "TVM") & k[TRANSLATION].ne(BARE))
    address = k.x[rs1]
    with k.when(k.number(rs1).eq(0)):
        k.calls(tlb_flush)
    with k.otherwise():
        k.calls(tlb_flush_page, address)


@priv("0001001 rs2 rs1 000 00000 1110011", "rs1, rs2")
def sfence_vma(k: Kit, rs1: Reg, rs2: Reg) -> None:
    """Order page-table writes before later walks. rs1 names an address, rs2 an ASID."""
    sfence(k, rs1)
