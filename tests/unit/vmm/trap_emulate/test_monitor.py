"""Trap and emulate: the guest's kernel runs in U, believes in S, and each exit has its reason."""

from __future__ import annotations

import pytest

from tests.unit.vmm.guests import PAGED, SHUTDOWN, TABLES, guest
from tests.unit.vmm.lanes import BOARD, facts, in_step
from vmlab.core.errors import BadInput
from vmlab.core.modes import Mode
from vmlab.isa.csrs import CSRS
from vmlab.isa.layouts import PTE
from vmlab.isa.state import MODE
from vmlab.vmm.bare.machine import BareMachine
from vmlab.vmm.common.exits import Reason
from vmlab.vmm.common.host import Host, ram_for
from vmlab.vmm.common.subject import admitted
from vmlab.vmm.common.vm import State
from vmlab.vmm.trap_emulate.monitor import SCHEMES, TrapAndEmulate

FAR = 1_000_000
TECHNIQUES = ["trap_emulate", "trap_emulate_traced"]
SKIPS = """
    la t0, skip
    csrw stvec, t0
    j begin
.balign 4
skip:                       # a sum of all that a kernel is told of a trap, and on behind it
    csrr t0, scause
    add s10, s10, t0
    csrr t0, stval
    add s10, s10, t0
    csrr t0, sstatus
    add s10, s10, t0
    slli t1, s10, 7
    srli s10, s10, 57
    or s10, s10, t1
    csrr t0, sepc
    addi t0, t0, 4
    csrw sepc, t0
    sret
begin:
"""
TO_USER = """
    li t0, 0x100
    csrc sstatus, t0
    la t0, user
    csrw sepc, t0
    sret
user:
"""
# A user's page at 0x40001000, which may be executed only, and one of the kernel's behind it.
PAGES = (
    PAGED
    + """
    ori t2, t2, 0xd8
    andi t2, t2, -7
    sd t2, 8(t3)
    la t4, second
    srli t2, t4, 2
    ori t2, t2, 0xc7
    sd t2, 16(t3)
    sfence.vma
    li s0, 0x40001000
    li s1, 0x40002000
"""
)
SECOND = TABLES + "second: .zero 4096\n"


def csr_program(names: list[str]) -> str:
    """Reads each CSR, fills it, empties it and gives back what was there."""
    return "".join(
        f"""
    csrr s1, {name}
    add s9, s9, s1
    li s2, -1
    csrw {name}, s2
    csrr s2, {name}
    add s9, s9, s2
    csrci {name}, 31
    csrr s2, {name}
    add s9, s9, s2
    slli s3, s9, 7
    srli s9, s9, 57
    or s9, s9, s3
    csrw {name}, s1
"""
        for name in names
    )


@pytest.mark.parametrize("technique", TECHNIQUES)
@pytest.mark.parametrize("mode", ["S", "U"])
def test_every_csr_reads_and_writes_as_on_the_bare_machine(technique: str, mode: str) -> None:
    entered = TO_USER if mode == "U" else ""
    source = SKIPS + entered + csr_program(sorted(CSRS)) + "la t0, end\ncsrw stvec, t0\nunimp\n"
    source += "1: j 1b\n.balign 4\nend:\n" + SHUTDOWN
    subject = in_step(technique, guest(source), [37] * 100 + [20_000])
    assert subject.runnable == (mode == "U"), "a user can't change stvec, and its loop is its end"
    assert subject.counters.emulated_insns > len(CSRS) * (mode == "S")


CASES = {
    Reason.SENSITIVE: "csrr t0, sstatus\n",
    Reason.SYSTEM_CALL: TO_USER + "ecall\n",
    Reason.EXCEPTION: "ebreak\n",
    Reason.HIDDEN_FAULT: "la t0, far\nld t1, 0(t0)\n",
    Reason.TRUE_FAULT: PAGES + "ld t0, 8(zero)\n",
    Reason.DEVICE: "li t0, 0x10000000\nlb t1, 5(t0)\n",
    Reason.FIRMWARE_CALL: "li a7, 0x10\nli a6, 0\necall\n",
    Reason.TIMER: "rdtime t0\naddi t0, t0, 50\ncsrw stimecmp, t0\nli t0, 60\n"
    "2: addi t0, t0, -1\nbnez t0, 2b\n",
    Reason.IDLE: "li t0, 32\ncsrw sie, t0\nli t0, 900\ncsrw stimecmp, t0\nwfi\n",
}
"""What makes an exit for this reason, once."""


@pytest.mark.parametrize("technique", TECHNIQUES)
@pytest.mark.parametrize("reason", CASES)
def test_an_exit_is_counted_for_what_it_was(technique: str, reason: Reason) -> None:
    tail = f"1: j 1b\n{SECOND}.balign 4096\nfar: .dword 0\n"

    def counted(body: str) -> int:
        subject = in_step(technique, guest(SKIPS + body + tail), [500])
        return subject.counters.exits[reason]

    body = CASES[reason]
    without = PAGES if body.startswith(PAGES) else TO_USER if body.startswith(TO_USER) else ""
    assert counted(body) > counted(without)


