"""The dispatch loop: one function that runs until something needs the host.

    loop resume             what comes between two instructions
      loop cross            where is the code at pc?
        loop next           one instruction: count, find its entry, branch to its handler
          handlers          (as blocks that end where the handler begins)

pc, how many instructions are left, and where pc's page stands in the cache are locals; the
registers are in the arena. An instruction is counted before it runs: one that traps is given back.

Of the jumps that go backwards, into another page or come from outside, one in HEAT_PERIOD is looked
at: so hot places are found at the price of counting down. An entry may lead into a translated page,
whose function takes over what the loop keeps in locals, and gives it back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from vmlab.derive.t1.entering import enter_region
from vmlab.derive.t1.handlers import (
    PAGE_MASK,
    TABLE_MASK,
    TABLE_SHIFT,
    HandlerPrinter,
    Loop,
    Shared,
    in_place,
)
from vmlab.derive.t1.layout import (
    ATTENTION,
    BETWEEN,
    CODE,
    DATA_CONTEXT,
    FETCH_CONTEXT,
    FETCH_PLACE,
    FETCH_TAG,
    HEAT_PERIOD,
    HEAT_TICKS,
)
from vmlab.derive.t1.numbers import (
    BREAK_HERE,
    FIRST_INSTRUCTION,
    ILLEGAL,
    REENTER,
    REGION,
    STRADDLES,
    UNDECODED,
    Out,
)
from vmlab.derive.wasm.functions import Printer, Surroundings
from vmlab.derive.wasm.module import Function
from vmlab.derive.wasm.opcodes import Instr, Type
from vmlab.isa.causes import ILLEGAL_INSTRUCTION
from vmlab.isa.encoding import Instruction
from vmlab.isa.lang import Field
from vmlab.isa.state import TRAP_CAUSE, TRAP_TVAL

RUN: Final = "run"
"""The name of the loop's function: () -> `Out`."""


