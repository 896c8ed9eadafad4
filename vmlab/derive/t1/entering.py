"""How the loop goes into a translated page (`derive.t2`), and on when it comes back.

A region takes pc, how many instructions are left and where T1's tables stand; it gives back the
first two, and why it was left (`How`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vmlab.derive.t1.decode import NUMBER_BYTE
from vmlab.derive.t1.layout import (
    BESIDE,
    CHAIN_HITS,
    CODE,
    ENTRY_BYTES,
    MOST_BESIDE,
    REGION_CAUSE,
    REGION_TVAL,
    RUNS,
)
from vmlab.derive.t1.numbers import REGION
from vmlab.derive.t2.facts import How
from vmlab.derive.wasm.module import Signature
from vmlab.derive.wasm.opcodes import Instr, Type

if TYPE_CHECKING:
    from vmlab.derive.t1.loop import LoopPrinter

LABEL_BYTE: Final = 2
"""Where the entry of a place to enter a region has the label; its number is the region's."""
REGION_SIGNATURE: Final = Signature(
    (Type.I64, Type.I32, Type.I32, Type.I32), (Type.I64, Type.I32, Type.I32)
)
"""A translated page: (pc, left, table, label) -> (pc, left, `How`)."""


def enter_region(p: LoopPrinter) -> None:
    """Into a translated page: it gives back pc, how many are left, and why it was left."""
    base = p.around.arena_base_bytes
    p.add_left(1)
    p.emit("local.get", p.left)
    p.emit("local.get", p.after)
    p.emit("i32.eq")
    p.emit("if")
    _count(p, CHAIN_HITS.offset_bytes, None)
    p.emit("end")
    p.emit("local.get", p.pc)
    p.emit("local.get", p.left)
    p.emit("local.get", p.table)
    p.emit("local.get", p.entry)
    p.emit("i32.load16_u", base + CODE.offset_bytes + LABEL_BYTE)
    p.emit("local.get", p.entry)
    p.emit("i32.load", base + CODE.offset_bytes + NUMBER_BYTE)
    p.emit("local.tee", p.at)
    p.emit("call_indirect")
    p.emit("local.set", p.out)
    p.emit("local.tee", p.left)
    p.emit("local.set", p.after)
    p.emit("local.set", p.pc)
    _count(p, RUNS.offset_bytes, p.at)
    p.emit("block")
    p.emit("block")
    p.emit("block")
    p.emit("local.get", p.out)
    p.function.body.append(Instr("br_table", 2, (p.depth - p.labels["cross"], 0, 1)))
    for how in (How.TRAP, How.ALONE, How.ATTEND):
        p.emit("end")
        if how is How.TRAP:
            for local, place in ((p.cause, REGION_CAUSE), (p.tval, REGION_TVAL)):
                p.load(place)
                p.emit("local.set", local)
            p.branch("trap")
        elif how is How.ALONE:
            _beside(p)
        else:
            p.attend()


def _beside(p: LoopPrinter) -> None:
    """Run the instruction at a region's entry as if there were none: its decoded form stands
    beside, or else it is decoded for one use. The region may have run on to another of its entries,
    or to a loop that is none: what stands at pc now is asked, not what was entered by."""
    code = CODE.offset_bytes
    p.push_entry()
    p.emit("local.set", p.entry)
    p.emit("local.get", p.entry)
    p.emit("i32.load16_u", p.around.arena_base_bytes + code)
    p.emit("i32.const", REGION)
    p.emit("i32.ne")
    p.branch("next", "br_if")
    p.emit("local.get", p.at)
    p.emit("i32.const", MOST_BESIDE.bit_length() - 1)
    p.emit("i32.shl")
    p.emit("local.get", p.entry)
    p.emit("i32.load16_u", p.around.arena_base_bytes + code + LABEL_BYTE)
    p.emit("local.tee", p.at)
    p.emit("i32.add")
    p.emit("i32.const", ENTRY_BYTES.bit_length() - 1)
    p.emit("i32.shl")
    p.emit("i32.const", BESIDE.offset_bytes - code)
    p.emit("i32.add")
    p.emit("local.set", p.entry)
    p.emit("block")
    p.emit("local.get", p.at)
    p.emit("i32.const", MOST_BESIDE - 1)
    p.emit("i32.gt_s")
    p.emit("br_if", 0)
    p.emit("local.get", p.entry)
    p.emit("i32.load16_u", p.around.arena_base_bytes + code)
    p.emit("i32.eqz")
    p.emit("br_if", 0)
    p.add_left(-1)
    p.branch("dispatch")
    p.emit("end")
    p.place_from("alone")
    p.branch("next")


def _count(p: LoopPrinter, offset_bytes: int, index: int | None) -> None:
    """Add 1 to a word; with `index`, to that word of an array."""
    offset = p.around.arena_base_bytes + offset_bytes
    for _ in range(2):
        if index is None:
            p.emit("i32.const", 0)
        else:
            p.emit("local.get", index)
            p.emit("i32.const", 3)
            p.emit("i32.shl")
    p.emit("i64.load", offset)
    p.emit("i64.const", 1)
    p.emit("i64.add")
    p.emit("i64.store", offset)
