"""How much T2 does for how little: what is hot, and how much compiled code is kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

FORCE: Final = "VMLAB_T2_FORCE"
"""With this variable set, T2 translates whatever a jump leads to, before it goes on."""


@dataclass(frozen=True, slots=True)
class Effort:
    """When a page is translated."""

    period: int = 31
    """Of so many jumps one is looked at. No round number: loops have those."""
    looks: int = 64
    """A place is hot when so many looks have found it."""
    least_left: int = 1000
    """With fewer instructions left in a run, T1 looks at no jump."""
    background: bool = True
    """Print in turns with the guest, and compile while it goes on, where the host can."""
    turn_s: float = 0.002
    """A turn of printing is over after so many seconds. One piece of it may take a few times as
    long when its like is printed for the first time."""
    eager: int = 4
    """So many translations of a page are made as soon as it is hot; each one after that waits for
    twice as many hot places as the one before."""
    longest_wait: int = 1 << 16
    """It waits for no more hot places than this."""
    most_wasm_bytes: int = 16 << 20
    """Of all that is compiled. Beyond it all is given back and begins anew."""
    most_machine_bytes: int = 128 << 20
    """The same for what it takes of the host's memory, where the host tells."""


USUAL: Final = Effort()
FORCED: Final = Effort(
    period=1, looks=1, least_left=0, background=False, eager=6, longest_wait=1 << 10
)
"""Everything that a jump leads to is translated at once: for tests."""


def chosen() -> Effort:
    """As the environment says."""
    return FORCED if os.environ.get(FORCE) else USUAL
