"""One program, two machines, instruction by instruction.

`Lockstep` walks a list of Spike's steps and moves our machine along. After each instruction it
compares pc, instruction word, mode, every register, the CSRs that Spike wrote and what a trap
left; at the end, scratch memory. The first difference ends the run with a report of both sides.

`strides` does the same with many instructions at a time, so that the engine runs its blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from random import Random
from typing import Final

from tests.conformance.emit import BY_NAME
from tests.conformance.freedoms import FREE_BITS, INTERNAL, free_bits
from tests.conformance.image import RAM_BASE, RAM_BYTES, Image
from tests.conformance.partial import partial_store
from tests.conformance.spike import FIRST_FLOAT, Step
from vmlab.core.events import Access, Event, EventKind, Retired, TrapTaken
from vmlab.core.modes import Mode
from vmlab.derive.decoder import decode
from vmlab.derive.disasm import disassemble
from vmlab.engine.api import Engine, Halt, StopAt
from vmlab.engine.tiers import make_engine, new_arena
from vmlab.isa.causes import EXCEPTIONS, INTERRUPT_BIT
from vmlab.isa.csrs import BY_NUMBER, CSRS
from vmlab.isa.encoding import decode_fields
from vmlab.isa.extensions import ISA_STRING, extensions_of
from vmlab.isa.layouts import MSTATUS
from vmlab.isa.registers import ABI_NAMES, FLOAT_NAMES
from vmlab.isa.state import NO_RESERVATION, F, X
from vmlab.machine.platform import Machine, Platform

ENGINES: Final = ("t0", "t1")
IN_STRIDES: Final = (*ENGINES, "t2")
"""T2 translates nothing for a run of one instruction. The tests force it (`conftest`)."""
"""The tiers that run beside Spike."""
TELLS_RETIRED: Final = ("t0",)
"""Those that say themselves which instruction they run; of the others its pc must do."""
Make = Callable[[Machine], Engine]
SC: Final = (BY_NAME["sc.w"], BY_NAME["sc.d"])
_FENCE_I: Final = BY_NAME["fence.i"]
SYSTEM_OPCODE: Final = BY_NAME["csrrw"].match & 0x7F
CAUSES: Final = {
    {
        "environment call from U": "trap_user_ecall",
        "environment call from S": "trap_supervisor_ecall",
        "environment call from VS": "trap_virtual_supervisor_ecall",
        "environment call from M": "trap_machine_ecall",
    }.get(cause.name, "trap_" + cause.name.replace(" ", "_")): cause.number
    for cause in EXCEPTIONS.values()
}
"""Spike's names of exceptions."""

REPORTED: Final = (
    *("mstatus", "mcause", "mepc", "mtval", "mtvec", "medeleg", "mideleg", "mie", "mip"),
    *("scause", "sepc", "stval", "stvec", "satp", "hstatus", "hgatp", "htval", "htinst"),
    *("vsstatus", "vscause", "vsepc", "vstval", "vstvec", "vsatp", "hedeleg", "hideleg", "hvip"),
)
"""CSRs that a report shows."""


def cause_of(name: str) -> int:
    """The xcause of a trap by Spike's name for it."""
    if name.startswith("interrupt #"):
        return INTERRUPT_BIT | int(name.removeprefix("interrupt #"))
    return CAUSES[name]


def _fails(step: Step) -> bool:
    """True if it is a store-conditional that says that it did not store."""
    if step.insn is None or step.trap or not step.rd or step.value != 1:
        return False
    instruction = decode(step.insn)
    return instruction in SC


@cache
def _free_bits_of(insn: int) -> int:
    """The bits that may differ in what this SYSTEM instruction reads."""
    instruction = decode(insn)
    fields = decode_fields(instruction, insn) if instruction else {}
    return FREE_BITS.get(fields.get("csr", -1), 0)


def register_name(number: int) -> str:
    """`x5 (t0)` or `f0 (ft0)`, by the number that a step has for it."""
    at = number - FIRST_FLOAT
    return f"x{number} ({ABI_NAMES[number]})" if at < 0 else f"f{at} ({FLOAT_NAMES[at]})"


