"""What a model is written with: words of state, one function an instruction, printed as Python.

    toy = Model("toy", ..., registers=("r0", "r1"), owned={"mask": (0, 1)})

    @toy.instruction("setm")
    def setm(k: Kit, r: Value, a: Value) -> None:
        k.supervisor_only()
        k[toy["mask"]] = k[toy.R, r]

Every function gets the operands `r`, a register's number, and `a`, an address or a number. The
rules of the language hold as for RISC-V: what may trap stands before the first write.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from vmlab.derive.pysrc import Printer
from vmlab.derive.schedule import schedule
from vmlab.isa.lang import Array, Field, Value
from vmlab.isa.lang import Kit as BaseKit
from vmlab.isa.lang.ir import Param
from vmlab.isa.lang.trace import trace_instruction
from vmlab.vmm.popek_goldberg.pool import close
from vmlab.vmm.popek_goldberg.states import Mode, Outcome, State, Step, TrapTaken
from vmlab.vmm.popek_goldberg.subject import Names, Row, Subject

STORAGE_WORDS: Final = 24
BOUND: Final = 8
BASES: Final = (4, 13)
NUMBERS: Final = (0, 1, 2, 5, BOUND - 1, BOUND + 1, 0x40, 0x1234)
"""What registers and storage hold in the pool: addresses within bounds and without, and others."""
IMAGES: Final = 6
"""States that the pool starts from, for each choice of operands."""

USER: Final = 0
SUPERVISOR: Final = 1
_MODES: Final = (Mode.USER, Mode.SUPERVISOR)

PRIVILEGED: Final = 1
MEMORY: Final = 2
CALL: Final = 3
"""Causes of traps: the instruction is not for this mode, the address is not the program's, the
instruction asks for a trap."""
CAUSES: Final = {PRIVILEGED: "refused", MEMORY: "memory trap", CALL: "call of the supervisor"}


class Refused(Exception):
    """A printed instruction raised a trap."""

    def __init__(self, cause: int, tval: int) -> None:
        self.cause = cause


class Kit(BaseKit):
    """Traces one instruction of a model."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model
        self.next_pc: Value = Param("next_pc", 64)

    def in_user(self) -> Value:
        return self[self.model.mode].eq(USER)

    def supervisor_only(self) -> None:
        """A trap in user mode: this is what makes an instruction privileged."""
        with self.when(self.in_user()):
            self.trap(PRIVILEGED, 0)

    def at(self, address: Value) -> tuple[Array, Value]:
        """The real place of a word of the program; a memory trap if it has no such word."""
        with self.when(address.geu(self[self.model.bound])):
            self.trap(MEMORY, address)
        return self.model.storage, self.real(address)

    def real(self, address: Value) -> Value:
        """The real address of a virtual one that has been found in bounds. No address is that
        large; the mask keeps it in the array."""
        return (self[self.model.base] + address) & 31


Body = Callable[..., None]


@dataclass(frozen=True)
class Instruction:
    """One instruction: its name, its text, and which operands the pool tries."""

    name: str
    body: Body
    a: tuple[int, ...]


