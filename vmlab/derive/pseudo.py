"""The pseudo-instructions: what programmers write for common cases of real instructions, as data.

They are those of the unprivileged manual's assembly chapter plus the forms that GNU and LLVM
accept. A row is `written form = what it stands for`; names on the left (rd, rs, imm, target, ...)
are replaced on the right. The assembler reads rows from left to right, the disassembler those of
`SHOWN` from right to left. `.` is the address of the instruction that it stands in, so `.-4` is
the auipc before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

SHOWN_TEXT: Final = """
nop                  = addi zero, zero, 0
li rd, imm           = addi rd, zero, imm
mv rd, rs            = addi rd, rs, 0
not rd, rs           = xori rd, rs, -1
neg rd, rs           = sub rd, zero, rs
negw rd, rs          = subw rd, zero, rs
sext.w rd, rs        = addiw rd, rs, 0
zext.b rd, rs        = andi rd, rs, 255
zext.w rd, rs        = add.uw rd, rs, zero
seqz rd, rs          = sltiu rd, rs, 1
snez rd, rs          = sltu rd, zero, rs
sltz rd, rs          = slt rd, rs, zero
sgtz rd, rs          = slt rd, zero, rs
beqz rs, target      = beq rs, zero, target
bnez rs, target      = bne rs, zero, target
blez rs, target      = bge zero, rs, target
bgez rs, target      = bge rs, zero, target
bltz rs, target      = blt rs, zero, target
bgtz rs, target      = blt zero, rs, target
j target             = jal zero, target
jal target           = jal ra, target
ret                  = jalr zero, 0(ra)
jr rs                = jalr zero, 0(rs)
jr imm(rs)           = jalr zero, imm(rs)
jalr rs              = jalr ra, 0(rs)
jalr imm(rs)         = jalr ra, imm(rs)
unimp                = csrrw zero, cycle, zero
rdcycle rd           = csrrs rd, cycle, zero
rdtime rd            = csrrs rd, time, zero
rdinstret rd         = csrrs rd, instret, zero
frcsr rd             = csrrs rd, fcsr, zero
fscsr rs             = csrrw zero, fcsr, rs
fscsr rd, rs         = csrrw rd, fcsr, rs
frrm rd              = csrrs rd, frm, zero
fsrm rs              = csrrw zero, frm, rs
fsrm rd, rs          = csrrw rd, frm, rs
fsrmi imm            = csrrwi zero, frm, imm
fsrmi rd, imm        = csrrwi rd, frm, imm
frflags rd           = csrrs rd, fflags, zero
fsflags rs           = csrrw zero, fflags, rs
fsflags rd, rs       = csrrw rd, fflags, rs
fsflagsi imm         = csrrwi zero, fflags, imm
fsflagsi rd, imm     = csrrwi rd, fflags, imm
csrr rd, csr         = csrrs rd, csr, zero
csrw csr, rs         = csrrw zero, csr, rs
csrs csr, rs         = csrrs zero, csr, rs
csrc csr, rs         = csrrc zero, csr, rs
csrwi csr, imm       = csrrwi zero, csr, imm
csrsi csr, imm       = csrrsi zero, csr, imm
csrci csr, imm       = csrrci zero, csr, imm
pause                = fence w, 0
fence                = fence iorw, iorw
sfence.vma           = sfence.vma zero, zero
sfence.vma rs        = sfence.vma rs, zero
fmv.s frd, frs       = fsgnj.s frd, frs, frs
fabs.s frd, frs      = fsgnjx.s frd, frs, frs
fneg.s frd, frs      = fsgnjn.s frd, frs, frs
fmv.d frd, frs       = fsgnj.d frd, frs, frs
fabs.d frd, frs      = fsgnjx.d frd, frs, frs
fneg.d frd, frs      = fsgnjn.d frd, frs, frs
"""
"""Rows for both directions; of several that fit a word, the disassembler shows the first."""

ACCEPTED_TEXT: Final = """
move rd, rs          = addi rd, rs, 0
jr rs, imm           = jalr zero, imm(rs)
jalr rs, imm         = jalr ra, imm(rs)
jalr rd, rs          = jalr rd, 0(rs)
jalr rd, rs, imm     = jalr rd, imm(rs)
bgt rs, rt, target   = blt rt, rs, target
ble rs, rt, target   = bge rt, rs, target
bgtu rs, rt, target  = bltu rt, rs, target
bleu rs, rt, target  = bgeu rt, rs, target
sgt rd, rs, rt       = slt rd, rt, rs
sgtu rd, rs, rt      = sltu rd, rt, rs

