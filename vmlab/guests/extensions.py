"""Which RISC-V extensions an ELF file asks for, and which of them are not built.

An ELF says what it needs in two places: flag bits in its header (psABI, "File Header") and an
attribute section with the architecture as a string, such as `rv64i2p1_m2p0_zicsr2p0`. Both are
read here into plain extension names ("m", "zicsr"). The attribute section is parsed by hand and
not by pyelftools: a file with a length of zero in it would keep pyelftools busy for ever.
"""

from __future__ import annotations

import re
from typing import Final

from vmlab.core.errors import BadImage, Unsupported
from vmlab.isa.extensions import BUILT, PARTS, WHOLE

SUPPORTED: Final = BUILT
"""What the machine has when nobody says otherwise."""

_FLAGS: Final = ((0x0001, "c"), (0x0008, "e"), (0x0010, "ztso"))
_FLOAT_ABI_MASK: Final = 0x0006
_FLOAT_ABI: Final[dict[int, str]] = {0x0000: "", 0x0002: "f", 0x0004: "d", 0x0006: "q"}
_KNOWN_FLAGS: Final = 0x001F

_TAG_FILE: Final = 1
_TAG_ARCH: Final = 5
_LONGEST_ARCH: Final = 4096
_BASE = re.compile(r"rv(\d+)([ieg])(?:\d+p\d+)?")
_NAME = re.compile(r"_?(?:([zsx][a-z0-9]*[a-z])(\d+p\d+)?(?=_|$)|([a-rt-wy])(\d+p\d+)?)")


def from_flags(flags: int) -> frozenset[str]:
    """Extensions that the ELF header's `e_flags` ask for (psABI: RVC, float ABI, RVE, TSO)."""
    if flags & ~_KNOWN_FLAGS:
        raise Unsupported(
            f"expected e_flags with the bits {_KNOWN_FLAGS:#x} of the RISC-V psABI, "
            f"found {flags:#x} in the ELF header"
        )
    names = {name for bit, name in _FLAGS if flags & bit}
    names.add(_FLOAT_ABI[flags & _FLOAT_ABI_MASK])
    return frozenset(names - {""})


def from_arch(arch: str) -> frozenset[str]:
    """Extensions in an architecture string: `rv64i2p1_m2p0_zicsr2p0` gives i, m, zicsr."""
    arch = arch.lower()
    base = _BASE.match(arch)
    if base is None or len(arch) > _LONGEST_ARCH:
        raise BadImage(
            f"expected an architecture such as rv64im_zicsr, found {arch[:60]!r} "
            "in .riscv.attributes"
        )
    if base[1] != "64":
        raise BadImage(f"expected rv64, found rv{base[1]} in .riscv.attributes")
    names = {base[2]}
    at = base.end()
    while at < len(arch):
        match = _NAME.match(arch, at)
        if match is None:
            raise BadImage(
                f"expected an extension name, found {arch[at : at + 20]!r} in the architecture "
                f"{arch[:60]!r} of .riscv.attributes"
            )
        names.add(match[1] or match[3])
        at = match.end()
    return frozenset(names)


def arch_attribute(section: bytes) -> str | None:
    """Tag_RISCV_arch of a `.riscv.attributes` section, or None when it holds none.

    Layout: 'A', then subsections (length, vendor name), in each of them sub-subsections
    (tag, length) and in these pairs of a ULEB128 tag and, by the tag's parity, a number or text.
    """
    if not section.startswith(b"A"):
        raise BadImage(f"expected format version 'A' in .riscv.attributes, found {section[:1]!r}")
    for vendor, body in _blocks(section[1:]):
        if vendor != b"riscv":
            continue
        at = 0
        while at + 5 <= len(body):
            size = int.from_bytes(body[at + 1 : at + 5], "little")
            if size < 5 or at + size > len(body):
                raise _broken(size)
            if body[at] == _TAG_FILE:
                arch = _arch_in(body[at + 5 : at + size])
                if arch is not None:
                    return arch
            at += size
    return None


def missing(wanted: frozenset[str], supported: frozenset[str]) -> tuple[str, ...]:
    """Names in `wanted` that `supported` does not cover, sorted; a part is left to its whole."""
    have = set(supported)
    for name in supported:
        have |= _implied(name)
    have |= {name for name in WHOLE if set(PARTS[name]) <= have}
    lacking = {name for name in wanted if not ({name} | _implied(name)) <= have}
    covered = {part for name in lacking for part in _implied(name)}
    return tuple(sorted(lacking - covered, key=lambda name: (len(name) > 1, name)))


def describe(names: tuple[str, ...]) -> str:
    """The names for a message, with what they stand for: `a (zaamo, zalrsc), d`."""
    return ", ".join(
        f"{name} ({', '.join(PARTS[name])})" if name in WHOLE else name for name in names
    )


def _implied(name: str) -> set[str]:
    found: set[str] = set()
    for part in PARTS.get(name, ()):
        found |= {part} | _implied(part)
    return found


def _blocks(data: bytes) -> list[tuple[bytes, bytes]]:
    """The vendor subsections: (vendor name, what follows it)."""
    blocks = []
    at = 0
    while at + 4 <= len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        if size < 4 or at + size > len(data):
            raise _broken(size)
        vendor, _, body = data[at + 4 : at + size].partition(b"\0")
        blocks.append((vendor, body))
        at += size
    return blocks


def _arch_in(attributes: bytes) -> str | None:
    at = 0
    while at < len(attributes):
        tag, at = _uleb128(attributes, at)
        if tag % 2 == 0:
            _, at = _uleb128(attributes, at)
            continue
        end = attributes.find(b"\0", at)
        if end < 0:
            raise BadImage("expected a text that ends with a zero byte in .riscv.attributes")
        if tag == _TAG_ARCH:
            return attributes[at:end].decode("latin-1")
        at = end + 1
    return None


def _uleb128(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for count, byte in enumerate(data[at : at + 10]):
        value |= (byte & 0x7F) << (7 * count)
        if not byte & 0x80:
            return value, at + count + 1
    raise BadImage("expected a ULEB128 number of at most ten bytes in .riscv.attributes")


def _broken(size: int) -> BadImage:
    return BadImage(
        f"expected lengths that fit into .riscv.attributes, found one of {size:#x} bytes"
    )
