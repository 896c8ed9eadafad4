"""Breakpoints and watchpoints as GDB sets them (packets Z and z).

Neither kind of breakpoint changes the guest's memory: the engine stops at the address. So software
and hardware ones are the same, and there is no end of them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.core.errors import BadInput
from vmlab.core.events import Access
from vmlab.engine.api import Watch, WatchHit
from vmlab.session.session import Session

MOST: Final = 4_096
"""So many of each kind: a client is not to fill our memory."""
MOST_WATCHED_BYTES: Final = 1 << 20


class Kind(IntEnum):
    """GDB's number of a kind of stop."""

    SOFTWARE = 0
    HARDWARE = 1
    WRITE = 2
    READ = 3
    ACCESS = 4


_ACCESSES: Final = {
    Kind.WRITE: 1 << Access.STORE,
    Kind.READ: 1 << Access.LOAD,
    Kind.ACCESS: 1 << Access.LOAD | 1 << Access.STORE,
}
_REASON: Final = {Kind.WRITE: b"watch", Kind.READ: b"rwatch", Kind.ACCESS: b"awatch"}


class Points:
    """What a client has set; a session is told of each change."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._breakpoints: dict[tuple[Kind, int], None] = {}
        self._watches: dict[tuple[Kind, int, int], Watch] = {}

    def insert(self, kind: Kind, address: int, length: int) -> None:
        """Set one; setting it again changes nothing. Raises `BadInput` for too many, or for
        none."""
        last = address + length - 1
        if kind in _ACCESSES:
            is_new = (kind, address, length) not in self._watches
            if not 0 < length <= MOST_WATCHED_BYTES or last > MASK64:
                raise BadInput(f"expected 1 to {MOST_WATCHED_BYTES} bytes to watch, found {length}")
        else:
            is_new = (kind, address) not in self._breakpoints
        if is_new and len(self._breakpoints) + len(self._watches) >= MOST:
            raise BadInput(f"expected at most {MOST} breakpoints and watchpoints, found more")
        if kind in _ACCESSES:
            self._watches[kind, address, length] = Watch(address, last, _ACCESSES[kind])
        else:
            self._breakpoints[kind, address] = None
        self._tell()

    def remove(self, kind: Kind, address: int, length: int) -> None:
        """Take one away, if it is there."""
        self._breakpoints.pop((kind, address), None)
        self._watches.pop((kind, address, length), None)
        self._tell()

    def clear(self) -> None:
        """Take all away: the client has gone."""
        self._breakpoints.clear()
        self._watches.clear()
        self._tell()

    def _tell(self) -> None:
        self._session.breakpoints = frozenset(address for _, address in self._breakpoints)
        self._session.watches = self.watches

    @property
    def watches(self) -> tuple[Watch, ...]:
        """What is watched, each once."""
        return tuple(dict.fromkeys(self._watches.values()))

    def breakpoint_reason(self, pc: int) -> bytes:
        """What a stop reply says of a breakpoint at pc."""
        return b"hwbreak:;" if (Kind.HARDWARE, pc) in self._breakpoints else b"swbreak:;"

    def watch_reason(self, hit: WatchHit) -> bytes:
        """What a stop reply says of an access: the kind that was set, and the address in it."""
        kinds = [key[0] for key, watch in self._watches.items() if watch == hit.watch]
        address = max(hit.address, hit.watch.first)
        return b"%s:%x;" % (_REASON[kinds[0] if kinds else Kind.ACCESS], address)