add rd, rs, imm      = addi rd, rs, imm
addw rd, rs, imm     = addiw rd, rs, imm
and rd, rs, imm      = andi rd, rs, imm
or rd, rs, imm       = ori rd, rs, imm
xor rd, rs, imm      = xori rd, rs, imm
slt rd, rs, imm      = slti rd, rs, imm
sltu rd, rs, imm     = sltiu rd, rs, imm
sll rd, rs, imm      = slli rd, rs, imm
srl rd, rs, imm      = srli rd, rs, imm
sra rd, rs, imm      = srai rd, rs, imm
sllw rd, rs, imm     = slliw rd, rs, imm
srlw rd, rs, imm     = srliw rd, rs, imm
sraw rd, rs, imm     = sraiw rd, rs, imm
csrw csr, imm        = csrrwi zero, csr, imm
csrs csr, imm        = csrrsi zero, csr, imm
csrc csr, imm        = csrrci zero, csr, imm
csrrw rd, csr, imm   = csrrwi rd, csr, imm
csrrs rd, csr, imm   = csrrsi rd, csr, imm
csrrc rd, csr, imm   = csrrci rd, csr, imm

ror rd, rs, imm      = rori rd, rs, imm
rorw rd, rs, imm     = roriw rd, rs, imm
bclr rd, rs, imm     = bclri rd, rs, imm
bext rd, rs, imm     = bexti rd, rs, imm
binv rd, rs, imm     = binvi rd, rs, imm
bset rd, rs, imm     = bseti rd, rs, imm

fmv.x.s rd, frs      = fmv.x.w rd, frs
fmv.s.x frd, rs      = fmv.w.x frd, rs
fgt.s rd, frs, frt   = flt.s rd, frt, frs
fge.s rd, frs, frt   = fle.s rd, frt, frs
fgt.d rd, frs, frt   = flt.d rd, frt, frs
fge.d rd, frs, frt   = fle.d rd, frt, frs
flw frd, symbol, rt  = auipc rt, %pcrel_hi(symbol); flw frd, %pcrel_lo(.-4)(rt)
fld frd, symbol, rt  = auipc rt, %pcrel_hi(symbol); fld frd, %pcrel_lo(.-4)(rt)
fsw frs, symbol, rt  = auipc rt, %pcrel_hi(symbol); fsw frs, %pcrel_lo(.-4)(rt)
fsd frs, symbol, rt  = auipc rt, %pcrel_hi(symbol); fsd frs, %pcrel_lo(.-4)(rt)

