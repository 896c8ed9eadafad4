"""Instruction sets that were broken on purpose: the classifier says what is wrong with each.

The kill table: on RV64 each mutant is one instruction with another text, printed and run like the
real one; on the models every privileged instruction loses its check in turn.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.vmm.popek_goldberg.asked import MODELS, asked
from vmlab.core.modes import Mode as HartMode
from vmlab.derive.pysrc import instruction_source
from vmlab.isa.encoding import Instruction
from vmlab.isa.kit import InstructionKit as Kit
from vmlab.isa.lang import Reg, Value
from vmlab.isa.state import MODE, RESERVATION, RETIRED, SATP, SEPC, SSCRATCH, WAITING
from vmlab.isa.system import trap
from vmlab.isa.system.csr import csr_read, csr_write
from vmlab.isa.system.tlb import tlb_flush
from vmlab.isa.table import INSTRUCTIONS
from vmlab.vmm.popek_goldberg import rv64
from vmlab.vmm.popek_goldberg.models import describe
from vmlab.vmm.popek_goldberg.search import Verdict
from vmlab.vmm.popek_goldberg.subject import Finding, Row, examine
from vmlab.vmm.popek_goldberg.theorems import theorems

# RV64 --------------------------------------------------------------------------------------------


def in_s(k: Kit) -> Value:
    return k[MODE].geu(HartMode.S)


def sret_ignored_in_u(k: Kit) -> None:
    with k.when(in_s(k)):
        k.go(k.call(trap.sret))


def sret_in_u(k: Kit) -> None:
    k.go(k.call(trap.sret))


def wfi_ignored_in_u(k: Kit) -> None:
    with k.when(in_s(k)):
        k[WAITING] = 1


def sfence_ignored_in_u(k: Kit, rs1: Reg, rs2: Reg) -> None:
    with k.when(in_s(k)):
        k.calls(tlb_flush)


def csrrs_reads_for_all(k: Kit, rd: Reg, csr: Value, rs1: Reg) -> None:
    k.x[rd] = k.call(csr_read, csr)


def csrrw_writes_for_all(k: Kit, rd: Reg, csr: Value, rs1: Reg) -> None:
    old = k.call(csr_read, csr)
    k.calls(csr_write, csr, k.x[rs1])
    k.x[rd] = old


def csrrw_ignored_in_u(k: Kit, rd: Reg, csr: Value, rs1: Reg) -> None:
    with k.when(in_s(k)):
        k.calls(csr_write, csr, k.x[rs1])


def ecall_without_a_trap(k: Kit) -> None:
    k[SEPC] = k.pc
    k[MODE] = HartMode.S


def add_tells_the_mode(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    k.x[rd] = k[MODE]


def lui_tells_the_root(k: Kit, rd: Reg, imm: Value) -> None:
    k.x[rd] = k[SATP]


def mul_tells_the_time(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    k.x[rd] = k[RETIRED]


def sub_writes_a_csr_of_s(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    k[SSCRATCH] = k.x[rs1]


def sub_leaves_a_real_address(k: Kit, rd: Reg, rs1: Reg, rs2: Reg) -> None:
    """The reservation is a real address: as long as only sc sees it, nobody else does."""
    k.x[rd] = k[RESERVATION]


Claims = Callable[[Verdict], bool]
BY_MODE: Claims = lambda verdict: verdict.mode is not None  # noqa: E731
BY_PLACE: Claims = lambda verdict: verdict.location is not None  # noqa: E731
FROM_USER: Claims = lambda verdict: verdict.user is not None  # noqa: E731
BY_TIME: Claims = lambda verdict: verdict.timing is not None  # noqa: E731

MUTANTS = [
    ("sret", sret_ignored_in_u, "sret", BY_MODE),
    ("sret", sret_in_u, "sret", FROM_USER),
    ("wfi", wfi_ignored_in_u, "wfi", BY_MODE),
    ("sfence.vma", sfence_ignored_in_u, "sfence.vma", BY_MODE),
    ("csrrs", csrrs_reads_for_all, "csrr sepc", FROM_USER),
    ("csrrw", csrrw_writes_for_all, "csrrw stvec", FROM_USER),
    ("csrrw", csrrw_ignored_in_u, "csrrw stvec", BY_MODE),
    ("ecall", ecall_without_a_trap, "ecall", FROM_USER),
    ("add", add_tells_the_mode, "add", BY_MODE),
    ("lui", lui_tells_the_root, "lui", BY_PLACE),
    ("mul", mul_tells_the_time, "mul", BY_TIME),
    ("sub", sub_writes_a_csr_of_s, "sub", FROM_USER),
    ("sub", sub_leaves_a_real_address, "sub", BY_PLACE),
]


def mutated(name: str, body: Callable[..., None], row: str) -> Finding:
    """The finding on a row of rv64 whose instruction `name` has another text."""
    machine = rv64.machine_of(rv64.VARIANTS["rv64"])
    number, old = next((n, one) for n, one in enumerate(INSTRUCTIONS) if one.name == name)
    new = Instruction(name, old.extension, old.pattern, old.syntax, body, "", old.unless)
    exec(instruction_source(new, number), machine.functions)
    subject = rv64.subject("rv64", machine=machine)
    return examine(next(one for one in subject.rows if one.name == row))


@pytest.mark.parametrize(
    ("name", "body", "row", "shows"), MUTANTS, ids=lambda one: getattr(one, "__name__", one)
)
def test_a_mutated_rv64_is_caught(
    name: str, body: Callable[..., None], row: str, shows: Claims
) -> None:
    before = asked("rv64").finding(row).verdict
    finding = mutated(name, body, row)
    assert not finding.verdict.privileged
    assert shows(finding.verdict)
    assert before.privileged or before.innocuous
    first, _, _ = theorems([finding])
    assert first.because == (row,)


# The models --------------------------------------------------------------------------------------


class Unchecked(describe.Kit):
    """Traces an instruction without its check of the mode."""

    def supervisor_only(self) -> None:
        pass


class Silent(describe.Kit):
    """Traces an instruction whose check does not refuse: in user mode it only leads elsewhere."""

    def supervisor_only(self) -> None:
        with self.when(self.in_user()):
            self.go(self.next_pc + 1)


CHECKED = [
    (name, one.name)
    for name, model in MODELS.items()
    for one in model.instructions
    if describe.printed(one, describe.Kit(model)) != describe.printed(one, Unchecked(model))
]


@pytest.mark.parametrize("kit", [Unchecked, Silent])
@pytest.mark.parametrize(("name", "instruction"), CHECKED)
def test_a_check_that_is_missing_is_found(
    name: str, instruction: str, kit: Callable[[describe.Model], describe.Kit]
) -> None:
    model = MODELS[name]
    one = next(each for each in model.instructions if each.name == instruction)
    assert asked(name).finding(instruction).verdict.privileged
    mutant = examine(Row(instruction, model.step_of(one, kit), model.pool(one, 0)))
    assert not mutant.verdict.privileged
    assert theorems([mutant])[0].because == (instruction,)


def test_the_kill_table_is_long_enough_to_mean_something() -> None:
    assert len(MUTANTS) >= 10
    assert {name for name, _ in CHECKED} == set(MODELS)


def test_a_store_that_forgets_the_bounds_is_caught() -> None:
    toy = MODELS["toy"]

    def store(k: describe.Kit, r: Value, a: Value) -> None:
        k[toy.storage, a] = k[toy.R, r]

    one = describe.Instruction("store", store, (0, 3))
    verdict = examine(Row("store", toy.step_of(one), toy.pool(one, 0))).verdict
    assert verdict.user is not None
    assert verdict.control is not None, "it writes storage that is not the program's"
