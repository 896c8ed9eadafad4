"""The C extension without floating point, Zca: 16-bit forms (unprivileged manual, chapter 27).

Each form stands for one base instruction and has its meaning: what follows says only which
operands it gets. `unless` names the operand values that are reserved, or another form's. Forms
that do nothing (a shift by 0, c.mv to x0: the manual's hints) do just that nothing.
"""

from __future__ import annotations

from vmlab.isa import priv, rv64i
from vmlab.isa.encoding import Extension
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Reg, Value

zca = Extension("zca")

ZERO = Reg("zero", 0)
RA = Reg("ra", 1)
SP = Reg("sp", 2)


# Quadrant 0: loads and stores of x8 to x15 ----------------------------------------------------


@zca("000 uimm[5:4|9:6|2|3] rd' 00", "rd, sp, uimm", uimm=0)
def c_addi4spn(k: Kit, rd: Reg, uimm: Value) -> None:
    """Address of a place on the stack: addi rd, sp, uimm."""
    rv64i.addi(k, rd, SP, uimm)


@zca("010 uimm[5:3] rs1' uimm[2|6] rd' 00", "rd, uimm(rs1)")
def c_lw(k: Kit, rd: Reg, rs1: Reg, uimm: Value) -> None:
    """Load word, sign-extended: lw."""
    rv64i.lw(k, rd, rs1, uimm)


@zca("011 uimm[5:3] rs1' uimm[7:6] rd' 00", "rd, uimm(rs1)")
def c_ld(k: Kit, rd: Reg, rs1: Reg, uimm: Value) -> None:
    """Load doubleword: ld."""
    rv64i.ld(k, rd, rs1, uimm)


@zca("110 uimm[5:3] rs1' uimm[2|6] rs2' 00", "rs2, uimm(rs1)")
def c_sw(k: Kit, rs1: Reg, rs2: Reg, uimm: Value) -> None:
    """Store word: sw."""
    rv64i.sw(k, rs1, rs2, uimm)


@zca("111 uimm[5:3] rs1' uimm[7:6] rs2' 00", "rs2, uimm(rs1)")
def c_sd(k: Kit, rs1: Reg, rs2: Reg, uimm: Value) -> None:
    """Store doubleword: sd."""
    rv64i.sd(k, rs1, rs2, uimm)


# Quadrant 1: constants, arithmetic, jumps and branches -----------------------------------------


@zca("000 imm[5] 00000 imm[4:0] 01", "")
def c_nop(k: Kit, imm: Value) -> None:
    """Do nothing: addi x0, x0, imm."""
    rv64i.addi(k, ZERO, ZERO, imm)


@zca("000 imm[5] rd imm[4:0] 01", "rd, imm", rd=0)
def c_addi(k: Kit, rd: Reg, imm: Value) -> None:
    """Add immediate: addi rd, rd, imm."""
    rv64i.addi(k, rd, rd, imm)


@zca("001 imm[5] rd imm[4:0] 01", "rd, imm", rd=0)
def c_addiw(k: Kit, rd: Reg, imm: Value) -> None:
    """Add immediate, 32 bits: addiw rd, rd, imm."""
    rv64i.addiw(k, rd, rd, imm)


@zca("010 imm[5] rd imm[4:0] 01", "rd, imm")
def c_li(k: Kit, rd: Reg, imm: Value) -> None:
    """Load immediate: addi rd, x0, imm."""
    rv64i.addi(k, rd, ZERO, imm)


@zca("011 imm[9] 00010 imm[4|6|8:7|5] 01", "sp, imm", imm=0)
def c_addi16sp(k: Kit, imm: Value) -> None:
    """Move the stack pointer: addi sp, sp, imm."""
    rv64i.addi(k, SP, SP, imm)


@zca("011 imm[17] rd imm[16:12] 01", "rd, imm", rd=2, imm=0)
def c_lui(k: Kit, rd: Reg, imm: Value) -> None:
    """Load upper immediate: lui."""
    rv64i.lui(k, rd, imm)


@zca("100 shamt[5] 00 rd' shamt[4:0] 01", "rd, shamt")
def c_srli(k: Kit, rd: Reg, shamt: Value) -> None:
    """Shift right: srli rd, rd, shamt."""
    rv64i.srli(k, rd, rd, shamt)


@zca("100 shamt[5] 01 rd' shamt[4:0] 01", "rd, shamt")
def c_srai(k: Kit, rd: Reg, shamt: Value) -> None:
    """Shift right, copying the sign: srai rd, rd, shamt."""
    rv64i.srai(k, rd, rd, shamt)


@zca("100 imm[5] 10 rd' imm[4:0] 01", "rd, imm")
def c_andi(k: Kit, rd: Reg, imm: Value) -> None:
    """And with immediate: andi rd, rd, imm."""
    rv64i.andi(k, rd, rd, imm)


@zca("100 0 11 rd' 00 rs2' 01", "rd, rs2")
def c_sub(k: Kit, rd: Reg, rs2: Reg) -> None:
    """Subtract: sub rd, rd, rs2."""
    rv64i.sub(k, rd, rd, rs2)


