"""The smallest monitor under which a kernel runs: trap and emulate, and nothing more.

It owns S. All of the guest runs in U, the kernel too; what needs S traps, comes here, and is done
to a dictionary. `web/docs/smallest-monitor.md` walks through it and says what it leaves out, and
`vmm/trap_emulate` is the same idea grown up.
"""

from __future__ import annotations

from vmlab.core.modes import Mode
from vmlab.derive.decoder import decode
from vmlab.isa.causes import ECALL_FROM_U, ILLEGAL_INSTRUCTION, INTERRUPT_BIT
from vmlab.isa.csrs import BY_NUMBER, CSRS
from vmlab.isa.encoding import Instruction, decode_fields
from vmlab.isa.layouts import INTERRUPTS, MSTATUS
from vmlab.isa.registers import REGISTER_NUMBERS
from vmlab.vmm.common.sbi import LEGACY_PUTCHAR, LEGACY_SET_TIMER, LEGACY_SHUTDOWN
from vmlab.vmm.smallest.exits import Decision, Enter, Halt, TrapExit
from vmlab.vmm.smallest.loop import Vm

A0, A7 = REGISTER_NUMBERS["a0"], REGISTER_NUMBERS["a7"]
SIE, SPIE, SPP = MSTATUS["SIE"].mask, MSTATUS["SPIE"].mask, MSTATUS["SPP"].mask
TIMER, NEVER = INTERRUPTS["STI"], (1 << 64) - 1
KNOWN = ("sstatus", "sie", "sip", "stvec", "sscratch", "sepc", "scause", "stval", "time")


class SmallestMonitor:
    """Holds one guest's mode and CSRs: those of its kernel, who believes that it is in S."""

    owns = Mode.S

    def __init__(self) -> None:
        self.csr = dict.fromkeys(KNOWN, 0)
        self.mode = Mode.S
        self.printed = bytearray()

    def on_exit(self, vm: Vm, exit: TrapExit) -> Decision:
        """Something needs S: do it to the guest's own S, or let the guest's kernel have it."""
        found = decode(exit.tval) if exit.cause == ILLEGAL_INSTRUCTION else None
        if exit.interrupt:
            self.csr["sip"] |= TIMER.mask
            vm.machine.hart.set_word("stimecmp", NEVER)
        elif self.mode is Mode.S and exit.cause == ECALL_FROM_U:
            if vm.x[A7] == LEGACY_SHUTDOWN:
                return Halt()
            self.firmware(vm)
        elif self.mode is Mode.U or found is None or not self.emulate(vm, found, exit.tval):
            self.trap(vm, exit.cause, exit.tval)
        enabled = self.mode is Mode.U or self.csr["sstatus"] & SIE
        if enabled and self.csr["sip"] & self.csr["sie"] & TIMER.mask:
            self.trap(vm, INTERRUPT_BIT | TIMER.low, 0)
        return Enter()

    def emulate(self, vm: Vm, found: Instruction, word: int) -> bool:
        """Carry out an instruction that only S may execute; False if it is none that we know."""
        operands = decode_fields(found, word)
        csr = BY_NUMBER.get(operands.get("csr", 0))
        if found.name == "sret":
            status = self.csr["sstatus"]
            self.mode = Mode.S if status & SPP else Mode.U
            self.csr["sstatus"] = status & ~(SIE | SPP) | (SIE if status & SPIE else 0) | SPIE
            vm.pc = self.csr["sepc"]
        elif found.name == "wfi":
            vm.pc += 4  # a wait may end at once
        elif found.extension == "zicsr" and csr is not None and csr.name in self.csr:
            self.csr["time"] = vm.engine.read_csr(CSRS["time"].number)
            old = self.csr[csr.name]
            value = operands["uimm"] if "uimm" in operands else vm.x[operands["rs1"]]
            ways = {"csrrw": value, "csrrs": old | value, "csrrc": old & ~value}
            self.csr[csr.name] = ways[found.name.removesuffix("i")]
            vm.x[operands["rd"]] = old
            vm.pc += 4
        else:
            return False
        return True

    def firmware(self, vm: Vm) -> None:
        """The guest's kernel calls its firmware (legacy SBI)."""
        if vm.x[A7] == LEGACY_PUTCHAR:
            self.printed.append(vm.x[A0] & 0xFF)
        elif vm.x[A7] == LEGACY_SET_TIMER:
            vm.machine.hart.set_word("stimecmp", vm.x[A0])
            self.csr["sip"] &= ~TIMER.mask
        vm.x[A0], vm.pc = 0, vm.pc + 4

    def trap(self, vm: Vm, cause: int, tval: int) -> None:
        """The guest's hart takes a trap to the guest's kernel."""
        status = self.csr["sstatus"] & ~(SIE | SPIE | SPP)
        status |= SPIE if self.csr["sstatus"] & SIE else 0
        self.csr["sstatus"] = status | (SPP if self.mode is Mode.S else 0)
        self.csr |= {"sepc": vm.pc, "scause": cause, "stval": tval}
        self.mode, vm.pc = Mode.S, self.csr["stvec"]
