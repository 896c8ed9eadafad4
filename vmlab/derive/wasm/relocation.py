"""Modules that can be moved: printed once, and run over an arena wherever it lies in the memory.

An arena's place is known only when a machine is made (in a browser it is a piece of Python's own
heap), and printing takes many times as long as moving. So every memory instruction of a module is
printed with an offset of five bytes, and the arena's base is added to all of them at once.

Here the file is read; `Module.encode_file` writes it. The section at its end says where the offsets
are: their number, then the distance of each from the one before.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vmlab.core.errors import BadInput
from vmlab.derive.wasm.module import MAGIC, RELOCATION
from vmlab.derive.wasm.opcodes import unsigned

_NAME: Final = unsigned(len(RELOCATION)) + RELOCATION.encode()
Positions = NDArray[np.int64]

_OFFSET_BYTES: Final = 5
_SHIFTS: Final = np.arange(_OFFSET_BYTES) * 7
_MORE: Final = np.array([0x80] * (_OFFSET_BYTES - 1) + [0], np.uint8)
"""The bit of each byte that says that another follows."""
_LONGEST: Final = 4
"""Bytes of a distance at most: no module is 256 MB long."""


def unpack(file: bytes) -> tuple[bytes, Positions]:
    """What `relocate` needs of a file. Raises `BadInput` for anything but a whole one."""
    start, content = _last_section(file)
    if not content.startswith(_NAME):
        raise _damaged("another section")
    values = _numbers(np.frombuffer(content, np.uint8, offset=len(_NAME)))
    positions = np.cumsum(values[1:])
    if len(positions) != values[0]:
        raise _damaged(f"{len(positions)} of {values[0]} positions")
    if len(positions) and not 0 < positions[0] <= positions[-1] <= start - _OFFSET_BYTES:
        raise _damaged("positions outside the module")
    binary = file[:start]
    code = np.frombuffer(binary, np.uint8)[positions[:, None] + np.arange(_OFFSET_BYTES)]
    if ((code & 0x80) != _MORE).any():
        raise _damaged("positions of something else")
    return binary, positions


def relocate(binary: bytes, positions: Positions, base_bytes: int) -> bytes:
    """The module for an arena that starts at `base_bytes` of the memory."""
    code = np.frombuffer(binary, np.uint8).copy()
    at = positions[:, None] + np.arange(_OFFSET_BYTES)
    old = ((code[at] & 0x7F).astype(np.int64) << _SHIFTS).sum(1)
    # Offsets were written modulo 2**32: those of what lies before the arena are negative.
    moved = np.where(old >= 1 << 31, old - (1 << 32), old) + base_bytes
    if len(moved) and not 0 <= moved.min() <= moved.max() < 1 << 32:
        raise BadInput(
            f"expected an arena whose offsets lie in 4 GiB of memory, found the base "
            f"{base_bytes:#x} for offsets {moved.min() - base_bytes} to {moved.max() - base_bytes}"
        )
    code[at] = (moved[:, None] >> _SHIFTS & 0x7F) | _MORE
    return code.tobytes()


def place(wasm: bytes, base_bytes: int) -> bytes:
    """The module for an arena that starts there; one that does not say where its offsets are
    stays as it is."""
    try:
        _, content = _last_section(wasm)
    except BadInput:
        return wasm  # no custom section at its end
    if not content.startswith(_NAME):
        return wasm
    return relocate(*unpack(wasm), base_bytes)


def _last_section(file: bytes) -> tuple[int, bytes]:
    """Where the last section starts, and its content; it has to be a custom one."""
    at = start = 8
    content = b""
    while at < len(file):
        start, at, size = at, at + 1, 0
        for shift in _SHIFTS.tolist():
            byte, at = file[at] if at < len(file) else 0, at + 1
            size |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        content, at = file[at : at + size], at + size
    if not file.startswith(MAGIC) or at != len(file) or not content or file[start] != 0:
        raise _damaged("no whole module")
    return start, content


def _numbers(data: NDArray[np.uint8]) -> Positions:
    """All LEB128 numbers of `data`."""
    ends = np.flatnonzero(data < 0x80)
    if not len(ends) or ends[-1] != len(data) - 1:
        raise _damaged("a number without an end")
    starts = np.concatenate(([0], ends[:-1] + 1))
    if (ends - starts).max() >= _LONGEST:
        raise _damaged("a number that is too long")
    place = np.arange(len(data)) - np.repeat(starts, ends - starts + 1)
    values = np.add.reduceat((data & 0x7F).astype(np.int64) << 7 * place, starts)
    return np.asarray(values, np.int64)


def _damaged(found: str) -> BadInput:
    return BadInput(f"expected a module with the positions of its offsets, found {found}")
