"""The short words of the protocol, and reading numbers out of packets."""

from __future__ import annotations

import re
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.core.errors import BadInput

OK: Final = b"OK"
UNKNOWN: Final = b""
"""What a packet is answered with that we do not know."""
BAD: Final = b"E16"
"""EINVAL, in hexadecimal: the packet is not what it should be."""
FAULT: Final = b"E0e"
"""EFAULT: no memory there that may be accessed."""
_HEX: Final = re.compile(rb"[0-9a-fA-F]{1,32}")


def number(text: bytes) -> int:
    """A hexadecimal number of at most 64 bits. Raises `BadInput`."""
    if not _HEX.fullmatch(text) or int(text, 16) > MASK64:
        raise BadInput(f"expected a hexadecimal number of 64 bits, found {text[:40]!r}")
    return int(text, 16)


def numbers(text: bytes, count: int) -> tuple[int, ...]:
    """So many of them, with commas between. Raises `BadInput`."""
    found = tuple(number(part) for part in text.split(b",", count))
    if len(found) != count:
        raise BadInput(f"expected {count} numbers, found {len(found)}")
    return found