class LoopPrinter(Printer):
    """Prints the loop and, through `HandlerPrinter`, every instruction in it."""

    def __init__(self, instructions: Sequence[Instruction], around: Surroundings) -> None:
        super().__init__(RUN, (), (Type.I32,), around)
        self.instructions = instructions
        self.pc = self.new_local("pc", Type.I64)
        self.left = self.new_local("left", Type.I32)
        self.entry = self.new_local("entry", Type.I32)
        self.place = self.new_local("place", Type.I32)
        self.table = self.new_local("table", Type.I32)
        self.fetches = self.new_local("fetches", Type.I32)
        self.out = self.new_local("out", Type.I32)
        self.at = self.new_local("at", Type.I32)
        self.target = self.new_local("target", Type.I64)
        self.cause = self.new_local("cause", Type.I64)
        self.tval = self.new_local("tval", Type.I64)
        self.ticks = self.new_local("ticks", Type.I32)
        self.after = self.new_local("after", Type.I32)
        self.labels: dict[str, int] = {}

    def print(self) -> Function:
        """The whole function."""
        self.load(HEAT_TICKS, "i32.load")
        self.emit("local.set", self.ticks)
        self._no_jump()
        self.open("loop", "resume")
        self.open("block", "trap")
        self._resume()
        self.open("loop", "cross")
        self._cross()
        self.open("block", "system")
        self.open("loop", "next")
        self._next()
        self.open("loop", "dispatch")
        self._handlers()
        for _ in ("dispatch", "next", "system"):
            self.emit("end")
        self._system()
        for _ in ("cross", "trap"):
            self.emit("end")
        self._trap()
        self.emit("end")
        self.emit("unreachable")
        return self.function

    def open(self, kind: str, label: str) -> None:
        """Begin a block or loop that branches name."""
        self.emit(kind)
        self.labels[label] = self.depth

    def branch(self, label: str, instruction: str = "br") -> None:
        self.emit(instruction, self.depth - self.labels[label])

    def load(self, place: Field, instruction: str = "i64.load") -> None:
        self.emit(instruction, self.address(place))

    def call_kernel(self, name: str) -> None:
        self.emit("call", self.around.functions[name])

    def push_left(self) -> None:
        self.emit("local.get", self.left)
        self.emit("i64.extend_i32_s")

    def finish(self) -> None:
        """`out` says how to go on: fall through for GO."""
        self.emit("local.get", self.out)
        self.emit("if")
        self.emit("local.get", self.out)
        self.emit("i32.const", Out.AGAIN)
        self.emit("i32.eq")
        self.branch("resume", "br_if")
        self._return()
        self.emit("end")

    def _return(self) -> None:
        """Out of the loop, as `out` says."""
        offset = self.address(HEAT_TICKS)
        self.emit("local.get", self.ticks)
        self.emit("i32.store", offset)
        self.emit("local.get", self.out)
        self.emit("return")

    # The parts, from the outside in --------------------------------------------------------------

    def _resume(self) -> None:
        self.call_kernel("resume")
        self.emit("i32.wrap_i64")
        self.emit("local.set", self.left)
        self.emit("local.set", self.pc)
        self.emit("i32.wrap_i64")
        self.emit("local.tee", self.out)
        self.emit("if")
        self._return()
        self.emit("end")
        self.emit("i32.const", -1)  # no number of instructions that are left
        self.emit("local.set", self.after)
        for local, context in ((self.table, DATA_CONTEXT), (self.fetches, FETCH_CONTEXT)):
            self.load(context, "i32.load")
            self.emit("i32.const", 3)
            self.emit("i32.shl")
            self.emit("local.set", local)

    def _cross(self) -> None:
        """The place of pc's page, from the table or from the kernels."""
        self.emit("local.get", self.pc)
        self.emit("i64.const", PAGE_MASK)
        self.emit("i64.and")
        self.emit("local.get", self.pc)
        self.emit("i64.const", TABLE_SHIFT)
        self.emit("i64.shr_u")
        self.emit("i32.wrap_i64")
        self.emit("i32.const", TABLE_MASK)
        self.emit("i32.and")
        self.emit("local.get", self.fetches)
        self.emit("i32.add")
        self.emit("local.tee", self.at)
        base = self.around.arena_base_bytes
        self.emit("i64.load", base + FETCH_TAG.offset_bytes)
        self.emit("i64.eq")
        self.emit("if")
        self.emit("local.get", self.at)
        self.emit("i32.load", base + FETCH_PLACE.offset_bytes)
        self.emit("local.set", self.place)
        self.emit("else")
        self.place_from("find_code")
        self.emit("end")
        self._look()

    def _look(self) -> None:
        """Count a jump that has come to pc; if it is one that is looked at, is the place hot?"""
        self.emit("local.get", self.ticks)
        self.emit("i32.const", -1)
        self.emit("i32.add")
        self.emit("local.tee", self.ticks)
        self.emit("i32.const", 1)
        self.emit("i32.lt_s")
        self.emit("if")
        self.load(HEAT_PERIOD, "i32.load")
        self.emit("local.set", self.ticks)
        self.push_entry()
        self.emit("i64.extend_i32_u")
        self.push_left()
        self.call_kernel("look")
        self.emit("i32.wrap_i64")
        self.emit("if")
        self._retire()
        self.emit("i32.const", Out.HOT)
        self.emit("local.set", self.out)
        self._return()
        self.emit("end")
        self.emit("end")

    def place_from(self, kernel: str) -> None:
        """Call a kernel (pc, left) -> (how to go on, place)."""
        self.emit("local.get", self.pc)
        self.push_left()
        self.call_kernel(kernel)
        self.emit("i32.wrap_i64")
        self.emit("local.set", self.place)
        self.emit("i32.wrap_i64")
        self.emit("local.set", self.out)
        self.finish()

    def _next(self) -> None:
        self.emit("local.get", self.left)
        self.emit("i32.eqz")
        self.emit("if")
        self._no_jump()
        self._retire()
        self.branch("resume")
        self.emit("end")
        self.add_left(-1)
        self.push_entry()
        self.emit("local.set", self.entry)

    def _no_jump(self) -> None:
        """What leads to `cross` now is where a run or a wait began: anywhere. It is not counted."""
        self.emit("local.get", self.ticks)
        self.emit("i32.const", 1)
        self.emit("i32.add")
        self.emit("local.set", self.ticks)

    def push_entry(self) -> None:
        self.emit("local.get", self.pc)
        self.emit("i32.wrap_i64")
        self.emit("i32.const", 3)
        self.emit("i32.shl")
        self.emit("local.get", self.place)
        self.emit("i32.add")

    def add_left(self, number: int) -> None:
        self.emit("local.get", self.left)
        self.emit("i32.const", number)
        self.emit("i32.add")
        self.emit("local.set", self.left)

    def _retire(self) -> None:
        self.emit("local.get", self.pc)
        self.push_left()
        self.call_kernel("retire")

    def _handlers(self) -> None:
        own: dict[int, Callable[[], None]] = {
            UNDECODED: self._undecoded,
            REENTER: self._reenter,
            STRADDLES: lambda: self._alone("alone"),
            BREAK_HERE: lambda: self._alone("at_break"),
            ILLEGAL: self._illegal,
            REGION: lambda: enter_region(self),
        }
        numbers = [*own, *range(FIRST_INSTRUCTION, FIRST_INSTRUCTION + len(self.instructions))]
        for _ in numbers:
            self.emit("block")
        at = {number: place for place, number in enumerate(numbers)}
        labels = tuple(at.get(number, at[ILLEGAL]) for number in range(numbers[-1] + 1))
        self.emit("local.get", self.entry)
        self.emit("i32.load16_u", self.around.arena_base_bytes + CODE.offset_bytes)
        self.function.body.append(Instr("br_table", at[ILLEGAL], labels))
        loop = self._loop()
        for number in numbers:
            self.emit("end")
            if number in own:
                own[number]()
                continue
            instruction = self.instructions[number - FIRST_INSTRUCTION]
            printer = HandlerPrinter(loop, instruction, self.depth)
            if in_place(instruction):
                printer.print_in_place()
            else:
                printer.print_call(f"insn{number - FIRST_INSTRUCTION}")

    def _loop(self) -> Loop:
        return Loop(
            function=self.function,
            around=self.around,
            pc=self.pc,
            left=self.left,
            entry=self.entry,
            place=self.place,
            table=self.table,
            target=self.target,
            cause=self.cause,
            tval=self.tval,
            ticks=self.ticks,
            shared=Shared(self.function, 0),
            trap=self.labels["trap"],
            cross=self.labels["cross"],
            next=self.labels["next"],
            system=self.labels["system"],
        )

    # The loop's own handlers ---------------------------------------------------------------------

    def _undecoded(self) -> None:
        self.add_left(1)
        self.emit("local.get", self.entry)
        self.emit("i64.extend_i32_u")
        self.call_kernel("decode_at")
        self.branch("next")

    def _reenter(self) -> None:
        """The end of a page, or slot 0: somebody wants attention."""
        self.add_left(1)
        self.attend()

    def attend(self) -> None:
        """Go on at pc, by way of whoever wants attention."""
        self.load(ATTENTION, "i32.load")
        self.emit("i32.const", BETWEEN)
        self.emit("i32.and")
        self.emit("if")
        self._retire()
        self.branch("resume")
        self.emit("end")
        offset = self.address(ATTENTION)
        self.emit("i64.const", 0)
        self.emit("i64.store", offset)
        self.branch("cross")

    def _alone(self, kernel: str) -> None:
        self.add_left(1)
        self.place_from(kernel)
        self.branch("next")

    def _illegal(self) -> None:
        self.emit("i64.const", ILLEGAL_INSTRUCTION)
        self.emit("local.set", self.cause)
        self.emit("local.get", self.entry)
        self.emit("i64.load32_u", self.around.arena_base_bytes + CODE.offset_bytes + 12)
        self.emit("local.set", self.tval)
        self.branch("trap")

    # What comes after them -----------------------------------------------------------------------

    def _system(self) -> None:
        """After a called instruction: `cause` is 1 if it trapped, `target` the next address."""
        self.emit("local.get", self.cause)
        self.emit("i64.eqz")
        self.emit("if")
        self.emit("local.get", self.target)
        self.emit("local.set", self.pc)
        self.attend()
        self.emit("end")
        for local, place in ((self.cause, TRAP_CAUSE), (self.tval, TRAP_TVAL)):
            self.load(place)
            self.emit("local.set", local)

    def _trap(self) -> None:
        for local in (self.cause, self.tval, self.pc):
            self.emit("local.get", local)
        self.push_left()
        self.call_kernel("fault")
        self.emit("i32.wrap_i64")
        self.emit("local.set", self.out)
        self.finish()
