"""The privileged instructions of M, S and U, and what they mean in VS and VU (privileged manual,
3.3, 10.2 and the hypervisor chapter)."""

from __future__ import annotations

from vmlab.core.modes import Mode
from vmlab.isa.causes import BREAKPOINT, ECALL_FROM_U, ECALL_FROM_VS
from vmlab.isa.encoding import Extension
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Reg, Value
from vmlab.isa.layouts import HSTATUS as HSTATUS_LAYOUT
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.state import HSTATUS, MODE, MSTATUS, TRANSLATION, VIRTUAL, WAITING
from vmlab.isa.system import trap
from vmlab.isa.system.tlb import tlb_flush, tlb_flush_page
from vmlab.isa.system.walk import BARE

priv = Extension("priv")


def needs(k: Kit, allowed: Value) -> None:
    """An illegal instruction unless `allowed`."""
    with k.when(~allowed):
        k.illegal()


def is_guest(k: Kit) -> Value:
    """True while V = 1: in VS or VU."""
    return k[VIRTUAL].eq(1)


def not_for_guests(k: Kit) -> None:
    """A virtual instruction while V = 1."""
    with k.when(is_guest(k)):
        k.virtual_instruction()


def _for_supervisors(k: Kit, by_m: str, by_hs: str) -> None:
    """What U may not; HS may not if the bit `by_m` of mstatus takes it away, nor VS if `by_hs` of
    hstatus does."""
    in_s = k[MODE].eq(Mode.S)
    refused = ~in_s | k[HSTATUS].any(HSTATUS_LAYOUT.mask(by_hs))
    with k.when(is_guest(k) & refused):
        k.virtual_instruction()
    trapped = in_s & ~is_guest(k) & k[MSTATUS].any(STATUS.mask(by_m))
    needs(k, k[MODE].geu(Mode.S) & ~trapped)


@priv("000000000000 00000 000 00000 1110011")
def ecall(k: Kit) -> None:
    """Call the level above; the cause says from which mode (8 to 11; 10 is VS)."""
    from_vs = k[MODE].eq(Mode.S) & is_guest(k)
    k.trap(k.select(from_vs, ECALL_FROM_VS, k[MODE] + ECALL_FROM_U), 0)


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
    """Return from a trap to S; TSR takes it away from S, VTSR from VS."""
    _for_supervisors(k, "TSR", "VTSR")
    k.go(k.call(trap.sret))


@priv("000100000101 00000 000 00000 1110011")
def wfi(k: Kit) -> None:
    """Wait for an interrupt; not for U, below M not with TW, and in VS not with VTW (it traps at
    once, as in Spike)."""
    needs(k, k[MODE].eq(Mode.M) | k[MSTATUS].none(STATUS.mask("TW")))
    taken = k[MODE].eq(Mode.U) | k[HSTATUS].any(HSTATUS_LAYOUT.mask("VTW"))
    with k.when(is_guest(k) & taken):
        k.virtual_instruction()
    needs(k, k[MODE].geu(Mode.S))
    k[WAITING] = 1


def sfence(k: Kit, rs1: Reg) -> None:
    """Forget translations: all, or those of the address in rs1. An ASID named by rs2 would only
    narrow that; forgetting in every address space covers any. A hart without translation has no
    such instruction (Spike's choice)."""
    needs(k, k[TRANSLATION].ne(BARE))
    _for_supervisors(k, "TVM", "VTVM")
    address = k.x[rs1]
    with k.when(k.number(rs1).eq(0)):
        k.calls(tlb_flush)
    with k.otherwise():
        k.calls(tlb_flush_page, address)


@priv("0001001 rs2 rs1 000 00000 1110011", "rs1, rs2")
def sfence_vma(k: Kit, rs1: Reg, rs2: Reg) -> None:
    """Order page-table writes before later walks. rs1 names an address, rs2 an ASID."""
    sfence(k, rs1)
