"""Runs one guest under a student's `handle`, exit by exit beside the bare machine.

A run ends with the program, or with the first exit after which the guest could tell that it is not
on the bare machine (`Mistake`). A guest value in a real CSR (`Leak`) is taken out again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final

from vmlab.core.bits import MASK64
from vmlab.core.errors import BadInput, BrokenInvariant
from vmlab.core.modes import Mode
from vmlab.course.facts import Said, Told, misfit
from vmlab.course.harness.deprivileged import Deprivileged, Happened, HartState, Native
from vmlab.course.harness.small_kernels import Guest, board
from vmlab.course.student import Student, Wrong
from vmlab.derive.decoder import size_of
from vmlab.derive.disasm import disassemble
from vmlab.isa.causes import ECALL_FROM_U, INTERRUPT_BIT
from vmlab.isa.registers import REGISTER_NUMBERS
from vmlab.lab import fitting
from vmlab.lab.decoding import Insn, decode
from vmlab.lab.emulating import Decision, Idle, Reflect, Resume, SbiCall, Vcpu
from vmlab.lab.words import GVA, Trap

HANDLE: Final = "handle"
MOST_INSNS: Final = 200_000
"""No program is as long: it is over, or something is broken."""
MOST_REPEATS: Final = 3
"""So often in a row may an instruction exit again with nothing changed."""
REGISTERS: Final = 32
WANTED: Final = Said("one of the values")
FITTING: Final[dict[Happened, tuple[type, ...]]] = {
    Happened.RETIRED: (Resume,),
    Happened.TRAPPED: (Reflect,),
    Happened.CALLED: (SbiCall,),
    Happened.WAITS: (Idle, Resume),
}
"""What may be decided where this happens on the bare machine. A wait may end at once."""
A7: Final = REGISTER_NUMBERS["a7"]
"""Which system call. 0 is none: a program goes back to its kernel by that."""


@dataclass(frozen=True, slots=True)
class Exit:
    """A trap of the guest's, and what is there to say about it."""

    guest: str
    trap: Trap
    mode: Mode
    """The mode that the guest believed to be in."""
    word: int | None
    """The instruction; None if it could not be fetched."""
    count: int
    """Instructions of the guest before this one."""

    @property
    def insn(self) -> Insn | None:
        return None if self.word is None else decode(self.word)

    @property
    def text(self) -> Told:
        """The instruction, disassembled."""
        if self.word is None:
            return Said("fetch")
        return disassemble(self.word & (1 << 8 * size_of(self.word)) - 1, self.trap.epc)

    @property
    def where(self) -> Told:
        """Where in the run it is."""
        values: dict[str, Told] = {
            "guest": self.guest, "count": str(self.count), "mode": self.mode.name,
            "gva": f"gva {self.trap.epc:#x}", "instruction": self.text,
        }  # fmt: skip
        return Said("exit", values)


@dataclass(frozen=True, slots=True)
class Mistake:
    """After this exit, the guest is not as on the bare machine."""

    exit: Exit
    decision: Decision
    happened: Happened | None
    """What the instruction does on the bare machine; None if the guest got no further at all."""
    differences: tuple[tuple[str, int, int], ...]
    """(what, on the bare machine, here); none if the decision is of the wrong kind."""

    @property
    def fits(self) -> bool:
        """Whether the decision is of a kind that may be made here."""
        return self.happened is not None and isinstance(self.decision, FITTING[self.happened])


@dataclass(frozen=True, slots=True)
class Leak:
    """After this exit, a real CSR is not as the monitor's loop had set it."""

    exit: Exit
    csr: str
    expected: int
    found: int


@dataclass(slots=True)
class Outcome:
    """What a run came to."""

    guest: str
    ended: bool = False
    """The guest was carried to its end."""
    mistake: Mistake | None = None
    leak: Leak | None = None
    exits: int = 0
    needed: int = 0
    """Sensitive instructions, calls of firmware and traps of the guest's own: each exits once."""
    repeated: Exit | None = None
    """The first exit that changed nothing, so that the instruction exited again."""
    spun: Exit | None = None
    """The first wfi that was not taken for a wait."""
    calls: list[int] = field(default_factory=list)
    """For each system call of the guest's users, how many exits it took: from ecall to sret."""


