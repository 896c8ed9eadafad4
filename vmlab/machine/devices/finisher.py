"""The test finisher (SiFive's, as on QEMU's `virt`): a guest ends the machine by a write."""

from __future__ import annotations

from vmlab.machine.devices.device import Fact, Node

PASS = 0x5555
FAIL = 0x3333
RESET = 0x7777


class Finisher:
    """One write-only word: 0x5555 passes, 0x3333 fails with the code above it, 0x7777 resets."""

    name = "finisher"
    size_bytes = 0x1000

    def __init__(self, base: int) -> None:
        self.base = base
        self.written: int | None = None
        """The word that ended the machine, or None while it runs."""

    @property
    def asks_reset(self) -> bool:
        """True if the machine is to start again."""
        return self.written is not None and self.written & 0xFFFF == RESET

    def read(self, offset: int, size_bytes: int) -> int | None:
        return 0

    def write(self, offset: int, size_bytes: int, value: int) -> bool:
        if offset == 0 and size_bytes in (2, 4) and value & 0xFFFF in (PASS, FAIL, RESET):
            self.written = value & 0xFFFF_FFFF
        return True

    def reset(self) -> None:
        self.written = None

    def state(self) -> bytes:
        return b"" if self.written is None else self.written.to_bytes(4, "little")

    def restore(self, state: bytes) -> None:
        self.written = int.from_bytes(state, "little") if state else None

    def node(self) -> Node:
        return Node(
            f"test@{self.base:x}",
            {
                "phandle": ["&finisher"],
                "compatible": ["sifive,test1", "sifive,test0", "syscon"],
                "reg": [0, self.base, 0, self.size_bytes],
            },
        )

    def facts(self) -> tuple[Fact, ...]:
        return (Fact("Written", "-" if self.written is None else f"{self.written:#x}"),)
