"""The H extension's instructions (privileged manual, hypervisor chapter): a guest's memory for HS,
and fences of its translations.

None is for a guest itself: with V = 1 each is a virtual instruction.
"""

from __future__ import annotations

from collections.abc import Callable

from vmlab.core.modes import Mode
from vmlab.isa.encoding import Extension
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Reg
from vmlab.isa.layouts import HSTATUS as HSTATUS_LAYOUT
from vmlab.isa.layouts import MSTATUS as STATUS
from vmlab.isa.priv import needs, not_for_guests
from vmlab.isa.state import HSTATUS, MODE, MSTATUS
from vmlab.isa.system.tlb import tlb_flush, tlb_flush_page

rvh = Extension("h")


def _for_hypervisors(k: Kit) -> None:
    """M and HS may, and U if HU says so."""
    not_for_guests(k)
    needs(k, k[MODE].geu(Mode.S) | k[HSTATUS].any(HSTATUS_LAYOUT.mask("HU")))


# Loads -------------------------------------------------------------------------------------------


def _load(size_bytes: int, signed: bool, doc: str) -> Callable[..., None]:
    def body(k: Kit, rd: Reg, rs1: Reg) -> None:
        _for_hypervisors(k)
        value = k.guest_load(k.x[rs1], size_bytes)
        k.x[rd] = value.sext(8 * size_bytes) if signed else value

    body.__doc__ = doc
    return body


for _name, _code, _size, _signed, _doc in (
    ("hlv.b", "0110000 00000", 1, True, "Load a byte of the guest, sign-extended."),
    ("hlv.bu", "0110000 00001", 1, False, "Load a byte of the guest, zero-extended."),
    ("hlv.h", "0110010 00000", 2, True, "Load a halfword of the guest, sign-extended."),
    ("hlv.hu", "0110010 00001", 2, False, "Load a halfword of the guest, zero-extended."),
    ("hlv.w", "0110100 00000", 4, True, "Load a word of the guest, sign-extended."),
    ("hlv.wu", "0110100 00001", 4, False, "Load a word of the guest, zero-extended."),
    ("hlv.d", "0110110 00000", 8, False, "Load a doubleword of the guest."),
):
    rvh(f"{_code} rs1 100 rd 1110011", "rd, (rs1)", _name)(_load(_size, _signed, _doc))


@rvh("0110010 00011 rs1 100 rd 1110011", "rd, (rs1)")
def hlvx_hu(k: Kit, rd: Reg, rs1: Reg) -> None:
    """Load a halfword of the guest that need not be readable, but executable; zero-extended."""
    _for_hypervisors(k)
    k.x[rd] = k.guest_load_code(k.x[rs1], 2)


@rvh("0110100 00011 rs1 100 rd 1110011", "rd, (rs1)")
def hlvx_wu(k: Kit, rd: Reg, rs1: Reg) -> None:
    """Load a word of the guest that need not be readable, but executable; zero-extended."""
    _for_hypervisors(k)
    k.x[rd] = k.guest_load_code(k.x[rs1], 4)


# Stores ------------------------------------------------------------------------------------------


def _store(size_bytes: int, doc: str) -> Callable[..., None]:
    def body(k: Kit, rs1: Reg, rs2: Reg) -> None:
        _for_hypervisors(k)
        k.guest_store(k.x[rs1], size_bytes, k.x[rs2])

    body.__doc__ = doc
    return body


for _name, _code, _size, _doc in (
    ("hsv.b", "0110001", 1, "Store a byte to the guest."),
    ("hsv.h", "0110011", 2, "Store a halfword to the guest."),
    ("hsv.w", "0110101", 4, "Store a word to the guest."),
    ("hsv.d", "0110111", 8, "Store a doubleword to the guest."),
):
    rvh(f"{_code} rs2 rs1 100 00000 1110011", "rs2, (rs1)", _name)(_store(_size, _doc))


# Fences ------------------------------------------------------------------------------------------


def fence_of_guest(k: Kit, rs1: Reg) -> None:
    """Forget what the VS-stage made of addresses: all, or that of the address in rs1. An ASID
    would only narrow that."""
    not_for_guests(k)
    needs(k, k[MODE].geu(Mode.S))
    address = k.x[rs1]
    with k.when(k.number(rs1).eq(0)):
        k.calls(tlb_flush)
    with k.otherwise():
        k.calls(tlb_flush_page, address)


def fence_of_machine(k: Kit) -> None:
    """Forget what the G-stage made of addresses. An entry of the TLB holds both stages, so any
    may be meant: all are forgotten, which is more than asked and never wrong."""
    not_for_guests(k)
    taken = k[MODE].eq(Mode.S) & k[MSTATUS].any(STATUS.mask("TVM"))
    needs(k, k[MODE].geu(Mode.S) & ~taken)
    k.calls(tlb_flush)


@rvh("0010001 rs2 rs1 000 00000 1110011", "rs1, rs2")
def hfence_vvma(k: Kit, rs1: Reg, rs2: Reg) -> None:
    """Order writes to VS-stage tables before later walks. rs1 names an address, rs2 an ASID."""
    fence_of_guest(k, rs1)


@rvh("0110001 rs2 rs1 000 00000 1110011", "rs1, rs2")
def hfence_gvma(k: Kit, rs1: Reg, rs2: Reg) -> None:
    """Order writes to G-stage tables before later walks. rs1 names a guest-physical address >> 2,
    rs2 a VMID; TVM takes it away from HS."""
    fence_of_machine(k)
