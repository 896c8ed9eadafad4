"""The M extension and its part Zmmul: multiplication and division (unprivileged manual, 12).

Division never traps: by zero the quotient is all ones and the remainder the dividend; when the
signed quotient overflows it is the dividend and the remainder 0 (12.2).
"""

from __future__ import annotations

from vmlab.isa.encoding import Extension
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Reg, Value

zmmul = Extension("zmmul")
rv64m = Extension("m")


@zmmul("0000001 rs2 rs1 000 rd 0110011", "rd, rs1, rs2")
def mul(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Multiply, low 64 bits."""
    k.x[rd] = k.x[rs1] * k.x[rs2]


@zmmul("0000001 rs2 rs1 001 rd 0110011", "rd, rs1, rs2")
def mulh(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Multiply signed, high 64 bits."""
    k.x[rd] = k.x[rs1].mulhs(k.x[rs2])


@zmmul("0000001 rs2 rs1 010 rd 0110011", "rd, rs1, rs2")
def mulhsu(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Multiply signed by unsigned, high 64 bits."""
    k.x[rd] = k.x[rs1].mulhsu(k.x[rs2])


@zmmul("0000001 rs2 rs1 011 rd 0110011", "rd, rs1, rs2")
def mulhu(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Multiply unsigned, high 64 bits."""
    k.x[rd] = k.x[rs1].mulhu(k.x[rs2])


@zmmul("0000001 rs2 rs1 000 rd 0111011", "rd, rs1, rs2")
def mulw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Multiply, 32 bits, sign-extended."""
    k.x[rd] = (k.x[rs1] * k.x[rs2]).sext(32)


def _signed(k: Kit, rd: Reg, a: Value, b: Value, least: int, remainder: bool) -> None:
    """Signed division; `least` is the most negative dividend, which -1 does not divide."""
    with k.when(b.eq(0)):
        k.x[rd] = a if remainder else -1
    with k.otherwise():
        with k.when(a.eq(least) & b.eq(-1)):
            k.x[rd] = 0 if remainder else a
        with k.otherwise():
            k.x[rd] = a.rems(b) if remainder else a.divs(b)


def _unsigned(k: Kit, rd: Reg, a: Value, b: Value, remainder: bool, width: int) -> None:
    with k.when(b.eq(0)):
        k.x[rd] = a.sext(width) if remainder else -1
    with k.otherwise():
        k.x[rd] = (a.remu(b) if remainder else a.divu(b)).sext(width)


@rv64m("0000001 rs2 rs1 100 rd 0110011", "rd, rs1, rs2")
def div(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Divide signed, rounding towards zero."""
    _signed(k, rd, k.x[rs1], k.x[rs2], -(1 << 63), False)


@rv64m("0000001 rs2 rs1 101 rd 0110011", "rd, rs1, rs2")
def divu(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Divide unsigned."""
    _unsigned(k, rd, k.x[rs1], k.x[rs2], False, 64)


@rv64m("0000001 rs2 rs1 110 rd 0110011", "rd, rs1, rs2")
def rem(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Remainder of the signed division; it has the dividend's sign."""
    _signed(k, rd, k.x[rs1], k.x[rs2], -(1 << 63), True)


@rv64m("0000001 rs2 rs1 111 rd 0110011", "rd, rs1, rs2")
def remu(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Remainder of the unsigned division."""
    _unsigned(k, rd, k.x[rs1], k.x[rs2], True, 64)


@rv64m("0000001 rs2 rs1 100 rd 0111011", "rd, rs1, rs2")
def divw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Divide signed, 32 bits."""
    _signed(k, rd, k.x[rs1].sext(32), k.x[rs2].sext(32), -(1 << 31), False)


@rv64m("0000001 rs2 rs1 101 rd 0111011", "rd, rs1, rs2")
def divuw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Divide unsigned, 32 bits; the quotient is sign-extended."""
    _unsigned(k, rd, k.x[rs1].bits(31, 0), k.x[rs2].bits(31, 0), False, 32)


@rv64m("0000001 rs2 rs1 110 rd 0111011", "rd, rs1, rs2")
def remw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Remainder of the signed division, 32 bits."""
    _signed(k, rd, k.x[rs1].sext(32), k.x[rs2].sext(32), -(1 << 31), True)


@rv64m("0000001 rs2 rs1 111 rd 0111011", "rd, rs1, rs2")
def remuw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Remainder of the unsigned division, 32 bits, sign-extended."""
    _unsigned(k, rd, k.x[rs1].bits(31, 0), k.x[rs2].bits(31, 0), True, 32)
