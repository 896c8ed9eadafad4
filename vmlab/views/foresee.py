"""What the next instruction will do, told from the registers and the word alone.

This explains; it never decides, and says less rather than guess: whether a load faults is for the
walk to find out. What it does say comes from the manual's rules for privilege, and names the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from vmlab.core.bits import MASK64, signed
from vmlab.core.events import Access
from vmlab.core.modes import Mode
from vmlab.derive.decoder import decoder
from vmlab.isa import causes
from vmlab.isa.csrs import BY_NUMBER
from vmlab.isa.encoding import Instruction, decode_fields
from vmlab.isa.extensions import extensions_of
from vmlab.isa.layouts import HSTATUS, MSTATUS, SATP
from vmlab.isa.registers import ABI_NAMES
from vmlab.session.snapshot import CodeLine, Registers, Snapshot
from vmlab.views.names import Symbols, cause_name, short_hex, summary
from vmlab.views.phrase import NOTHING, Phrase, described, say


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether the next step certainly traps, and a sentence on what happens."""

    traps: bool
    sentence: Phrase


@dataclass(frozen=True, slots=True)
class Next:
    """The next instruction, decoded, with the registers it will see."""

    now: Registers
    line: CodeLine
    insn: Instruction
    fields: Mapping[str, int]
    symbols: Symbols

    def x(self, field: str) -> int:
        """The value of the register that operand `field` names."""
        return self.now.x[self.fields[field]]

    def place(self, address: int) -> str:
        """An address with its symbol."""
        near = self.symbols.near(address & MASK64)
        shown = short_hex(address & MASK64)
        return shown if near is None else f"{shown} <{near}>"


_TVM, _TW, _TSR, _SIE, _MIE = (MSTATUS.mask(bit) for bit in ("TVM", "TW", "TSR", "SIE", "MIE"))
_BYTES: Final = {"b": 1, "h": 2, "w": 4, "d": 8}
_LOADS: Final = frozenset({"lb", "lh", "lw", "ld", "lbu", "lhu", "lwu"})
_STORES: Final = frozenset({"sb", "sh", "sw", "sd"})
_WRITES: Final = {
    "csrrw": Phrase("Writes {given} to {name}."),
    "csrrs": Phrase("Sets the bits of {given} in {name}."),
    "csrrc": Phrase("Clears the bits of {given} in {name}."),
}
_BRANCHES: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "beq": lambda a, b: a == b,
    "bne": lambda a, b: a != b,
    "blt": lambda a, b: signed(a) < signed(b),
    "bge": lambda a, b: signed(a) >= signed(b),
    "bltu": lambda a, b: a < b,
    "bgeu": lambda a, b: a >= b,
}


def _handler(now: Registers, cause: int, interrupt: bool = False) -> Phrase:
    """Who takes a trap, and the delegation bit that decides (privileged manual, 3.1.8)."""
    name = "mideleg" if interrupt else "medeleg"
    delegated = now.csrs.get(name, 0) >> cause & 1
    if now.mode is Mode.M and not interrupt:
        return Phrase("M takes it: a trap never goes to a lower mode.")
    return say(
        "{name} bit {cause} is {bit}: {mode} takes it.",
        name=name, cause=cause, bit=delegated, mode="S" if delegated else "M",
    )  # fmt: skip


def _exception(now: Registers, cause: int, why: Phrase = NOTHING) -> Outlook:
    return Outlook(
        True,
        say(
            "{why} Cause {cause}, {name}. {who}" if why else "Cause {cause}, {name}. {who}",
            why=why, cause=cause, name=cause_name(cause, False), who=_handler(now, cause),
        ),
    )  # fmt: skip


def _illegal(now: Registers, why: Phrase) -> Outlook:
    return _exception(now, causes.ILLEGAL_INSTRUCTION, why)


