"""Blocks: a run of instructions printed as one Python function, operands written in as numbers.

`def block(left, R, W)` runs at most `left` instructions and returns (next pc, what is left).
`R` (loads) and `W` (stores) map a virtual page to what must be added to an address in it to get
its place in RAM; a page that is not there goes the long way, `bload` or `bstore`. An instruction
that may trap otherwise, or that meets a device, raises `Redo`: the engine then runs it by itself.
A block that jumps back to its own start loops without leaving.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vmlab.derive.pysrc import INDENT, NO_CONSTANTS, Printer, number_text
from vmlab.derive.schedule import Assign, Step, When, schedule
from vmlab.isa.encoding import Instruction
from vmlab.isa.lang.ir import Bind, Effect, Field, Jump, RaiseTrap, Read, Write, XReg, walk
from vmlab.isa.state import CONSTANT


@dataclass(frozen=True, slots=True)
class Item:
    """One instruction of a block: where it stands and its operand fields."""

    instruction: Instruction
    pc: int
    word: int
    operands: dict[str, int]


def is_simple(instruction: Instruction) -> bool:
    """True if the text touches registers and memory only: no state that changes, no kernel, no
    hook."""
    for statement in walk(instruction.traced().body):
        if isinstance(statement, Bind) and isinstance(statement.value, Read):
            place = statement.value.place
            constant = isinstance(place, Field) and place.name in CONSTANT
            if not constant and not isinstance(place, XReg):
                return False
        if isinstance(statement, Write) and not isinstance(statement.place, XReg):
            return False
        if isinstance(statement, Effect) and statement.what not in ("load", "store"):
            return False
    return True


def always_leaves(instruction: Instruction) -> bool:
    """True if the text jumps or traps on its main path: nothing follows it in a block."""
    return any(
        isinstance(statement, Jump | RaiseTrap)
        for statement in instruction.traced().body.statements
    )


class _BlockPrinter(Printer):
    def __init__(self, items: Sequence[Item], constants: Mapping[str, int]) -> None:
        super().__init__(constants=constants)
        self.items = items
        self.loops = False
        self.index = 0
        self.item = items[0]
        self.target: str | None = None

    def print(self, name: str) -> str:
        for index, item in enumerate(self.items):
            self.index, self.item = index, item
            size = item.instruction.size_bytes
            extras = {"pc": item.pc, "next_pc": item.pc + size, "word": item.word}
            self.operands = item.operands | extras
            self.names = {}
            self.target = None
            self.tail(schedule(item.instruction.traced()))
        last = self.items[-1]
        if not self.lines or not self.lines[-1].startswith(("return", "continue", "raise")):
            self.index = len(self.items) - 1
            self.go_on(number_text(last.pc + last.instruction.size_bytes), None)
        return self._wrap(name)

    def _wrap(self, name: str) -> str:
        lines = self.lines
        if self.loops:
            lines = ["while True:", *(INDENT + line for line in lines)]
        return "\n".join([f"def {name}(left, R, W):", *(INDENT + line for line in lines)])

    def step(self, step: Step) -> None:
        """A value that is a number here needs no name: it stays known where it is used."""
        if not isinstance(step, Assign) or self.known(step.value) is None:
            super().step(step)

    def tail(self, steps: Sequence[Step]) -> None:
        """Steps that nothing of the same instruction follows: a jump here leaves the block."""
        for at, step in enumerate(steps):
            last = at + 1 == len(steps)
            if isinstance(step, Jump):
                number = self.known(step.target)
                if number is None and not last:
                    self.emit(f"to = {self.expr(step.target)}")
                    self.target = "to"
                else:
                    self.target = self.expr(step.target)
                self.target_number = number
            elif last and isinstance(step, When) and self.known(step.condition) is None:
                self._tail_when(step)
            elif isinstance(step, When) and self.known(step.condition) is not None:
                chosen = step.then if self.known(step.condition) else step.otherwise
                self.tail(chosen) if last else self.steps(chosen)
            else:
                self.step(step)
        if self.target is not None:
            self.go_on(self.target, self.target_number)
            self.target = None

    def _tail_when(self, step: When) -> None:
        condition = self.expr(step.condition)
        for head, branch in ((f"if {condition}:", step.then), ("else:", step.otherwise)):
            if branch:
                self.emit(head if step.then else f"if not {condition}:")
                self.depth += 1
                before = len(self.lines)
                self.tail(branch)
                if len(self.lines) == before:
                    self.emit("pass")
                self.depth -= 1

    def go_on(self, target: str, number: int | None) -> None:
        """Leave for `target`, or go round when that is this block's own start."""
        done = self.index + 1
        if number is not None and number == self.items[0].pc:
            self.loops = True
            self.emit(f"left -= {done}")
            self.emit(f"if left < {len(self.items)}: return {target}, left")
            self.emit("continue")
        else:
            self.emit(f"return {target}, left - {done}")

    def memory(self, step: Effect) -> None:
        size = step.size_bytes
        shift = size.bit_length() - 1
        self.emit(f"a = {self.expr(step.args[0])}")
        misaligned = f"a & {size - 1} or " if size > 1 else ""
        place = f"a + d >> {shift}" if shift else "a + d"
        rest = f"left - {self.index}, {number_text(self.item.pc)}"
        if step.what == "load":
            name = self.name(step.results[0])
            self.emit(
                f"if {misaligned}(d := R.get(a >> 12)) is None: {name} = bload(a, {size}, {rest})"
            )
            self.emit(f"else: {name} = m{size}[{place}]")
        else:
            value = step.args[1]
            text = self.expr(value)
            self.emit(
                f"if {misaligned}(d := W.get(a >> 12)) is None: bstore(a, {size}, {text}, {rest})"
            )
            low = text if value.width <= 8 * size else f"{text} & {hex((1 << 8 * size) - 1)}"
            self.emit(f"else: m{size}[{place}] = {low}")

    def raise_trap(self, step: RaiseTrap) -> None:
        self.emit(f"raise Redo(left - {self.index}, {number_text(self.item.pc)})")


def block_source(
    items: Sequence[Item], name: str = "block", constants: Mapping[str, int] = NO_CONSTANTS
) -> str:
    """The block as the source of one Python function (see the module's text). `constants` are
    words of state that never change on this machine."""
    return _BlockPrinter(items, constants).print(name)
