"""CSR access as kernels, made from the rows of `isa.csrs` (privileged manual, 2.1).

May I, read, write: three duties, three kernels. Each finds its row by halving the sorted numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_

from vmlab.isa.csrs import CSRS, Csr
from vmlab.isa.extensions import has
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.state import MODE


def _dispatch(k: Kit, number: Value, rows: Sequence[Csr], leaf: Callable[[Csr], None]) -> None:
    """Run `leaf` for the row whose number it is; fall through if there is none."""
    if len(rows) == 1:
        with k.when(number.eq(rows[0].number)):
            leaf(rows[0])
        return
    half = len(rows) // 2
    with k.when(number.ltu(rows[half].number)):
        _dispatch(k, number, rows[:half], leaf)
    with k.otherwise():
        _dispatch(k, number, rows[half:], leaf)


def _rows(keep: Callable[[Csr], bool] = lambda csr: True) -> list[Csr]:
    return sorted((csr for csr in CSRS.values() if keep(csr)), key=lambda csr: csr.number)


@kernel(1, number=12, write=1)
def csr_allowed(k: Kit, number: Value, write: Value) -> None:
    """1 if the access is legal: the CSR exists, the mode suffices, it is not a write to a
    read-only one, and its own condition holds."""
    with k.when(k[MODE].ltu(number.bits(9, 8)) | (write.eq(1) & number.bits(11, 10).eq(3))):
        k.ret(0)

    def leaf(csr: Csr) -> None:
        conditions = [has(k, csr.extension)] if csr.extension else []
        conditions += [csr.permission(k)] if csr.permission else []
        k.ret(reduce(and_, conditions).word() if conditions else 1)

    _dispatch(k, number, _rows(), leaf)
    k.ret(0)


@kernel(64, number=12)
def csr_read(k: Kit, number: Value) -> None:
    """The CSR's value; the access has been found legal."""
    _dispatch(k, number, _rows(), lambda csr: k.ret(csr.read(k)))
    k.ret(0)


@kernel(64, number=12, value=64)
def csr_held(k: Kit, number: Value, value: Value) -> None:
    """What csrrs and csrrc change in a CSR that was read as `value`."""
    for csr in _rows(lambda csr: csr.held is not None):
        with k.when(number.eq(csr.number)):
            assert csr.held is not None
            k.ret(csr.held(k))
    k.ret(value)


@kernel(number=12, value=64)
def csr_write(k: Kit, number: Value, value: Value) -> None:
    """Write and legalise; the access has been found legal."""
    _dispatch(k, number, _rows(lambda csr: not csr.is_read_only), lambda csr: csr.write(k, value))
