"""The cache of decoded instructions: a slot for a page of RAM, an entry for each place in it.

An entry that is all zero has not been decoded. Its first 16 bits number the handler that the loop
jumps to; the numbers below FIRST_INSTRUCTION are the loop's own. Slot 0 holds no page: each of its
entries leads back to the kernels, so the loop is made to leave its fast path by pointing it there.
An instruction that cannot be kept (it lies over a page's end, or where a page is not all code that
may be fetched) is put there for one use.

A store into a page that has a slot empties the entries of the instructions that it touches, at
once: a guest that forgets fence.i sees its new code, as on T0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vmlab.core.bits import MASK32
from vmlab.derive.t1.decode import decode_kernel
from vmlab.derive.t1.layout import (
    ALONE_AT,
    ATTENTION,
    BETWEEN,
    BREAKPOINTS,
    CODE,
    COVER,
    COVER_WORDS,
    DATA_PLACE,
    DIRTY,
    DROPPED,
    DROPPED_AT,
    DROPS,
    FETCH_TAG,
    HEAT,
    HEAT_LEAST,
    HEAT_LIMIT,
    HEATS,
    HOT_ENTRY,
    INVALID,
    LIVE,
    NEVER_HOT,
    NEXT_SLOT,
    PAGE_HALVES,
    PAGES,
    RELOOK,
    SINK_AT,
    SLOT_ENTRIES,
    SLOT_HEATS,
    SLOT_MASK,
    SLOT_PAGE,
    SLOT_WORDS,
    SLOTS,
    STOP_REQUESTED,
    STORE_TAG,
    TABLE_WORDS,
    TOHOST,
)
from vmlab.derive.t1.numbers import (
    BREAK_HERE,
    FIRST_INSTRUCTION,
    ILLEGAL,
    REENTER,
    REGION,
    STRADDLES,
    Drop,
)
from vmlab.derive.t1.watching import has_breakpoint
from vmlab.isa.encoding import Instruction
from vmlab.isa.lang import Array, Kernel, Kit, Value, kernel
from vmlab.isa.state import RAM_BASE, RETIRED, X
from vmlab.isa.table import INSTRUCTIONS

WHOLE: Final = 3
"""The low bits of a 32-bit instruction."""


def decoder_of(instructions: Sequence[Instruction]) -> Kernel:
    """The kernel `decode` for these instructions; their handlers are numbered in this order."""
    number = {id(insn): FIRST_INSTRUCTION + at for at, insn in enumerate(instructions)}
    return decode_kernel(
        instructions, lambda insn: number[id(insn)], X.offset_bytes, SINK_AT, ILLEGAL
    )


decode = decoder_of(INSTRUCTIONS)


def _fill(k: Kit, array: Array, first: Value, length: int, value: int) -> None:
    """Fill words of an array."""
    n = k.var(0, 20)
    with k.loop():
        k[array, first + n.value] = value
        n.value = (n.value + 1).bits(19, 0)
        with k.when(n.value.eq(length)):
            k.leave()


@kernel(16, number=19)
def slot_of(k: Kit, number: Value) -> None:
    """The slot of a page of RAM; takes one, from another page if need be."""
    held = k[PAGES, number]
    with k.when(held.any(SLOT_MASK)):
        k.ret(held & SLOT_MASK)
    slot = k[NEXT_SLOT] + 1
    k[NEXT_SLOT] = k.select(slot.eq(SLOTS - 1), 0, slot.bits(15, 0))
    last = k[SLOT_PAGE, slot]
    with k.when(last.ne(0)):
        k[PAGES, last - 1] = k[PAGES, last - 1] & DIRTY
        _fill(k, FETCH_TAG, k.const(0), TABLE_WORDS, INVALID)
        with k.when(k[LIVE, slot].eq(1)):
            k.calls(drop_region, slot.bits(15, 0), Drop.SLOT_TAKEN)
    _fill(k, HEAT, slot * SLOT_HEATS, SLOT_HEATS, 0)
    first = slot * SLOT_WORDS
    _fill(k, CODE, first, 2 * PAGE_HALVES, 0)
    k[CODE, first + 2 * PAGE_HALVES] = REENTER
    k[CODE, first + 2 * PAGE_HALVES + 2] = REENTER
    k[SLOT_PAGE, slot] = number + 1
    k[PAGES, number] = held | slot.bits(15, 0)
    k.calls(drop_stores, number)
    k.ret(slot.bits(15, 0))


@kernel(number=19)
def drop_stores(k: Kit, number: Value) -> None:
    """Stores to this page of RAM ask the kernels from now on."""
    n = k.var(0, 13)
    with k.loop():
        at = n.value
        tag = k[STORE_TAG, at]
        with k.when(tag.ne(INVALID) & ((tag + k[DATA_PLACE, at]) & MASK32).eq(number << 12)):
            k[STORE_TAG, at] = INVALID
        n.value = (at + 1).bits(12, 0)
        with k.when(n.value.eq(TABLE_WORDS)):
            k.ret()


@kernel(entry=32)
def decode_at(k: Kit, entry: Value) -> None:
    """Decode the instruction of an entry, given as bytes from `code`."""
    entry = entry >> 4
    slot = entry.divu(k.const(SLOT_ENTRIES))
    half = entry - slot * SLOT_ENTRIES
    word_at = entry * 2
    page = (k[SLOT_PAGE, slot] - 1) << 12
    pa = k[RAM_BASE] + page + (half << 1)
    low = k.ram_load(pa, 2)
    word = k.var(low, 32)
    with k.when(low.bits(1, 0).eq(WHOLE)):
        with k.when(half.eq(PAGE_HALVES - 1)):
            k[CODE, word_at] = STRADDLES
            k.ret()
        word.value = low | (k.ram_load(pa + 2, 2) << 16)
    with k.when(k[BREAKPOINTS].ne(0)), k.when(k.call(has_breakpoint, half << 1, 0xFFF).eq(1)):
        k[CODE, word_at] = BREAK_HERE
        k.ret()
    handler, operands = k.calls(decode, word.value)
    k[CODE, word_at] = handler
    k[CODE, word_at + 1] = operands


@kernel()
def clear_alone(k: Kit) -> None:
    """The instruction in slot 0 has been used."""
    with k.when(k[ALONE_AT].ne(0)):
        k[CODE, (k[ALONE_AT] - 1) * 2] = REENTER
        k[ALONE_AT] = 0


@kernel(slot=16, why=2)
def drop_region(k: Kit, slot: Value, why: Value) -> None:
    """The slot's region is entered no more, and if it runs now it is left at once."""
    k[LIVE, slot] = 0
    k[DROPPED, slot] = why
    k[DROPPED_AT, slot] = k[RETIRED]
    k[DROPS] = k[DROPS] + 1
    k[ATTENTION] = k[ATTENTION] | RELOOK
    first = slot * SLOT_WORDS
    n = k.var(0, 12)
    with k.loop():
        at = first + n.value * 2
        with k.when(k[CODE, at].bits(15, 0).eq(REGION)):
            k[CODE, at] = 0
        n.value = (n.value + 1).bits(11, 0)
        with k.when(n.value.eq(PAGE_HALVES)):
            k.ret()


