"""The boot ROM: what the hart runs first, as on QEMU's `virt`."""

from __future__ import annotations

from vmlab.machine.devices.device import Fact, Node


class Rom:
    """Read-only bytes that may be executed; writes are refused."""

    name = "rom"
    size_bytes = 0x1000

    def __init__(self, base: int) -> None:
        self.base = base
        self.content = bytes(self.size_bytes)

    def burn(self, content: bytes) -> None:
        """Set the content; done once when the machine is built."""
        self.content = content.ljust(self.size_bytes, b"\0")

    def read(self, offset: int, size_bytes: int) -> int | None:
        return int.from_bytes(self.content[offset : offset + size_bytes], "little")

    def write(self, offset: int, size_bytes: int, value: int) -> bool:
        return False

    def reset(self) -> None:
        """Nothing changes."""

    def state(self) -> bytes:
        return b""

    def restore(self, state: bytes) -> None:
        """Nothing changes."""

    def node(self) -> Node:
        return Node(f"rom@{self.base:x}", {"reg": [0, self.base, 0, self.size_bytes]})

    def facts(self) -> tuple[Fact, ...]:
        return (Fact("Entry", f"{int.from_bytes(self.content[32:40], 'little'):#x}"),)
