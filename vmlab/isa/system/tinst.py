"""The instruction of a trap as htinst and mtinst tell it: transformed (hypervisor chapter,
"Transformed Instruction or Pseudoinstruction for mtinst or htinst").

A load or store keeps what it does and to which register, and loses where: its immediate is 0, and
rs1 holds how far the address that faulted lies behind the one that the instruction named. A 16-bit
form is told as what it stands for, with bit 1 clear.
"""

from __future__ import annotations

from typing import Final

from vmlab.isa.lang import Kit, Value, kernel
from vmlab.isa.state import PC, TRAP_OFFSET
from vmlab.isa.system.memory import fetch

LOAD: Final = 0x03
STORE: Final = 0x23
FLOATING: Final = 0x04
"""Added to either opcode for floating-point registers."""
OF_LOAD: Final = 0x0000_7FFF
"""funct3, rd and the opcode."""
OF_STORE: Final = 0x01F0_707F
"""rs2, funct3 and the opcode."""
OF_OTHERS: Final = 0xFFF0_7FFF
"""All but rs1: atomics, hlv and hsv."""


def _of_32_bits(k: Kit, word: Value) -> Value:
    opcode = word & (0x7F & ~FLOATING)
    data = word.none(1 << 6)  # atomics and hlv have other bits in their opcodes
    load = data & opcode.eq(LOAD)
    store = data & opcode.eq(STORE)
    return k.select(load, word & OF_LOAD, k.select(store, word & OF_STORE, word & OF_OTHERS))


def _of_16_bits(k: Kit, word: Value) -> Value:
    """Loads and stores of quadrants 0 and 2: funct3 is 1 to 3 for loads, 5 to 7 for stores; of
    each three the first is floating, the second a word."""
    by_sp = word.bits(1, 1)
    kind = word.bits(14, 13)
    store = word.any(1 << 15)
    low = k.select(by_sp.eq(1), word.bits(6, 2), word.bits(4, 2) + 8)
    register = k.select(by_sp.eq(1) & ~store, word.bits(11, 7), low) & 31
    width = k.select(kind.eq(2), 2, 3) << 12
    floating = k.select(kind.eq(1), FLOATING, 0)
    opcode = k.select(store, STORE, LOAD) | floating
    place = k.select(store, register << 20, register << 7)
    return (place | width | opcode) & ~2


@kernel(32)
def transformed(k: Kit) -> None:
    """The instruction at pc, whose explicit access has just faulted. It was fetched before; should
    that fail now, 0 is always allowed."""
    cause, word = k.calls(fetch, k[PC])
    with k.when(cause.ne(0)):
        k.ret(0)
    offset = k[TRAP_OFFSET] << 15
    with k.when(word.bits(1, 0).eq(3)):
        k.ret((_of_32_bits(k, word) | offset) & 0xFFFF_FFFF)
    k.ret((_of_16_bits(k, word) | offset) & 0xFFFF_FFFF)
