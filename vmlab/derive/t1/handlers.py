"""Instructions as the dispatch loop holds them: operands come from the decoded entry, registers
stand in the arena, a page that the loop's tables know costs no call.

An instruction that touches registers and memory only is printed in place. Any other (floating
point, CSRs, returns from traps, fences, hlv and hsv) is a call of the function that
`derive.wasm.instructions` prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vmlab.derive.schedule import schedule
from vmlab.derive.t1.access import SLOW
from vmlab.derive.t1.decode import Slot, numbered, slots_of, written
from vmlab.derive.t1.layout import CODE, DATA_PLACE, LOAD_TAG, STORE_TAG
from vmlab.derive.wasm.functions import Printer, Surroundings
from vmlab.derive.wasm.module import Function, Local
from vmlab.derive.wasm.opcodes import LOADS, STORES, Type
from vmlab.isa.encoding import Instruction
from vmlab.isa.lang.ir import (
    Bind,
    Effect,
    Element,
    Field,
    Jump,
    Param,
    RaiseTrap,
    Read,
    Value,
    Write,
    XReg,
    walk,
)
from vmlab.isa.lang.verify import BY_ADDRESS
from vmlab.isa.state import ARENA_HART_BYTES, CONSTANT, TLB_ENTRIES, X

PAGE_MASK: Final = ~0xFFF & (1 << 64) - 1
TABLE_SHIFT: Final = 12 - 3
"""An address shifted so is its page's number, times the 8 bytes of a table's word."""
TABLE_MASK: Final = (TLB_ENTRIES - 1) << 3


class Shared:
    """Locals that handlers use in turn: none lives from one handler to the next."""

    def __init__(self, function: Function, params: int) -> None:
        self._function = function
        self._params = params
        self._locals: dict[Type, list[int]] = {kind: [] for kind in Type}

    def take(self, kind: Type, nth: int) -> int:
        """The nth local of a type, made when it is first wanted."""
        pool = self._locals[kind]
        while len(pool) <= nth:
            name = f"{kind.text}_{len(pool)}"
            self._function.locals.append(Local(name, kind))
            pool.append(self._params + len(self._function.locals) - 1)
        return pool[nth]


@dataclass(frozen=True)
class Loop:
    """The loop that a handler is printed into: its function, its locals, and its labels, each as
    the number of blocks around it."""

    function: Function
    around: Surroundings
    pc: int
    left: int
    entry: int
    place: int
    table: int
    target: int
    cause: int
    tval: int
    ticks: int
    shared: Shared
    trap: int
    cross: int
    next: int
    system: int


def in_place(instruction: Instruction) -> bool:
    """True if the text touches registers and memory by virtual address only."""
    for statement in walk(instruction.traced().body):
        if isinstance(statement, Bind) and isinstance(statement.value, Read):
            place = statement.value.place
            constant = isinstance(place, Field) and place.name in CONSTANT
            if not constant and isinstance(place, Field | Element):
                return False
        if isinstance(statement, Write) and isinstance(statement.place, Field | Element):
            return False
        if isinstance(statement, Effect) and statement.what not in BY_ADDRESS:
            return False
    return True


def jumps(instruction: Instruction) -> bool:
    """True if the text may set the address of the next instruction."""
    return any(isinstance(statement, Jump) for statement in walk(instruction.traced().body))


class HandlerPrinter(Printer):
    """Prints one instruction into the loop. `depth` is that of the loop's blocks around it."""

    def __init__(self, loop: Loop, instruction: Instruction, depth: int) -> None:
        super().__init__("", (), (), loop.around)
        self.function = loop.function
        self.loop = loop
        self.depth = depth
        self.instruction = instruction
        self.slots = slots_of(instruction)
        self.taken: dict[Type, int] = dict.fromkeys(Type, 0)

    def new_local(self, name: str, kind: Type) -> int:
        self.taken[kind] += 1
        return self.loop.shared.take(kind, self.taken[kind] - 1)

    def leave(self, label: int) -> None:
        """Branch to one of the loop's labels."""
        self.emit("br", self.depth - label)

    # operands

    def slot_address(self, slot: Slot) -> int:
        self.emit("local.get", self.loop.entry)
        return self.around.arena_base_bytes + CODE.offset_bytes + slot.byte

    def push_slot(self, slot: Slot) -> None:
        """A number of the entry, as a word."""
        offset = self.slot_address(slot)
        if slot.width == 16:
            self.emit("i64.load16_u", offset)
        else:
            self.emit("i64.load32_s" if slot.signed else "i64.load32_u", offset)

    def push_word(self) -> None:
        """The instruction word."""
        self.push_slot(Slot("number", 12, 32))

    def push(self, value: Value) -> None:
        if not isinstance(value, Param):
            super().push(value)
        elif value.name == "pc":
            self.emit("local.get", self.loop.pc)
        elif value.name == "next_pc":
            self.push_next()
        elif value.name == "word":
            self.push_word()
        else:
            self.push_slot(self.slots.get(numbered(value.name)) or self.slots[value.name])

    def push_next(self) -> None:
        self.emit("local.get", self.loop.pc)
        self.emit("i64.const", self.instruction.size_bytes)
        self.emit("i64.add")

    def register_address(self, operand: str, key: str) -> int:
        offset = self.slot_address(self.slots.get(key) or self.slots[operand])
        self.emit("i32.load16_u", offset)
        return self.around.arena_base_bytes

    def address(self, place: Field | Element | XReg) -> int:
        if isinstance(place, XReg) and place.number is None:
            return self.register_address(place.operand, place.operand)
        return super().address(place)

    def write(self, place: object, value: Value) -> None:
        if not isinstance(place, XReg) or place.number is not None:
            super().write(place, value)  # type: ignore[arg-type]
            return
        offset = self.register_address(place.operand, written(place.operand))
        self.push(value)
        self.emit("i64.store", offset)

    # what only instructions do

    def instruction_only(self, step: Effect | RaiseTrap | Jump) -> None:
        if isinstance(step, Effect):
            self.memory(step)
        elif isinstance(step, RaiseTrap):
            self.push(step.cause)
            self.emit("local.set", self.loop.cause)
            self.push(step.tval)
            self.emit("local.set", self.loop.tval)
            self.leave(self.loop.trap)
        else:
            self.push(step.target)
            self.emit("local.set", self.loop.target)

    def memory(self, step: Effect) -> None:
        """An access by virtual address: by the tables, if they know the page, else by a call."""
        va = self.new_local("va", Type.I64)
        self.push(step.args[0])
        self.emit("local.set", va)
        value = self.local(step.results[0]) if step.results else None
        data = None
        if len(step.args) > 1:
            data = self.new_local("data", Type.I64)
            self.push(step.args[1])
            self.emit("local.set", data)
        tables = {"load": LOAD_TAG, "store": STORE_TAG}
        if step.what not in tables:
            self.slow(step, va, data, value)
            return
        at = self.new_local("at", Type.I32)
        self.emit("local.get", va)
        self.emit("i64.const", PAGE_MASK | (step.size_bytes - 1))
        self.emit("i64.and")
        self.emit("local.get", va)
        self.emit("i64.const", TABLE_SHIFT)
        self.emit("i64.shr_u")
        self.emit("i32.wrap_i64")
        self.emit("i32.const", TABLE_MASK)
        self.emit("i32.and")
        self.emit("local.get", self.loop.table)
        self.emit("i32.add")
        self.emit("local.tee", at)
        base = self.around.arena_base_bytes
        self.emit("i64.load", base + tables[step.what].offset_bytes)
        self.emit("i64.eq")
        self.emit("if")
        self.emit("local.get", va)
        self.emit("i32.wrap_i64")
        self.emit("local.get", at)
        self.emit("i32.load", base + DATA_PLACE.offset_bytes)
        self.emit("i32.add")
        if data is None:
            assert value is not None
            self.emit(LOADS[step.size_bytes], base + ARENA_HART_BYTES)
            self.emit("local.set", value)
        else:
            self.emit("local.get", data)
            self.emit(STORES[step.size_bytes], base + ARENA_HART_BYTES)
        self.emit("else")
        self.slow(step, va, data, value)
        self.emit("end")

    def slow(self, step: Effect, va: int, data: int | None, value: int | None) -> None:
        """The access by a call: (cause, value or tval, place)."""
        loop = self.loop
        result = self.new_local("result", Type.I64) if value is None else value
        self.emit("local.get", va)
        self.emit("i64.const", step.size_bytes)
        if data is not None:
            self.emit("local.get", data)
        self.push_registers()
        self.emit("local.get", loop.place)
        self.emit("i64.extend_i32_u")
        self.emit("call", self.around.functions[SLOW[step.what].name])
        self.emit("i32.wrap_i64")
        self.emit("local.set", loop.place)
        self.emit("local.set", result)
        self.emit("local.tee", loop.cause)
        self.emit("i64.eqz")
        self.emit("i32.eqz")
        self.emit("if")
        self.emit("local.get", result)
        self.emit("local.set", loop.tval)
        self.leave(loop.trap)
        self.emit("end")

    def push_registers(self) -> None:
        """pc and how many instructions are left after this one, as the kernels take them."""
        self.emit("local.get", self.loop.pc)
        self.emit("local.get", self.loop.left)
        self.emit("i64.extend_i32_s")

    # whole handlers

    def print_in_place(self) -> None:
        """The text, then the next instruction."""
        loop, may_jump = self.loop, jumps(self.instruction)
        if may_jump:
            self.push_next()
            self.emit("local.set", loop.target)
        self.steps(schedule(self.instruction.traced()))
        if not may_jump:
            self.push_next()
            self.emit("local.set", loop.pc)
            self.leave(loop.next)
            return
        # In the same page the place is the same. Jumps that go back are counted: `cross` does what
        # is to be done when one is looked at.
        self.emit("local.get", loop.target)
        self.emit("local.get", loop.pc)
        self.emit("i64.le_u")
        self.emit("local.get", loop.target)
        self.emit("local.get", loop.pc)
        self.emit("i64.xor")
        self.emit("local.get", loop.target)
        self.emit("local.set", loop.pc)
        self.emit("i64.const", 12)
        self.emit("i64.shr_u")
        self.emit("i64.eqz")
        self.emit("i32.eqz")
        self.emit("br_if", self.depth - loop.cross)
        self.emit("i32.eqz")
        self.emit("br_if", self.depth - loop.next)
        self.emit("local.get", loop.ticks)
        self.emit("i32.const", -1)
        self.emit("i32.add")
        self.emit("local.tee", loop.ticks)
        self.emit("i32.const", 0)
        self.emit("i32.gt_s")
        self.emit("br_if", self.depth - loop.next)
        self.leave(loop.cross)

    def print_call(self, function: str) -> None:
        """A call of the printed function: (0 or 1 for a trap, the next address). The loop's
        `system` takes what comes back from the locals `cause` and `target`."""
        loop = self.loop
        self.push_registers()
        self.emit("i64.const", 1)
        self.emit("i64.add")
        self.emit("call", self.around.functions["retire"])
        for operand in self.instruction.operands:
            slot = self.slots.get(numbered(operand.name)) or self.slots.get(operand.name)
            if slot is None:
                self.emit("i64.const", 0)
                continue
            self.push_slot(slot)
            if slot.kind == "register":
                self.emit("i64.const", X.offset_bytes)
                self.emit("i64.sub")
                self.emit("i64.const", 3)
                self.emit("i64.shr_u")
        self.emit("local.get", loop.pc)
        self.push_next()
        self.push_word()
        self.emit("call", self.around.functions[function])
        self.emit("local.set", loop.target)
        self.emit("i64.extend_i32_u")
        self.emit("local.set", loop.cause)
        self.leave(loop.system)
