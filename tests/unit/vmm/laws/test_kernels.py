"""Random kernels: the same seed is the same program, and every program ends by itself."""

from __future__ import annotations

from collections import Counter

import pytest

from vmlab.isa.causes import (
    ACCESS_FAULTS,
    BREAKPOINT,
    ECALL_FROM_M,
    ECALL_FROM_S,
    ECALL_FROM_U,
    EXCEPTIONS,
    H_EXCEPTIONS,
    ILLEGAL_INSTRUCTION,
    INSTRUCTION_ADDRESS_MISALIGNED,
    INTERRUPT_BIT,
    LOAD_ADDRESS_MISALIGNED,
    PAGE_FAULTS,
    STORE_ADDRESS_MISALIGNED,
    SUPERVISOR_TIMER,
)
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.vm import State
from vmlab.vmm.laws.kernels import operations
from vmlab.vmm.laws.kernels.generator import Generator
from vmlab.vmm.laws.kernels.handler import FUEL_TRAPS
from vmlab.vmm.laws.kernels.places import FUEL, LOG
from vmlab.vmm.laws.kernels.program import MOST_INSNS, Build, board, random_program

SEEDS = range(16)
ENTRY_BYTES = 32


def ended(seed: int, build: Build = Build.NATIVE, first: int | None = None) -> BareMachine:
    """A program that has run on the bare machine, or its first operations."""
    program = random_program(seed, build)
    bare = BareMachine(board(), program.only(program.operations[:first]).payload())
    bare.run(MOST_INSNS)
    return bare


def traps(bare: BareMachine) -> list[int]:
    """scause of each trap, from the handler's log."""
    taken = FUEL_TRAPS - int.from_bytes(bare.machine.read(FUEL, 8), "little")
    log = bare.machine.read(LOG, ENTRY_BYTES * taken)
    return [int.from_bytes(log[at : at + 8], "little") for at in range(0, len(log), ENTRY_BYTES)]


def test_a_seed_gives_the_same_program_each_time() -> None:
    assert Generator(5).program() == Generator(5).program()
    assert Generator(5).program() != Generator(6).program()


@pytest.mark.parametrize("build", [Build.NATIVE, Build.FLAT, Build.PORTABLE])
def test_every_program_ends_by_itself(build: Build) -> None:
    for seed in SEEDS:
        bare = ended(seed, build)
        assert bare.state is State.ENDED, (seed, bare.state)
        assert bare.hart.retired < MOST_INSNS // 4


def test_any_part_of_a_program_is_a_program() -> None:
    for first in range(0, 40, 5):
        assert ended(3, first=first).state is State.ENDED


def test_programs_meet_every_trap_that_S_can_take() -> None:
    met: Counter[int] = Counter()
    for seed in SEEDS:
        met.update(traps(ended(seed)))
    wanted = {
        *(ILLEGAL_INSTRUCTION, BREAKPOINT, ECALL_FROM_U),
        *(LOAD_ADDRESS_MISALIGNED, STORE_ADDRESS_MISALIGNED),
        *(*ACCESS_FAULTS, *PAGE_FAULTS),
    }
    # Where instructions have 16 bits none is misaligned; a call from S goes to firmware.
    not_met = {INSTRUCTION_ADDRESS_MISALIGNED, ECALL_FROM_S, ECALL_FROM_M, *H_EXCEPTIONS}
    assert wanted | not_met == EXCEPTIONS.keys()
    assert met.keys() >= wanted | {SUPERVISOR_TIMER | INTERRUPT_BIT}


def test_programs_draw_every_operation_and_every_step() -> None:
    drawn: set[type] = set()
    for seed in SEEDS:
        for operation in random_program(seed).operations:
            drawn.add(type(operation))
            drawn |= {type(step) for step in getattr(operation, "steps", ())}
    alternatives = {*operations.Operation.__args__, *operations.Step.__args__}
    assert drawn == alternatives
