"""The privilege modes of a hart, as the privileged manual numbers them (section 1.2)."""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import Final


class Mode(IntEnum):
    """A privilege mode; the value is the encoding that xPP fields and CSR addresses use."""

    U = 0
    S = 1
    M = 3


VIRTUAL_ACTOR: Final = 4
"""Added to a mode's number where V goes with it in one word."""


def mode_name(mode: Mode, virtual: bool = False) -> str:
    """`M`, `S`, `U`, or with V = 1 `VS` and `VU`."""
    return f"V{mode.name}" if virtual else mode.name


@cache
def split_actor(actor: int) -> tuple[Mode, bool]:
    """The mode and V of a word that holds both."""
    return Mode(actor & 3), bool(actor & VIRTUAL_ACTOR)
