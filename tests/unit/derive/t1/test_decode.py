"""The decoder as a kernel against the decoder of the table, entry by entry."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, Final

import pytest

from vmlab.core.bits import sext64
from vmlab.core.errors import BrokenInvariant
from vmlab.derive.decoder import decoder, size_of
from vmlab.derive.pysrc import kernel_source
from vmlab.derive.t1.code import decode
from vmlab.derive.t1.decode import (
    WORD_BYTE,
    Slot,
    decode_kernel,
    numbered,
    slots_of,
    written,
)
from vmlab.derive.t1.layout import SINK_AT
from vmlab.derive.t1.numbers import FIRST_INSTRUCTION, ILLEGAL
from vmlab.isa.encoding import Extension, Instruction, decode_fields, encode
from vmlab.isa.extensions import ISA_STRING, enabled, isa_word
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Kernel, Reg, Value
from vmlab.isa.lang.ir import Bind, Effect, Param, Read, Write, XReg, walk
from vmlab.isa.state import ARRAYS, FIELDS, ISA, X
from vmlab.isa.table import INSTRUCTIONS

ISAS: Final = (ISA_STRING, "rv64i", "rv64im_zba_svinval", "rv64iac_zifencei", "rv64i_zmmul_zbb_zbs")

Decode = Callable[[int], tuple[int, int]]


def printed(kernel: Kernel, isa: str) -> Decode:
    """The kernel's Python form on a machine with these extensions."""
    words = [0] * (ISA.slot + 1)
    words[ISA.slot] = isa_word(isa)
    space: dict[str, Any] = {"s": words}
    exec(kernel_source(kernel), space)
    function: Decode = space[kernel.name]
    return function


