"""What the programs of these tests share: a way into a mode, a handler, page tables.

The handler of M skips whatever trapped (or goes to s9 after a fetch), and adds what it was told
into s8, so that a trap that was different shows in the end even where nobody compared. s7 to s11
belong to it; an ecall in the program ends it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

from tests.tiers.sides import Program, Segments, Twins
from vmlab.core.events import TrapTaken
from vmlab.isa.layouts import PTE
from vmlab.isa.system.walk import FORMATS
from vmlab.machine import memmap

PASS: Final = """
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
    j .
"""

HANDLER: Final = """
.balign 64
trap:
    csrr s10, mcause
    slli s8, s8, 1
    xor s8, s8, s10
    csrr s11, mtval
    add s8, s8, s11
    bltz s10, trap_interrupt
    addi s11, s10, -8
    sltiu s11, s11, 4
    bnez s11, trap_ecall
    csrr s11, mepc
    addi s11, s11, 4
    beqz s10, trap_fetch            # instruction address misaligned
    addi s10, s10, -1
    beqz s10, trap_fetch            # instruction access fault
    addi s10, s10, -11
    beqz s10, trap_fetch            # instruction page fault
    csrw mepc, s11
    mret
trap_fetch:
    csrw mepc, s9
    mret
trap_interrupt:
    slli s10, s10, 1
    srli s10, s10, 1
    addi s11, s10, -7
    beqz s11, trap_timer
    addi s11, s10, -5
    beqz s11, trap_stimer
    addi s11, s10, -11
    beqz s11, trap_external
    li s11, 0x2000000
    sw zero, 0(s11)                 # software: msip
    csrci mip, 2
    mret
trap_timer:
    li s11, 0x2004000
    ld s10, 0(s11)
    add s10, s10, s7
    sd s10, 0(s11)
    mret
trap_stimer:
    csrr s11, stimecmp
    add s11, s11, s7
    csrw stimecmp, s11
    mret
trap_external:
    li s11, 0xc200004
    lw s10, 0(s11)
    add s8, s8, s10
    li s10, 0x10000000
    lbu s10, 0(s10)
    add s8, s8, s10
    li s10, 10
    sw s10, 0(s11)
    mret
trap_ecall:
    li s11, 0x100000
    li s10, 0x5555
    sw s10, 0(s11)
    j .
"""

MODES: Final = {"M": 3, "S": 1, "U": 0}


def start(
    mode: str = "M",
    satp: int = 0,
    status: int = 0,
    where: str | int = "body",
    more: str = "",
    pmp: bool = True,
) -> str:
    """Code that goes to `where` in a mode, with everything else set up; `more` comes before."""
    return f"""
    la t0, trap
    csrw mtvec, t0
    {"li t0, -1; srli t0, t0, 10; csrw pmpaddr15, t0".replace(";", chr(10)) if pmp else ""}
    {"li t0, 0x1f; slli t0, t0, 56; csrw pmpcfg2, t0".replace(";", chr(10)) if pmp else ""}
    li s7, 1000
    li s8, 0
    la s9, ended
    {more}
    li t0, {satp:#x}
    csrw satp, t0
    li t0, {status | MODES[mode] << 11:#x}
    csrw mstatus, t0
    {f"li t0, {where:#x}" if isinstance(where, int) else f"la t0, {where}"}
    csrw mepc, t0
    li t0, 0
    mret
ended:
    ecall
    """


FLAGS: Final = {letter: PTE.mask(letter) for letter in "VRWXUGAD"}


def flags(letters: str) -> int:
    """The bits of a page-table entry by their letters; V, A and D are always set."""
    return sum(FLAGS[letter] for letter in {*letters, "V", "A", "D"})


TABLES: Final = memmap.RAM + 0x40000
PAGE: Final = 4096


@dataclass
class Tables:
    """Page tables of one address space in one of the formats, as segments of an image."""

    base: int = TABLES
    format: int = 0
    asid: int = 0
    pages: list[list[int]] = field(default_factory=lambda: [[0] * 512])
    _next: dict[tuple[int, int], int] = field(default_factory=dict)

    @property
    def levels(self) -> int:
        return FORMATS[self.format].levels

    @property
    def satp(self) -> int:
        return FORMATS[self.format].number << 60 | self.asid << 44 | self.base >> 12

    def place(self, va: int, level: int = 0) -> tuple[int, int]:
        """(table, index) of the entry of an address; makes the tables on the way."""
        table = 0
        for at in reversed(range(level + 1, self.levels)):
            index = va >> (12 + 9 * at) & 511
            if (table, index) not in self._next:
                self._next[table, index] = len(self.pages)
                self.pages.append([0] * 512)
                pointer = self.base + PAGE * (len(self.pages) - 1)
                self.pages[table][index] = pointer >> 12 << 10 | 1
            table = self._next[table, index]
        return table, va >> (12 + 9 * level) & 511

    def entry_at(self, va: int, level: int = 0) -> int:
        """Physical address of the entry of an address."""
        table, index = self.place(va, level)
        return self.base + PAGE * table + 8 * index

    def map(self, va: int, pa: int, letters: str, level: int = 0) -> Tables:
        """Map a page (a superpage at a level above 0)."""
        table, index = self.place(va, level)
        self.pages[table][index] = pa >> 12 << 10 | flags(letters)
        return self

    def same(self, first: int, pages: int, letters: str) -> Tables:
        """Map pages to themselves."""
        for at in range(first, first + pages * PAGE, PAGE):
            self.map(at, at, letters)
        return self

    def segments(self) -> Segments:
        data = b"".join(struct.pack("<512Q", *page) for page in self.pages)
        return [(self.base, data)]


def program(source: str, *tables: Tables, more: Segments = ()) -> Program:
    """A source with the handler behind it, and page tables."""
    made = Program.of(source + HANDLER)
    segments = [*made.segments, *more]
    for one in tables:
        segments += one.segments()
    return Program(segments, made.entry, made.labels)


# A program that fetches, loads and stores in five pages ----------------------------------------

CODE: Final = memmap.RAM
DATA: Final = memmap.RAM + 0x1_0000

WORK: Final = f"""
body:
    li s0, {DATA:#x}
    li s1, {DATA + PAGE:#x}
    li s2, {DATA + 2 * PAGE:#x}
    li s3, 3
1:  ld a0, 0(s0)
    addi a0, a0, 1
    sd a0, 8(s0)
    sw a0, 16(s1)
    lw a1, 16(s1)
    lbu a2, 0(s2)
    sb a1, 1(s2)
    amoadd.w a3, a0, (s0)
    lr.d a4, (s1)
    sc.d a5, a0, (s1)
    ld a6, 0(s2)
    lh a7, 2(s0)
    sh a7, 4(s2)
    jal 2f
    addi s3, s3, -1
    bnez s3, 1b
    ecall
    .balign 4096
2:  addi a0, a0, 1
    ret
"""


def kinds(twins: Twins) -> set[int]:
    """The causes of the traps that were taken."""
    return {e.cause for e in twins.sides[0].events if isinstance(e, TrapTaken)}
