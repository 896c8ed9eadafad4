"""E04: what a monitor does with each trap of a guest that runs in U."""

from vmlab.lab import *


def handle(t: Trap, v: Vcpu) -> Decision:
    """The guest took trap `t`. Do to `v` what its own hart would have done, and say how it goes on:

    Resume()              dealt with: the guest goes on at v.pc
    Reflect(cause, tval)  its own kernel is to have this trap
    SbiCall()             its kernel calls firmware; the loop answers, then goes on at v.pc
    Idle()                it waits for an interrupt, then goes on at v.pc
    """
    insn = decode(t.tval)
    if insn is not None and insn.name == "csrrw" and insn.csr == "sscratch":
        old = v.csr.read("sscratch")
        v.csr.write("sscratch", v.x[insn.rs1])
        v.x[insn.rd] = old
        v.pc += insn.size_bytes
        return Resume()
    return Reflect(t.cause, t.tval)
