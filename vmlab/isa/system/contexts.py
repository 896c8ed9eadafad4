"""Which translations serve accesses now, as one word: what an engine keeps of pages, it keeps by
this word. Equal words mean equal translations (until `drop_page`, `drop_all` or `pmp_changed`).

    translated       0 | epoch:32 | ASID:16 | format:4 | MXR... | SUM | actor:4     (`tlb_context`)
    not translated   1 | 0 ...                                        | actor:4

Without translation each actor has its own word, since protection (PMP) differs.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.system.actor import current
from vmlab.isa.system.memory import data_actor
from vmlab.isa.system.tlb import is_bare, tlb_context

UNTRANSLATED: Final = 1 << 63
"""The bit of a context's word that says that virtual addresses are physical."""
CONTEXT_ACTOR: Final = 15
"""The bits of either word that hold the actor."""


def _context(k: Kit, actor: Value) -> None:
    with k.when(is_bare(k, actor)):
        k.ret(actor | UNTRANSLATED)
    k.ret(k.call(tlb_context, actor))


@kernel(64)
def fetch_context(k: Kit) -> None:
    """The context of fetches."""
    _context(k, current(k))


@kernel(64)
def data_context(k: Kit) -> None:
    """The context of loads and stores, which MPRV may borrow from MPP (3.1.6.3)."""
    _context(k, k.call(data_actor))
