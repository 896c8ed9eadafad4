"""What was probably meant: near misses, and mnemonics of extensions that are not built."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice
from typing import Final

_LONGEST: Final = 24
_MOST_KNOWN: Final = 500
_UNBUILT: Final = {
    "zabha and zacas (atomics)": r"amo[a-z]+\.[bhwdq].*",
    "c (compressed) beyond zca and zcd": r"c\.[a-z].*",
    "h (hypervisor)": r"hfence\.[vg]vma|h[ls]vx?\.?[a-z.]*",
    "zicond": r"czero\.(eqz|nez)",
    "zbc": r"clmul[hr]?",
    "zawrs": r"wrs\.[a-z]+",
    "zihintntl": r"ntl\..*",
    "cache-block operations": r"cbo\.[a-z]+|prefetch\.[irw]",
    "svinval": r"sinval\.vma|sfence\.(w\.inval|inval\.ir)",
    "q and zfh (quadruple and half precision)": r"f[a-z]+(\..*)?\.[hq](\.[a-z]+)?|f[ls][hq]",
    "zfa (more of floating point)": r"fli\..*|f(minm|maxm|round|roundnx|leq|ltq)\..*",
    "v (vectors)": r"v[a-z0-9]+(\.[a-z0-9]+)*",
}
"""Mnemonics by extension, as patterns; only for messages, and asked only when nothing is built."""


def unbuilt_extension(mnemonic: str) -> str | None:
    """The extension that has this mnemonic, if it is known and not built."""
    if len(mnemonic) > _LONGEST:
        return None
    for extension, pattern in _UNBUILT.items():
        if re.fullmatch(pattern, mnemonic.lower()):
            return extension
    return None


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """` (did you mean 'addi', 'add'?)`, or nothing."""
    if not found or len(found) > _LONGEST:
        return ""
    close = get_close_matches(found.lower(), list(islice(known, _MOST_KNOWN)), n=3, cutoff=0.7)
    return f" (did you mean {', '.join(map(repr, close))}?)" if close else ""