class Divergence(AssertionError):
    """The two machines disagree about `what`, after the `last` of Spike's steps."""

    def __init__(self, report: str, what: str, last: Step | None) -> None:
        super().__init__(report)
        self.what = what
        self.last = last


def _lacks_fence_i(image: Image) -> bool:
    return "zifencei" not in extensions_of(image.platform.get("isa", ISA_STRING))


def before_end(steps: Sequence[Step], image: Image) -> list[Step]:
    """The steps from the program's entry to its end; what a boot ROM does is not compared."""
    first = next(i for i, step in enumerate(steps) if step.pc == image.entry)
    lacks = _lacks_fence_i(image)

    def ends(step: Step) -> bool:
        """The program's end, or where Spike goes its own way (`freedoms.FENCE_I`)."""
        foreign = lacks and step.insn is not None and decode(step.insn) is _FENCE_I
        return step.pc == image.end or (foreign and not step.trap)

    last = next((i for i, step in enumerate(steps) if ends(step)), len(steps))
    return list(steps[first:last])


class Lockstep:
    """Our machine, kept beside Spike's steps."""

    def __init__(self, image: Image, engine: str | Make = "t0") -> None:
        self.image = image
        platform = Platform(ram_bytes=RAM_BYTES, **image.platform)
        self.machine = Machine(platform, arena=new_arena(RAM_BYTES))
        self.machine.load(image.segments, image.entry, dtb=b"")
        named = isinstance(engine, str)
        self.engine = make_engine(self.machine, engine) if named else engine(self.machine)
        self.shadow = [0] * (FIRST_FLOAT + F.length)
        self._x, self._f = (
            self.machine.arena.words[file.slot : file.slot + file.length] for file in (X, F)
        )
        self.retired: Retired | None = None
        self.taken: TrapTaken | None = None
        self.reached = 0
        """The index of the step that is being compared."""
        self.partial_stores = 0
        self.freedoms: set[str] = set()
        """Freedoms that were needed: CSRs whose free bits did differ."""
        self._interrupted = False
        """The engine has already taken the interrupt that comes after the last instruction."""
        self.lost = 0
        """Reservations that Spike lost for no reason of the program's (see `_lose`)."""
        self._history: list[Step] = []
        while self.machine.hart.pc != image.entry:
            self.engine.run(1, StopAt())
        for number in range(32):
            self.machine.hart.x[number] = 0

    def each(self, steps: Sequence[Step]) -> int:
        """Compare after every instruction; how many were compared."""
        told = self.engine.name in TELLS_RETIRED
        self.engine.listeners.kinds = EventKind.TRAP | (EventKind.RETIRE if told else EventKind(0))
        self.engine.listeners.emit = self._note
        self.engine.listeners.batch = lambda batch: [self._note(event) for event in batch.events()]
        for index, step in enumerate(steps):
            self.reached = index
            self._history = [*self._history[-5:], step]
            if not self._interrupted:
                self._expect("pc", self.machine.hart.pc, step.pc)
            if step.trap:
                self._trap(step, steps[index + 1] if index + 1 < len(steps) else None)
            else:
                self._retire(step)
        return len(steps)

    def strides(self, steps: Sequence[Step], seed: int) -> int:
        """Compare after a random number of instructions, and at every trap."""
        rng = Random(seed)
        at = 0
        while at < len(steps):
            count = rng.choice((1, 2, 3, 7, rng.randrange(1, 60), 200))
            budget = 0
            while at < len(steps) and budget < count and not steps[at].trap:
                if budget and _fails(steps[at]):
                    break  # it starts a stride of its own: `_lose` comes first
                self._apply(steps[at])
                budget += 1
                if self._free_bits(steps[at]):
                    count = budget
                at += 1
            self.reached = min(at, len(steps) - 1)
            if budget:
                self._history = list(steps[max(0, at - 6) : at])
                self._lose(steps[at - budget])
                self._run(budget, Halt.BUDGET)
                self._adopt(steps[at - 1])
                self._compare_registers()
            if at < len(steps) and steps[at].trap:
                if not self._interrupted:
                    self._expect("pc", self.machine.hart.pc, steps[at].pc)
                self._history = [*self._history[-5:], steps[at]]
                self._trap(steps[at], steps[at + 1] if at + 1 < len(steps) else None)
                at += 1
        return len(steps)

    def memory(self, scratch: bytes) -> None:
        """Compare scratch memory at the end, if the comparison went so far."""
        if _lacks_fence_i(self.image) and self.machine.hart.pc != self.image.end:
            return
        low, high = self.image.scratch
        ours = self.machine.read(low, high - low)
        for at in range(0, high - low, 8):
            if ours[at : at + 8] != scratch[at : at + 8]:
                value = int.from_bytes(ours[at : at + 8], "little")
                self._expect(
                    f"memory at {low + at:#x}",
                    value,
                    int.from_bytes(scratch[at : at + 8], "little"),
                )

    # one step

    def _note(self, event: Event) -> None:
        if isinstance(event, Retired):
            self.retired = event
        elif isinstance(event, TrapTaken):
            self.taken = event

    def _run(self, budget: int, expected: Halt) -> None:
        done = 0
        start = self.machine.hart.retired
        while done < budget or expected is Halt.TRAP:
            halt = self.engine.run(budget - done if budget else 1, StopAt(trap=True))
            done = self.machine.hart.retired - start
            if halt is expected:
                break
            if halt is Halt.TRAP and done == budget:
                self._interrupted = True
                break
            self._expect("outcome", halt.value, expected.value)

    def _retire(self, step: Step) -> None:
        mode = self.machine.hart.mode
        self._lose(step)
        self._run(1, Halt.BUDGET)
        if self.engine.name in TELLS_RETIRED:
            if self.retired is None or self.retired.pc != step.pc:
                self._expect("event of retirement at pc", None, step.pc)
            else:
                self._expect("instruction", self.retired.insn, step.insn)
        self._expect("mode", int(mode), step.mode)
        self._apply(step)
        self._adopt(step)
        self._compare_registers()
        for name, value in step.csrs:
            if name in INTERNAL or self._interrupted:  # an interrupt has changed mstatus since
                continue
            if name == "mip" and any(other == "hvip" for other, _ in step.csrs):
                continue  # Spike logs mip when it has done half of the write to hvip
            kept = ~free_bits(name)
            ours = self.engine.read_csr(CSRS[name].number)
            if (ours ^ value) & ~kept:
                self.freedoms.add(name)
            self._expect(name, ours & kept, value & kept)

    def _lose(self, step: Step) -> None:
        """Spike ends the reservation when a hart's turn of 5,000 instructions is over, as if others
        ran in between; a store-conditional may fail for any reason (unprivileged 13.2)."""
        if not _fails(step):
            return
        hart = self.machine.hart
        fields = decode_fields(BY_NAME["sc.d"], step.insn or 0)
        if hart.word("reservation") == hart.x[fields["rs1"]]:
            hart.set_word("reservation", NO_RESERVATION)
            self.lost += 1

    def _apply(self, step: Step) -> None:
        if step.rd:
            self.shadow[step.rd] = step.value

    def _free_bits(self, step: Step) -> int:
        """The bits of what this instruction read that may differ."""
        if step.insn is None or not step.rd or step.insn & 0x7F != SYSTEM_OPCODE:
            return 0
        return _free_bits_of(step.insn)

    def _adopt(self, step: Step) -> None:
        """Take over Spike's value of bits where both are right."""
        if bits := self._free_bits(step):
            mine = self.machine.hart.x[step.rd]
            if (mine ^ step.value) & bits:
                self._used(step)
            self.machine.hart.x[step.rd] = mine & ~bits | step.value & bits

    def _used(self, step: Step) -> None:
        number = (step.insn or 0) >> 20
        self.freedoms.add(BY_NUMBER[number].name)

    def _trap(self, step: Step, following: Step | None) -> None:
        hart = self.machine.hart
        unreservable = not self._interrupted and self._unreservable(step)
        if not self._interrupted:
            part = partial_store(self.machine, self.engine, step)
            self._run(0, Halt.TRAP)
            if part is not None:
                self.partial_stores += 1
                self._write(*part)
        self._interrupted = False
        virtual = bool(hart.word("virtual"))
        cause = cause_of(step.trap)
        if virtual:
            cause -= cause >> 63  # VS's interrupts have the numbers of S's
        if self.taken is not None:
            told = self.taken.cause | (INTERRUPT_BIT if self.taken.interrupt else 0)
            self._expect("cause in the event", told, cause)
            self._expect("epc in the event", self.taken.epc, step.pc)
            self._expect("tval in the event", self.taken.tval, step.tval or 0)
            self._expect("target in the event", int(self.taken.to_mode), int(hart.mode))
            self._expect("V of the target in the event", self.taken.to_virtual, virtual)
        if unreservable:
            hart.set_word("mstatus", hart.word("mstatus") & ~MSTATUS.mask("GVA"))
        target = "vs" if virtual else "s" if hart.mode is Mode.S else "m"
        if following is not None and following.mode >= 0:
            self._expect("mode of the handler", int(hart.mode), following.mode)
        self._expect(f"{target}cause", hart.word(f"{target}cause"), cause)
        self._expect(f"{target}epc", hart.word(f"{target}epc"), step.pc)
        self._expect(f"{target}tval", hart.word(f"{target}tval"), step.tval or 0)
        self._compare_registers()

    def _unreservable(self, step: Step) -> bool:
        """True for the store-conditional of `freedoms.STORE_CONDITIONAL_GVA`."""
        hart = self.machine.hart
        if hart.mode is not Mode.M or step.trap != "trap_store_access_fault" or step.tval is None:
            return False
        instruction = None if step.insn is None else decode(step.insn)
        aligned = step.tval % (4 if instruction is SC[0] else 8) == 0
        pa = self.engine.peek(step.tval, Access.STORE) if instruction in SC and aligned else None
        return pa is not None and not RAM_BASE <= pa < RAM_BASE + RAM_BYTES

    def _write(self, pa: int, data: bytes) -> None:
        """Write RAM as a device would, so that the engine is told."""
        self.machine.write(pa, data)
        self.machine.dma.on_write(pa - RAM_BASE, len(data))

    def _compare_registers(self) -> None:
        ours = self._x.tolist() + self._f.tolist()
        if ours != self.shadow:
            for number, (mine, theirs) in enumerate(zip(ours, self.shadow, strict=True)):
                self._expect(register_name(number), mine, theirs)

    # the report

    def _expect(self, what: str, ours: int | str | None, theirs: int | str | None) -> None:
        if ours != theirs:
            last = self._history[-1] if self._history else None
            raise Divergence(self._report(what, ours, theirs), what, last)

    def _report(self, what: str, ours: int | str | None, theirs: int | str | None) -> str:
        def show(value: int | str | None) -> str:
            return f"{value:#x}" if isinstance(value, int) else str(value)

        hart = self.machine.hart
        lines = [
            f"{self.image.name}: {what}: vmlab has {show(ours)}, Spike {show(theirs)}",
            f"vmlab: pc {hart.pc:#x} mode {hart.mode.name} retired {hart.retired}",
            "Spike's last steps:",
        ]
        for step in self._history:
            text = "" if step.insn is None else disassemble(step.insn, step.pc, {})
            wrote = f" {register_name(step.rd).split()[0]}={step.value:#x}" if step.rd else ""
            wrote += "".join(f" {name}={value:#x}" for name, value in step.csrs)
            wrote += "".join(f" [{address:#x}]" for address, _, _ in step.memory)
            wrote += f" {step.trap} tval={step.tval or 0:#x}" if step.trap else ""
            lines.append(f"  {step.pc:#x} mode {step.mode} {text}{wrote}")
        values = [f"{name}={self.engine.read_csr(CSRS[name].number):#x}" for name in REPORTED]
        values.append(f"V={hart.word('virtual')}")
        lines.append("vmlab's CSRs: " + " ".join(values))
        return "\n".join(lines)
