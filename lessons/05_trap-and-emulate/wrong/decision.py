# hint: decision
"""E04. It takes a call of firmware for an instruction that does nothing."""

from vmlab.lab import *


def handle(t: Trap, v: Vcpu) -> Decision:
    if v.mode is Mode.S and t.cause == Cause.ECALL_FROM_U:
        v.pc += 4
        return Resume()
    if v.mode is Mode.S and t.cause == Cause.ILLEGAL_INSTRUCTION:
        done = emulate(decode(t.tval or v.fetch(t.epc)), v)
        if done is not None:
            return done
    return Reflect(t.cause, t.tval)


def emulate(insn: Insn | None, v: Vcpu) -> Decision | None:
    """Do to the virtual hart what the instruction does to a real one; None if it traps there."""
    if insn is None:
        return None
    if insn.name == "sret":
        return sret(v)
    if insn.name == "wfi":
        v.pc += 4
        return Idle()
    if insn.csr in v.csr:
        return csr_access(insn, v)
    return None


def sret(v: Vcpu) -> Decision:
    status = v.csr.read("sstatus")
    v.mode = Mode.S if status & SPP else Mode.U
    enabled = SIE if status & SPIE else 0
    v.csr.write("sstatus", status & ~(SIE | SPP) | SPIE | enabled)
    v.pc = v.csr.read("sepc")
    return Resume()


def csr_access(insn: Insn, v: Vcpu) -> Decision | None:
    """csrrw, csrrs, csrrc, and their forms with a number in place of a register."""
    way, source = insn.name[:5], insn.rs1
    operand = v.x[source]
    if insn.name.endswith("i"):
        source = operand = insn.uimm
    old = v.csr.read(insn.csr)
    new = {"csrrw": operand, "csrrs": old | operand, "csrrc": old & ~operand}[way]
    writes = way == "csrrw" or source != 0
    if writes and insn.csr == "time":
        return None
    if writes:
        mask = WRITABLE[insn.csr]
        v.csr.write(insn.csr, old & ~mask | new & mask)
    v.x[insn.rd] = old
    v.pc += 4
    return Resume()
