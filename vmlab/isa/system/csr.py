"""CSR access as kernels, made from the rows of `isa.csrs` (privileged manual, 2.1).

May I, read, write: three duties, three kernels. Each finds its row by halving the sorted numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_
from typing import Final

from vmlab.core.modes import Mode
from vmlab.isa.csr_row import HYPERVISOR
from vmlab.isa.csrs import CSRS, Csr
from vmlab.isa.extensions import has
from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.state import MODE, VIRTUAL


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


REFUSED: Final = 0
ALLOWED: Final = 1
VIRTUAL_REFUSED: Final = 2


@kernel(2, number=12, write=1)
def csr_allowed(k: Kit, number: Value, write: Value) -> None:
    """ALLOWED if the access is legal: the CSR exists, it is not a write to a read-only one, its
    own condition holds, and the mode suffices. With V = 1, what HS would be allowed is
    VIRTUAL_REFUSED: a virtual-instruction exception (hypervisor chapter)."""
    level = number.bits(9, 8)
    mode, virtual = k[MODE], k[VIRTUAL].eq(1)
    # S with V = 0 is HS, level 2; none below M reaches M's.
    suffices = k.select(mode.eq(Mode.S) & ~virtual, HYPERVISOR, mode).geu(level)
    refused = k.select(virtual & level.ne(Mode.M), VIRTUAL_REFUSED, REFUSED)
    verdict = k.select(suffices, ALLOWED, refused)
    with k.when(write.eq(1) & number.bits(11, 10).eq(3)):
        k.ret(REFUSED)

    def leaf(csr: Csr) -> None:
        conditions = [has(k, csr.extension)] if csr.extension else []
        conditions += [csr.permission(k)] if csr.permission else []
        if conditions:
            with k.when(~reduce(and_, conditions)):
                k.ret(REFUSED)
        if csr.for_virtual:
            with k.when(virtual & suffices & ~csr.for_virtual(k)):
                k.ret(VIRTUAL_REFUSED)
        k.ret(verdict)

    _dispatch(k, number, _rows(), leaf)
    k.ret(REFUSED)


@kernel(64, number=12)
def csr_read(k: Kit, number: Value) -> None:
    """The CSR's value; the access has been found legal. While V = 1 S's names mean VS's CSRs."""

    def leaf(csr: Csr) -> None:
        if csr.virtual:
            with k.when(k[VIRTUAL].eq(1)):
                k.ret(CSRS[csr.virtual].read(k))
        k.ret(csr.read(k))

    _dispatch(k, number, _rows(), leaf)
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

    def leaf(csr: Csr) -> None:
        if not csr.virtual:
            csr.write(k, value)
            return
        with k.when(k[VIRTUAL].eq(1)):
            CSRS[csr.virtual].write(k, value)
        with k.otherwise():
            csr.write(k, value)

    _dispatch(k, number, _rows(lambda csr: not csr.is_read_only), leaf)