def test_every_reason_of_this_technique_has_its_case() -> None:
    others = {Reason.TABLE_WRITE, Reason.GSTAGE_FAULT, Reason.HYPERCALL}
    assert set(CASES) == set(Reason) - others


@pytest.mark.parametrize("technique", TECHNIQUES)
@pytest.mark.parametrize(
    ("tries", "trapped"),
    [
        ("ld t0, 0(s0)\n", 1),  # the kernel and a user's page
        ("li t1, 1 << 18\ncsrs sstatus, t1\nld t0, 0(s0)\n", 1),  # SUM: but it can't be read
        ("li t1, 3 << 18\ncsrs sstatus, t1\nld t0, 0(s0)\n", 0),  # SUM and MXR
        ("li t1, 3 << 18\ncsrs sstatus, t1\nsd t0, 0(s0)\n", 1),
        ("li t1, 1 << 19\ncsrs sstatus, t1\nld t0, 0(s0)\n", 1),  # MXR alone
        ("ld t0, 0(s1)\n", 0),
        ("sd t0, 0(s1)\n", 0),
        ("lr.d t0, (s1)\nsc.d t1, t0, (s1)\n", 0),
        ("amoadd.d t0, t1, (s0)\n", 1),
        ("li t1, 3 << 18\ncsrs sstatus, t1\nld t0, 0(s0)\ncsrc sstatus, t1\nld t0, 0(s0)\n", 1),
        ("ld t0, 1(s1)\n", 1),
        ("li t0, 0x90000000\nld t0, 0(t0)\n", 1),  # beyond its RAM
        ("li t0, 1 << 62\nld t0, 0(t0)\n", 1),  # no canonical address
    ],
)
def test_rights_are_those_of_the_bare_machine(technique: str, tries: str, trapped: int) -> None:
    counts = SKIPS.replace("skip: ", "skip:\n addi s11, s11, 1\n")
    subject = in_step(
        technique, guest(counts + PAGES + tries + SHUTDOWN + SECOND), [9] * 40 + [FAR]
    )
    assert subject.state is State.ENDED
    assert subject.machine.hart.x[27] == trapped


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("tval", ["word", "zero"])
def test_tval_of_an_illegal_instruction_may_be_zero(scheme: str, tval: str) -> None:
    payload = guest(
        SKIPS + csr_program(["sscratch", "sstatus", "cycle", "mhpmcounter3"]) + SHUTDOWN
    )
    bare = BareMachine(BOARD, payload)
    bare.run(FAR)
    host = Host(ram_for(1, BOARD.ram_bytes), illegal_tval=tval)
    subject = admitted(TrapAndEmulate(host, scheme), BOARD, payload)
    subject.run(FAR)
    assert facts(subject) == facts(bare)


def test_the_real_hart_is_in_u_behind_the_monitors_own_table_whatever_the_guest_believes() -> None:
    host = Host(ram_for(1, BOARD.ram_bytes))
    monitor = TrapAndEmulate(host)
    subject = admitted(monitor, BOARD, guest(PAGES + "1: csrr t0, satp\nj 1b\n" + SECOND))
    root = monitor.shadows[0].root().satp
    for _ in range(60):
        subject.run(1)
        assert host.words[MODE.slot] == Mode.U
        assert subject.mode is Mode.S
    assert host.hart.csr_read("satp") != root, "the guest's satp makes another shadow"
    assert host.hart.csr_read("satp") in {each.satp for each in monitor.shadows[0].roots()}
    assert host.hart.csr_read("satp") != subject.hart.csr_read("satp")
    subject.settle()
    assert subject.machine.hart.x[5] == subject.hart.csr_read("satp"), "what it reads is its own"


def test_no_leaf_of_a_users_shadow_leads_to_the_kernel() -> None:
    monitor = TrapAndEmulate(Host(ram_for(1, BOARD.ram_bytes)))
    begin = "li t2, 1 << 18\ncsrs sstatus, t2\n" + TO_USER.replace("la t0, user", "mv t0, s0")
    payload = guest(
        PAGES
        + "ld t0, 0(s1)\n"
        + begin
        + SECOND.replace("data: .zero 4096", "data: j data\n.zero 4092")
    )
    subject = admitted(monitor, BOARD, payload)
    subject.run(2_000)
    users = [root for root in monitor.shadows[0].roots() if root.context.mode == Mode.U]
    kernels = [root for root in monitor.shadows[0].roots() if root.context.mode == Mode.S]
    shown = {va for root in users for va, _ in monitor.shadows[0].leaves(root)}
    assert shown == {0x4000_1000}
    assert 0x4000_2000 in {va for root in kernels for va, _ in monitor.shadows[0].leaves(root)}
    assert all(
        leaf & PTE.mask("U") for root in users for _, leaf in monitor.shadows[0].leaves(root)
    )


def test_a_scheme_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadInput, match="expected shadows of lazy or traced, found 'eager'"):
        TrapAndEmulate(Host(ram_for(1, BOARD.ram_bytes)), "eager")