class Run:
    """One guest on both machines."""

    def __init__(self, student: Student, guest: Guest, illegal_tval: str = "word") -> None:
        platform = board(illegal_tval)
        self._student, self._guest = student, guest
        self._native = Native(platform, guest.payload)
        self._there = Deprivileged(platform, guest.payload)
        self._repeats = 0
        self._call: int | None = None
        """Exits at the last system call that has not come back."""
        self.outcome = Outcome(guest.name)

    def run(self) -> Outcome:
        """To the end, or to what is wrong."""
        found = self.outcome
        while not (found.ended or found.mistake):
            self._native.between()
            if self._there.between():
                self._check_same()
            pending = self._there.run(MOST_INSNS - self._there.retired, self._guest.end)
            self._native.run_to(self._there.retired)
            if not self._native.is_at(self._there):
                self._check_same()
            if pending is None:
                found.ended = True
            elif not pending.cause & INTERRUPT_BIT:
                self._exit(Trap(pending.cause, pending.epc, pending.tval))
        if found.ended:
            self._check_same()
            self._check_memory()
        return found

    def _check_same(self) -> None:
        """What runs directly, and what the loop does itself, is no matter of the student's."""
        expected, found = self._native.state(), self._there.state()
        if expected != found:
            raise BrokenInvariant(f"{self._guest.name}: {expected.differences(found)}")

    def _check_memory(self) -> None:
        here, there = self._native, self._there
        same = here.machine.arena.ram == there.machine.arena.ram and here.output == there.output
        if not same:
            raise BrokenInvariant(f"{self._guest.name}: memory differs, and no register did")

    # One exit ------------------------------------------------------------------------------------

    def _exit(self, trap: Trap) -> None:
        found, there = self.outcome, self._there
        before = there.state()
        word = there.memory.fetch(GVA(before.pc))
        told = word if isinstance(word, int) else None
        exit = Exit(found.guest, trap, before.mode, told, there.retired)
        vcpu = Vcpu(
            list(before.x), before.pc, before.mode, dict(before.csrs), dict(there.reals),
            there.memory,
        )  # fmt: skip
        decision = self._student.call(HANDLE, trap, vcpu, returns=Decision)
        after = _taken(vcpu, before)
        found.exits += 1
        if vcpu.reals != there.reals and found.leak is None:
            found.leak = _leak(exit, there.reals, vcpu.reals)
        if isinstance(decision, Resume) and after == before:
            self._again(exit, decision)
            return
        self._repeats = 0
        self._compare(exit, decision, before, after)

    def _again(self, exit: Exit, decision: Decision) -> None:
        """Nothing was done: the guest stands where it stood."""
        found = self.outcome
        found.repeated = found.repeated or exit
        self._repeats += 1
        if self._repeats > MOST_REPEATS:
            found.mistake = Mistake(exit, decision, None, ())

    def _compare(self, exit: Exit, decision: Decision, before: HartState, after: HartState) -> None:
        found, native, there = self.outcome, self._native, self._there
        happened = native.step()
        found.needed += 1
        if not isinstance(decision, FITTING[happened]):
            found.mistake = Mistake(exit, decision, happened, ())
            return
        there.put(after)
        match decision:
            case Reflect(cause, tval):
                there.deliver(cause, tval)
            case SbiCall():
                there.call_firmware()
            case Resume() | Idle():
                there.retire(waits=happened is Happened.WAITS)
        if happened is Happened.WAITS and isinstance(decision, Resume):
            found.spun = found.spun or exit
        differences = native.state().differences(there.state())
        differences += _hidden(decision, before, after)
        if differences:
            found.mistake = Mistake(exit, decision, happened, differences)
        self._count_call(exit, happened, before.x[A7])

    def _count_call(self, exit: Exit, happened: Happened, asked: int) -> None:
        """How many exits a system call takes: its ecall, the kernel's path, its sret."""
        if exit.mode is Mode.U and happened is Happened.TRAPPED:
            called = exit.trap.cause == ECALL_FROM_U and asked
            self._call = self.outcome.exits if called else None
        elif self._call is not None and self._there.mode is Mode.U:
            self.outcome.calls.append(self.outcome.exits - self._call + 1)
            self._call = None


def _taken(vcpu: Vcpu, before: HartState) -> HartState:
    """The state that a student left. Raises `Wrong` if it is none."""
    try:
        fitting.checked(Vcpu, [getattr(vcpu, one.name) for one in fields(Vcpu)])
        if len(vcpu.x) != REGISTERS or set(vcpu.csrs) != set(before.csrs):
            raise Wrong(HANDLE, WANTED, Said("whole hart"))
        if vcpu.mode not in tuple(Mode):
            raise Wrong(HANDLE, WANTED, Said("no mode", {"mode": str(vcpu.mode)}))
        mode = Mode(vcpu.mode)
    except BadInput as error:
        raise Wrong(HANDLE, WANTED, misfit(error)) from None
    x = (0, *(value & MASK64 for value in vcpu.x[1:]))
    return HartState(x, vcpu.pc & MASK64, mode, dict(vcpu.csrs))


def _hidden(
    decision: Decision, before: HartState, after: HartState
) -> tuple[tuple[str, int, int], ...]:
    """What was changed and shows no more: the clock, which is the loop's, and arguments of a call
    of firmware, which the answer has taken the place of."""
    pairs = [("time", before.csrs["time"], after.csrs["time"])]
    if isinstance(decision, SbiCall):
        registers = zip(before.x, after.x, strict=True)
        pairs += [(f"x{n}", was, now) for n, (was, now) in enumerate(registers)]
    return tuple(one for one in pairs if one[1] != one[2])


def _leak(exit: Exit, expected: dict[str, int], found: dict[str, int]) -> Leak:
    """The first real CSR that was changed."""
    for name in (*expected, *found):
        if expected.get(name) != found.get(name):
            return Leak(exit, name, expected.get(name, 0), found.get(name, 0))
    raise AssertionError("one of them differs")
