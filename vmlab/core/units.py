"""Address kinds and sizes with their units."""

from __future__ import annotations

import re
from typing import Final, NewType

from vmlab.core.errors import BadInput

VA = NewType("VA", int)
"""A virtual address of the hart's current address space."""
PA = NewType("PA", int)
"""A physical address of the machine."""

PAGE_BITS: Final = 12
PAGE_SIZE_BYTES: Final = 1 << PAGE_BITS
PAGE_OFFSET: Final = PAGE_SIZE_BYTES - 1
"""The bits of an address inside its page; the others are the page's."""
KIB: Final = 1 << 10
MIB: Final = 1 << 20
GIB: Final = 1 << 30

_SIZE = re.compile(r"([0-9]{1,20})\s*([KMG]?)(?:i?B)?", re.IGNORECASE)
_FACTOR = {"": 1, "K": KIB, "M": MIB, "G": GIB}


def parse_size(text: str) -> int:
    """Bytes in a size such as `64M`, `512K` or `4096`. Raises `BadInput` for anything else."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise BadInput(f"expected a size such as 64M, 512K or 4096, found {text[:60]!r}")
    return int(match[1]) * _FACTOR[match[2].upper()]


def format_hex(value: int, digits: int = 16) -> str:
    """Hexadecimal in groups of four digits, the way the screens write an address."""
    text = f"{value:0{digits}x}"
    head = len(text) % 4
    groups = [text[:head]] if head else []
    groups += [text[at : at + 4] for at in range(head, len(text), 4)]
    return " ".join(groups)
