"""Words of the exercise on shadow page tables (E05): who asks, what is filled, what is kept.

A student's VMM is three functions: `fill` composes one leaf, `key` says which shadow table the real
hart walks in a context, `fence` forgets. The guest and the shadow tables stay with the grader.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from vmlab.core.modes import Mode
from vmlab.lab.wire import live, record
from vmlab.lab.words import GPA, GVA, SPA, Access, Cause, Flags, Pte

PAGE: Final = 4096
"""Bytes of a page."""
PAGE_FAULT: Final[Mapping[Access, Cause]] = MappingProxyType(
    {
        Access.FETCH: Cause.INSTRUCTION_PAGE_FAULT,
        Access.LOAD: Cause.LOAD_PAGE_FAULT,
        Access.STORE: Cause.STORE_PAGE_FAULT,
    }
)
"""Causes of accesses that page tables refuse."""
ACCESS_FAULT: Final[Mapping[Access, Cause]] = MappingProxyType(
    {
        Access.FETCH: Cause.INSTRUCTION_ACCESS_FAULT,
        Access.LOAD: Cause.LOAD_ACCESS_FAULT,
        Access.STORE: Cause.STORE_ACCESS_FAULT,
    }
)
"""Causes of accesses where nothing answers: there is no memory."""


@record
@dataclass(frozen=True, slots=True)
class Ctx:
    """Who asks: the guest's virtual mode, its sstatus.SUM and MXR, and its virtual satp.

     63  60 59      44 43                             0
    +------+----------+--------------------------------+
    | MODE |   ASID   |              PPN               |    satp; PPN counts guest-physical pages
    +------+----------+--------------------------------+
    """

    mode: Mode
    sum: bool
    mxr: bool
    satp: int


@record
@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of a shadow table; it always maps 4 KiB."""

    spa: SPA
    """Where the real page begins."""
    flags: Flags
    level: int = 0
    """Of the guest's leaf that it was made from: 0 for 4 KiB, 1 for 2 MiB, 2 for 1 GiB."""


@record
@dataclass(frozen=True, slots=True)
class Kept:
    """A leaf in a shadow table: in which one, and for which page."""

    key: Any
    """What `key` said when the leaf was filled."""
    va: GVA
    """Where the page begins."""
    leaf: Leaf


@live("pte", "set_pte", "spa")
class Guest(ABC):
    """A guest's memory, by guest-physical address, and where the VMM keeps it."""

    @abstractmethod
    def pte(self, gpa: GPA) -> Pte | None:
        """The page-table entry there; None where the guest has no memory."""

    @abstractmethod
    def set_pte(self, gpa: GPA, pte: Pte) -> None:
        """Write that entry, as the guest's hart would."""

    @abstractmethod
    def spa(self, gpa: GPA) -> SPA | None:
        """The real address of that byte; None where the guest has no memory."""


@live("leaves", "drop")
class Shadow(ABC):
    """All shadow tables of one guest."""

    @abstractmethod
    def leaves(self) -> tuple[Kept, ...]:
        """Everything that is mapped now."""

    @abstractmethod
    def drop(self, kept: Kept) -> None:
        """Take a leaf out of its table. One that is not there any more is no error."""
