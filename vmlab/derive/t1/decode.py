"""The decoder of T1: a kernel that turns an instruction word into an entry of the decode cache.

    byte   0         2        4        6        8              12
           handler   a        b        c        number         instruction word
           `- - - - - - low - - - - - -'        `- - - - - high - - - - - -'

A register's place (a, b, c, or 8 where three are not enough) holds the byte offset of the register
in the arena, so a handler loads and stores it without further arithmetic. A register that the text
writes is the sink instead if it is x0: no handler asks whether it may write. A number stands
sign-extended in the 32 bits at byte 8, or as 16 bits wherever there is room.

Which operand stands where is data (`slots_of`), read by this kernel and by whoever prints the
handlers. The kernel's text is a tree over the bits of the table's patterns, so an instruction that
is added there is decoded here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Final, Literal

from vmlab.core.bits import MASK32
from vmlab.core.errors import BrokenInvariant
from vmlab.derive.decoder import LONG
from vmlab.derive.schedule import operands, used_by
from vmlab.derive.t1.layout import ENTRY_BYTES
from vmlab.isa.encoding import Instruction, Operand
from vmlab.isa.extensions import has
from vmlab.isa.lang import Kernel, Kit, Value
from vmlab.isa.lang.ir import Param, Read, Traced, Write, XReg, walk
from vmlab.isa.lang.ops import const
from vmlab.isa.lang.trace import current
from vmlab.isa.table import ALWAYS

NUMBER_BYTE: Final = 8
WORD_BYTE: Final = 12
SHORT_BYTES: Final = (2, 4, 6, 8, 10)
"""Where something of 16 bits may stand; registers fill them from the front, numbers from the back,
so that numbers leave the registers' places alone as long as they can."""
SHORT_BITS: Final = 16
NUMBER_BITS: Final = 32


@dataclass(frozen=True, slots=True)
class Slot:
    """Where an entry holds an operand: a register's offset, or a number."""

    kind: Literal["register", "number"]
    byte: int
    width: int
    signed: bool = False
    """A signed number is to be extended from its width."""


_MARKS: Final = "#="


def numbered(name: str) -> str:
    """The key of the slot that holds the number of a register operand (`k.number`)."""
    return name + _MARKS[0]


def written(name: str) -> str:
    """The key of the slot for writes to a register operand, where `slots_of` has it: where the text
    also reads the operand, and would notice reading the sink instead of x0."""
    return name + _MARKS[1]


@dataclass(frozen=True, slots=True)
class _Uses:
    """What a text does with the operands."""

    reads: frozenset[str]
    writes: frozenset[str]
    numbers: frozenset[str]
    notices: frozenset[str]
    """Operands whose old content goes anywhere but into the same register."""


def _uses(traced: Traced) -> _Uses:
    reads: set[str] = set()
    writes: set[str] = set()
    numbers: set[str] = set()
    notices: set[str] = set()
    for statement in walk(traced.body):
        place = statement.place if isinstance(statement, Write) else None
        target = place.operand if isinstance(place, XReg) and place.number is None else None
        if target is not None:
            writes.add(target)
        for value in _all_below(used_by(statement)):
            if isinstance(value, Param):
                numbers.add(value.name)
            source = value.place if isinstance(value, Read) else None
            if isinstance(source, XReg) and source.number is None:
                reads.add(source.operand)
                if source.operand != target:
                    notices.add(source.operand)
    return _Uses(frozenset(reads), frozenset(writes), frozenset(numbers), frozenset(notices))


def _all_below(values: Sequence[Value]) -> Iterator[Value]:
    for value in values:
        yield value
        yield from _all_below(operands(value))


def slots_of(instruction: Instruction) -> dict[str, Slot]:
    """The slot of each operand that the text uses, by the operand's name (`numbered` and `written`
    name the second slots that some register operands have)."""
    uses = _uses(instruction.traced())
    free = list(SHORT_BYTES)
    found: dict[str, Slot] = {}
    wide: list[Operand] = []
    short: list[str] = []
    for operand in instruction.operands:
        name = operand.name
        if not operand.is_register:
            if name in uses.numbers and (operand.is_signed or operand.width > SHORT_BITS):
                wide.append(operand)
            elif name in uses.numbers:
                short.append(name)
            continue
        if name in uses.numbers:
            short.append(numbered(name))
        if name in uses.reads | uses.writes:
            found[name] = _register(instruction, free)
        if name in uses.writes & uses.notices:
            found[written(name)] = _register(instruction, free)
    for operand in wide:
        if operand.width > NUMBER_BITS or not {NUMBER_BYTE, NUMBER_BYTE + 2} <= set(free):
            raise _no_room(instruction)
        found[operand.name] = Slot("number", NUMBER_BYTE, NUMBER_BITS, operand.is_signed)
        free = [byte for byte in free if byte < NUMBER_BYTE]
    for name in short:
        if not free:
            raise _no_room(instruction)
        found[name] = Slot("number", free.pop(), SHORT_BITS)
    return found


def _register(instruction: Instruction, free: list[int]) -> Slot:
    if not free or free[0] > NUMBER_BYTE:
        raise _no_room(instruction)
    return Slot("register", free.pop(0), SHORT_BITS)


def _no_room(instruction: Instruction) -> BrokenInvariant:
    names = ", ".join(operand.name for operand in instruction.operands)
    return BrokenInvariant(
        f"expected operands that fit an entry of {ENTRY_BYTES} bytes (registers and numbers of "
        f"{SHORT_BITS} bits in five places, one number of {NUMBER_BITS} bits in two of them), "
        f"found {names} in {instruction.pattern!r}"
    )


