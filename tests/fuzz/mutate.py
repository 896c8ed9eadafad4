"""Damage for files: bits, bytes, fields, pieces. A file that is right nearly everywhere gets
further into a reader than noise does."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from types import FrameType
from typing import Final

EDGES: Final = (
    *(0, 1, 2, 3, 4, 7, 8, 0x7F, 0x80, 0xFF, 0xFFF, 0x1000, 0x7FFF_FFFF, 0x8000_0000),
    *(0xFFFF_FFFF, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, (1 << 64) - 0x1000),
)
CASE_S: Final = 20


def damaged(rng: Random, good: bytes, most: int = 1 << 16) -> bytes:
    """A file with one to five wounds; now and then noise."""
    if rng.random() < 0.05:
        return rng.randbytes(rng.randrange(300))
    data = bytearray(good)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        at = rng.randrange(max(1, len(data)))
        if rng.random() < 0.6:  # headers are at the front, or at the end
            at = min(at, rng.randrange(1, 400))
        if rng.random() < 0.3:
            at = max(0, len(data) - rng.randrange(1, 400))
        kind = rng.randrange(7)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and at < len(data):
            data[at] = rng.randrange(256)
        elif kind in (2, 3):
            size = rng.choice((1, 2, 4, 8))
            at &= -size
            value = rng.choice(EDGES) & (1 << 8 * size) - 1
            data[at : at + size] = value.to_bytes(size, rng.choice(("little", "big")))
        elif kind == 4:
            del data[at : at + rng.randrange(1, 64)]
        elif kind == 5:
            data[at:at] = rng.randbytes(rng.randrange(1, 64))
        elif rng.random() < 0.5:
            del data[at:]
        else:
            start = rng.randrange(max(1, len(data)))
            data[at:at] = data[start : start + rng.randrange(1, 256)]
    return bytes(data[:most])


@contextmanager
def time_limit() -> Iterator[None]:
    """A case that takes longer hangs: the test fails where it stands."""

    def late(signum: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"a case took more than {CASE_S} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, CASE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
