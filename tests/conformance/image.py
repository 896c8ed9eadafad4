"""A program as the oracle takes it: an ELF with the symbols Spike looks for, and a device tree.

Both are written by hand, a few dozen bytes each, so that the tests need no linker and no `dtc`,
and nothing of the loader under test.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

RAM_BASE: Final = 0x8000_0000
RAM_BYTES: Final = 8 << 20
CLINT_BASE: Final = 0x200_0000
MSIP: Final = CLINT_BASE
MTIMECMP: Final = CLINT_BASE + 0x4000


@dataclass(frozen=True)
class Image:
    """Bytes by physical address, where to start, and where the program says that it is over."""

    name: str
    segments: tuple[tuple[int, bytes], ...]
    entry: int
    end: int
    """The program is over when pc is here (an endless loop after the write to `tohost`)."""
    tohost: int
    scratch: tuple[int, int]
    """First address and one past the last: memory that is compared when the program is over."""
    platform: dict[str, str] = field(default_factory=dict)
    """The freedoms of the platform that it is written for, by name (`machine.platform.CHOICES`)."""


_EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
_PHDR = struct.Struct("<IIQQQQQQ")
_SHDR = struct.Struct("<IIQQQQIIQQ")
_SYM = struct.Struct("<IBBHQQ")


def to_elf(image: Image) -> bytes:
    """A static ELF64 with one segment a block, and the symbols Spike's front end reads."""
    symbols = {
        "tohost": image.tohost,
        "fromhost": image.tohost + 8,
        "begin_signature": image.scratch[0],
        "end_signature": image.scratch[1],
    }
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in symbols)
    table = bytes(_SYM.size)
    for name, address in symbols.items():
        table += _SYM.pack(strings.index(name.encode()), 0x11, 0, 0xFFF1, address, 8)
    section_names = b"\0.symtab\0.strtab\0.shstrtab\0"

    at = _EHDR.size + _PHDR.size * len(image.segments)
    headers, body = b"", b""
    for address, data in image.segments:
        pad = -(at + len(body)) % 16
        body += bytes(pad)
        headers += _PHDR.pack(1, 7, at + len(body), address, address, len(data), len(data), 16)
        body += data
    sections = _SHDR.pack(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    for name, kind, data, link, info, entry_bytes in (
        (".symtab", 2, table, 2, 1, _SYM.size),
        (".strtab", 3, strings, 0, 0, 0),
        (".shstrtab", 3, section_names, 0, 0, 0),
    ):
        where = section_names.index(name.encode())
        sections += _SHDR.pack(
            where, kind, 0, 0, at + len(body), len(data), link, info, 1, entry_bytes
        )
        body += data
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = _EHDR.pack(
        ident, 2, 243, 1, image.entry, _EHDR.size, at + len(body), 0,
        _EHDR.size, _PHDR.size, len(image.segments), _SHDR.size, 4, 3,
    )  # fmt: skip
    return header + headers + body + sections


class _Tree:
    """Writes the structure block of a flattened device tree."""

    def __init__(self) -> None:
        self.block = bytearray()
        self.strings = bytearray()

    def begin(self, name: str) -> None:
        self.block += struct.pack(">I", 1) + self._padded(name.encode() + b"\0")

    def end(self) -> None:
        self.block += struct.pack(">I", 2)

    def put(self, name: str, value: str | bytes | tuple[int, ...]) -> None:
        if isinstance(value, str):
            value = value.encode() + b"\0"
        elif isinstance(value, tuple):
            value = struct.pack(f">{len(value)}I", *value)
        at = self.strings.find(b"\0" + name.encode() + b"\0") + 1
        if not at:
            at = len(self.strings)
            self.strings += name.encode() + b"\0"
        self.block += struct.pack(">III", 3, len(value), at) + self._padded(value)

    @staticmethod
    def _padded(data: bytes) -> bytes:
        return data + bytes(-len(data) % 4)

    def finish(self) -> bytes:
        block = bytes(self.block) + struct.pack(">I", 9)
        off_struct = 40 + 16
        off_strings = off_struct + len(block)
        total = off_strings + len(self.strings)
        head = struct.pack(
            ">10I", 0xD00DFEED, total, off_struct, off_strings, 40, 17, 16, 0,
            len(self.strings), len(block),
        )  # fmt: skip
        return head + bytes(16) + block + bytes(self.strings)


def device_tree(isa: str, translation: str) -> bytes:
    """What Spike builds its platform from: one hart with 16 PMP entries, RAM, CLINT.

    Without a UART and a PLIC an access outside RAM and CLINT faults on both machines.
    """
    tree = _Tree()
    tree.begin("")
    tree.put("#address-cells", (2,))
    tree.put("#size-cells", (2,))
    tree.put("compatible", "ucbbar,spike-bare-dev")
    tree.begin("cpus")
    tree.put("#address-cells", (1,))
    tree.put("#size-cells", (0,))
    tree.put("timebase-frequency", (10_000_000,))
    tree.begin("cpu@0")
    tree.put("device_type", "cpu")
    tree.put("reg", (0,))
    tree.put("status", "okay")
    tree.put("compatible", "riscv")
    tree.put("riscv,isa", isa)
    if translation != "bare":
        tree.put("mmu-type", f"riscv,{translation}")
    tree.put("riscv,pmpregions", (16,))
    tree.put("riscv,pmpgranularity", (4,))
    tree.begin("interrupt-controller")
    tree.put("#address-cells", (2,))
    tree.put("#interrupt-cells", (1,))
    tree.put("interrupt-controller", b"")
    tree.put("compatible", "riscv,cpu-intc")
    tree.put("phandle", (1,))
    tree.end()
    tree.end()
    tree.end()
    tree.begin(f"memory@{RAM_BASE:x}")
    tree.put("device_type", "memory")
    tree.put("reg", (0, RAM_BASE, 0, RAM_BYTES))
    tree.end()
    tree.begin("soc")
    tree.put("#address-cells", (2,))
    tree.put("#size-cells", (2,))
    tree.put("compatible", "simple-bus")
    tree.put("ranges", b"")
    tree.begin(f"clint@{CLINT_BASE:x}")
    tree.put("compatible", "riscv,clint0")
    tree.put("interrupts-extended", (1, 3, 1, 7))
    tree.put("reg", (0, CLINT_BASE, 0, 0xC0000))
    tree.end()
    tree.end()
    tree.begin("htif")
    tree.put("compatible", "ucb,htif0")
    tree.end()
    tree.end()
    return tree.finish()
