"""What pictures ask a session for that is too much for a snapshot: memory, and what is in it.

Each is read on request, for as long as somebody looks, and leaves no trace on the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from vmlab.session.frames import FrameRun
from vmlab.session.look import MemoryRow
from vmlab.session.tables import Tree
from vmlab.session.tlb import TlbEntry
from vmlab.session.translations import Translations


class Looks(Protocol):
    """The part of a session that is looked at on request (`vmlab.session.Session` has it)."""

    def look(
        self, address: int, rows: int = 16, virtual: bool = False
    ) -> tuple[MemoryRow, ...]: ...
    def trees(self) -> tuple[Tree, ...]: ...
    def tlb(self) -> tuple[TlbEntry, ...]: ...
    def translations(self) -> Translations: ...
    def frames(self) -> tuple[FrameRun, ...]: ...
    @property
    def trap_counts(self) -> Mapping[str, int]: ...
