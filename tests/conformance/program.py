"""The frame of a generated program: start, trap handlers, episodes, end.

A program is a row of *episodes*. Each starts in M, sets the machine up, goes to a mode and runs
random instructions there. Handlers read the trap's CSRs into registers (so that a commit log
shows them), skip the instruction and return. Two things end an episode early: its allowance of
traps is used up, or a fetch faulted. So every program ends, whatever the random state does.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random
from typing import Final

from tests.conformance import layout
from tests.conformance.emit import Code
from tests.conformance.image import MTIMECMP, RAM_BASE, Image
from tests.conformance.kinds import BY_KIND
from tests.conformance.layout import Roles
from tests.conformance.values import word64
from vmlab.core.bits import MASK64
from vmlab.core.modes import Mode
from vmlab.isa.causes import (
    BREAKPOINT,
    ECALL_FROM_S,
    ILLEGAL_INSTRUCTION,
    INSTRUCTION_ACCESS_FAULT,
    INSTRUCTION_GUEST_PAGE_FAULT,
    INSTRUCTION_PAGE_FAULT,
)
from vmlab.isa.extensions import ISA_STRING, extensions_of, isa_string
from vmlab.isa.layouts import ENVCFG, MSTATUS
from vmlab.isa.system.walk import FORMATS
from vmlab.isa.table import ALWAYS, INSTRUCTIONS
from vmlab.machine.platform import CHOICES

PAGE: Final = 4096
FS_INITIAL: Final = 1 << MSTATUS["FS"].low
VECTORS: Final = 16
FETCH_FAULTS: Final = (
    INSTRUCTION_PAGE_FAULT,
    INSTRUCTION_ACCESS_FAULT,
    INSTRUCTION_GUEST_PAGE_FAULT,
)
"""After one of these there is nothing to go on with."""
TOLD: Final = {"m": ("mtval2", "mtinst"), "s": ("htval", "htinst", "hstatus"), "v": ()}
"""What a handler is told besides cause, epc and tval where there is a hypervisor, by its prefix."""
PMP_ALL: Final = (1 << 54) - 1
TRAPS_AN_EPISODE: Final = 24
TRANSLATIONS: Final = ("sv39", "sv48", "sv57", "sv57")
"""Platforms of programs, unless they are without translation."""
SHORTEST: Final = FORMATS[0].number

EXITS: Final = {
    ECALL_FROM_S: 0x0000_0073,
    BREAKPOINT: 0x0010_0073,
    ILLEGAL_INSTRUCTION: 0x0000_0000,
}
"""How S hands over to M: an instruction and its cause, which the program never delegates."""

REDUCED: Final = tuple(
    isa_string(names)
    for names in (
        {"m", "zicntr", "zifencei"},
        {"m", "c", "zifencei"},
        {"zaamo", "zbb", "zihpm", "zifencei"},
        {"zmmul", "zalrsc", "zba", "zbs", "zicntr", "zifencei"},
        {"m", "f", "c", "zifencei"},
        {"d", "zca", "zicntr", "zifencei"},
        {"m", "h", "zicntr", "zifencei"},
        {"h", "zaamo", "zca", "svadu"},
    )
)
"""Machines that lack much; one program in four is for one of them, the others for everything."""


class Program:
    """Builds one program. Everything random comes from `rng`."""

    def __init__(
        self,
        name: str,
        seed: int,
        bare: bool = False,
        needs: str = "i",
        content: Callable[[Random], int] = word64,
    ) -> None:
        """`needs` is an extension that the machine has in any case; `content` makes what stands in
        scratch memory."""
        self.name = name
        self.rng = Random(f"{name}/{seed}")
        self.translation = "bare" if bare else self.rng.choice(TRANSLATIONS)
        self.misaligned = self.rng.choice(tuple(CHOICES["misaligned"]))
        highest = CHOICES["translation"][self.translation] or SHORTEST
        self.formats = tuple(fmt for fmt in FORMATS if fmt.number <= highest)
        """What satp can be told (without translation: what it is told in vain)."""
        self.isa = ISA_STRING if (seed + len(name)) % 4 else self._reduced(needs)
        have = extensions_of(self.isa) | ALWAYS
        self.by_kind = {
            kind: tuple(insn for insn in instructions if insn.extension in have)
            for kind, instructions in BY_KIND.items()
        }
        """The instructions that the machine has."""
        self.absent = tuple(insn for insn in INSTRUCTIONS if insn.extension not in have)
        self.code = Code(layout.CODE)
        self.roles = Roles.choose(self.rng)
        self.exit_cause = self.rng.choice(sorted(EXITS))
        self.segments: list[tuple[int, bytes]] = []
        page = [content(self.rng) for _ in range(PAGE // 8)]
        pages = layout.SCRATCH_BYTES // PAGE
        self.scratch_words = [word for at in range(pages) for word in page[at:] + page[:at]]
        self.pmp_addresses = [0] * 16
        self.edges: list[int] = []
        """Physical addresses where a PMP entry begins or ends."""
        self.episodes = 0
        self._names = 0
        self._handlers()

    def _reduced(self, needs: str) -> str:
        return self.rng.choice([isa for isa in REDUCED if needs in extensions_of(isa)])

    def has(self, extension: str) -> bool:
        """True if the machine has the extension."""
        return extension in extensions_of(self.isa)

    # names

    def fresh(self, stem: str = "l") -> str:
        """A label nobody else uses."""
        self._names += 1
        return f"{stem}.{self._names}"

    # the frame

    def _handlers(self) -> None:
        code, r = self.code, self.roles
        code.jump("start")
        prefixes = ("m", "s", "v") if self.has("h") else ("m", "s")
        for prefix in prefixes:
            while code.here % 256:
                code.op("addi")
            code.label(f"{prefix}.vector")
            for _ in range(VECTORS):
                code.jump(f"{prefix}.handler")
        for prefix in prefixes:
            level = "s" if prefix == "v" else prefix  # VS knows its CSRs by the names of S's
            code.label(f"{prefix}.handler")
            code.csr("csrrs", f"{level}cause", rd=r.a)
            code.csr("csrrs", f"{level}epc", rd=r.b)
            for name in TOLD[prefix] if self.has("h") else ():
                code.csr("csrrs", name, rd=r.d)
            code.csr("csrrs", f"{level}tval", rd=r.c)
            code.csr("csrrs", f"{level}status", rd=r.d)
            code.op("addi", rd=r.left, rs1=r.left, imm=-1)
            code.branch("bge", 0, r.left, f"{prefix}.leave")
            code.branch("blt", r.a, 0, f"{prefix}.interrupt")
            for cause in FETCH_FAULTS:
                code.op("addi", rd=r.c, rs1=0, imm=cause)
                code.branch("beq", r.a, r.c, f"{prefix}.leave")
            code.op("addi", rd=r.b, rs1=r.b, imm=4)
            code.csr("csrrw", f"{level}epc", rs1=r.b)
            code.op(f"{level}ret")
            code.jump(f"{prefix}.leave")  # S gets here when TSR took its sret away
            code.label(f"{prefix}.interrupt")
            code.op("addi", rd=r.c, rs1=0, imm=1)
            code.op("sll", rd=r.c, rs1=r.c, rs2=r.a)
            code.csr("csrrc", f"{level}ie", rs1=r.c)
            if prefix == "s" and self.has("h"):
                code.csr("csrrc", "hie", rs1=r.c)
            code.op(f"{level}ret")
            code.jump(f"{prefix}.leave")  # S gets here when TSR took its sret away
        code.label("m.leave")
        code.op("jalr", rd=0, rs1=r.after)
        for prefix in prefixes[1:]:
            code.label(f"{prefix}.leave")
            code.op("addi", rd=r.left, rs1=0, imm=0)
            code.raw(EXITS[self.exit_cause])
            code.jump(f"{prefix}.leave")
        code.label("start")
        for register in (r.c, r.d, r.left, r.after, r.base, r.pointer, r.loop, r.again):
            code.li(register, 0)  # the boot ROMs leave different values
        code.address(r.a, "m.vector")
        code.csr("csrrw", "mtvec", rs1=r.a)
        code.li(r.a, MTIMECMP)
        code.li(r.b, -1)
        code.op("sd", rs1=r.a, rs2=r.b)
        self.open_memory()
        for register in self.roles.free:
            code.li(register, word64(self.rng))
        if self.has("f"):  # Spike's registers are of no format after reset, ours 0
            self.set_csr("mstatus", FS_INITIAL)
            move = "fmv.d.x" if self.has("d") else "fmv.w.x"
            for number in range(32):
                code.op(move, frd=number, rs1=number)
            code.csr("csrrw", "fcsr", rs1=0)
        code.csr("csrrw", "minstret", rs1=0)
        code.csr("csrrw", "mcycle", rs1=0)

    def open_memory(self) -> None:
        """PMP: entry 0 opens the code, entry 15 everything, to S and U."""
        self.set_csr("pmpaddr0", (layout.CODE >> 2) | ((2 * layout.CODE_BYTES >> 3) - 1))
        self.set_csr("pmpaddr15", PMP_ALL)
        self.set_csr("pmpcfg0", 0x1F)
        self.set_csr("pmpcfg2", 0x1F << 56)

    def set_csr(self, name: str, value: int, rd: int = 0) -> None:
        """Write a constant to a CSR, through the pointer register."""
        self.code.li(self.roles.pointer, value)
        self.code.csr("csrrw", name, rd=rd, rs1=self.roles.pointer)

    def begin(self, traps: int = TRAPS_AN_EPISODE, times: int = 1) -> None:
        """A new episode: M, no interrupts, physical addresses, nothing delegated.

        It runs `times` times, each on the registers that the last one left.
        """
        code, r = self.code, self.roles
        code.label(f"episode.{self.episodes}")
        code.li(r.again, times)
        code.label(f"top.{self.episodes}")
        self.episodes += 1
        code.csr("csrrw", "mie", rs1=0)
        code.csr("csrrw", "mstatus", rs1=0)
        code.csr("csrrw", "medeleg", rs1=0)
        code.csr("csrrw", "mideleg", rs1=0)
        code.csr("csrrw", "satp", rs1=0)
        if self.has("sstc"):
            self.set_csr("menvcfg", ENVCFG.mask("STCE"))  # so that it stops being pending
            code.op("addi", rd=r.pointer, rs1=0, imm=-1)
            code.csr("csrrw", "stimecmp", rs1=r.pointer)
        if self.has("h"):
            self._no_guest()
        code.csr("csrrw", "menvcfg", rs1=0)
        code.address(r.after, f"again.{self.episodes}")
        code.li(r.left, traps)
        code.li(r.base, layout.SCRATCH + layout.SCRATCH_BYTES // 2)

    def _no_guest(self) -> None:
        """Nothing of a guest's state counts, and VS's timer is not due."""
        code, r = self.code, self.roles
        if self.has("sstc"):
            self.set_csr("menvcfg", ENVCFG.mask("STCE"))
            self.set_csr("henvcfg", ENVCFG.mask("STCE"))
            code.op("addi", rd=r.pointer, rs1=0, imm=-1)
            code.csr("csrrw", "vstimecmp", rs1=r.pointer)
        for name in ("hvip", "hstatus", "hedeleg", "hideleg", "hgatp", "vsatp", "vsstatus"):
            code.csr("csrrw", name, rs1=0)
        for name in ("henvcfg", "htimedelta"):
            code.csr("csrrw", name, rs1=0)

    def leave(self) -> None:
        """End an episode that runs in any mode."""
        code, r = self.code, self.roles
        code.op("addi", rd=r.left, rs1=0, imm=0)
        code.raw(EXITS[self.exit_cause])
        # From U, the ecall has another cause and may have gone to S, which comes here too.
        here = self.fresh()
        code.label(here)
        code.jump(here)
        self._repeat()

    def _repeat(self) -> None:
        """Where M goes when an episode is over."""
        code, r = self.code, self.roles
        code.label(f"again.{self.episodes}")
        code.op("addi", rd=r.again, rs1=r.again, imm=-1)
        code.branch("beq", r.again, 0, f"episode.{self.episodes}")
        code.jump(f"top.{self.episodes - 1}")

    def stvec(self) -> None:
        """Point stvec at the handler, direct or vectored."""
        code, r = self.code, self.roles
        code.address(r.pointer, "s.vector")
        code.op("addi", rd=r.pointer, rs1=r.pointer, imm=self.rng.randrange(2))
        code.csr("csrrw", "stvec", rs1=r.pointer)

    def delegation(self) -> int:
        """A random medeleg that leaves the program its way out."""
        chosen = self.rng.choice((0, MASK64, self.rng.getrandbits(64)))
        return chosen & ~(1 << self.exit_cause)

    def enter(self, mode: Mode, status: int = 0, alias: int = 0, virtual: int = 0) -> None:
        """Go to a mode, with this V, at the next instruction, by mret; `alias` is added to the
        address."""
        code, r = self.code, self.roles
        target = self.fresh("enter")
        code.address(r.pointer, target)
        if alias:
            code.li(r.a, alias)
            code.op("add", rd=r.pointer, rs1=r.pointer, rs2=r.a)
        code.csr("csrrw", "mepc", rs1=r.pointer)
        self.set_csr("mstatus", put_status(put_status(status, "MPP", mode), "MPV", virtual))
        code.op("mret")
        code.label(target)

    def image(self) -> Image:
        """The finished program."""
        code, r = self.code, self.roles
        if f"again.{self.episodes}" not in code.labels:
            self._repeat()
        code.label(f"episode.{self.episodes}")
        code.csr("csrrw", "mie", rs1=0)
        code.csr("csrrw", "mstatus", rs1=0)
        for name in ("minstret", "mcycle", "mip", "medeleg", "mideleg", "sstatus", "sie", "satp"):
            code.csr("csrrs", name, rd=r.a)
        code.li(r.a, layout.TOHOST)
        code.li(r.b, 1)
        code.op("sd", rs1=r.a, rs2=r.b)
        code.label("end")
        code.jump("end")
        text = code.bytes()
        assert len(text) <= layout.CODE_BYTES, f"{self.name}: {len(text)} bytes of code"
        scratch = struct.pack(f"<{len(self.scratch_words)}Q", *self.scratch_words)
        segments = [(layout.CODE, text), (layout.SCRATCH, scratch), (layout.TOHOST, bytes(16))]
        return Image(
            self.name,
            tuple(sorted(segments + self.segments)),
            RAM_BASE,
            code.labels["end"],
            layout.TOHOST,
            (layout.SCRATCH, layout.SCRATCH + layout.SCRATCH_BYTES),
            {"translation": self.translation, "misaligned": self.misaligned, "isa": self.isa},
        )


def put_status(status: int, name: str, value: int) -> int:
    """A concrete mstatus with one field replaced (as the manuals' `mstatus.MPP = mode`)."""
    field = MSTATUS[name]
    return status & ~field.mask | value << field.low
