"""F and D: floating point in single and double precision (unprivileged manual, chapters 20, 21).

Each instruction is written once for both formats; what it computes is in `softfloat`. A single
stands in the 64-bit registers below 32 ones ("NaN-boxed"); one that does not reads as a NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vmlab.isa.encoding import Extension
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Kernel, Reg, Value
from vmlab.isa.softfloat import arithmetic, compare, convert
from vmlab.isa.softfloat.convert import INTEGERS, Integer
from vmlab.isa.softfloat.formats import DYN, F32, F64, RMM, Format
from vmlab.isa.state import FRM, F
from vmlab.isa.system import floating

rv64f = Extension("f")
rv64d = Extension("d")

Body = Callable[..., None]
FILES: Final = {F32: (rv64f, "00", "010"), F64: (rv64d, "01", "011")}
"""The extension of a format, and how instructions encode it: among others, in loads and stores."""
NAMES: Final = {F32: "single", F64: "double"}


# Registers and modes ---------------------------------------------------------------------------


def needs_unit(k: Kit) -> None:
    """An illegal instruction while mstatus.FS is Off."""
    with k.when(~floating.is_on(k)):
        k.illegal()


def rounding(k: Kit, rm: Value) -> Value:
    """The mode to round in: frm's if the instruction names none. A reserved one is illegal."""
    mode = k.select(rm.eq(DYN), k[FRM], rm)
    with k.when(mode.geu(RMM + 1)):
        k.illegal()
    return mode


def get(k: Kit, fmt: Format, number: Value) -> Value:
    """A register as a number of the format."""
    whole = k[F, number]
    if fmt is F64:
        return whole
    return k.select((whole >> 32).eq(0xFFFF_FFFF), whole.bits(31, 0), F32.nan)


def put(k: Kit, fmt: Format, number: Value, bits: Value) -> None:
    """Write a number of the format to a register."""
    k[F, number] = bits if fmt is F64 else bits | 0xFFFF_FFFF_0000_0000
    floating.make_dirty(k)


def _put_with_flags(k: Kit, fmt: Format, number: Value, results: tuple[Value, ...]) -> None:
    bits, flags = results
    put(k, fmt, number, bits)
    floating.accrue(k, flags)


# Loads, stores and moves of bits ---------------------------------------------------------------


