"""An arena in memory that generated WebAssembly can use, with T1's own words in front of it.

Guards stand before, between and behind: 64 KiB of a byte that nobody writes. What they are for is
to be looked at (`damage`): a module that writes past an edge leaves a mark there.
"""

from __future__ import annotations

from vmlab.derive.t1.layout import ARENA_AT, GUARD_BYTE, GUARD_BYTES
from vmlab.engine.hosts.host import Host
from vmlab.isa.state import ARENA_HART_BYTES
from vmlab.machine.arena import Arena

_GUARD = bytes([GUARD_BYTE]) * GUARD_BYTES


class SharedArena(Arena):
    """An arena over a block of a host's memory."""

    def __init__(self, ram_bytes: int, host: Host) -> None:
        arena_bytes = ARENA_HART_BYTES + ram_bytes
        self.block = host.memory(ARENA_AT + arena_bytes + GUARD_BYTES)
        super().__init__(ram_bytes, self.block.view[ARENA_AT : ARENA_AT + arena_bytes])
        self._guards = (0, ARENA_AT - GUARD_BYTES, ARENA_AT + arena_bytes)
        for at in self._guards:
            self.block.view[at : at + GUARD_BYTES] = _GUARD

    def damage(self) -> list[int]:
        """The first byte of each guard that has been written, from the block's start."""
        found = []
        for at in self._guards:
            rest = self.block.view[at : at + GUARD_BYTES].tobytes().lstrip(_GUARD[:1])
            if rest:
                found.append(at + GUARD_BYTES - len(rest))
        return found
