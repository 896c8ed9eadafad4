"""Runs random states through both forms of one kernel or one instruction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.differential.forms import KERNELS, Forms, seeded
from tests.differential.states import MASK64, Source, word_at
from vmlab.core.modes import VIRTUAL_ACTOR
from vmlab.derive.wasm.instructions import TRAPPED
from vmlab.isa.encoding import Instruction
from vmlab.isa.lang.ir import Kernel
from vmlab.isa.layouts import HSTATUS
from vmlab.isa.system.actor import HLVX
from vmlab.isa.system.guest import GUEST, guest_load_code
from vmlab.isa.table import INSTRUCTIONS

SP: Final = 2
RAM_STATES: Final = 250
"""States between two new contents of RAM."""
FIRST_BATCH, BATCH = 125, 2_000
"""States that are drawn together: few at first, for the lines of most functions are reached soon;
then many, for numpy is slow on small arrays."""


def functions() -> list[str]:
    """All that is tested: kernels by name, instructions as `insnN`."""
    return [kernel.name for kernel in KERNELS] + [f"insn{n}" for n in range(len(INSTRUCTIONS))]


def drive(forms: Forms, name: str, states: int, run: int = 0) -> Counter[str]:
    """Run `states` random states; how often each kind of outcome came up."""
    return Counter(outcomes(forms, name, states, run))


def outcomes(forms: Forms, name: str, states: int, run: int = 0) -> Iterator[str]:
    """The outcome of each state, as it is run."""
    source = seeded(name, run)
    batch = FIRST_BATCH
    while states > 0:
        count = min(batch, states)
        states -= count
        batch = min(2 * batch, BATCH)
        if name.startswith("insn"):
            yield from _instruction(forms, source, int(name[4:]), count)
        else:
            kernel = next(kernel for kernel in KERNELS if kernel.name == name)
            yield from _kernel(forms, source, kernel, count)


def _kernel(forms: Forms, source: Source, kernel: Kernel, count: int) -> Iterator[str]:
    harts = source.harts(count)
    plants = _Plants(source, count)
    names = list(kernel.widths)
    for at, args in enumerate(source.params(kernel, count)):
        if at % RAM_STATES == 0:
            forms.set_ram(source.ram())
        forms.set_hart(harts[at].tobytes())
        given = dict(zip(names, args, strict=True))
        if "va" in given:
            _reserve(forms, given["va"], at)
            actor = _guest(forms, kernel) if kernel in GUEST else given.get("actor")
            plants.plant(forms, at, given["va"], actor, given.get("context"))
        result = forms.kernel(kernel.name, args)
        first = result[0] if isinstance(result, tuple) else result
        small = first is not None and first < 64
        yield f"returns {first}" if small else "returns"


def _guest(forms: Forms, kernel: Kernel) -> int:
    """As whom hlv and hsv access memory: V = 1, in SPVP's mode."""
    spvp = HSTATUS["SPVP"].of(forms.arena.words[word_at("hstatus")])
    return VIRTUAL_ACTOR | spvp | (HLVX if kernel is guest_load_code else 0)


def _instruction(forms: Forms, source: Source, number: int, count: int) -> Iterator[str]:
    insn = INSTRUCTIONS[number]
    harts = source.harts(count)
    plants = _Plants(source, count)
    aim = source.addresses(count).tolist()
    words = forms.arena.words
    for at, (word, operands) in enumerate(source.instructions(insn, count)):
        if at % RAM_STATES == 0:
            forms.set_ram(source.ram())
        forms.set_hart(harts[at].tobytes())
        address = _aim(insn, operands, words, aim[at], at)
        _reserve(forms, address, at)
        plants.plant(forms, at, address, None, None)
        pc = words[word_at("pc")]
        after = (pc + insn.size_bytes) & MASK64
        status, value = forms.instruction(number, (*operands.values(), pc, after, word))
        yield f"trap {value}" if status == TRAPPED else "goes on" if value == after else "jumps"


def _aim(
    insn: Instruction, operands: dict[str, int], words: memoryview, address: int, at: int
) -> int:
    """Half of the time rs1 and the immediate add up to an address of interest; now and then rs1
    equals rs2, or they are the pair whose quotient overflows. The address that they add up to."""
    base = SP if "(sp)" in insn.syntax else 0
    rs1, rs2 = operands.get("rs1", base), operands.get("rs2", 0)
    imm = operands.get("imm", operands.get("uimm", 0))
    if at % 2 and rs1:
        words[rs1] = (address - imm) & MASK64
    elif at % 4 == 0 and rs2:
        words[rs2] = words[rs1]
    elif at % 16 == 2 and rs1 and rs2:
        words[rs2] = MASK64
        words[rs1] = MASK64 << (31 if at % 32 == 2 else 63) & MASK64
    return (words[rs1] + imm) & MASK64


def _reserve(forms: Forms, address: int, at: int) -> None:
    """In a third of the states the address is reserved, if it is physical."""
    if at % 3 == 0:
        forms.arena.words[word_at("reservation")] = address


class _Plants:
    """TLB entries that match what is about to be accessed, in half of the states."""

    def __init__(self, source: Source, count: int) -> None:
        self.wanted = source.chance(count, 0.5).tolist()
        self.pages = source.params(_PAGE, count)
        self.allowed = source.rng.integers(1, 8, count).tolist()

    def plant(self, forms: Forms, at: int, va: int, actor: int | None, context: int | None) -> None:
        if not self.wanted[at]:
            return
        if context is None:
            if actor is None:
                actor = forms.python["data_actor"]()
            context = forms.python["tlb_context"](actor)
        forms.plant(va, context, self.pages[at][0], self.allowed[at])


_PAGE: Final = Kernel("page", lambda k: None, {"page": 56}, ())
