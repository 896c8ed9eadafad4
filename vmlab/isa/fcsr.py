"""The floating-point CSRs: fcsr, and its parts under numbers of their own (unprivileged, 20.2)."""

from __future__ import annotations

from vmlab.isa import layouts, state
from vmlab.isa.csr_row import row
from vmlab.isa.lang import Kit, Value
from vmlab.isa.system import floating

_FRM = layouts.FCSR["FRM"]
_FLAGS = layouts.FCSR.mask("NV", "DZ", "OF", "UF", "NX")


def _read_fcsr(k: Kit) -> Value:
    return k[state.FFLAGS] | (k[state.FRM] << _FRM.low)


def _write_fflags(k: Kit, value: Value) -> None:
    k[state.FFLAGS] = value & _FLAGS
    floating.make_dirty(k)


def _write_frm(k: Kit, value: Value) -> None:
    """Any value is kept; a reserved one makes instructions illegal that use it."""
    k[state.FRM] = value.bits(_FRM.high - _FRM.low, 0)
    floating.make_dirty(k)


def _write_fcsr(k: Kit, value: Value) -> None:
    _write_fflags(k, value)
    _write_frm(k, value >> _FRM.low)


row("fflags", 0x001, "floating-point exceptions accrued", state.FFLAGS, _write_fflags,
    layouts.FFLAGS, floating.is_on, extension="f")  # fmt: skip
row("frm", 0x002, "rounding mode", state.FRM, _write_frm, layouts.FRM, floating.is_on,
    extension="f")  # fmt: skip
row("fcsr", 0x003, "rounding mode and exceptions", _read_fcsr, _write_fcsr, layouts.FCSR,
    floating.is_on, extension="f")  # fmt: skip
