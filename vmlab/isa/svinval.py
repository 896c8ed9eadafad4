"""Svinval: sfence.vma in parts, so that many addresses share one pair of fences (privileged
manual, chapter 12).

This hart orders everything, so the invalidation acts at once and the fences around it have
nothing left to wait for.
"""

from __future__ import annotations

from vmlab.core.modes import Mode
from vmlab.isa.encoding import Extension
from vmlab.isa.extensions import has
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Reg
from vmlab.isa.priv import is_guest, needs, sfence
from vmlab.isa.rvh import fence_of_guest, fence_of_machine
from vmlab.isa.state import MODE, TRANSLATION
from vmlab.isa.system.walk import BARE

svinval = Extension("svinval")


def _not_for_users(k: Kit) -> None:
    """S and VS may; for VU it is a virtual instruction. A hart without translation has none of
    these instructions (Spike's choice)."""
    needs(k, k[TRANSLATION].ne(BARE))
    with k.when(is_guest(k) & k[MODE].eq(Mode.U)):
        k.virtual_instruction()
    needs(k, k[MODE].geu(Mode.S))


@svinval("0001011 rs2 rs1 000 00000 1110011", "rs1, rs2")
def sinval_vma(k: Kit, rs1: Reg, rs2: Reg) -> None:
    """Invalidate what sfence.vma with the same operands would; TVM takes it away too."""
    sfence(k, rs1)


@svinval("0001100 00000 00000 000 00000 1110011")
def sfence_w_inval(k: Kit) -> None:
    """Order earlier stores before invalidations that follow."""
    _not_for_users(k)


@svinval("0001100 00001 00000 000 00000 1110011")
def sfence_inval_ir(k: Kit) -> None:
    """Order earlier invalidations before accesses that follow."""
    _not_for_users(k)


@svinval("0010011 rs2 rs1 000 00000 1110011", "rs1, rs2")
def hinval_vvma(k: Kit, rs1: Reg, rs2: Reg) -> None:
    """Invalidate what hfence.vvma with the same operands would."""
    needs(k, has(k, "h"))
    fence_of_guest(k, rs1)


@svinval("0110011 rs2 rs1 000 00000 1110011", "rs1, rs2")
def hinval_gvma(k: Kit, rs1: Reg, rs2: Reg) -> None:
    """Invalidate what hfence.gvma with the same operands would; TVM takes it away too."""
    needs(k, has(k, "h"))
    fence_of_machine(k)
