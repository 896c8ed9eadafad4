"""What the bus, the board and the session ask of a device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

PropertyValue = str | int | list[str] | list[int] | list[str | int]


@dataclass(frozen=True)
class Node:
    """A device-tree node: its unit name and its properties, in order."""

    name: str
    properties: Mapping[str, PropertyValue | None] = field(default_factory=dict)


class Device(Protocol):
    """Registers in a window of physical addresses.

    `read` and `write` get an offset inside the window and a size of 1, 2, 4 or 8 bytes; they
    return None, or False, where no register answers: the hart takes an access fault.
    """

    name: str
    base: int
    size_bytes: int

    def read(self, offset: int, size_bytes: int) -> int | None: ...

    def write(self, offset: int, size_bytes: int, value: int) -> bool: ...

    def reset(self) -> None: ...

    def state(self) -> bytes:
        """Everything that decides what the device will do next."""
        ...

    def restore(self, state: bytes) -> None: ...

    def node(self) -> Node: ...
