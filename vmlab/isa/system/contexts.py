"""Which translations serve accesses now, as one word: what an engine keeps of pages, it keeps by
this word. Equal words mean equal translations (until `drop_page`, `drop_all` or `pmp_changed`).

    translated       0 | epoch:32 | ASID:16 | format:4 | MXR | SUM | mode:2     (`tlb_context`)
    not translated   1 | 0 ...                                     | mode:2

Without translation each mode has its own word, since protection (PMP) differs.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.state import MODE
from vmlab.isa.system.memory import data_mode, is_bare
from vmlab.isa.system.tlb import tlb_context

UNTRANSLATED: Final = 1 << 63
"""The bit of a context's word that says that virtual addresses are physical."""
CONTEXT_MODE: Final = 3
"""The bits of either word that hold the mode."""


def _context(k: Kit, mode: Value) -> None:
    with k.when(is_bare(k, mode)):
        k.ret(mode | UNTRANSLATED)
    k.ret(k.call(tlb_context, mode))


@kernel(64)
def fetch_context(k: Kit) -> None:
    """The context of fetches."""
    _context(k, k[MODE])


@kernel(64)
def data_context(k: Kit) -> None:
    """The context of loads and stores, which MPRV may borrow from MPP (3.1.6.3)."""
    _context(k, k.call(data_mode))