def pending_interrupt(now: Registers) -> int | None:
    """The interrupt that the hart takes before the next instruction, if any (3.1.9)."""
    csrs = now.csrs
    ready = csrs.get("mip", 0) & csrs.get("mie", 0)
    delegated, mstatus = csrs.get("mideleg", 0), csrs.get("mstatus", 0)
    ready &= ~csrs.get("hideleg", 0)  # those wait for VS, where this view does not look
    to_m = ready & ~delegated if now.mode < Mode.M or mstatus & _MIE else 0
    enabled_s = now.mode < Mode.S or (now.mode is Mode.S and mstatus & _SIE)
    chosen = to_m or (ready & delegated if enabled_s else 0)
    by_priority = sorted(causes.INTERRUPTS.values(), key=lambda row: row.priority)
    return next((row.number for row in by_priority if chosen >> row.number & 1), None)


def _csr_access(at: Next) -> Outlook | None:
    """CSR addresses say who may use them: bits 9:8 the mode, bits 11:10 read-only (2.1)."""
    number = at.fields["csr"]
    csr = BY_NUMBER.get(number)
    if csr is None:
        return _illegal(at.now, say("CSR {number} does not exist.", number=f"{number:#05x}"))
    name, level = csr.name, csr.lowest_mode
    if level > at.now.mode:
        why = say(
            "{name} needs {level} (bits 9:8 of its number), the hart is in {mode}.",
            name=name, level=level.name, mode=at.now.mode.name,
        )  # fmt: skip
        return _illegal(at.now, why)
    source = at.fields.get("rs1", at.fields.get("uimm", 0))
    writes = at.insn.name.startswith("csrrw") or source != 0
    if writes and csr.is_read_only:
        return _illegal(at.now, say("{name} is read-only.", name=name))
    if name == "satp" and at.now.mode is Mode.S and at.now.csrs.get("mstatus", 0) & _TVM:
        return _illegal(at.now, Phrase("mstatus.TVM is 1: S may not touch satp."))
    return Outlook(False, _csr_sentence(at, name, writes))


def _csr_sentence(at: Next, name: str, writes: bool) -> Phrase:
    """What a CSR instruction that may run does to the CSR and to rd."""
    rd, action = at.fields.get("rd", 0), at.insn.name.removesuffix("i")
    if not writes:
        return say("Reads {name} into {rd}.", name=name, rd=ABI_NAMES[rd]) if rd else (
            say("Reads {name}, and keeps nothing.", name=name)
        )  # fmt: skip
    source = at.fields.get("rs1")
    given = f"{at.fields['uimm']}" if source is None else ABI_NAMES[source]
    if action == "csrrw" and rd and rd == source:
        return say("Swaps {name} and {rd}.", name=name, rd=ABI_NAMES[rd])
    what = say(_WRITES[action].template, name=name, given=given)
    return say("{what} {rd} gets its old value.", what=what, rd=ABI_NAMES[rd]) if rd else what


def _return(at: Next) -> Outlook:
    """mret and sret (3.3.2): where to, and in which mode."""
    from_m = at.insn.name == "mret"
    needed, mstatus = Mode.M if from_m else Mode.S, at.now.csrs.get("mstatus", 0)
    if at.now.mode < needed:
        why = say("{name} needs {mode}.", name=at.insn.name, mode=needed.name)
        return _illegal(at.now, why)
    if not from_m and at.now.mode is Mode.S and mstatus & _TSR:
        return _illegal(at.now, Phrase("mstatus.TSR is 1: S may not use sret."))
    target = at.now.csrs.get("mepc" if from_m else "sepc", 0)
    field = "MPP" if from_m else "SPP"
    to = Mode(MSTATUS[field].of(mstatus))
    guest = (
        MSTATUS["MPV"].of(mstatus) if from_m else HSTATUS["SPV"].of(at.now.csrs.get("hstatus", 0))
    )
    if guest and to is not Mode.M:
        return Outlook(
            False,
            say(
                "Returns to V{mode} at {place}: {field} is {mode}, {bit} is 1.",
                mode=to.name, place=at.place(target), field=field,
                bit="MPV" if from_m else "hstatus.SPV",
            ),
        )  # fmt: skip
    return Outlook(
        False,
        say(
            "Returns to {mode} at {place}: {field} is {mode}.",
            mode=to.name, place=at.place(target), field=field,
        ),
    )  # fmt: skip


