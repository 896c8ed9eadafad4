"""The smallest monitor there can be: a program in U, and Python in place of its kernel.

The program asks for something by `ecall` (a7 says what: 1 prints a0, 93 ends); every other trap
ends it. No instruction of the program is emulated: what runs in U runs directly, and only its
traps come here. Every larger monitor is this loop with more answers.
"""

from __future__ import annotations

from vmlab.core.modes import Mode
from vmlab.isa.causes import ECALL_FROM_U
from vmlab.isa.registers import REGISTER_NUMBERS
from vmlab.vmm.smallest.exits import Decision, Enter, Halt, TrapExit
from vmlab.vmm.smallest.loop import Vm

PRINT = 1
EXIT = 93
A0 = REGISTER_NUMBERS["a0"]
A7 = REGISTER_NUMBERS["a7"]
FAULTED = 128
"""A program that faults ends with this plus the cause."""


class BareUser:
    """Owns S; keeps what the program printed."""

    owns = Mode.S

    def __init__(self) -> None:
        self.printed = bytearray()

    def on_exit(self, vm: Vm, exit: TrapExit) -> Decision:
        """Answer a system call, or end a program that faulted."""
        if exit.interrupt or exit.cause != ECALL_FROM_U:
            return Halt(FAULTED + exit.cause)
        if vm.x[A7] == EXIT:
            return Halt(vm.x[A0] & 0xFF)
        if vm.x[A7] == PRINT:
            self.printed.append(vm.x[A0] & 0xFF)
            vm.x[A0] = 0
        else:
            vm.x[A0] = -1
        vm.pc = exit.pc + 4  # the trap was taken before the ecall retired: go on after it
        return Enter()
