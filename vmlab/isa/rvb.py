"""Bit manipulation: Zba, Zbb and Zbs (unprivileged manual, chapter 30)."""

from __future__ import annotations

from collections.abc import Callable

from vmlab.isa.encoding import Extension
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Reg, Value

zba = Extension("zba")
zbb = Extension("zbb")
zbs = Extension("zbs")


# Zba: addresses of array elements --------------------------------------------------------------


def _shift_add(k: Kit, rd: Reg, index: Value, rs2: Reg, shift: int) -> None:
    k.x[rd] = (index << shift) + k.x[rs2]


@zba("0000100 rs2 rs1 000 rd 0111011", "rd, rs1, rs2")
def add_uw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Add the low 32 bits, unsigned."""
    _shift_add(k, rd, k.x[rs1].bits(31, 0), rs2, 0)


@zba("0010000 rs2 rs1 010 rd 0110011", "rd, rs1, rs2")
def sh1add(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Shift left by 1 and add."""
    _shift_add(k, rd, k.x[rs1], rs2, 1)


@zba("0010000 rs2 rs1 100 rd 0110011", "rd, rs1, rs2")
def sh2add(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Shift left by 2 and add."""
    _shift_add(k, rd, k.x[rs1], rs2, 2)


@zba("0010000 rs2 rs1 110 rd 0110011", "rd, rs1, rs2")
def sh3add(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Shift left by 3 and add."""
    _shift_add(k, rd, k.x[rs1], rs2, 3)


@zba("0010000 rs2 rs1 010 rd 0111011", "rd, rs1, rs2")
def sh1add_uw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Shift the low 32 bits, unsigned, left by 1 and add."""
    _shift_add(k, rd, k.x[rs1].bits(31, 0), rs2, 1)


@zba("0010000 rs2 rs1 100 rd 0111011", "rd, rs1, rs2")
def sh2add_uw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Shift the low 32 bits, unsigned, left by 2 and add."""
    _shift_add(k, rd, k.x[rs1].bits(31, 0), rs2, 2)


@zba("0010000 rs2 rs1 110 rd 0111011", "rd, rs1, rs2")
def sh3add_uw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Shift the low 32 bits, unsigned, left by 3 and add."""
    _shift_add(k, rd, k.x[rs1].bits(31, 0), rs2, 3)


@zba("000010 shamt[5:0] rs1 001 rd 0011011", "rd, rs1, shamt")
def slli_uw(k: Kit, rd: Reg, rs1: Reg, shamt: Value) -> None:
    """Shift the low 32 bits, unsigned, left."""
    k.x[rd] = k.x[rs1].bits(31, 0) << shamt


# Zbb: logic with one operand inverted ----------------------------------------------------------


@zbb("0100000 rs2 rs1 111 rd 0110011", "rd, rs1, rs2")
def andn(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """And with the inverse."""
    k.x[rd] = k.x[rs1] & ~k.x[rs2]


@zbb("0100000 rs2 rs1 110 rd 0110011", "rd, rs1, rs2")
def orn(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Or with the inverse."""
    k.x[rd] = k.x[rs1] | ~k.x[rs2]


@zbb("0100000 rs2 rs1 100 rd 0110011", "rd, rs1, rs2")
def xnor(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Exclusive or, inverted."""
    k.x[rd] = ~(k.x[rs1] ^ k.x[rs2])


# Zbb: counting ---------------------------------------------------------------------------------


def _ones(k: Kit, value: Value) -> Value:
    """How many bits are 1, by adding neighbouring fields: of 1 bit, of 2, of 4, then all bytes."""
    pairs = value - (value >> 1 & 0x5555_5555_5555_5555)
    fours = (pairs & 0x3333_3333_3333_3333) + (pairs >> 2 & 0x3333_3333_3333_3333)
    bytes_ = (fours + (fours >> 4)) & 0x0F0F_0F0F_0F0F_0F0F
    return bytes_ * k.const(0x0101_0101_0101_0101) >> 56


def _trailing_zeros(k: Kit, value: Value) -> Value:
    """Subtracting 1 turns the zeros at the end, and nothing else that was 0, into ones."""
    return _ones(k, ~value & (value - 1))


@zbb("0110000 00000 rs1 001 rd 0010011", "rd, rs1")
def clz(k: Kit, rd: Reg, rs1: Reg) -> None:
    """Count zeros from the highest bit down."""
    k.x[rd] = k.x[rs1].clz()


@zbb("0110000 00001 rs1 001 rd 0010011", "rd, rs1")
def ctz(k: Kit, rd: Reg, rs1: Reg) -> None:
    """Count zeros from the lowest bit up."""
    k.x[rd] = _trailing_zeros(k, k.x[rs1])


@zbb("0110000 00010 rs1 001 rd 0010011", "rd, rs1")
def cpop(k: Kit, rd: Reg, rs1: Reg) -> None:
    """Count ones."""
    k.x[rd] = _ones(k, k.x[rs1])


@zbb("0110000 00000 rs1 001 rd 0011011", "rd, rs1")
def clzw(k: Kit, rd: Reg, rs1: Reg) -> None:
    """Count zeros of the low 32 bits from the highest down; 32 ones below end the count."""
    k.x[rd] = ((k.x[rs1] << 32) | 0xFFFF_FFFF).clz()


@zbb("0110000 00001 rs1 001 rd 0011011", "rd, rs1")
def ctzw(k: Kit, rd: Reg, rs1: Reg) -> None:
    """Count zeros of the low 32 bits from the lowest up; a 1 above ends the count."""
    k.x[rd] = _trailing_zeros(k, k.x[rs1] | 1 << 32)


@zbb("0110000 00010 rs1 001 rd 0011011", "rd, rs1")
def cpopw(k: Kit, rd: Reg, rs1: Reg) -> None:
    """Count ones of the low 32 bits."""
    k.x[rd] = _ones(k, k.x[rs1].bits(31, 0))


# Zbb: the smaller and the larger ---------------------------------------------------------------


@zbb("0000101 rs2 rs1 110 rd 0110011", "rd, rs1, rs2")
def max_(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """The larger, signed."""
    a, b = k.x[rs1], k.x[rs2]
    k.x[rd] = k.select(a.lts(b), b, a)


@zbb("0000101 rs2 rs1 111 rd 0110011", "rd, rs1, rs2")
def maxu(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """The larger, unsigned."""
    a, b = k.x[rs1], k.x[rs2]
    k.x[rd] = k.select(a.ltu(b), b, a)


@zbb("0000101 rs2 rs1 100 rd 0110011", "rd, rs1, rs2")
def min_(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """The smaller, signed."""
    a, b = k.x[rs1], k.x[rs2]
    k.x[rd] = k.select(a.lts(b), a, b)


@zbb("0000101 rs2 rs1 101 rd 0110011", "rd, rs1, rs2")
def minu(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """The smaller, unsigned."""
    a, b = k.x[rs1], k.x[rs2]
    k.x[rd] = k.select(a.ltu(b), a, b)


# Zbb: extending --------------------------------------------------------------------------------


@zbb("0110000 00100 rs1 001 rd 0010011", "rd, rs1")
def sext_b(k: Kit, rd: Reg, rs1: Reg) -> None:
    """Sign-extend the low byte."""
    k.x[rd] = k.x[rs1].sext(8)


@zbb("0110000 00101 rs1 001 rd 0010011", "rd, rs1")
def sext_h(k: Kit, rd: Reg, rs1: Reg) -> None:
    """Sign-extend the low halfword."""
    k.x[rd] = k.x[rs1].sext(16)


@zbb("0000100 00000 rs1 100 rd 0111011", "rd, rs1")
def zext_h(k: Kit, rd: Reg, rs1: Reg) -> None:
    """Zero-extend the low halfword."""
    k.x[rd] = k.x[rs1].bits(15, 0)


# Zbb: rotating ---------------------------------------------------------------------------------


def _rotate(value: Value, left: Value, right: Value) -> Value:
    """Both shift amounts together are 64 or 0: what falls out at one end comes in at the other."""
    return (value << left) | (value >> right)


def _rotate_word(k: Kit, value: Value, right: Value) -> Value:
    """The low 32 bits twice in a row, shifted."""
    low = value.bits(31, 0)
    return ((low | (low << 32)) >> right).sext(32)


def _opposite(k: Kit, amount: Value, width: int) -> Value:
    return (k.const(0) - amount) & (width - 1)


@zbb("0110000 rs2 rs1 001 rd 0110011", "rd, rs1, rs2")
def rol(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Rotate left by the low 6 bits of rs2."""
    amount = k.x[rs2].bits(5, 0)
    k.x[rd] = _rotate(k.x[rs1], amount, _opposite(k, amount, 64))


@zbb("0110000 rs2 rs1 101 rd 0110011", "rd, rs1, rs2")
def ror(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Rotate right by the low 6 bits of rs2."""
    amount = k.x[rs2].bits(5, 0)
    k.x[rd] = _rotate(k.x[rs1], _opposite(k, amount, 64), amount)


@zbb("011000 shamt[5:0] rs1 101 rd 0010011", "rd, rs1, shamt")
def rori(k: Kit, rd: Reg, rs1: Reg, shamt: Value) -> None:
    """Rotate right."""
    k.x[rd] = _rotate(k.x[rs1], _opposite(k, shamt, 64), shamt)


@zbb("0110000 rs2 rs1 001 rd 0111011", "rd, rs1, rs2")
def rolw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Rotate the low 32 bits left by the low 5 bits of rs2; sign-extended."""
    k.x[rd] = _rotate_word(k, k.x[rs1], _opposite(k, k.x[rs2].bits(4, 0), 32))


@zbb("0110000 rs2 rs1 101 rd 0111011", "rd, rs1, rs2")
def rorw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Rotate the low 32 bits right by the low 5 bits of rs2; sign-extended."""
    k.x[rd] = _rotate_word(k, k.x[rs1], k.x[rs2].bits(4, 0))


@zbb("0110000 shamt[4:0] rs1 101 rd 0011011", "rd, rs1, shamt")
def roriw(k: Kit, rd: Reg, rs1: Reg, shamt: Value) -> None:
    """Rotate the low 32 bits right; sign-extended."""
    k.x[rd] = _rotate_word(k, k.x[rs1], shamt)


# Zbb: bytes ------------------------------------------------------------------------------------


@zbb("001010000111 rs1 101 rd 0010011", "rd, rs1")
def orc_b(k: Kit, rd: Reg, rs1: Reg) -> None:
    """Each byte becomes all ones if any of its bits is 1."""
    value = k.x[rs1]
    # Adding 0x7f to seven bits carries into the eighth unless they are 0.
    some = ((value & 0x7F7F_7F7F_7F7F_7F7F) + 0x7F7F_7F7F_7F7F_7F7F | value) >> 7
    k.x[rd] = (some & 0x0101_0101_0101_0101) * k.const(0xFF)


@zbb("011010111000 rs1 101 rd 0010011", "rd, rs1")
def rev8(k: Kit, rd: Reg, rs1: Reg) -> None:
    """The bytes in the opposite order."""
    value = k.x[rs1]
    for width, mask in (
        (8, 0x00FF_00FF_00FF_00FF),
        (16, 0x0000_FFFF_0000_FFFF),
        (32, 0x0000_0000_FFFF_FFFF),
    ):
        value = (value >> width & mask) | ((value & mask) << width)
    k.x[rd] = value


# Zbs: single bits ------------------------------------------------------------------------------

_BITS: dict[str, tuple[str, str, str, Callable[[Value, Value, Value], Value]]] = {
    "bclr": ("010010", "001", "Clear one bit.", lambda value, bit, at: value & ~bit),
    "bext": ("010010", "101", "Extract one bit.", lambda value, bit, at: (value >> at) & 1),
    "binv": ("011010", "001", "Invert one bit.", lambda value, bit, at: value ^ bit),
    "bset": ("001010", "001", "Set one bit.", lambda value, bit, at: value | bit),
}
"""funct6, funct3, what it does; the result from the value, the bit and where the bit is."""


def _single(
    doc: str, result: Callable[[Value, Value, Value], Value]
) -> tuple[Callable[..., None], Callable[..., None]]:
    def by_register(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
        at = k.x[rs2].bits(5, 0)
        k.x[rd] = result(k.x[rs1], k.const(1) << at, at)

    def by_number(k: Kit, rd: Reg, rs1: Reg, shamt: Value) -> None:
        k.x[rd] = result(k.x[rs1], k.const(1) << shamt, shamt)

    by_register.__doc__ = f"{doc[:-1]}, the low 6 bits of rs2 say which."
    by_number.__doc__ = doc
    return by_register, by_number


for _name, (_funct6, _funct3, _doc, _result) in _BITS.items():
    _register, _number = _single(_doc, _result)
    zbs(f"{_funct6} 0 rs2 rs1 {_funct3} rd 0110011", "rd, rs1, rs2", _name)(_register)
    zbs(f"{_funct6} shamt[5:0] rs1 {_funct3} rd 0010011", "rd, rs1, shamt", f"{_name}i")(_number)
