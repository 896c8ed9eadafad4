"""The A extension: atomics (unprivileged manual, chapter 13), of its parts Zalrsc and Zaamo.

With one hart that runs instruction by instruction nothing comes between an AMO's load and store,
and acquire and release (`order`) have nothing to wait for. What is left to say is who may:
the load of an AMO needs permission to store, and all its faults are those of stores.
"""

from __future__ import annotations

from collections.abc import Callable

from vmlab.isa.encoding import Extension
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Reg, Value

zalrsc = Extension("zalrsc")
zaamo = Extension("zaamo")

SIZES = {"w": (4, "010"), "d": (8, "011")}
"""Bytes and funct3, by the letter at the end of the name."""


def _load_reserved(size_bytes: int) -> Callable[..., None]:
    def lr(k: Kit, rd: Reg, rs1: Reg, order: Value) -> None:
        """Load and reserve the address. A later sc succeeds while the reservation holds."""
        k.x[rd] = k.load_reserved(k.x[rs1], size_bytes).sext(8 * size_bytes)

    return lr


def _store_conditional(size_bytes: int) -> Callable[..., None]:
    def sc(k: Kit, rd: Reg, rs1: Reg, rs2: Reg, order: Value) -> None:
        """Store if the reservation holds; rd is 0 then, else 1. It ends the reservation."""
        k.x[rd] = k.store_conditional(k.x[rs1], size_bytes, k.x[rs2])

    return sc


def _amo(
    size_bytes: int, doc: str, operation: Callable[[Kit, Value, Value], Value]
) -> Callable[..., None]:
    def amo(k: Kit, rd: Reg, rs1: Reg, rs2: Reg, order: Value) -> None:
        address, operand = k.x[rs1], k.x[rs2].sext(8 * size_bytes)
        old = k.amo_load(address, size_bytes).sext(8 * size_bytes)
        k.store(address, size_bytes, operation(k, old, operand))
        k.x[rd] = old

    amo.__doc__ = doc
    return amo


_OPERATIONS: dict[str, tuple[str, str, Callable[[Kit, Value, Value], Value]]] = {
    "amoswap": ("00001", "Swap a register and memory.", lambda k, old, new: new),
    "amoadd": ("00000", "Add to memory.", lambda k, old, new: old + new),
    "amoxor": ("00100", "Exclusive or into memory.", lambda k, old, new: old ^ new),
    "amoand": ("01100", "And into memory.", lambda k, old, new: old & new),
    "amoor": ("01000", "Or into memory.", lambda k, old, new: old | new),
    "amomin": (
        "10000", "Keep the smaller, signed.",
        lambda k, old, new: k.select(old.lts(new), old, new),
    ),
    "amomax": (
        "10100", "Keep the larger, signed.",
        lambda k, old, new: k.select(old.lts(new), new, old),
    ),
    # Sign extension keeps the order of unsigned words, too.
    "amominu": (
        "11000", "Keep the smaller, unsigned.",
        lambda k, old, new: k.select(old.ltu(new), old, new),
    ),
    "amomaxu": (
        "11100", "Keep the larger, unsigned.",
        lambda k, old, new: k.select(old.ltu(new), new, old),
    ),
}  # fmt: skip
"""funct5, what it does, and the value that memory gets."""

for _letter, (_size, _funct3) in SIZES.items():
    _tail = f"rs1 {_funct3} rd 0101111"
    zalrsc(f"00010 order[1:0] 00000 {_tail}", "rd, (rs1)", f"lr.{_letter}")(_load_reserved(_size))
    zalrsc(f"00011 order[1:0] rs2 {_tail}", "rd, rs2, (rs1)", f"sc.{_letter}")(
        _store_conditional(_size)
    )
    for _name, (_funct5, _doc, _operation) in _OPERATIONS.items():
        zaamo(f"{_funct5} order[1:0] rs2 {_tail}", "rd, rs2, (rs1)", f"{_name}.{_letter}")(
            _amo(_size, _doc, _operation)
        )
