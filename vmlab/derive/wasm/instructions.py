"""Instructions printed as WebAssembly functions: operands are parameters, a trap is a result.

An instruction that traps has written nothing but the trap itself (verified), so whoever called
it may deliver the trap, or run the Python form of the same instruction instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vmlab.derive.pysrc import INSTRUCTION_EXTRAS
from vmlab.derive.schedule import schedule
from vmlab.derive.wasm.functions import Printer, Surroundings
from vmlab.derive.wasm.module import Function
from vmlab.derive.wasm.opcodes import Instr, Type
from vmlab.isa.encoding import Instruction
from vmlab.isa.lang.ir import Effect, Jump, RaiseTrap
from vmlab.isa.state import TRAP_CAUSE, TRAP_TVAL

RETIRED: Final = 0
TRAPPED: Final = 1
"""The first result of an instruction's function."""


class InstructionPrinter(Printer):
    """Instructions name registers, access memory by virtual address, trap and jump."""

    def __init__(self, name: str, params: Sequence[str], around: Surroundings):
        super().__init__(name, params, (Type.I32, Type.I64), around)
        self.target = self.new_local("to", Type.I64)
        self.scratches: dict[str, int] = {}

    def scratch(self, name: str) -> int:
        """A local that holds something for a few instructions."""
        if name not in self.scratches:
            self.scratches[name] = self.new_local(name, Type.I64)
        return self.scratches[name]

    def instruction_only(self, step: Effect | RaiseTrap | Jump) -> None:
        if isinstance(step, Effect):
            self.memory(step)
        elif isinstance(step, RaiseTrap):
            self.raise_trap(step)
        else:
            self.push(step.target)
            self.emit("local.set", self.target)

    def memory(self, step: Effect) -> None:
        """Call the kernel of that name: a cause that is not 0 is a trap, then with the tval."""
        cause, tval = self.scratch("cause"), self.scratch("tval")
        self.push(step.args[0])
        self.emit("i64.const", step.size_bytes)
        for arg in step.args[1:]:
            self.push(arg)
        self.emit("call", self.around.functions[step.what])
        self.emit("local.set", tval)
        self.emit("local.tee", cause)
        self.emit("i64.eqz")
        self.emit("i32.eqz")
        self.emit("if")
        for place, local in ((TRAP_CAUSE, cause), (TRAP_TVAL, tval)):
            offset = self.address(place)
            self.emit("local.get", local)
            self.emit("i64.store", offset)
        self.leave_trapped()
        self.emit("end")
        if step.results:
            self.emit("local.get", tval)
            self.keep(step.results)

    def raise_trap(self, step: RaiseTrap) -> None:
        # Both are on the stack before either is stored: neither may see what is written here.
        tval_offset = self.address(TRAP_TVAL)
        self.push(step.tval)
        cause_offset = self.address(TRAP_CAUSE)
        self.push(step.cause)
        self.emit("i64.store", cause_offset)
        self.emit("i64.store", tval_offset)
        self.leave_trapped()

    def leave_trapped(self) -> None:
        self.emit("i32.const", TRAPPED)
        self.emit("local.get", self.params["pc"])
        self.emit("return")


def instruction_function(instruction: Instruction, number: int, around: Surroundings) -> Function:
    """`insnN(operand fields..., pc, next_pc, word)` -> (RETIRED or TRAPPED, next address).

    All parameters are i64. A trap leaves its cause and tval in the arena, and pc as the address.
    """
    params = [operand.name for operand in instruction.operands] + list(INSTRUCTION_EXTRAS)
    printer = InstructionPrinter(f"insn{number}", params, around)
    printer.emit("local.get", printer.params["next_pc"])
    printer.emit("local.set", printer.target)
    printer.steps(schedule(instruction.traced()))
    if printer.function.body[-1] != Instr("return"):
        printer.emit("i32.const", RETIRED)
        printer.emit("local.get", printer.target)
    else:
        printer.function.body.pop()
    return printer.function
