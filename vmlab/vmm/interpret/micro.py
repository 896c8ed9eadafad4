"""What an interpreter does with one instruction, step by step: fetch, decode, execute, commit.

`micro_steps` carries out the next instruction of a virtual machine and stops after each part, so
that it can be looked at. Nothing is told that did not happen: the word comes from the fetch, the
operands from the decoder, accesses and walks from the run, changes from the words before and after.
The description writes a result as soon as it has it: `Executed` and `Committed` differ in what they
tell, and not in when the machine changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from vmlab.core.errors import BadInput
from vmlab.core.events import Event, EventKind, Mmio, TrapReturn, TrapTaken, Walk
from vmlab.derive.disasm import disassemble
from vmlab.engine.api import Halt
from vmlab.isa.encoding import Instruction
from vmlab.isa.lang.ir import Bind, Element, Field, Param, Place, Read, XReg, walk
from vmlab.isa.registers import ABI_NAMES, FLOAT_NAMES
from vmlab.isa.state import ARRAYS, FIELDS, RETIRED, UNHASHED, F, X
from vmlab.vmm.common.subject import Monitored
from vmlab.vmm.common.vm import Vm
from vmlab.vmm.interpret.counting import CountingReference, MemoryAccess
from vmlab.vmm.interpret.monitor import Interpreter

_HEARD: Final = EventKind.WALK | EventKind.TRAP | EventKind.TRAP_RETURN | EventKind.MMIO
_NAMES: Final = {
    field.slot: name
    for name, field in FIELDS.items()
    if name not in UNHASHED and field is not RETIRED
} | {
    array.slot + number: f"{name}[{number}]"
    for name, array in ARRAYS.items()
    if name not in UNHASHED
    for number in range(array.length)
}
"""What a guest can see of its hart's words."""
_NAMES.update({X.slot + number: name for number, name in enumerate(ABI_NAMES)})
_NAMES.update({F.slot + number: name for number, name in enumerate(FLOAT_NAMES)})


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Before the fetch: an interrupt was taken, and the instruction is its handler's first."""

    trap: TrapTaken
    operations: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """The instruction's word; or, if `fault` is a cause, why there is none."""

    pc: int
    word: int | None
    fault: int | None
    walks: tuple[Walk, ...]
    operations: int


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the word means: None for what is no instruction. `operands` by field name."""

    text: str
    instruction: Instruction | None
    operands: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Executed:
    """What the instruction read, and how it met memory: `inputs` are the registers and words of
    state that its text names, with their values before it."""

    inputs: tuple[tuple[str, int], ...]
    accesses: tuple[MemoryAccess, ...]
    walks: tuple[Walk, ...]
    devices: tuple[Mmio, ...]
    operations: int


@dataclass(frozen=True, slots=True)
class Change:
    """A word of the guest's hart that is another now."""

    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of it. `trap` instead of a result, `returned` from a handler, or `firmware` if
    firmware has answered a call."""

    changes: tuple[Change, ...]
    trap: TrapTaken | None
    returned: TrapReturn | None
    firmware: bool


MicroStep = Interrupted | Fetched | Decoded | Executed | Committed


class _Recorder:
    """Everything that one part of an instruction lets be heard."""

    def __init__(self, monitor: Interpreter, vm: Vm, engine: CountingReference) -> None:
        self.monitor, self.vm, self.engine = monitor, vm, engine
        self.events: list[Event] = []
        self.accesses: list[MemoryAccess] = []
        self.operations = 0

    @contextmanager
    def part(self) -> Iterator[None]:
        """Listen while this part runs, and charge it to the machine."""
        listeners = self.engine.listeners
        kinds, emit = listeners.kinds, listeners.emit
        self.events.clear()
        self.accesses.clear()
        listeners.kinds, listeners.emit = kinds | _HEARD, self.events.append
        self.engine.record_accesses(self.accesses)
        before = self.engine.operations
        try:
            with self.monitor.accounted(self.vm):
                yield
        finally:
            self.operations = self.engine.operations - before
            self.engine.record_accesses(None)
            listeners.kinds, listeners.emit = kinds, emit
        if kinds:
            for event in self.events:
                emit(event)

    def trap(self) -> TrapTaken | None:
        return next((event for event in self.events if isinstance(event, TrapTaken)), None)

    def returned(self) -> TrapReturn | None:
        return next((event for event in self.events if isinstance(event, TrapReturn)), None)

    def walks(self) -> tuple[Walk, ...]:
        return tuple(event for event in self.events if isinstance(event, Walk))

    def devices(self) -> tuple[Mmio, ...]:
        return tuple(event for event in self.events if isinstance(event, Mmio))


def micro_steps(subject: Monitored) -> Iterator[MicroStep]:
    """Carry out one instruction of a guest under a counting `Interpreter`, a part at a time.

    Yields nothing if the guest cannot go on. Let the iterator come to its end before the guest is
    run otherwise. Raises `BadInput` for a guest under another monitor.
    """
    monitor, vm = subject.monitor, subject.vm
    engine = vm.hart.reference
    if not isinstance(monitor, Interpreter) or not isinstance(engine, CountingReference):
        raise BadInput(f"expected a guest under a counting interpreter, found {monitor.name}")
    if vm.runnable:
        yield from _instruction(_Recorder(monitor, vm, engine))


def _instruction(here: _Recorder) -> Iterator[MicroStep]:
    vm, hart = here.vm, here.vm.hart
    with here.part():
        here.monitor.act_on(vm, hart.between())
    interrupt = here.trap()
    if interrupt is not None:
        yield Interrupted(interrupt, here.operations)
    if not vm.runnable:
        return
    pc = vm.machine.hart.pc
    before = list(hart.words)
    with here.part():
        cause, word = hart.kernel("fetch")(pc)
    yield Fetched(pc, None if cause else word, cause or None, here.walks(), here.operations)
    halt: Halt | None
    if cause:
        with here.part():
            halt = hart.deliver(cause, word)
    else:
        found = hart.decode(word)
        instruction, operands = (None, {}) if found is None else found
        yield Decoded(disassemble(word, pc), instruction, tuple(operands.items()))
        inputs = () if instruction is None else tuple(_inputs(instruction, operands, before))
        with here.part():
            halt = hart.emulate(word)
        yield Executed(inputs, tuple(here.accesses), here.walks(), here.devices(), here.operations)
    trap, returned = here.trap(), here.returned()
    with here.part():
        here.monitor.act_on(vm, halt)
    here.monitor.host.monitor_wrote(vm)
    yield Committed(_changes(before, list(hart.words)), trap, returned, halt is Halt.INTERCEPT)


def _inputs(
    instruction: Instruction, operands: dict[str, int], words: list[int]
) -> Iterator[tuple[str, int]]:
    """The places that the instruction's text reads, each once, in the order of the text."""
    seen: set[int] = set()
    for statement in walk(instruction.traced().body):
        if isinstance(statement, Bind) and isinstance(statement.value, Read):
            slot = _slot(statement.value.place, operands)
            if slot in _NAMES and slot not in seen:
                seen.add(slot)
                yield _NAMES[slot], words[slot]


def _slot(place: Place, operands: dict[str, int]) -> int | None:
    """Where a place stands among the words, if the operands say which it is."""
    if isinstance(place, XReg):
        return X.slot + (operands[place.operand] if place.number is None else place.number)
    if isinstance(place, Field):
        return place.slot
    if isinstance(place, Element) and isinstance(place.index, Param):
        return place.array.slot + operands[place.index.name]
    return None


def _changes(before: list[int], after: list[int]) -> tuple[Change, ...]:
    return tuple(
        Change(name, before[slot], after[slot])
        for slot, name in sorted(_NAMES.items())
        if before[slot] != after[slot]
    )
