"""E04, solved: what the monitor does with each trap of a guest that runs in U."""

from vmlab.lab import *


def handle(t: Trap, v: Vcpu) -> Decision:
    if v.mode is Mode.S:
        if t.cause == Cause.ECALL_FROM_U:
            v.pc += 4
            return SbiCall()
        if t.cause == Cause.ILLEGAL_INSTRUCTION:
            word = t.tval or v.fetch(t.epc)
            insn = decode(word)
            if insn is not None:
                done = emulate(insn, v)
                if done is not None:
                    return done
    return Reflect(t.cause, t.tval)


def emulate(insn: Insn, v: Vcpu) -> Decision | None:
    """Do to the virtual hart what the instruction does to a real one; None if it would trap."""
    if insn.name == "sret":
        return sret(v)
    if insn.name == "wfi":
        v.pc += 4
        return Idle()
    if insn.csr not in v.csr:
        return None
    return csr_access(insn, v)


def sret(v: Vcpu) -> Decision:
    status = v.csr.read("sstatus")
    v.mode = Mode.S if status & SPP else Mode.U
    enabled = SIE if status & SPIE else 0
    v.csr.write("sstatus", status & ~(SIE | SPP) | SPIE | enabled)
    v.pc = v.csr.read("sepc")
    return Resume()


def csr_access(insn: Insn, v: Vcpu) -> Decision | None:
    immediate = insn.name.endswith("i")
    operand = insn.uimm if immediate else v.x[insn.rs1]
    way = insn.name[:5]
    writes = way == "csrrw" or (insn.uimm if immediate else insn.rs1) != 0
    if writes and insn.csr == "time":
        return None
    old = v.csr.read(insn.csr)
    if writes:
        new = {"csrrw": operand, "csrrs": old | operand, "csrrc": old & ~operand}[way]
        mask = WRITABLE[insn.csr]
        v.csr.write(insn.csr, old & ~mask | new & mask)
    v.x[insn.rd] = old
    v.pc += 4
    return Resume()
