"""Short programs to begin with in the editor of assembly. Each ends by itself, and passes.

They are sources and no guests: guests are built, described and measured (`guests.catalog`).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Final


@dataclass(frozen=True, slots=True)
class Example:
    """A source beside this file. The title is English, and a key of the message catalogue."""

    name: str
    title: str

    def read(self) -> str:
        """Its text."""
        return (files("vmlab.guests.examples") / self.name).read_text("utf-8")


EXAMPLES: Final = (
    Example("hello.S", "Hello: bytes to the UART"),
    Example("ecall.S", "A system call: from U to M and back"),
    Example("emulate.S", "A trap handler that emulates an instruction"),
    Example("pages.S", "A page table, set up and used"),
)
"""In the order in which to meet them."""