@dataclass(eq=False)
class Model:
    """One machine: the names of its words, and its instructions in text order."""

    name: str
    title: str
    doc: str
    registers: tuple[str, ...]
    owned: Mapping[str, tuple[int, ...]]
    """The words that R has besides the relocation-bounds register, with values for the pool."""
    modes: tuple[str, str] = ("supervisor", "user")
    ranges: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Values for registers that do not hold just anything."""
    instructions: list[Instruction] = field(default_factory=list)

    def __post_init__(self) -> None:
        fixed = ("mode", "pc", "base", "bound", "clock")
        names = (*fixed, *self.registers, *self.owned)
        self.words = {name: Field(name, 64, 8 * at) for at, name in enumerate(names)}
        self.mode, self.pc, self.base, self.bound, self.clock = (self.words[one] for one in fixed)
        self._first_register = len(fixed)
        self._first_owned = self._first_register + len(self.registers)
        self._first_storage = len(names)
        self.R = Array("r", len(self.registers), 64, 8 * self._first_register)
        self.storage = Array("storage", STORAGE_WORDS, 64, 8 * self._first_storage)

    def __getitem__(self, name: str) -> Field:
        return self.words[name]

    def instruction(self, name: str, a: Iterable[int] = (0, 3)) -> Callable[[Body], Body]:
        """Decorator: the function below is the meaning of the instruction `name`."""

        def declare(body: Body) -> Body:
            self.instructions.append(Instruction(name, body, tuple(a)))
            return body

        return declare

    def step_of(self, instruction: Instruction, kit: Callable[[Model], Kit] = Kit) -> Step:
        """The instruction's printed text as a function on states."""
        return self.bound_to(printed(instruction, kit(self)))

    def bound_to(self, source: str) -> Step:
        """The function `run` of a printed source, on states."""
        space: dict[str, Any] = {"Trap": Refused}
        exec(source, space)
        register, owned, storage = self._first_register, self._first_owned, self._first_storage

        def step(s: State) -> Outcome:
            words = [_MODES.index(s.mode), s.pc, s.base, s.bound, s.clock]
            words += [*s.registers, *s.owned, *s.mem]
            space["s"] = words
            try:
                pc = space["run"](*s.operands, s.pc + 1)
            except Refused as trap:
                return TrapTaken(trap.cause, trap.cause == MEMORY)
            mode, _, base, bound, clock = words[:register]
            return State(
                tuple(words[storage:]), _MODES[mode], pc, base, bound,
                tuple(words[register:owned]), tuple(words[owned:storage]), clock, s.operands,
            )  # fmt: skip

        return step

    def pool(self, instruction: Instruction, seed: int) -> tuple[State, ...]:
        """States to try: seeded images, closed under change of mode and of placement."""
        rng = random.Random(seed)
        found: list[State] = []
        for a in instruction.a:
            for r in range(min(2, len(self.registers))):
                for _ in range(IMAGES):
                    state = self._state(rng, r, a)
                    found += close(state, *self._placements(rng, state.owned))
        return tuple(found)

    def _state(self, rng: random.Random, r: int, a: int) -> State:
        registers = tuple(rng.choice(self.ranges.get(name, NUMBERS)) for name in self.registers)
        mem = tuple(rng.choice(NUMBERS) for _ in range(STORAGE_WORDS))
        return State(
            mem, Mode.SUPERVISOR, rng.choice((0, 2, 5)), BASES[0], BOUND, registers,
            self._owned(rng), rng.randrange(1 << 16), (r, a),
        )  # fmt: skip

    def _owned(self, rng: random.Random) -> tuple[int, ...]:
        return tuple(rng.choice(values) for values in self.owned.values())

    def _placements(
        self, rng: random.Random, owned: tuple[int, ...]
    ) -> tuple[Iterable[int], Iterable[tuple[int, ...]], Iterable[int]]:
        return BASES[1:], [self._other(owned)], [rng.randrange(1 << 16)]

    def _other(self, owned: tuple[int, ...]) -> tuple[int, ...]:
        """Another value for every owned word that has one."""
        choices = self.owned.values()
        return tuple(
            values[(values.index(word) + 1) % len(values)]
            for word, values in zip(owned, choices, strict=True)
        )

    def subject(self, seed: int = 0) -> Subject:
        """The model as something to classify."""
        supervisor, user = self.modes
        names = Names(
            {Mode.SUPERVISOR: supervisor, Mode.USER: user},
            self.registers,
            tuple(self.owned),
            lambda operands: "r = {}, a = {}".format(*operands),
            lambda cause: CAUSES[cause],
        )
        rows = [Row(one.name, self.step_of(one), self.pool(one, seed)) for one in self.instructions]
        return Subject(self.name, self.title, self.doc, names, rows)


def printed(instruction: Instruction, kit: Kit) -> str:
    """The instruction as Python: `def run(r, a, next_pc)` over the words `s`; returns the pc."""
    given = {"r": Param("r", 3), "a": Param("a", 64)}
    traced = trace_instruction(instruction.name, kit, instruction.body, dict(given))
    printer = Printer()
    printer.emit("def run(r, a, next_pc):")
    printer.depth = 1
    printer.emit("to = next_pc")
    printer.steps(schedule(traced))
    printer.emit("return to")
    return "\n".join(printer.lines)
