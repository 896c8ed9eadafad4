"""The WebAssembly instructions that we print, and how each is encoded (core specification, 5.4).

An instruction is a name and at most one number; memory instructions take their offset, and their
alignment follows from their name. LEB128 (5.2.2) is how wasm writes every number.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple


class Type(Enum):
    """A value type; the enum's value is its code."""

    I32 = 0x7F
    I64 = 0x7E

    @property
    def text(self) -> str:
        return self.name.lower()


class Instr(NamedTuple):
    """One instruction: its name as wasm spells it, and its number if it takes one. `labels` are
    what `br_table` chooses from; its number is the label for every other index. `likely` may say of
    an `if` or a `br_if` whether its condition mostly holds: for the compiler, if it listens."""

    name: str
    number: int = 0
    labels: tuple[int, ...] = ()
    likely: bool | None = None


class Takes(Enum):
    """What follows an opcode."""

    NOTHING = 0
    BLOCK_TYPE = 1
    LABEL = 2
    FUNCTION = 3
    LOCAL = 4
    OFFSET = 5
    CONSTANT = 6
    LABELS = 7
    SIGNATURE = 8
    """A signature of the module, and the one table."""


EMPTY_BLOCK: Final = 0x40
"""Our blocks leave nothing on the stack: values that outlive a block are locals."""

_PLAIN: Final = """
unreachable 00  else 05  end 0b  return 0f  drop 1a  select 1b
i32.eqz 45  i32.eq 46  i32.ne 47  i32.lt_s 48  i32.gt_s 4a
i32.add 6a  i32.sub 6b  i32.and 71  i32.or 72  i32.shl 74  i32.shr_u 76
i64.eqz 50  i64.eq 51  i64.ne 52  i64.lt_s 53  i64.lt_u 54  i64.le_s 57  i64.le_u 58
i64.clz 79
i64.add 7c  i64.sub 7d  i64.mul 7e  i64.div_s 7f  i64.div_u 80  i64.rem_s 81  i64.rem_u 82
i64.and 83  i64.or 84  i64.xor 85  i64.shl 86  i64.shr_s 87  i64.shr_u 88
i32.wrap_i64 a7  i64.extend_i32_s ac  i64.extend_i32_u ad
i64.extend8_s c2  i64.extend16_s c3  i64.extend32_s c4
"""
_BLOCKS: Final = "block 02  loop 03  if 04"
_LOCALS: Final = "local.get 20  local.set 21  local.tee 22"
_MEMORY: Final = """
i32.load 28  i32.load16_u 2f  i32.store 36
i64.load 29  i64.load8_s 30  i64.load8_u 31  i64.load16_s 32  i64.load16_u 33
i64.load32_s 34  i64.load32_u 35
i64.store 37  i64.store8 3c  i64.store16 3d  i64.store32 3e
"""
_CONSTANTS: Final = "i32.const 41  i64.const 42"


def _table(text: str, takes: Takes) -> dict[str, tuple[int, Takes]]:
    parts = text.split()
    return {
        name: (int(code, 16), takes) for name, code in zip(parts[::2], parts[1::2], strict=True)
    }


OPCODES: Final[dict[str, tuple[int, Takes]]] = {
    **_table(_PLAIN, Takes.NOTHING),
    **_table(_BLOCKS, Takes.BLOCK_TYPE),
    **_table("br 0c  br_if 0d", Takes.LABEL),
    **_table("br_table 0e", Takes.LABELS),
    **_table("call 10", Takes.FUNCTION),
    **_table("call_indirect 11", Takes.SIGNATURE),
    **_table(_LOCALS, Takes.LOCAL),
    **_table(_MEMORY, Takes.OFFSET),
    **_table(_CONSTANTS, Takes.CONSTANT),
}

LOADS: Final = {1: "i64.load8_u", 2: "i64.load16_u", 4: "i64.load32_u", 8: "i64.load"}
SIGNED_LOADS: Final = {1: "i64.load8_s", 2: "i64.load16_s", 4: "i64.load32_s"}
STORES: Final = {1: "i64.store8", 2: "i64.store16", 4: "i64.store32", 8: "i64.store"}
_ALIGN_LOG2: Final = {
    name: size.bit_length() - 1
    for table in (LOADS, SIGNED_LOADS, STORES)
    for size, name in table.items()
} | {"i32.load": 2, "i32.load16_u": 1, "i32.store": 2}


def unsigned(value: int) -> bytes:
    """Unsigned LEB128."""
    out = bytearray()
    while True:
        low, value = value & 0x7F, value >> 7
        out.append(low | 0x80 if value else low)
        if not value:
            return bytes(out)


def signed(value: int) -> bytes:
    """Signed LEB128."""
    out = bytearray()
    while True:
        low, value = value & 0x7F, value >> 7
        # The last byte's bit 6 is the sign.
        if value == (-1 if low & 0x40 else 0):
            out.append(low)
            return bytes(out)
        out.append(low | 0x80)


def has_offset(instr: Instr) -> bool:
    """Whether its number is an offset in memory."""
    return OPCODES[instr.name][1] is Takes.OFFSET


def encode_padded(instr: Instr) -> bytes:
    """A memory instruction with its offset, modulo 2**32, in the longest form that wasm allows:
    five bytes whatever it is, so that another can take its place. LEB128 permits such zeros."""
    offset = instr.number & 0xFFFF_FFFF
    number = bytes((offset >> 7 * at & 0x7F) | (0x80 if at < 4 else 0) for at in range(5))
    return bytes((OPCODES[instr.name][0], _ALIGN_LOG2[instr.name])) + number


def encode(instr: Instr) -> bytes:
    """The bytes of one instruction. 64-bit constants may be given unsigned."""
    code, takes = OPCODES[instr.name]
    head = bytes((code,))
    if takes is Takes.NOTHING:
        return head
    if takes is Takes.BLOCK_TYPE:
        return head + bytes((EMPTY_BLOCK,))
    if takes is Takes.OFFSET:
        return head + bytes((_ALIGN_LOG2[instr.name],)) + unsigned(instr.number)
    if takes is Takes.CONSTANT:
        width = 64 if instr.name == "i64.const" else 32
        sign = 1 << (width - 1)
        return head + signed(((instr.number & ((1 << width) - 1)) ^ sign) - sign)
    if takes is Takes.LABELS:
        head += unsigned(len(instr.labels)) + b"".join(map(unsigned, instr.labels))
    if takes is Takes.SIGNATURE:
        return head + unsigned(instr.number) + b"\x00"
    return head + unsigned(instr.number)
