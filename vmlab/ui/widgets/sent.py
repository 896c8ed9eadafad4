"""What a page sends is anything at all: these make a value of it, or None."""

from __future__ import annotations

from typing import Any, Final

_DIGITS: Final = frozenset("0123456789abcdefABCDEF")
_ADDRESS_DIGITS: Final = 16


def address_in(value: Any) -> int | None:
    """An address in hexadecimal without 0x, of 64 bits at most."""
    if not isinstance(value, str) or not 0 < len(value) <= _ADDRESS_DIGITS:
        return None
    return int(value, 16) if set(value) <= _DIGITS else None


def number_in(value: Any) -> int | None:
    """A whole number. `True` is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def bytes_in(value: Any) -> bytes | None:
    """The content of a file. A number is none: of it `bytes` would make so many zeros."""
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else None


def name_in(value: Any) -> str:
    """A name to look up: what is no text is looked up as nothing."""
    return value if isinstance(value, str) else ""