@zca("100 0 11 rd' 01 rs2' 01", "rd, rs2")
def c_xor(k: Kit, rd: Reg, rs2: Reg) -> None:
    """Exclusive or: xor rd, rd, rs2."""
    rv64i.xor(k, rd, rd, rs2)


@zca("100 0 11 rd' 10 rs2' 01", "rd, rs2")
def c_or(k: Kit, rd: Reg, rs2: Reg) -> None:
    """Or: or rd, rd, rs2."""
    rv64i.or_(k, rd, rd, rs2)


@zca("100 0 11 rd' 11 rs2' 01", "rd, rs2")
def c_and(k: Kit, rd: Reg, rs2: Reg) -> None:
    """And: and rd, rd, rs2."""
    rv64i.and_(k, rd, rd, rs2)


@zca("100 1 11 rd' 00 rs2' 01", "rd, rs2")
def c_subw(k: Kit, rd: Reg, rs2: Reg) -> None:
    """Subtract, 32 bits: subw rd, rd, rs2."""
    rv64i.subw(k, rd, rd, rs2)


@zca("100 1 11 rd' 01 rs2' 01", "rd, rs2")
def c_addw(k: Kit, rd: Reg, rs2: Reg) -> None:
    """Add, 32 bits: addw rd, rd, rs2."""
    rv64i.addw(k, rd, rd, rs2)


@zca("101 imm[11|4|9:8|10|6|7|3:1|5] 01", "target")
def c_j(k: Kit, imm: Value) -> None:
    """Jump: jal x0, target."""
    rv64i.jal(k, ZERO, imm)


@zca("110 imm[8|4:3] rs1' imm[7:6|2:1|5] 01", "rs1, target")
def c_beqz(k: Kit, rs1: Reg, imm: Value) -> None:
    """Branch if zero: beq rs1, x0, target."""
    rv64i.beq(k, rs1, ZERO, imm)


@zca("111 imm[8|4:3] rs1' imm[7:6|2:1|5] 01", "rs1, target")
def c_bnez(k: Kit, rs1: Reg, imm: Value) -> None:
    """Branch if not zero: bne rs1, x0, target."""
    rv64i.bne(k, rs1, ZERO, imm)


# Quadrant 2: the stack, and whole registers ----------------------------------------------------


@zca("000 shamt[5] rd shamt[4:0] 10", "rd, shamt")
def c_slli(k: Kit, rd: Reg, shamt: Value) -> None:
    """Shift left: slli rd, rd, shamt."""
    rv64i.slli(k, rd, rd, shamt)


@zca("010 uimm[5] rd uimm[4:2|7:6] 10", "rd, uimm(sp)", rd=0)
def c_lwsp(k: Kit, rd: Reg, uimm: Value) -> None:
    """Load word from the stack: lw rd, uimm(sp)."""
    rv64i.lw(k, rd, SP, uimm)


@zca("011 uimm[5] rd uimm[4:3|8:6] 10", "rd, uimm(sp)", rd=0)
def c_ldsp(k: Kit, rd: Reg, uimm: Value) -> None:
    """Load doubleword from the stack: ld rd, uimm(sp)."""
    rv64i.ld(k, rd, SP, uimm)


@zca("100 0 rs1 00000 10", "rs1", rs1=0)
def c_jr(k: Kit, rs1: Reg) -> None:
    """Jump to a register: jalr x0, 0(rs1)."""
    rv64i.jalr(k, ZERO, rs1, k.const(0))


@zca("100 0 rd rs2 10", "rd, rs2", rs2=0)
def c_mv(k: Kit, rd: Reg, rs2: Reg) -> None:
    """Copy a register: add rd, x0, rs2."""
    rv64i.add(k, rd, ZERO, rs2)


@zca("100 1 00000 00000 10")
def c_ebreak(k: Kit) -> None:
    """Raise a breakpoint exception: ebreak."""
    priv.ebreak(k)


@zca("100 1 rs1 00000 10", "rs1", rs1=0)
def c_jalr(k: Kit, rs1: Reg) -> None:
    """Jump to a register and link: jalr ra, 0(rs1)."""
    rv64i.jalr(k, RA, rs1, k.const(0))


@zca("100 1 rd rs2 10", "rd, rs2", rs2=0)
def c_add(k: Kit, rd: Reg, rs2: Reg) -> None:
    """Add: add rd, rd, rs2."""
    rv64i.add(k, rd, rd, rs2)


@zca("110 uimm[5:2|7:6] rs2 10", "rs2, uimm(sp)")
def c_swsp(k: Kit, rs2: Reg, uimm: Value) -> None:
    """Store word on the stack: sw rs2, uimm(sp)."""
    rv64i.sw(k, SP, rs2, uimm)


@zca("111 uimm[5:3|8:6] rs2 10", "rs2, uimm(sp)")
def c_sdsp(k: Kit, rs2: Reg, uimm: Value) -> None:
    """Store doubleword on the stack: sd rs2, uimm(sp)."""
    rv64i.sd(k, SP, rs2, uimm)
