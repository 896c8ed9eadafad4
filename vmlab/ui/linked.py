"""A small source inside a link: deflated, then base64url without padding, both bounded.

A program of one's own has no name that another browser would know, but its assembly is text, and
short: the examples take less than 2,000 characters of an address.
"""

from __future__ import annotations

import base64
import re
import zlib
from typing import Final

from vmlab.core.errors import BadInput

MOST_CHARACTERS: Final = 6_000
"""Of the packed form: addresses of this length still pass mail and chat programs."""
MOST_SOURCE_BYTES: Final = 64 * 1024
"""Of the source: a bomb of few characters unpacks to this and no further."""
_RAW: Final = -15  # zlib's sign for deflate without a header
_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]+")


def pack(source: str) -> str | None:
    """The source as a link carries it; None if it is too long for one."""
    data = source.encode()
    if len(data) > MOST_SOURCE_BYTES:
        return None
    deflate = zlib.compressobj(9, wbits=_RAW)
    packed = deflate.compress(data) + deflate.flush()
    text = base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
    return text if len(text) <= MOST_CHARACTERS else None


def unpack(text: str) -> str:
    """The source that a link carries. Raises `BadInput` for anything else."""
    if len(text) > MOST_CHARACTERS or not _ALPHABET.fullmatch(text):
        raise BadInput(
            f"expected at most {MOST_CHARACTERS} characters of base64url after asm= in the "
            f"address, found {len(text)} characters"
        )
    inflate = zlib.decompressobj(_RAW)
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        data = inflate.decompress(packed, MOST_SOURCE_BYTES + 1)
        if len(data) > MOST_SOURCE_BYTES:
            raise BadInput(
                f"expected a source of at most {MOST_SOURCE_BYTES} bytes after asm= in the "
                "address, found more"
            )
        if not inflate.eof or inflate.unused_data:
            raise ValueError
        return data.decode()
    except (ValueError, zlib.error):
        raise BadInput(
            "expected a deflated source after asm= in the address, found something else: "
            "the link was cut or changed on its way"
        ) from None