def load(fmt: Format) -> Body:
    def fl(k: Kit, frd: Value, rs1: Reg, imm: Value) -> None:
        needs_unit(k)
        put(k, fmt, frd, k.load(k.x[rs1] + imm, fmt.width // 8))

    fl.__doc__ = f"Load a {NAMES[fmt]}."
    return fl


def store(fmt: Format) -> Body:
    def fs(k: Kit, rs1: Reg, frs2: Value, imm: Value) -> None:
        needs_unit(k)
        k.store(k.x[rs1] + imm, fmt.width // 8, k[F, frs2])

    fs.__doc__ = f"Store a {NAMES[fmt]}: the low bits of the register, whatever they are."
    return fs


def _to_bits(fmt: Format) -> Body:
    def fmv_x(k: Kit, rd: Reg, frs1: Value) -> None:
        """Copy the low bits of a floating-point register, sign-extended."""
        needs_unit(k)
        k.x[rd] = k[F, frs1].sext(fmt.width)

    return fmv_x


def _from_bits(fmt: Format) -> Body:
    def fmv_f(k: Kit, frd: Value, rs1: Reg) -> None:
        """Copy bits to a floating-point register."""
        needs_unit(k)
        put(k, fmt, frd, k.x[rs1].bits(fmt.width - 1, 0))

    return fmv_f


def _inject(fmt: Format, doc: str, sign: Callable[[Value, Value], Value]) -> Body:
    def fsgnj(k: Kit, frd: Value, frs1: Value, frs2: Value) -> None:
        needs_unit(k)
        a, b = get(k, fmt, frs1), get(k, fmt, frs2)
        put(k, fmt, frd, (a & ~fmt.sign) | (sign(a, b) & fmt.sign))

    fsgnj.__doc__ = doc
    return fsgnj


# Arithmetic ------------------------------------------------------------------------------------


def _two(fmt: Format, kernels: dict[Format, Kernel], doc: str, opposite: bool = False) -> Body:
    def op(k: Kit, frd: Value, frs1: Value, frs2: Value, rm: Value) -> None:
        needs_unit(k)
        mode = rounding(k, rm)
        a, b = get(k, fmt, frs1), get(k, fmt, frs2)
        _put_with_flags(k, fmt, frd, k.calls(kernels[fmt], mode, a, b ^ fmt.sign * opposite))

    op.__doc__ = doc
    return op


def _one(fmt: Format, kernels: dict[Format, Kernel], doc: str) -> Body:
    def op(k: Kit, frd: Value, frs1: Value, rm: Value) -> None:
        needs_unit(k)
        mode = rounding(k, rm)
        _put_with_flags(k, fmt, frd, k.calls(kernels[fmt], mode, get(k, fmt, frs1)))

    op.__doc__ = doc
    return op


def _fused(fmt: Format, doc: str, minus_product: bool, minus_addend: bool) -> Body:
    def op(k: Kit, frd: Value, frs1: Value, frs2: Value, frs3: Value, rm: Value) -> None:
        needs_unit(k)
        mode = rounding(k, rm)
        a = get(k, fmt, frs1) ^ fmt.sign * minus_product
        c = get(k, fmt, frs3) ^ fmt.sign * minus_addend
        results = k.calls(arithmetic.MULTIPLY_ADD[fmt], mode, a, get(k, fmt, frs2), c)
        _put_with_flags(k, fmt, frd, results)

    op.__doc__ = doc
    return op


def _choice(fmt: Format, kernels: dict[Format, Kernel], doc: str) -> Body:
    def op(k: Kit, frd: Value, frs1: Value, frs2: Value) -> None:
        needs_unit(k)
        a, b = get(k, fmt, frs1), get(k, fmt, frs2)
        _put_with_flags(k, fmt, frd, k.calls(kernels[fmt], a, b))

    op.__doc__ = doc
    return op


def _comparison(fmt: Format, kernels: dict[Format, Kernel], doc: str) -> Body:
    def op(k: Kit, rd: Reg, frs1: Value, frs2: Value) -> None:
        needs_unit(k)
        truth, flags = k.calls(kernels[fmt], get(k, fmt, frs1), get(k, fmt, frs2))
        k.x[rd] = truth
        floating.accrue(k, flags)

    op.__doc__ = doc
    return op


def _class(fmt: Format) -> Body:
    def fclass(k: Kit, rd: Reg, frs1: Value) -> None:
        """Which of ten classes: a bit each, from minus infinity (0) to quiet NaN (9)."""
        needs_unit(k)
        k.x[rd] = k.call(compare.CLASSIFY[fmt], get(k, fmt, frs1))

    return fclass


# Conversions -----------------------------------------------------------------------------------


def _to_integer(fmt: Format, integer: Integer) -> Body:
    def fcvt(k: Kit, rd: Reg, frs1: Value, rm: Value) -> None:
        needs_unit(k)
        mode = rounding(k, rm)
        number = get(k, fmt, frs1)
        kernel = convert.TO_INTEGER[fmt]
        value, flags = k.calls(kernel, mode, number, integer.least, integer.most)
        k.x[rd] = value.sext(integer.width)
        floating.accrue(k, flags)

    fcvt.__doc__ = f"Convert to {_named(integer)}; what is beyond becomes its limit."
    return fcvt


def is_exact(fmt: Format, integer: Integer) -> bool:
    """True if the format has every value of the integer type: nothing is rounded."""
    return integer.width < fmt.precision


def _from_integer(fmt: Format, integer: Integer) -> Body:
    def fcvt(k: Kit, frd: Value, rs1: Reg, rm: Value) -> None:
        needs_unit(k)
        mode = rounding(k, rm)
        given = k.x[rs1]
        if integer.is_signed:
            value = given.sext(integer.width)
            sign = value >> 63
            magnitude = k.select(sign.ne(0), 0 - value, value)
        else:
            sign, magnitude = k.const(0), given.bits(integer.width - 1, 0)
        bits, flags = k.calls(convert.FROM_INTEGER[fmt], mode, sign, magnitude)
        put(k, fmt, frd, bits)
        if not is_exact(fmt, integer):
            floating.accrue(k, flags)

    fcvt.__doc__ = f"Convert from {_named(integer)}."
    return fcvt


def _named(integer: Integer) -> str:
    return f"{integer.width} bits, {'signed' if integer.is_signed else 'unsigned'}"


def _between(source: Format, target: Format) -> Body:
    def fcvt(k: Kit, frd: Value, frs1: Value, rm: Value) -> None:
        needs_unit(k)
        mode = rounding(k, rm)
        results = k.calls(convert.BETWEEN[source, target], mode, get(k, source, frs1))
        _put_with_flags(k, target, frd, results)

    fcvt.__doc__ = f"Convert a {NAMES[source]} to a {NAMES[target]}."
    return fcvt


# The table -------------------------------------------------------------------------------------

EXACT: Final = "rm=rne"
"""How instructions that never round write the mode that has nothing to choose: it is left out."""

for _fmt, (_ext, _code, _size) in FILES.items():
    _l = _fmt.letter
    _mem = {F32: "w", F64: "d"}[_fmt]
    _op = "frd 1010011"
    _ext(f"imm[11:0] rs1 {_size} frd 0000111", "frd, imm(rs1)", f"fl{_mem}")(load(_fmt))
    _ext(f"imm[11:5] frs2 rs1 {_size} imm[4:0] 0100111", "frs2, imm(rs1)", f"fs{_mem}")(store(_fmt))
    for _name, _opcode, _doc, _minus in (
        ("fmadd", "1000011", "Multiply and add, rounded once.", (False, False)),
        ("fmsub", "1000111", "Multiply and subtract, rounded once.", (False, True)),
        ("fnmsub", "1001011", "Add the opposite of the product.", (True, False)),
        ("fnmadd", "1001111", "The opposite of the product, less the third.", (True, True)),
    ):
        _ext(
            f"frs3 {_code} frs2 frs1 rm frd {_opcode}",
            "frd, frs1, frs2, frs3, rm", f"{_name}.{_l}",
        )(_fused(_fmt, _doc, *_minus))  # fmt: skip
    for _name, _funct, _kernels, _doc, _opposite in (
        ("fadd", "00000", arithmetic.ADD, "Add.", False),
        ("fsub", "00001", arithmetic.ADD, "Subtract.", True),
        ("fmul", "00010", arithmetic.MULTIPLY, "Multiply.", False),
        ("fdiv", "00011", arithmetic.DIVIDE, "Divide.", False),
    ):
        _ext(f"{_funct}{_code} frs2 frs1 rm {_op}", "frd, frs1, frs2, rm", f"{_name}.{_l}")(
            _two(_fmt, _kernels, _doc, _opposite)
        )
    _ext(f"01011{_code} 00000 frs1 rm {_op}", "frd, frs1, rm", f"fsqrt.{_l}")(
        _one(_fmt, arithmetic.SQUARE_ROOT, "The square root.")
    )
    for _name, _funct3, _doc, _sign in (
        ("fsgnj", "000", "The first with the sign of the second.", lambda a, b: b),
        ("fsgnjn", "001", "The first with the opposite sign of the second.", lambda a, b: ~b),
        ("fsgnjx", "010", "The first, its sign inverted if the second's is set.",
         lambda a, b: a ^ b),
    ):  # fmt: skip
        _ext(f"00100{_code} frs2 frs1 {_funct3} {_op}", "frd, frs1, frs2", f"{_name}.{_l}")(
            _inject(_fmt, _doc, _sign)
        )
    for _name, _funct3, _kernels, _doc in (
        ("fmin", "000", compare.SMALLER, "The smaller; a number rather than a NaN."),
        ("fmax", "001", compare.LARGER, "The larger; a number rather than a NaN."),
    ):
        _ext(f"00101{_code} frs2 frs1 {_funct3} {_op}", "frd, frs1, frs2", f"{_name}.{_l}")(
            _choice(_fmt, _kernels, _doc)
        )
    for _name, _funct3, _kernels, _doc in (
        ("feq", "010", compare.EQUAL, "1 if equal."),
        ("flt", "001", compare.LESS, "1 if less."),
        ("fle", "000", compare.LESS_OR_EQUAL, "1 if less or equal."),
    ):
        _ext(f"10100{_code} frs2 frs1 {_funct3} rd 1010011", "rd, frs1, frs2", f"{_name}.{_l}")(
            _comparison(_fmt, _kernels, _doc)
        )
    for _number, _integer in enumerate(INTEGERS):
        _i, _rs2 = _integer.letters, f"{_number:05b}"
        _ext(f"11000{_code} {_rs2} frs1 rm rd 1010011", "rd, frs1, rm", f"fcvt.{_i}.{_l}")(
            _to_integer(_fmt, _integer)
        )
        _mode = EXACT if is_exact(_fmt, _integer) else "rm"
        _ext(f"11010{_code} {_rs2} rs1 rm {_op}", f"frd, rs1, {_mode}", f"fcvt.{_l}.{_i}")(
            _from_integer(_fmt, _integer)
        )
    _ext(f"11100{_code} 00000 frs1 000 rd 1010011", "rd, frs1", f"fmv.x.{_mem}")(_to_bits(_fmt))
    _ext(f"11100{_code} 00000 frs1 001 rd 1010011", "rd, frs1", f"fclass.{_l}")(_class(_fmt))
    _ext(f"11110{_code} 00000 rs1 000 {_op}", "frd, rs1", f"fmv.{_mem}.x")(_from_bits(_fmt))

rv64d(f"0100000 00001 frs1 rm {_op}", "frd, frs1, rm", "fcvt.s.d")(_between(F64, F32))
rv64d(f"0100001 00000 frs1 rm {_op}", f"frd, frs1, {EXACT}", "fcvt.d.s")(_between(F32, F64))
