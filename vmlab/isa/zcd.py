"""Zcd: 16-bit loads and stores of doubles, a part of C where there is D (unprivileged, 27)."""

from __future__ import annotations

from vmlab.isa import rvf
from vmlab.isa.encoding import Extension
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Reg, Value
from vmlab.isa.rvc import SP
from vmlab.isa.softfloat.formats import F64

zcd = Extension("zcd")
_load, _store = rvf.load(F64), rvf.store(F64)


@zcd("001 uimm[5:3] rs1' uimm[7:6] frd' 00", "frd, uimm(rs1)")
def c_fld(k: Kit, frd: Value, rs1: Reg, uimm: Value) -> None:
    """Load a double: fld."""
    _load(k, frd, rs1, uimm)


@zcd("101 uimm[5:3] rs1' uimm[7:6] frs2' 00", "frs2, uimm(rs1)")
def c_fsd(k: Kit, rs1: Reg, frs2: Value, uimm: Value) -> None:
    """Store a double: fsd."""
    _store(k, rs1, frs2, uimm)


@zcd("001 uimm[5] frd uimm[4:3|8:6] 10", "frd, uimm(sp)")
def c_fldsp(k: Kit, frd: Value, uimm: Value) -> None:
    """Load a double from the stack: fld frd, uimm(sp)."""
    _load(k, frd, SP, uimm)


@zcd("101 uimm[5:3|8:6] frs2 10", "frs2, uimm(sp)")
def c_fsdsp(k: Kit, frs2: Value, uimm: Value) -> None:
    """Store a double on the stack: fsd frs2, uimm(sp)."""
    _store(k, SP, frs2, uimm)
