"""Noticing a guest that will trap for ever.

Two cases, both certain enough to stop: a handler that cannot even be fetched (traps with nothing
retired between them), and a handler that faults inside itself again and again with the same
registers. An `ecall` or `ebreak` in a loop is neither: its handler may be working.
"""

from __future__ import annotations

from collections.abc import Sequence

from vmlab.isa.causes import (
    BREAKPOINT,
    ECALL_FROM_M,
    ECALL_FROM_S,
    ECALL_FROM_U,
    ECALL_FROM_VS,
    INTERRUPT_BIT,
)

_DELIBERATE = frozenset({BREAKPOINT, ECALL_FROM_U, ECALL_FROM_S, ECALL_FROM_VS, ECALL_FROM_M})
WITHOUT_PROGRESS = 4
INSIDE_ITSELF = 256


class TrapLoop:
    """Counts traps that look like the one before."""

    def __init__(self) -> None:
        self._last: tuple[int, ...] = ()
        self._retired = -1
        self._same = 0
        self._still = 0

    def is_endless(
        self,
        retired: int,
        from_actor: int,
        to_actor: int,
        epc: int,
        cause: int,
        tval: int,
        x: Sequence[int],
    ) -> bool:
        """Note a trap; True if it will come again and again and nothing else will."""
        if cause & INTERRUPT_BIT:
            self._still = self._same = 0
            self._retired = retired
            return False
        self._still = self._still + 1 if retired == self._retired else 0
        self._retired = retired
        if cause in _DELIBERATE or from_actor != to_actor:
            self._same = 0
        else:
            now = (epc, cause, tval, *x)
            self._same = self._same + 1 if now == self._last else 0
            self._last = now
        return self._still >= WITHOUT_PROGRESS or self._same >= INSIDE_ITSELF
