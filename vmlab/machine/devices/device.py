"""What the bus, the board and the session ask of a device."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

PropertyValue = str | int | list[str] | list[int] | list[str | int]
"""A string `&name` in a list is the phandle of the node that is called so (`machine.fdt`)."""

Wire = Callable[[bool], None]
"""An interrupt line: a device calls it with the level whenever that may have changed."""


def no_wire(level: bool) -> None:
    """The line of a device that stands alone."""


def pack(*numbers: int) -> bytes:
    """64-bit numbers as part of a device's state."""
    return struct.pack(f"<{len(numbers)}Q", *numbers)


def unpack(state: bytes) -> list[int]:
    """The numbers that `pack` packed."""
    return list(struct.unpack(f"<{len(state) // 8}Q", state))


def interrupt(number: int) -> dict[str, PropertyValue | None]:
    """The device-tree properties of a device that drives a source of the PLIC."""
    return {"interrupt-parent": ["&plic"], "interrupts": number}


@dataclass(frozen=True)
class Node:
    """A device-tree node: its unit name and its properties, in order."""

    name: str
    properties: Mapping[str, PropertyValue | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a device holds now, for people to read: what it is, and its value."""

    label: str
    value: str


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

    def facts(self) -> tuple[Fact, ...]:
        """What a screen shows of it; looking changes nothing."""
        ...
