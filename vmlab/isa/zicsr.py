"""Zicsr: reading and writing CSRs (unprivileged manual, chapter 6).

csrrw with rd = x0 does not read; csrrs and csrrc with rs1 = x0 (or a zero immediate) do not
write, so they may name read-only CSRs. It is the register's number that counts, not its value.
"""

from __future__ import annotations

from vmlab.isa.encoding import Extension
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Reg, Value
from vmlab.isa.system.csr import (
    REFUSED,
    VIRTUAL_REFUSED,
    csr_allowed,
    csr_held,
    csr_read,
    csr_write,
)

zicsr = Extension("zicsr")


def _check(k: Kit, csr: Value, write: Value) -> None:
    verdict = k.call(csr_allowed, csr, write)
    with k.when(verdict.eq(REFUSED)):
        k.illegal()
    with k.when(verdict.eq(VIRTUAL_REFUSED)):
        k.virtual_instruction()


def _replace(k: Kit, rd: Reg, csr: Value, new: Value) -> None:
    _check(k, csr, k.const(1))
    old = k.call(csr_read, csr)
    k.calls(csr_write, csr, new)
    k.x[rd] = old


def _change(k: Kit, rd: Reg, csr: Value, writes: Value, bits: Value, setting: bool) -> None:
    _check(k, csr, writes.word())
    old = k.call(csr_read, csr)
    with k.when(writes):
        held = k.call(csr_held, csr, old)
        k.calls(csr_write, csr, held | bits if setting else held & ~bits)
    k.x[rd] = old


@zicsr("csr rs1 001 rd 1110011", "rd, csr, rs1")
def csrrw(k: Kit, rd: Reg, csr: Value, rs1: Reg) -> None:
    """Read and write a CSR. No CSR here has a side effect of being read, so it is always read."""
    _replace(k, rd, csr, k.x[rs1])


@zicsr("csr rs1 010 rd 1110011", "rd, csr, rs1")
def csrrs(k: Kit, rd: Reg, csr: Value, rs1: Reg) -> None:
    """Read a CSR and set bits."""
    _change(k, rd, csr, k.number(rs1).ne(0), k.x[rs1], True)


@zicsr("csr rs1 011 rd 1110011", "rd, csr, rs1")
def csrrc(k: Kit, rd: Reg, csr: Value, rs1: Reg) -> None:
    """Read a CSR and clear bits."""
    _change(k, rd, csr, k.number(rs1).ne(0), k.x[rs1], False)


@zicsr("csr uimm[4:0] 101 rd 1110011", "rd, csr, uimm")
def csrrwi(k: Kit, rd: Reg, csr: Value, uimm: Value) -> None:
    """Read a CSR and write an immediate."""
    _replace(k, rd, csr, uimm)


@zicsr("csr uimm[4:0] 110 rd 1110011", "rd, csr, uimm")
def csrrsi(k: Kit, rd: Reg, csr: Value, uimm: Value) -> None:
    """Read a CSR and set bits of an immediate."""
    _change(k, rd, csr, uimm.ne(0), uimm, True)


@zicsr("csr uimm[4:0] 111 rd 1110011", "rd, csr, uimm")
def csrrci(k: Kit, rd: Reg, csr: Value, uimm: Value) -> None:
    """Read a CSR and clear bits of an immediate."""
    _change(k, rd, csr, uimm.ne(0), uimm, False)