# The kernel ------------------------------------------------------------------------------------


def decode_kernel(
    instructions: Sequence[Instruction],
    number_of: Callable[[Instruction], int],
    x_offset_bytes: int,
    sink_offset_bytes: int,
    illegal: int,
) -> Kernel:
    """The kernel `decode`: an instruction word to the two halves (low, high) of its entry.

    `number_of` gives the handler of an instruction and `illegal` that of a word that encodes none,
    or one that the machine does not have. Of a word of 16 bits only these count. The offsets are
    those of x0 and of the word that takes writes to it, in the arena.
    """
    for offset in (x_offset_bytes, x_offset_bytes + 8 * 31, sink_offset_bytes):
        if not 0 <= offset < 1 << SHORT_BITS:
            raise BrokenInvariant(f"expected an offset of {SHORT_BITS} bits, found {offset:#x}")
    place = _Places(x_offset_bytes, sink_offset_bytes)

    def leaf(k: Kit, word: Value, instruction: Instruction, tested: int) -> bool:
        wanted = _conditions(k, word, instruction, tested)
        with k.when(reduce(and_, wanted)) if wanted else nullcontext():
            k.ret(*place.entry(word, instruction, number_of(instruction)))
        return not wanted

    def of_size(k: Kit, word: Value, size_bytes: int, tested: int) -> None:
        rows = [insn for insn in instructions if insn.size_bytes == size_bytes]
        if not _tree(k, word, rows, tested, leaf):
            k.ret(illegal, word << 8 * (WORD_BYTE - NUMBER_BYTE))

    def decode(k: Kit, word: Value) -> None:
        with k.when((word & LONG).eq(LONG)):
            of_size(k, word, 4, LONG)
        of_size(k, word.bits(15, 0), 2, 0)

    return Kernel("decode", decode, {"word": 32}, (64, 64))


Leaf = Callable[[Kit, Value, Instruction, int], bool]


def _tree(k: Kit, word: Value, rows: Sequence[Instruction], tested: int, leaf: Leaf) -> bool:
    """Find the one of `rows` that the word is: their `tested` bits are known to agree with it.
    True if every path returns; else the word may be none of them."""
    bit = _best_bit(rows, tested)
    if not bit:
        return any(leaf(k, word, row, tested) for row in rows)
    one = [row for row in rows if not row.mask & bit or row.match & bit]
    zero = [row for row in rows if not row.match & bit]
    with k.when(word.any(bit)):
        if_set = _tree(k, word, one, tested | bit, leaf)
    with k.otherwise():
        if_clear = _tree(k, word, zero, tested | bit, leaf)
    return if_set and if_clear


def _best_bit(rows: Sequence[Instruction], tested: int) -> int:
    """The bit that most rows fix and that splits them most evenly; 0 if none makes less of them."""
    costs: dict[int, tuple[int, int]] = {}
    for bit in (1 << at for at in range(32)):
        ones = sum(1 for row in rows if row.match & bit)
        zeros = sum(1 for row in rows if row.mask & ~row.match & bit)
        free = len(rows) - ones - zeros
        if not tested & bit and ones and zeros:
            costs[bit] = free, max(ones, zeros)
    return min(costs, key=costs.__getitem__, default=0)


def _conditions(k: Kit, word: Value, instruction: Instruction, tested: int) -> list[Value]:
    """What must hold so that a word with these bits tested is the instruction."""
    wanted: list[Value] = []
    mask = instruction.mask & ~tested
    if mask:
        wanted.append((word & mask).eq(instruction.match & mask))
    by_name = {operand.name: operand for operand in instruction.operands}
    for name, value in instruction.unless:
        operand = by_name[name]
        everywhere = operand.insert(operand.first + (1 << operand.width) - 1)
        wanted.append((word & everywhere).ne(operand.insert(value)))
    if instruction.extension not in ALWAYS:
        wanted.append(has(k, instruction.extension))
    return wanted


@dataclass(frozen=True, slots=True)
class _Places:
    """What the slots of an entry hold, where the registers and the sink stand in the arena."""

    x_offset_bytes: int
    sink_offset_bytes: int

    def entry(self, word: Value, instruction: Instruction, handler: int) -> tuple[Value, Value]:
        """The two halves of the entry of a word that encodes the instruction."""
        low: Value = const(handler)
        high = word << 8 * (WORD_BYTE - NUMBER_BYTE)
        by_name = {operand.name: operand for operand in instruction.operands}
        writes = _uses(instruction.traced()).writes
        slots = slots_of(instruction)
        for key, slot in slots.items():
            operand = by_name[key.rstrip(_MARKS)]
            value = _raw(word, operand)
            if slot.kind == "register":
                sinks = key == written(operand.name) or (
                    operand.name in writes and written(operand.name) not in slots
                )
                value = self.offset(value, sinks)
            elif operand.is_signed:
                value = value.sext(operand.width) & MASK32
            if slot.byte < NUMBER_BYTE:
                low = low | (value << 8 * slot.byte)
            else:
                high = high | (value << 8 * (slot.byte - NUMBER_BYTE))
        return low, high

    def offset(self, number: Value, sinks: bool) -> Value:
        """The register's offset, or the sink's."""
        offset = (number << 3) + self.x_offset_bytes
        return current().select(number.eq(0), self.sink_offset_bytes, offset) if sinks else offset


def _raw(word: Value, operand: Operand) -> Value:
    """The operand as encoded: a register's number, or a number that is not yet sign-extended."""
    value: Value = const(0)
    for piece in operand.pieces:
        value = value | (word.bits(piece.high, piece.low) << piece.value_low)
    return value + operand.first