@kernel(1, slot=16, first=64, last=64)
def is_covered(k: Kit, slot: Value, first: Value, last: Value) -> None:
    """1 if the slot's region is made from one of these halfwords."""
    half = k.var(first)
    with k.loop():
        at = half.value
        with k.when((k[COVER, slot * COVER_WORDS + (at >> 6)] >> (at & 63)).any(1)):
            k.ret(1)
        half.value = at + 1
        with k.when(last.ltu(half.value)):
            k.ret(0)


@kernel(slot=16, half=64)
def forget_heat(k: Kit, slot: Value, half: Value) -> None:
    """Another instruction is going to stand there."""
    at = slot * SLOT_HEATS + (half >> 2)
    k[HEAT, at] = k[HEAT, at] & ~(k.const(0xFFFF) << ((half & (HEATS - 1)) << 4))


@kernel(1, entry=32, left=64)
def look(k: Kit, entry: Value, left: Value) -> None:
    """A jump has come to an entry, given as bytes from `code`: 1 if it is hot now."""
    with k.when(left.eq(0) | left.ltu(k[HEAT_LEAST])):
        k.ret(0)  # with nothing left there may be no place (`find_code`)
    number = entry >> 4
    slot = number.divu(k.const(SLOT_ENTRIES))
    half = number - slot * SLOT_ENTRIES
    with k.when(slot.eq(0) | k[CODE, number * 2].bits(15, 0).eq(REGION) | k[HEAT_LIMIT].eq(0)):
        k.ret(0)
    at, shift = slot * SLOT_HEATS + (half >> 2), (half & (HEATS - 1)) << 4
    heat = (k[HEAT, at] >> shift) & 0xFFFF
    with k.when(heat.eq(NEVER_HOT)):
        k.ret(0)
    k[HEAT, at] = k[HEAT, at] + (k.const(1) << shift)
    with k.when((heat + 1).ltu(k[HEAT_LIMIT])):
        k.ret(0)
    k[HOT_ENTRY] = entry
    k.ret(1)


@kernel(32, pc=64, word=32)
def place_alone(k: Kit, pc: Value, word: Value) -> None:
    """Put an instruction into slot 0 for one use; the place of pc's page there."""
    k.calls(clear_alone)  # one that jumped is still there
    handler, operands = k.calls(decode, word)
    half = (pc >> 1) & (PAGE_HALVES - 1)
    k[CODE, half * 2] = handler
    k[CODE, half * 2 + 1] = operands
    k[ALONE_AT] = half + 1
    k[ATTENTION] = k[ATTENTION] | BETWEEN
    k.ret(nowhere(pc))


def nowhere(pc: Value) -> Value:
    """The place of pc's page in slot 0: whatever comes next leads back to the kernels."""
    return (0 - ((pc & ~0xFFF) << 3)) & MASK32


@kernel(pa=64, size=4, value=64)
def written(k: Kit, pa: Value, size: Value, value: Value) -> None:
    """RAM is about to be written by a kernel."""
    offset = pa - k[RAM_BASE]
    number = (offset >> 12).bits(18, 0)
    held = k[PAGES, number]
    k[PAGES, number] = held | DIRTY
    with k.when((pa & ~7).eq(k[TOHOST]) & value.ne(0)):
        k[STOP_REQUESTED] = 1
        k[ATTENTION] = k[ATTENTION] | BETWEEN
    with k.when(held.none(SLOT_MASK)):
        k.ret()
    first = (offset & 0xFFF) >> 1
    last = ((offset & 0xFFF) + size - 1) >> 1
    slot = held & SLOT_MASK
    with k.when(k[LIVE, slot].eq(1)), k.when(k.call(is_covered, slot, first, last).eq(1)):
        k.calls(drop_region, slot, Drop.WRITTEN)
    # An instruction of 4 bytes may begin 2 bytes before.
    half = k.var(k.select(first.eq(0), 0, first - 1), 64)
    with k.loop():
        at = slot * SLOT_WORDS + half.value * 2
        with k.when(k[CODE, at].bits(15, 0).ne(REGION)):
            # A region that is still there is not made from what is written.
            k[CODE, at] = 0
            k.calls(forget_heat, slot, half.value)
        half.value = half.value + 1
        with k.when(last.ltu(half.value)):
            k.ret()
