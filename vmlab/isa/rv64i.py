"""RV64I: the base integer instructions (unprivileged manual, chapters 2 and 4).

The framework advances pc, keeps x0 zero and wraps to 64 bits; bodies say the rest. `jump` with a
misaligned target raises an exception at the jump itself (section 2.5), which the framework does.
"""

from __future__ import annotations

from vmlab.isa.encoding import Extension
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Reg, Value

rv64i = Extension("i")


@rv64i("imm[31:12] rd 0110111", "rd, imm")
def lui(k: Kit, rd: Reg, imm: Value) -> None:
    """Load upper immediate."""
    k.x[rd] = imm


@rv64i("imm[31:12] rd 0010111", "rd, imm")
def auipc(k: Kit, rd: Reg, imm: Value) -> None:
    """Add upper immediate to pc."""
    k.x[rd] = k.pc + imm


# Jumps and branches (2.5) --------------------------------------------------------------------


@rv64i("imm[20|10:1|11|19:12] rd 1101111", "rd, target")
def jal(k: Kit, rd: Reg, imm: Value) -> None:
    """Jump and link."""
    k.jump(k.pc + imm)
    k.x[rd] = k.next_pc


@rv64i("imm[11:0] rs1 000 rd 1100111", "rd, imm(rs1)")
def jalr(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Jump and link register; bit 0 of the target is cleared."""
    k.jump((k.x[rs1] + imm) & ~1)
    k.x[rd] = k.next_pc


def _branch(k: Kit, taken: Value, imm: Value) -> None:
    with k.when(taken):
        k.jump(k.pc + imm)


@rv64i("imm[12|10:5] rs2 rs1 000 imm[4:1|11] 1100011", "rs1, rs2, target")
def beq(k: Kit, rs1: Reg, rs2: Reg, imm: Value) -> None:
    """Branch if equal."""
    _branch(k, k.x[rs1].eq(k.x[rs2]), imm)


@rv64i("imm[12|10:5] rs2 rs1 001 imm[4:1|11] 1100011", "rs1, rs2, target")
def bne(k: Kit, rs1: Reg, rs2: Reg, imm: Value) -> None:
    """Branch if not equal."""
    _branch(k, k.x[rs1].ne(k.x[rs2]), imm)


@rv64i("imm[12|10:5] rs2 rs1 100 imm[4:1|11] 1100011", "rs1, rs2, target")
def blt(k: Kit, rs1: Reg, rs2: Reg, imm: Value) -> None:
    """Branch if less, signed."""
    _branch(k, k.x[rs1].lts(k.x[rs2]), imm)


@rv64i("imm[12|10:5] rs2 rs1 101 imm[4:1|11] 1100011", "rs1, rs2, target")
def bge(k: Kit, rs1: Reg, rs2: Reg, imm: Value) -> None:
    """Branch if greater or equal, signed."""
    _branch(k, k.x[rs1].ges(k.x[rs2]), imm)


@rv64i("imm[12|10:5] rs2 rs1 110 imm[4:1|11] 1100011", "rs1, rs2, target")
def bltu(k: Kit, rs1: Reg, rs2: Reg, imm: Value) -> None:
    """Branch if less, unsigned."""
    _branch(k, k.x[rs1].ltu(k.x[rs2]), imm)


@rv64i("imm[12|10:5] rs2 rs1 111 imm[4:1|11] 1100011", "rs1, rs2, target")
def bgeu(k: Kit, rs1: Reg, rs2: Reg, imm: Value) -> None:
    """Branch if greater or equal, unsigned."""
    _branch(k, k.x[rs1].geu(k.x[rs2]), imm)


# Loads and stores (2.6, 4.3) -----------------------------------------------------------------


def _load(k: Kit, rd: Reg, rs1: Reg, imm: Value, size_bytes: int, signed: bool) -> None:
    value = k.load(k.x[rs1] + imm, size_bytes)
    k.x[rd] = value.sext(8 * size_bytes) if signed else value


@rv64i("imm[11:0] rs1 000 rd 0000011", "rd, imm(rs1)")
def lb(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Load byte, sign-extended."""
    _load(k, rd, rs1, imm, 1, True)


@rv64i("imm[11:0] rs1 001 rd 0000011", "rd, imm(rs1)")
def lh(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Load halfword, sign-extended."""
    _load(k, rd, rs1, imm, 2, True)


@rv64i("imm[11:0] rs1 010 rd 0000011", "rd, imm(rs1)")
def lw(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Load word, sign-extended."""
    _load(k, rd, rs1, imm, 4, True)


@rv64i("imm[11:0] rs1 011 rd 0000011", "rd, imm(rs1)")
def ld(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Load doubleword."""
    _load(k, rd, rs1, imm, 8, False)


@rv64i("imm[11:0] rs1 100 rd 0000011", "rd, imm(rs1)")
def lbu(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Load byte, zero-extended."""
    _load(k, rd, rs1, imm, 1, False)


@rv64i("imm[11:0] rs1 101 rd 0000011", "rd, imm(rs1)")
def lhu(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Load halfword, zero-extended."""
    _load(k, rd, rs1, imm, 2, False)


@rv64i("imm[11:0] rs1 110 rd 0000011", "rd, imm(rs1)")
def lwu(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Load word, zero-extended."""
    _load(k, rd, rs1, imm, 4, False)


@rv64i("imm[11:5] rs2 rs1 000 imm[4:0] 0100011", "rs2, imm(rs1)")
def sb(k: Kit, rs1: Reg, rs2: Reg, imm: Value) -> None:
    """Store byte."""
    k.store(k.x[rs1] + imm, 1, k.x[rs2])


@rv64i("imm[11:5] rs2 rs1 001 imm[4:0] 0100011", "rs2, imm(rs1)")
def sh(k: Kit, rs1: Reg, rs2: Reg, imm: Value) -> None:
    """Store halfword."""
    k.store(k.x[rs1] + imm, 2, k.x[rs2])


@rv64i("imm[11:5] rs2 rs1 010 imm[4:0] 0100011", "rs2, imm(rs1)")
def sw(k: Kit, rs1: Reg, rs2: Reg, imm: Value) -> None:
    """Store word."""
    k.store(k.x[rs1] + imm, 4, k.x[rs2])


@rv64i("imm[11:5] rs2 rs1 011 imm[4:0] 0100011", "rs2, imm(rs1)")
def sd(k: Kit, rs1: Reg, rs2: Reg, imm: Value) -> None:
    """Store doubleword."""
    k.store(k.x[rs1] + imm, 8, k.x[rs2])


# Register and immediate (2.4.1, 4.2.1) -------------------------------------------------------


@rv64i("imm[11:0] rs1 000 rd 0010011", "rd, rs1, imm")
def addi(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Add immediate."""
    k.x[rd] = k.x[rs1] + imm


@rv64i("imm[11:0] rs1 010 rd 0010011", "rd, rs1, imm")
def slti(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Set if less than immediate, signed."""
    k.x[rd] = k.x[rs1].lts(imm).word()


@rv64i("imm[11:0] rs1 011 rd 0010011", "rd, rs1, imm")
def sltiu(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Set if less than immediate, unsigned (the immediate is sign-extended first)."""
    k.x[rd] = k.x[rs1].ltu(imm).word()


@rv64i("imm[11:0] rs1 100 rd 0010011", "rd, rs1, imm")
def xori(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Exclusive or with immediate."""
    k.x[rd] = k.x[rs1] ^ imm


@rv64i("imm[11:0] rs1 110 rd 0010011", "rd, rs1, imm")
def ori(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Or with immediate."""
    k.x[rd] = k.x[rs1] | imm


@rv64i("imm[11:0] rs1 111 rd 0010011", "rd, rs1, imm")
def andi(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """And with immediate."""
    k.x[rd] = k.x[rs1] & imm


@rv64i("000000 shamt[5:0] rs1 001 rd 0010011", "rd, rs1, shamt")
def slli(k: Kit, rd: Reg, rs1: Reg, shamt: Value) -> None:
    """Shift left."""
    k.x[rd] = k.x[rs1] << shamt


@rv64i("000000 shamt[5:0] rs1 101 rd 0010011", "rd, rs1, shamt")
def srli(k: Kit, rd: Reg, rs1: Reg, shamt: Value) -> None:
    """Shift right."""
    k.x[rd] = k.x[rs1] >> shamt


@rv64i("010000 shamt[5:0] rs1 101 rd 0010011", "rd, rs1, shamt")
def srai(k: Kit, rd: Reg, rs1: Reg, shamt: Value) -> None:
    """Shift right, copying the sign."""
    k.x[rd] = k.x[rs1].sar(shamt)


@rv64i("imm[11:0] rs1 000 rd 0011011", "rd, rs1, imm")
def addiw(k: Kit, rd: Reg, rs1: Reg, imm: Value) -> None:
    """Add immediate, 32 bits, sign-extended."""
    k.x[rd] = (k.x[rs1] + imm).sext(32)


@rv64i("0000000 shamt[4:0] rs1 001 rd 0011011", "rd, rs1, shamt")
def slliw(k: Kit, rd: Reg, rs1: Reg, shamt: Value) -> None:
    """Shift left, 32 bits, sign-extended."""
    k.x[rd] = (k.x[rs1] << shamt).sext(32)


@rv64i("0000000 shamt[4:0] rs1 101 rd 0011011", "rd, rs1, shamt")
def srliw(k: Kit, rd: Reg, rs1: Reg, shamt: Value) -> None:
    """Shift right, 32 bits, sign-extended."""
    k.x[rd] = (k.x[rs1].bits(31, 0) >> shamt).sext(32)


@rv64i("0100000 shamt[4:0] rs1 101 rd 0011011", "rd, rs1, shamt")
def sraiw(k: Kit, rd: Reg, rs1: Reg, shamt: Value) -> None:
    """Shift right, 32 bits, copying the sign."""
    k.x[rd] = k.x[rs1].sext(32).sar(shamt)


# Register and register (2.4.2, 4.2.2) --------------------------------------------------------


@rv64i("0000000 rs2 rs1 000 rd 0110011", "rd, rs1, rs2")
def add(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Add."""
    k.x[rd] = k.x[rs1] + k.x[rs2]


@rv64i("0100000 rs2 rs1 000 rd 0110011", "rd, rs1, rs2")
def sub(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Subtract."""
    k.x[rd] = k.x[rs1] - k.x[rs2]


@rv64i("0000000 rs2 rs1 001 rd 0110011", "rd, rs1, rs2")
def sll(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Shift left by the low 6 bits of rs2."""
    k.x[rd] = k.x[rs1] << k.x[rs2].bits(5, 0)


@rv64i("0000000 rs2 rs1 010 rd 0110011", "rd, rs1, rs2")
def slt(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Set if less than, signed."""
    k.x[rd] = k.x[rs1].lts(k.x[rs2]).word()


@rv64i("0000000 rs2 rs1 011 rd 0110011", "rd, rs1, rs2")
def sltu(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Set if less than, unsigned."""
    k.x[rd] = k.x[rs1].ltu(k.x[rs2]).word()


@rv64i("0000000 rs2 rs1 100 rd 0110011", "rd, rs1, rs2")
def xor(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Exclusive or."""
    k.x[rd] = k.x[rs1] ^ k.x[rs2]


@rv64i("0000000 rs2 rs1 101 rd 0110011", "rd, rs1, rs2")
def srl(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Shift right by the low 6 bits of rs2."""
    k.x[rd] = k.x[rs1] >> k.x[rs2].bits(5, 0)


@rv64i("0100000 rs2 rs1 101 rd 0110011", "rd, rs1, rs2")
def sra(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Shift right by the low 6 bits of rs2, copying the sign."""
    k.x[rd] = k.x[rs1].sar(k.x[rs2].bits(5, 0))


@rv64i("0000000 rs2 rs1 110 rd 0110011", "rd, rs1, rs2")
def or_(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Or."""
    k.x[rd] = k.x[rs1] | k.x[rs2]


@rv64i("0000000 rs2 rs1 111 rd 0110011", "rd, rs1, rs2")
def and_(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """And."""
    k.x[rd] = k.x[rs1] & k.x[rs2]


@rv64i("0000000 rs2 rs1 000 rd 0111011", "rd, rs1, rs2")
def addw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Add, 32 bits, sign-extended."""
    k.x[rd] = (k.x[rs1] + k.x[rs2]).sext(32)


@rv64i("0100000 rs2 rs1 000 rd 0111011", "rd, rs1, rs2")
def subw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Subtract, 32 bits, sign-extended."""
    k.x[rd] = (k.x[rs1] - k.x[rs2]).sext(32)


@rv64i("0000000 rs2 rs1 001 rd 0111011", "rd, rs1, rs2")
def sllw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Shift left by the low 5 bits of rs2, 32 bits, sign-extended."""
    k.x[rd] = (k.x[rs1] << k.x[rs2].bits(4, 0)).sext(32)


@rv64i("0000000 rs2 rs1 101 rd 0111011", "rd, rs1, rs2")
def srlw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Shift right by the low 5 bits of rs2, 32 bits, sign-extended."""
    k.x[rd] = (k.x[rs1].bits(31, 0) >> k.x[rs2].bits(4, 0)).sext(32)


@rv64i("0100000 rs2 rs1 101 rd 0111011", "rd, rs1, rs2")
def sraw(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """Shift right by the low 5 bits of rs2, 32 bits, copying the sign."""
    k.x[rd] = k.x[rs1].sext(32).sar(k.x[rs2].bits(4, 0))


# Memory ordering (2.7): one hart sees its own accesses in order -------------------------------


@rv64i("fm pred succ rs1 000 rd 0001111", "pred, succ")
def fence(k: Kit, rd: Reg, rs1: Reg, fm: Value, pred: Value, succ: Value) -> None:
    """Order memory accesses; with one hart and no reordering there is nothing to wait for."""
