"""What a row of the table of CSRs is, and how one is added (`isa.csrs` has the rows)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vmlab.core.modes import Mode
from vmlab.isa import layouts
from vmlab.isa.lang import Field, Kit, Value
from vmlab.isa.layout import BitField, Layout

Reader = Callable[[Kit], Value]
Writer = Callable[[Kit, Value], None]
ALL: Final = (1 << 64) - 1
HYPERVISOR: Final = 2
"""Bits 9:8 of the number of a CSR of HS."""


@dataclass(frozen=True)
class Csr:
    """One row. `permission` adds a condition to what the number says (a counter enable, TVM)."""

    name: str
    number: int
    doc: str
    layout: Layout
    read: Reader
    write: Writer
    permission: Callable[[Kit], Value] | None = None
    held: Reader | None = None
    """What csrrs and csrrc change, where it is not what they read."""
    extension: str | None = None
    """The CSR exists only on a machine with this extension."""
    virtual: str | None = None
    """The CSR that its number reaches while V = 1."""
    for_virtual: Callable[[Kit], Value] | None = None
    """A condition while V = 1; without it, a virtual-instruction exception."""

    @property
    def fields(self) -> tuple[BitField, ...]:
        return self.layout.fields

    @property
    def lowest_mode(self) -> Mode:
        """The least privileged mode that may access it; HS counts as S."""
        return Mode.S if self.is_hypervisor else Mode(self.number >> 8 & 3)

    @property
    def is_hypervisor(self) -> bool:
        """True for CSRs of HS, which VS has not."""
        return self.number >> 8 & 3 == HYPERVISOR

    @property
    def is_read_only(self) -> bool:
        return self.number >> 10 == 3


CSRS: Final[dict[str, Csr]] = {}


def row(
    name: str,
    number: int,
    doc: str,
    source: Field | Reader | int,
    write: int | Writer = 0,
    fields: Layout = layouts.WHOLE,
    permission: Callable[[Kit], Value] | None = None,
    held: Reader | None = None,
    extension: str | None = None,
    virtual: str | None = None,
    for_virtual: Callable[[Kit], Value] | None = None,
) -> None:
    """Add a row. `source` is a word of state, a constant, or what works the value out."""

    def read(k: Kit) -> Value:
        if isinstance(source, int):
            return k.const(source)
        return k[source] if isinstance(source, Field) else source(k)

    def masked(k: Kit, value: Value) -> None:
        assert isinstance(write, int)
        if write and isinstance(source, Field):
            k[source] = value & write

    writer = masked if isinstance(write, int) else write
    CSRS[name] = Csr(
        name, number, doc, fields, read, writer, permission, held, extension, virtual, for_virtual
    )
