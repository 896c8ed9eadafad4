"""Addresses as users write them: a number, or a symbol of the image, and what lies there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.core.events import Access
from vmlab.derive.disasm import location
from vmlab.engine.api import Watch, WatchHit

ACCESSES: Final = {
    "read": 1 << Access.LOAD,
    "write": 1 << Access.STORE,
    "both": 1 << Access.LOAD | 1 << Access.STORE,
}
_END: Final = 1 << 64


def _number(text: str) -> int | None:
    try:
        return int(text, 0)
    except ValueError:
        return None


def address_of(place: int | str, symbols: Mapping[int, str]) -> int:
    """A virtual address: a number, or a symbol, or a symbol and how far behind it (`table+0x10`).
    Raises `BadInput`."""
    if not isinstance(place, int | str):
        raise BadInput(f"expected an address or a symbol, found {place!r}")
    if isinstance(place, int):
        found: int | None = place
    else:
        found = next((at for at, name in symbols.items() if name == place), _number(place))
        base, plus, offset = place.rpartition("+")
        behind = _number(offset)
        if found is None and plus and behind is not None:
            found = address_of(base, symbols) + behind
    if found is None:
        raise BadInput(f"expected an address such as 0x80000000 or a symbol, found {place!r}")
    if not 0 <= found < _END:
        raise BadInput(f"expected an address of 64 bits, found {found:#x}")
    return found


def watch_at(address: int, length: int, access: str) -> Watch:
    """A watchpoint. Raises `BadInput` for what cannot be watched."""
    if access not in ACCESSES:
        raise BadInput(f"expected an access of {', '.join(ACCESSES)}, found {access!r}")
    if length < 1 or address + length > _END:
        raise BadInput(f"expected to watch 1 byte or more up to 2**64, found {length}")
    return Watch(address, address + length - 1, ACCESSES[access])


def named(address: int, symbols: Mapping[int, str]) -> str:
    """`table+0x10 (0x80002010)`: an address for people."""
    name = location(address, symbols)
    return f"{address:#x}" if name is None else f"{name} ({address:#x})"


def told(hit: WatchHit, symbols: Mapping[int, str]) -> str:
    """What met a watchpoint, as a sentence."""
    what = "wrote" if hit.access is Access.STORE else "read"
    bytes_ = "1 byte" if hit.size_bytes == 1 else f"{hit.size_bytes} bytes"
    return f"{named(hit.pc, symbols)} {what} {bytes_} at {named(hit.address, symbols)}"