def content(entry: bytes, slot: Slot) -> int:
    """What an entry holds in a slot."""
    value = int.from_bytes(entry[slot.byte : slot.byte + slot.width // 8], "little")
    return sext64(value, slot.width) if slot.signed else value


def texts_places(instruction: Instruction) -> tuple[set[str], set[str]]:
    """The register operands that the text reads and those that it writes."""
    reads: set[str] = set()
    writes: set[str] = set()
    for step in walk(instruction.traced().body):
        if isinstance(step, Bind) and isinstance(step.value, Read):
            place = step.value.place
            if isinstance(place, XReg) and place.number is None:
                reads.add(place.operand)
        target = step.place if isinstance(step, Write) else None
        if isinstance(target, XReg) and target.number is None:
            writes.add(target.operand)
    return reads, writes


def check(instruction: Instruction | None, word: int, found: tuple[int, int]) -> None:
    """The entry of a word holds the instruction's handler, its operands and nothing else."""
    entry = bytearray(b"".join(half.to_bytes(8, "little") for half in found))
    title = f"{word:#010x}: {entry.hex(' ', 2)}"
    counts = word if size_of(word) == 4 else word & 0xFFFF
    assert int.from_bytes(entry[WORD_BYTE:], "little") == counts, title
    if instruction is None:
        assert found[0] == ILLEGAL and found[1] == counts << 32, title
        return
    title = f"{instruction.name} {title}"
    assert int.from_bytes(entry[:2], "little") == FIRST_INSTRUCTION + INSTRUCTIONS.index(
        instruction
    ), title
    fields = decode_fields(instruction, counts)
    writes = texts_places(instruction)[1]
    slots = slots_of(instruction)
    for key, slot in slots.items():
        name = key.rstrip("#=")
        expected = fields[name]
        if slot.kind == "register":
            only = key == name and written(name) not in slots
            sinks = expected == 0 and name in writes and (only or key == written(name))
            expected = SINK_AT if sinks else X.offset_bytes + 8 * expected
        assert content(bytes(entry), slot) == expected, f"{title} {key}"
        entry[slot.byte : slot.byte + slot.width // 8] = bytes(slot.width // 8)
    assert not any(entry[2:WORD_BYTE]), f"{title}: more than the operands"


@pytest.mark.parametrize("isa", ISAS)
def test_every_word_of_16_bits_has_the_entry_of_its_instruction(isa: str) -> None:
    kernel, table = printed(decode, isa), decoder(enabled(isa_word(isa)))
    rng = random.Random(1)
    for word in range(1 << 16):
        if size_of(word) == 2:
            check(table(word), word, kernel(word | rng.getrandbits(16) << 16))


def long_words(count: int, rng: random.Random) -> Iterator[int]:
    """Random operands in every pattern; patterns with one bit turned; any words."""
    long = [insn for insn in INSTRUCTIONS if insn.size_bytes == 4]
    for at in range(count):
        insn = long[at % len(long)]
        word = rng.getrandbits(32) & ~insn.mask | insn.match
        if at % 3 == 1:
            word ^= 1 << rng.randrange(2, 32)
        elif at % 6 == 5:
            word = rng.getrandbits(32) | 3
        elif at % 6 == 2:  # x0 wherever a register stands
            for operand in insn.operands:
                if operand.is_register and rng.random() < 0.5:
                    word &= ~operand.insert((1 << operand.width) - 1)
        yield word


@pytest.mark.parametrize("isa", ISAS)
def test_words_of_32_bits_have_the_entries_of_their_instructions(isa: str) -> None:
    kernel, table = printed(decode, isa), decoder(enabled(isa_word(isa)))
    known = 0
    for word in long_words(50_000, random.Random(isa)):
        instruction = table(word)
        check(instruction, word, kernel(word))
        known += instruction is not None
    assert 5_000 < known < 49_000  # of both kinds there were many


# Which operand stands where --------------------------------------------------------------------


@pytest.mark.parametrize("instruction", INSTRUCTIONS, ids=lambda i: i.name)
def test_slots_are_those_of_the_operands_that_the_text_uses(instruction: Instruction) -> None:
    slots = slots_of(instruction)
    for one, other in combinations(slots.values(), 2):
        apart = one.byte + one.width // 8 <= other.byte or other.byte + other.width // 8 <= one.byte
        assert apart, slots
    reads, writes = texts_places(instruction)
    by_name = {operand.name: operand for operand in instruction.operands}
    registers = {name for name, slot in slots.items() if slot.kind == "register"}
    assert registers <= reads | writes and writes <= registers
    for name, slot in slots.items():
        assert 2 <= slot.byte <= 10 and slot.byte % (slot.width // 8) == 0
        if name in by_name and slot.kind == "number":
            operand = by_name[name]
            assert operand.width <= slot.width and operand.is_signed == slot.signed


def test_what_a_text_does_not_use_takes_no_room() -> None:
    by_name = {insn.name: slots_of(insn) for insn in INSTRUCTIONS}
    assert not by_name["fence"] and not by_name["fence.i"]
    assert by_name["sfence.vma"].keys() == {"rs1", "rs1#"}  # the address, and whether there is one
    assert by_name["beq"].keys() == {"rs1", "rs2", "imm"}
    assert by_name["beq"]["imm"] == Slot("number", 8, 32, signed=True)
    assert by_name["slli"]["shamt"] == Slot("number", 10, 16)


# Instructions that nobody has built ------------------------------------------------------------

toys = Extension("priv")  # an extension that every machine has


@toys("uimm[7:0] rs2 rs1 00 rd 0001011", "rd, rs1, rs2, uimm")
def weigh(k: Kit, rd: Reg, rs1: Reg, rs2: Reg, uimm: Value) -> None:
    """Two registers, one of them scaled."""
    k.x[rd] = k.x[rs1] + k.x[rs2] * uimm


@toys("imm[11:0] rs1 010 rd 0001011", "rd, rs1, imm", rd=3)
def load_next(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Reads the register that it writes, and its content goes elsewhere too."""
    address = k.x[rd] + imm
    k.x[rd] = k.load(address, 8) + k.number(rs1)


@toys("imm[11:0] rs1 110 rs2 0001011", "rs1, rs2, imm")
def fold(k: Kit, rs1: Reg, rs2: Reg, imm: Value) -> None:
    """Reads the register that it writes, for its own content only."""
    k.x[rs1] = (k.x[rs1] ^ k.x[rs2]) + imm


def test_an_instruction_that_is_added_is_decoded() -> None:
    table = [*INSTRUCTIONS, *toys.instructions]
    number_of = {id(insn): FIRST_INSTRUCTION + at for at, insn in enumerate(table)}
    kernel = decode_kernel(table, lambda insn: number_of[id(insn)], 64, SINK_AT, ILLEGAL)
    run = printed(kernel, "rv64i")
    for toy, fields in (
        (toys.instructions[0], {"rd": 0, "rs1": 4, "rs2": 31, "uimm": 0xFF}),
        (toys.instructions[0], {"rd": 7, "rs1": 0, "rs2": 1, "uimm": 0}),
        (toys.instructions[1], {"rd": 0, "rs1": 9, "imm": (1 << 64) - 2048}),
        (toys.instructions[2], {"rs1": 0, "rs2": 0, "imm": (1 << 64) - 1}),
    ):
        word, slots = encode(toy, fields), slots_of(toy)
        low, high = run(word)
        assert (low & 0xFFFF, high >> 32) == (number_of[id(toy)], word)
        entry = (low | high << 64).to_bytes(16, "little")
        writes = texts_places(toy)[1]
        for key, slot in slots.items():
            name = key.rstrip("#=")
            if slot.kind == "number":
                assert content(entry, slot) == fields[name]
                continue
            sinks = fields[name] == 0 and (key != name or (name in writes and key == "rs1"))
            if toy.body is weigh:
                sinks = key == "rd" and fields[name] == 0
            assert content(entry, slot) == (SINK_AT if sinks else 64 + 8 * fields[name])
    reserved = encode(toys.instructions[1], {"rd": 3, "rs1": 1, "imm": 0})
    assert run(reserved) == (ILLEGAL, reserved << 32)


def test_a_register_whose_old_content_is_noticed_is_read_as_itself_and_written_apart() -> None:
    assert slots_of(toys.instructions[1]).keys() == {"rd", written("rd"), numbered("rs1"), "imm"}
    assert slots_of(toys.instructions[2]).keys() == {"rs1", "rs2", "imm"}


def test_operands_that_do_not_fit_are_refused_with_their_pattern() -> None:
    wide = Extension("priv")

    @wide("imm[19:9] uimm[1:0] rs1 rd imm[8:0]", "rd, rs1, imm, uimm")
    def crowd(k: Kit, rd: Reg, rs1: Reg, imm: Value, uimm: Value) -> None:
        """Uses each register's number, too."""
        k.x[rd] = k.load(k.x[rd] + imm, 8) + k.number(rd) + k.number(rs1) + k.x[rs1] + uimm

    with pytest.raises(BrokenInvariant, match=r"found .*rs1.* in .*rs1"):
        slots_of(wide.instructions[0])


def test_offsets_that_do_not_fit_are_refused() -> None:
    for x, sink in ((-8, 0), (0, 1 << 16), ((1 << 16) - 8, 0)):
        with pytest.raises(BrokenInvariant, match="expected an offset of 16 bits"):
            decode_kernel(INSTRUCTIONS, lambda insn: 8, x, sink, ILLEGAL)


def test_the_sink_is_no_word_of_state() -> None:
    taken = {field.offset_bytes for field in FIELDS.values()}
    for array in ARRAYS.values():
        taken |= set(range(array.offset_bytes, array.offset_bytes + 8 * array.length, 8))
    assert SINK_AT not in taken


def test_the_kernel_only_reads() -> None:
    for step in walk(decode.traced().body):
        assert not isinstance(step, Effect | Write)
        if isinstance(step, Bind) and isinstance(step.value, Read):
            assert step.value.place is ISA
    assert [type(param) for param in decode.traced().params] == [Param]