la rd, symbol        = auipc rd, %pcrel_hi(symbol); addi rd, rd, %pcrel_lo(.-4)
lla rd, symbol       = auipc rd, %pcrel_hi(symbol); addi rd, rd, %pcrel_lo(.-4)
call target          = auipc ra, %pcrel_hi(target); jalr ra, %pcrel_lo(.-4)(ra)
call rd, target      = auipc rd, %pcrel_hi(target); jalr rd, %pcrel_lo(.-4)(rd)
tail target          = auipc t1, %pcrel_hi(target); jalr zero, %pcrel_lo(.-4)(t1)
jump target, rt      = auipc rt, %pcrel_hi(target); jalr zero, %pcrel_lo(.-4)(rt)
lb rd, symbol        = auipc rd, %pcrel_hi(symbol); lb rd, %pcrel_lo(.-4)(rd)
lh rd, symbol        = auipc rd, %pcrel_hi(symbol); lh rd, %pcrel_lo(.-4)(rd)
lw rd, symbol        = auipc rd, %pcrel_hi(symbol); lw rd, %pcrel_lo(.-4)(rd)
ld rd, symbol        = auipc rd, %pcrel_hi(symbol); ld rd, %pcrel_lo(.-4)(rd)
lbu rd, symbol       = auipc rd, %pcrel_hi(symbol); lbu rd, %pcrel_lo(.-4)(rd)
lhu rd, symbol       = auipc rd, %pcrel_hi(symbol); lhu rd, %pcrel_lo(.-4)(rd)
lwu rd, symbol       = auipc rd, %pcrel_hi(symbol); lwu rd, %pcrel_lo(.-4)(rd)
sb rs, symbol, rt    = auipc rt, %pcrel_hi(symbol); sb rs, %pcrel_lo(.-4)(rt)
sh rs, symbol, rt    = auipc rt, %pcrel_hi(symbol); sh rs, %pcrel_lo(.-4)(rt)
sw rs, symbol, rt    = auipc rt, %pcrel_hi(symbol); sw rs, %pcrel_lo(.-4)(rt)
sd rs, symbol, rt    = auipc rt, %pcrel_hi(symbol); sd rs, %pcrel_lo(.-4)(rt)
"""
"""Rows that only the assembler reads."""

OPPOSITE: Final = {
    "beq": "bne",
    "bne": "beq",
    "blt": "bge",
    "bge": "blt",
    "bltu": "bgeu",
    "bgeu": "bltu",
}
"""The branch that is taken when the other is not: a far branch jumps over a jump."""

FAR_JUMP: Final = "jal zero, target"
"""The jump that a far branch is made with."""

LOAD_CONSTANT: Final = "li"
"""The mnemonic that loads any 64-bit constant; how many instructions that takes depends on it."""

CONSTANT_STEPS: Final = {
    "set": "addi rd, zero, imm",
    "upper": "lui rd, imm",
    "add_word": "addiw rd, rd, imm",
    "add": "addi rd, rd, imm",
    "left": "slli rd, rd, imm",
    "right": "srli rd, rd, imm",
    "invert": "xori rd, rd, imm",
}
"""The steps from which `li` composes a constant (derive.asm.constants)."""

PADDING: Final = "addi zero, zero, 0"
"""What fills gaps between instructions."""

SHORT_PADDING: Final = "c.nop"
"""What fills a gap that is too small for it."""


@dataclass(frozen=True, slots=True)
class Template:
    """One instruction on the right side: a mnemonic and the text of its operands."""

    name: str
    operands: str


@dataclass(frozen=True, slots=True)
class Row:
    """One pseudo-instruction: its mnemonic, the text of its operands, what it stands for."""

    name: str
    operands: str
    expansion: tuple[Template, ...]

    @property
    def text(self) -> str:
        """The written form, for messages."""
        return f"{self.name} {self.operands}".strip()


@cache
def parse_template(text: str) -> Template:
    """`addi rd, rs, 0` as a mnemonic and its operands."""
    name, _, operands = text.strip().partition(" ")
    return Template(name, operands.strip())


def _parse_rows(text: str) -> tuple[Row, ...]:
    rows = []
    for line in text.strip().splitlines():
        if line:
            written, _, meaning = line.partition("=")
            left = parse_template(written)
            right = tuple(parse_template(part) for part in meaning.split(";"))
            rows.append(Row(left.name, left.operands, right))
    return tuple(rows)


SHOWN: Final = _parse_rows(SHOWN_TEXT)
ROWS: Final = SHOWN + _parse_rows(ACCEPTED_TEXT)
