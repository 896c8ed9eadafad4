"""What is known of the instruction sets comes out of the search."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.unit.vmm.popek_goldberg.asked import MODELS, against, asked, privileged
from vmlab.core.errors import BadInput
from vmlab.core.modes import Mode as HartMode
from vmlab.isa.csrs import CSRS
from vmlab.vmm.popek_goldberg import rv64
from vmlab.vmm.popek_goldberg.catalog import SUBJECTS, Classification, classification
from vmlab.vmm.popek_goldberg.states import Mode, TrapTaken, flip


def holds(name: str) -> list[bool]:
    return [one.holds for one in asked(name).theorems]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rv64", [True, True, True]),
        ("rv64gc", [True, True, True]),
        ("rv64h", [True, True, True]),
        ("rv64-careless", [False, False, False]),
        ("s370", [True, True, True]),
        ("ia32", [False, False, False]),
        ("pdp10", [False, False, True]),
        ("toy", [False, False, False]),
    ],
)
def test_the_theorems(name: str, expected: Sequence[bool]) -> None:
    assert holds(name) == expected
    for one in asked(name).theorems:
        assert one.holds == (not one.because)


def test_ia32_has_the_holes_that_robin_and_irvine_found() -> None:
    """A subset: lists count differently, and ours is a model."""
    known = {
        "popf", "pushf", "sgdt", "sidt", "sldt", "smsw", "str", "lar", "lsl", "verr", "verw",
        "mov r, cs", "push cs", "mov ds, r", "pop ds", "call far", "jmp far", "int n", "ret far",
    }  # fmt: skip
    assert known <= against("ia32", 1)


def test_ia32s_innocuous_instructions_and_its_privileged_ones_do_no_harm() -> None:
    fine = {"mov r, m", "mov m, r", "add", "jmp", "jz", "call", "ret", "push"}
    trapped = {"lgdt", "lidt", "lldt", "ltr", "lmsw", "cli", "sti", "hlt", "clts", "in", "out",
               "invlpg", "rdtsc", "mov cr3, r", "mov r, cr3"}  # fmt: skip
    assert not (fine | trapped) & against("ia32", 1)
    assert trapped <= privileged("ia32")
    assert all(asked("ia32").finding(name).verdict.innocuous for name in fine)


def test_popf_is_mode_sensitive_and_does_not_trap() -> None:
    verdict = asked("ia32").finding("popf").verdict
    assert verdict.runs == {Mode.SUPERVISOR, Mode.USER}
    assert verdict.control is not None
    assert verdict.mode is not None


def test_jrst_1_breaks_theorem_1_on_the_pdp10_and_not_theorem_3() -> None:
    verdict = asked("pdp10").finding("jrst 1").verdict
    assert "jrst 1" in against("pdp10", 1)
    assert verdict.control is not None
    assert verdict.control.mode is Mode.SUPERVISOR
    assert verdict.user is None


def test_the_pc_word_of_the_pdp10_tells_the_mode() -> None:
    assert asked("pdp10").finding("jsp").verdict.mode is not None
    assert asked("pdp10").finding("jrst").verdict.innocuous


def test_nothing_is_wrong_with_system_370() -> None:
    assert against("s370", 1) == set()
    sensitive = {one.name for one in asked("s370").findings if one.verdict.sensitive}
    assert sensitive == privileged("s370")


@pytest.mark.parametrize(("name", "call"), [("rv64", "ecall"), ("s370", "svc"), ("pdp10", "muuo"),
                                            ("toy", "svc"), ("rv64", "ebreak")])  # fmt: skip
def test_a_call_of_the_supervisor_traps_in_both_modes_and_is_innocuous(
    name: str, call: str
) -> None:
    verdict = asked(name).finding(call).verdict
    assert verdict.innocuous
    assert not verdict.privileged
    assert verdict.runs == set()


# RV64 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rv64", "rv64gc", "rv64-careless"])
def test_sret_wfi_and_fences_are_privileged_and_control_sensitive(name: str) -> None:
    for instruction in ("sret", "wfi", "sfence.vma"):
        verdict = asked(name).finding(instruction).verdict
        assert verdict.privileged
        assert verdict.control is not None
    assert asked(name).finding("mret").verdict.runs == set()
    assert asked(name).finding("fence.i").verdict.innocuous


def csrs_of_s(done: Classification) -> list[str]:
    """CSRs of S that the rows have, from the numbers of the table."""
    there = {one.name.partition(" ")[2] for one in done.findings}
    return [
        csr.name for csr in CSRS.values()
        if csr.name in there and csr.lowest_mode is HartMode.S and not csr.is_hypervisor
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["rv64", "rv64gc"])
def test_every_csr_of_s_is_privileged_and_to_write_it_is_control(name: str) -> None:
    done = asked(name)
    names = csrs_of_s(done)
    assert {"sepc", "sstatus", "satp", "stvec"} <= set(names)
    fixed_by_the_monitor = {"scounteren"}
    for csr in names:
        writes, reads = done.finding(f"csrrw {csr}").verdict, done.finding(f"csrr {csr}").verdict
        assert writes.privileged
        assert writes.control is not None, csr
        assert reads.privileged
        assert reads.control is None
        assert csr in fixed_by_the_monitor or reads.location is not None, csr


def test_the_clock_makes_the_difference_between_careful_and_careless() -> None:
    clocks = {"rdtime", "rdcycle", "rdinstret"}
    assert against("rv64-careless", 1) == clocks
    assert clocks <= privileged("rv64")
    for name in clocks:
        for isa in ("rv64", "rv64-careless"):
            verdict = asked(isa).finding(name).verdict
            assert verdict.location is not None
            assert verdict.timing is not None


def test_fs_is_merged_and_would_break_theorem_1_were_it_not() -> None:
    done = asked("rv64gc")
    assert done.finding("fadd.d").verdict.innocuous
    assert rv64.writes_merged(done.finding("fadd.d").row)
    assert not rv64.writes_merged(done.finding("fsd").row)
    (remark,) = done.subject.remarks(done.findings)
    assert "merge" in remark
    assert asked("rv64").subject.remarks(asked("rv64").findings) == ()


def test_with_h_nothing_sensitive_runs_in_a_guest() -> None:
    done = asked("rv64h")
    assert not [one.name for one in done.findings if one.verdict.sensitive]
    for name in ("sret", "wfi", "sfence.vma", "csrrw satp", "rdtime", "hlv.w", "csrrw hgatp"):
        finding = done.finding(name)
        assert finding.verdict.runs == set(), name
        assert done.subject.note(finding).startswith("trapped")
    for name in ("csrrw sepc", "csrr sstatus", "csrrw stvec", "csrrw sie"):
        finding = done.finding(name)
        assert finding.verdict.runs == {Mode.SUPERVISOR}, name
        assert done.subject.note(finding).startswith("virtualized")


# All -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_row_has_a_pair_that_is_no_memory_trap(name: str) -> None:
    """Else "innocuous" would mean only that nothing was tried."""
    for one in asked(name).findings:
        row = one.row
        assert any(
            state.mode is Mode.SUPERVISOR
            and not any(
                isinstance(end, TrapTaken) and end.memory
                for end in (row.step(state), row.step(flip(state)))
            )
            for state in row.pool
        ), row.name


@pytest.mark.parametrize("name", SUBJECTS)
def test_names_are_unique(name: str) -> None:
    names = [one.name for one in asked(name).findings]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [*MODELS, "rv64"])
def test_another_seed_comes_to_the_same_verdicts(name: str) -> None:
    def marks(done: Classification) -> list[tuple[object, ...]]:
        return [
            (one.name, one.verdict.privileged, one.verdict.control is None,
             one.verdict.mode is None, one.verdict.location is None, one.verdict.user is None)
            for one in done.findings
        ]  # fmt: skip

    assert marks(classification(name, seed=1)) == marks(asked(name))


def test_an_unknown_name_is_answered_with_those_that_exist() -> None:
    with pytest.raises(BadInput, match=r"one of rv64, .*, found 'vax'"):
        classification("vax")
    with pytest.raises(BadInput, match=r"such as csrrw satp, .* found 'satp'"):
        asked("rv64").finding("satp")
