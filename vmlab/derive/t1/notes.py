"""Records of events: what a kernel notes, written to a ring that the host empties.

Nobody listens: nothing is written. Somebody does: a record of nine words, about 10 ns, and no way
out to the host before the ring is full or the run ends. So whoever watches traps sees each of
them, and the guest keeps its speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from vmlab.derive.t1.layout import LISTEN, RECORD_WORDS, RING, RING_RECORDS, RING_USED
from vmlab.isa.lang import Kernel, Kit, Value
from vmlab.isa.state import RETIRED


class Kind(IntEnum):
    """What a record is; the arguments that follow are those of the note of that name."""

    TRAP = 1
    XRET = 2
    WALK = 3
    PTE = 4


LAST: Final = (RING_RECORDS - 1) * RECORD_WORDS


def _noting(name: str, kind: int, arguments: Sequence[str]) -> Kernel:
    def text(k: Kit, **values: Value) -> None:
        with k.when(k[LISTEN].none(1 << kind)):
            k.ret()
        at = k[RING_USED]
        for place, value in enumerate((k.const(kind), k[RETIRED], *values.values())):
            k[RING, at + place] = value
        k[RING_USED] = (at + RECORD_WORDS).bits(31, 0)
        with k.when(at.geu(LAST)):
            k.hook("drain")

    assert 2 + len(arguments) <= RECORD_WORDS
    return Kernel(f"note_{name}", text, dict.fromkeys(arguments, 64), ())


NOTES: Final = (
    _noting(
        "trap", Kind.TRAP, ("from_actor", "to_actor", "cause", "epc", "tval", "tval2", "tinst")
    ),
    _noting("xret", Kind.XRET, ("from_actor", "to_actor", "pc")),
    _noting("walk", Kind.WALK, ("va", "access", "actor", "root", "cause", "found", "shape")),
    _noting("pte", Kind.PTE, ("level", "address", "pte", "stage", "entry", "of")),
)
