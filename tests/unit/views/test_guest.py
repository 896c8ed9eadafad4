"""What the pictures say of a guest: who runs, what it believes, which CSRs matter now."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.views.make import registers, snapshot
from vmlab.core.events import TrapTaken
from vmlab.core.modes import Mode
from vmlab.isa.layouts import MSTATUS
from vmlab.session.snapshot import CodeLine, Registers
from vmlab.views import believed, csrs, now, traps
from vmlab.views.foresee import foresee


def guest(**values: int) -> Registers:
    return replace(registers(mode=Mode.S, **values), virtual=True)


def test_the_now_line_names_vs_and_who_runs_there() -> None:
    row = now.row(snapshot(now=guest()))
    assert (row.short_mode, str(row.owner), str(row.mode_name)) == (
        "VS", "Guest's kernel", "virtual supervisor",
    )  # fmt: skip
    assert now.row(snapshot(now=registers(mode=Mode.S))).short_mode == "S"


def test_what_a_guest_believes_stands_beside_what_is_real() -> None:
    shown = {
        row.name: row
        for row in believed.rows(snapshot(now=guest(scause=5, vscause=13, sepc=8, vsepc=8)))
    }
    assert (shown["scause"].believed, shown["scause"].real, shown["scause"].source) == (
        13, 5, "vscause",
    )  # fmt: skip
    assert "load page fault" in str(shown["scause"].meaning)
    assert shown["scause"].differs and not shown["sepc"].differs
    assert all(row.in_force for row in shown.values())
    assert set(shown) == {
        "sstatus", "sie", "sip", "stvec", "sscratch", "sepc", "scause", "stval", "satp", "stimecmp",
    }  # fmt: skip
    twin = believed.text(snapshot(now=guest(scause=5, vscause=13)))
    assert "* 0000 0000 0000 000d" in twin and "vscause" in twin


def test_a_machine_without_the_extension_believes_nothing() -> None:
    bare = registers()
    bare = replace(bare, csrs={name: 0 for name in bare.csrs if not name.startswith(("vs", "h"))})
    assert believed.rows(snapshot(now=bare)) == ()


def test_the_guests_csrs_come_first_while_there_is_a_guest() -> None:
    without = {row.name for row in csrs.rows(snapshot(now=registers()), only_first=True)}
    with_guest = {
        row.name: row
        for row in csrs.rows(snapshot(now=registers(hgatp=8 << 60 | 4)), only_first=True)
    }
    assert not without & {"hstatus", "hgatp", "vsatp"}
    assert {"hstatus", "hgatp", "vsstatus", "vsatp"} <= set(with_guest)
    assert with_guest["hgatp"].level == "HS"
    assert "Sv39x4, vmid 0, root table at pa 0000 4000" in str(with_guest["hgatp"].meaning)


def test_the_trap_log_names_both_worlds_and_the_guest_physical_address() -> None:
    event = TrapTaken(
        5, Mode.S, Mode.S, 21, False, 0x8000_0000, 0x4000_0123, True, False, 0x1000_0000 >> 2
    )
    [row] = traps.rows(snapshot(traps=(event,)))
    assert row.between == "VS -> S"
    assert str(row.cause) == "load guest page fault at gpa 1000 0000"


def test_the_next_step_tells_a_return_into_a_guest() -> None:
    word = 0x3020_0073  # mret
    line = CodeLine(0x8000_0000, word, 4, "mret")
    into = registers(mode=Mode.M, mstatus=MSTATUS.mask("MPV") | 1 << MSTATUS["MPP"].low, mepc=64)
    said = foresee(snapshot(now=into), line)
    assert not said.traps
    assert "Returns to VS at" in str(said.sentence) and "MPV is 1" in str(said.sentence)


def test_of_a_guest_less_is_said_rather_than_guessed() -> None:
    """An sret of VS with mstatus.TSR set does not trap: TSR is not for VS."""
    line = CodeLine(0x8000_0000, 0x1020_0073, 4, "sret")
    said = foresee(snapshot(now=guest(mstatus=MSTATUS.mask("TSR"))), line)
    assert not said.traps


def test_each_csr_of_vs_stands_before_the_one_that_it_is_taken_for() -> None:
    shown = csrs.rows(snapshot(now=guest(hgatp=8 << 60)), only_first=True)
    names = [row.name for row in shown]
    assert names[:2] == ["hstatus", "hgatp"]
    assert names[2:6] == ["vsstatus", "sstatus", "vscause", "scause"]
    assert len(names) == len(set(names)) and set(csrs.FIRST) <= set(names)
    whose = {row.name: str(row.whose) for row in shown}
    assert whose["vsepc"] == "VS believes this is sepc"
    assert (whose["sepc"], whose["mepc"]) == ("real, of HS", "")
    assert "Believed or real" in [str(column) for column in csrs.table(shown).columns]
    without = csrs.rows(snapshot(now=registers()), only_first=True)
    assert [row.name for row in without] == list(csrs.FIRST)
    assert "Believed or real" not in [str(column) for column in csrs.table(without).columns]


def test_without_sstc_vs_has_no_timer_to_believe_in() -> None:
    bare = guest(hgatp=8 << 60)
    bare.csrs.pop("stimecmp")
    names = [row.name for row in csrs.rows(snapshot(now=bare), only_first=True)]
    assert "vstimecmp" not in names and "vsstatus" in names