def _supervisor_only(at: Next) -> Outlook | None:
    """wfi and sfence.vma, and the bits with which M keeps them from S (3.1.6.6)."""
    mstatus = at.now.csrs.get("mstatus", 0)
    bit, name = (_TW, "TW") if at.insn.name == "wfi" else (_TVM, "TVM")
    if at.now.mode is Mode.U:
        return _illegal(at.now, say("{name} needs S.", name=at.insn.name))
    if at.now.mode is Mode.S and mstatus & bit:
        return _illegal(at.now, say("mstatus.{name} is 1.", name=name))
    return None


def _system(at: Next) -> Outlook | None:
    name = at.insn.name
    if name == "ecall":
        ecalls = {
            Mode.U: causes.ECALL_FROM_U, Mode.S: causes.ECALL_FROM_S, Mode.M: causes.ECALL_FROM_M,
        }  # fmt: skip
        return _exception(at.now, ecalls[at.now.mode])
    if name in ("ebreak", "c.ebreak"):
        return _exception(at.now, causes.BREAKPOINT)
    if name in ("mret", "sret"):
        return _return(at)
    if name in ("wfi", "sfence.vma"):
        return _supervisor_only(at)
    return _csr_access(at) if "csr" in at.fields else None


def _memory(at: Next) -> Outlook:
    size = _BYTES[at.insn.name[1]]
    place = at.place(at.x("rs1") + at.fields["imm"])
    names = ("vsatp", "hgatp") if at.now.virtual else ("satp",)
    atps = (at.now.csrs.get(name, 0) for name in names)
    translated = any(SATP["MODE"].of(atp) for atp in atps) and at.now.mode is not Mode.M
    kind = "va" if translated else "pa"
    if at.insn.name in _LOADS:
        said = say("Reads {size} bytes at {kind} {place}.", size=size, kind=kind, place=place)
    else:
        said = say("Writes {size} bytes at {kind} {place}.", size=size, kind=kind, place=place)
    return Outlook(False, said)


def next_data(snapshot: Snapshot) -> tuple[int, Access] | None:
    """The address that the next instruction loads from or stores to; None if it does neither."""
    line = next((line for line in snapshot.code if line.address == snapshot.now.pc), None)
    insn = None if line is None else decoder(extensions_of(snapshot.isa))(line.word)
    if line is None or insn is None or insn.name not in _LOADS | _STORES:
        return None
    at = Next(snapshot.now, line, insn, decode_fields(insn, line.word), Symbols({}))
    access = Access.LOAD if insn.name in _LOADS else Access.STORE
    return (at.x("rs1") + at.fields["imm"]) & MASK64, access


def _flow(at: Next) -> Outlook | None:
    name = at.insn.name
    near = at.now.pc + at.fields.get("imm", 0)
    if name in _BRANCHES:
        if not _BRANCHES[name](at.x("rs1"), at.x("rs2")):
            return Outlook(False, Phrase("Not taken: goes on with the next line."))
        return Outlook(False, say("Taken: to {place}.", place=at.place(near)))
    if name == "jal":
        return Outlook(False, say("Jumps to {place}.", place=at.place(near)))
    if name == "jalr":
        target = at.x("rs1") + at.fields["imm"] & ~1
        return Outlook(False, say("Jumps to {place}.", place=at.place(target)))
    return None


def foresee(snapshot: Snapshot, line: CodeLine) -> Outlook:
    """What the step from here does, in words; the instruction's own description if no more."""
    now = snapshot.now
    # What VS and VU may, two levels decide: here less is said rather than guessed.
    interrupt = None if now.virtual else pending_interrupt(now)
    if interrupt is not None:
        who = _handler(now, interrupt, interrupt=True)
        said = say(
            "First a {name}, cause {cause}. {who}",
            name=cause_name(interrupt, True), cause=interrupt, who=who,
        )  # fmt: skip
        return Outlook(True, said)
    insn = decoder(extensions_of(snapshot.isa))(line.word)
    if insn is None:
        return _illegal(now, Phrase("No instruction has this encoding."))
    at = Next(now, line, insn, decode_fields(insn, line.word), Symbols(snapshot.symbols))
    found = None if now.virtual else _system(at)
    if found is None and insn.name in _LOADS | _STORES:
        found = _memory(at)
    return found or _flow(at) or Outlook(False, described(summary(insn.doc)))
