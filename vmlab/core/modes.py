"""The privilege modes of a hart, as the privileged manual numbers them (section 1.2)."""

from __future__ import annotations

from enum import IntEnum


class Mode(IntEnum):
    """A privilege mode; the value is the encoding that xPP fields and CSR addresses use."""

    U = 0
    S = 1
    M = 3
