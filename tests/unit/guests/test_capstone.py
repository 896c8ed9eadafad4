"""The capstone, a hypervisor in RISC-V code: what makes the guest exit, and what does not."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import fdt
import pytest

from tests.unit.guests.capstone import (
    FRAMES,
    GUEST_RAM,
    KERNEL,
    SOURCES,
    USUAL,
    Deed,
    Wanted,
    causes,
    guest_bytes,
    image,
    kernel,
    mapped,
    names,
    opened,
    ran,
    reasons,
    symbols,
)
from vmlab.engine.tiers import why_not_t1
from vmlab.guests import build
from vmlab.isa import causes as isa_causes
from vmlab.isa import layouts
from vmlab.isa.causes import (
    ECALL_FROM_VS,
    GUEST_PAGE_FAULTS,
    ILLEGAL_INSTRUCTION,
    INSTRUCTION_ACCESS_FAULT,
    INSTRUCTION_PAGE_FAULT,
    LOAD_ACCESS_FAULT,
    STORE_ACCESS_FAULT,
    SUPERVISOR_TIMER,
    VIRTUAL_INSTRUCTION,
)
from vmlab.session.session import Session
from vmlab.session.snapshot import Reason, Status

WITHOUT_SSTC = "rv64gch_zicntr"
BANNER = "capstone: a machine of 8 MiB, entered in VS"
HELLO = [BANNER, "testguest: hello", ""]
ALL_CAME = "testguest: every call, fault and tick came"
TRAP_LOOP = (
    f"capstone: stopped: the guest's trap handler traps at once, cause ({INSTRUCTION_ACCESS_FAULT})"
)
BEYOND = GUEST_RAM.stop


def said(session: Session) -> list[str]:
    """The console's lines without the last, in which the exits are told."""
    *lines, exits = session.console.decode().splitlines()
    told = ", ".join(f"{count} {name}" for name, count in reasons(session).items())
    assert exits == f"capstone: exits: {told}"
    return lines


def difference(one: Wanted, other: Wanted, **options: Any) -> dict[str, int]:
    """What the second run has more of than the first."""
    before, after = reasons(ran(one, **options)), reasons(ran(other, **options))
    return {name: after[name] - before[name] for name in names() if after[name] != before[name]}


def test_the_guest_runs_to_its_end() -> None:
    session = ran()
    assert session.stop is not None
    assert session.stop.reason is Reason.PASSED
    assert said(session) == [*HELLO, "..", ALL_CAME]


@pytest.mark.skipif(why_not_t1() is not None, reason="no T1 here")
@pytest.mark.parametrize("isa", [None, WITHOUT_SSTC])
def test_both_tiers_come_to_the_same_state(isa: str | None) -> None:
    t0, t1 = (ran(engine=tier, isa=isa) for tier in ("t0", "t1"))
    assert t0.position == t1.position
    assert t0.state_hash() == t1.state_hash()


@pytest.mark.skipif(why_not_t1() is not None, reason="no T1 here")
def test_the_tiers_can_take_turns_anywhere() -> None:
    session, rng = opened(), Random("turns")
    while session.status is not Status.ENDED:
        session.use_engine(rng.choice(("t0", "t1")))
        session.run(limit=rng.choice((1, 7, 63, 1_000, 5_000)))
    assert session.state_hash() == ran().state_hash()


# What costs an exit -------------------------------------------------------------------------------


def test_a_null_system_call_adds_no_exit() -> None:
    assert difference(Wanted(calls=10), Wanted(calls=110)) == {}
    assert ran(Wanted(calls=110)).position > ran(Wanted(calls=10)).position


def test_each_page_that_is_touched_adds_one_fill() -> None:
    assert difference(Wanted(pages=4), Wanted(pages=11)) == {"fill": 7}


def test_an_access_to_the_uart_is_one_exit() -> None:
    more = difference(Wanted(registers=3), Wanted(registers=8))
    assert more == {"mmio load": 5, "mmio store": 5}


def test_a_call_of_the_sbi_is_one_exit() -> None:
    assert difference(Wanted(prints=2), Wanted(prints=9)) == {"sbi": 7}


def test_a_tick_costs_two_calls_and_the_wait_and_no_exit_of_its_own() -> None:
    assert difference(Wanted(naps=1), Wanted(naps=4)) == {"sbi": 6, "idle": 3}


def test_without_sstc_a_tick_costs_an_exit_of_its_own_too() -> None:
    more = difference(Wanted(naps=1), Wanted(naps=4), isa=WITHOUT_SSTC)
    assert more == {"sbi": 6, "idle": 3, "timer": 3}


@pytest.mark.parametrize("isa", [None, WITHOUT_SSTC])
def test_the_hart_and_the_hypervisor_count_the_same_exits(isa: str | None) -> None:
    session = ran(isa=isa)
    to_hs = {*GUEST_PAGE_FAULTS, VIRTUAL_INSTRUCTION, ECALL_FROM_VS}
    taken: dict[int, int] = {}
    for key, count in session.trap_counts.items():
        mode, _, cause = key.partition(".")
        if mode in ("VS", "VU") and cause.isdecimal() and int(cause) in to_hs:
            taken[int(cause)] = taken.get(int(cause), 0) + count
    assert {cause: n for cause, n in causes(session).items() if cause < 32} == taken
    timers = causes(session).get(32 + SUPERVISOR_TIMER, 0)
    assert timers == reasons(session)["timer"] == (0 if isa is None else USUAL.naps)
    assert sum(causes(session).values()) == sum(reasons(session).values())


@pytest.mark.parametrize(
    "options",
    [{"access_tinst": "full"}, {"illegal_tval": "zero"}, {"translation": "sv39"}],
    ids=str,
)
def test_what_a_hart_may_choose_changes_nothing(options: dict[str, str]) -> None:
    other, usual = ran(**options), ran()
    assert (other.console, causes(other)) == (usual.console, causes(usual))


# What the guest has -------------------------------------------------------------------------------


def test_its_memory_is_elsewhere_and_a_frame_has_one_owner() -> None:
    leaves = mapped(ran())
    assert all(gpa in GUEST_RAM for gpa in leaves)
    assert all(gpa != spa for gpa, spa in leaves.items())
    assert len(set(leaves.values())) == len(leaves)
    assert min(leaves.values()) >= FRAMES


def test_what_was_not_touched_has_no_frame() -> None:
    few, many = mapped(ran(Wanted(pages=2))), mapped(ran(Wanted(pages=3)))
    assert len(many) - len(few) == 1


def test_its_device_tree_names_what_it_has() -> None:
    session = opened(append="sieve 3")
    session.run(limit=40_000)
    tree = fdt.parse_dtb(guest_bytes(session, BEYOND - 4 * 4096, 4 * 4096))
    (memory,) = (node for node in tree.root.nodes if node.name.startswith("memory"))
    assert memory.get_property("reg").data == [0, GUEST_RAM.start, 0, len(GUEST_RAM)]
    assert [node.name for node in tree.get_node("soc").nodes] == ["serial@10000000"]
    assert {node.name for node in tree.root.nodes} == {"chosen", "cpus", "memory@80000000", "soc"}
    assert tree.get_node("chosen").get_property("bootargs").value == "sieve 3"


def test_its_time_begins_at_nothing() -> None:
    session = opened()
    session.run(until=None, limit=100_000)
    delta = session.snapshot().now.csrs["htimedelta"]
    assert 0 < (1 << 64) - delta < session.position


# Hostile guests -----------------------------------------------------------------------------------

ANSWERS = {
    Deed.LOAD_NOTHING: f"deed: cause {LOAD_ACCESS_FAULT:02}",
    Deed.LOAD_BEYOND: f"deed: cause {LOAD_ACCESS_FAULT:02}",
    Deed.STORE_FINISHER: f"deed: cause {STORE_ACCESS_FAULT:02}",
    Deed.JUMP_BEYOND: f"deed: cause {INSTRUCTION_ACCESS_FAULT:02}",
    Deed.WORD_OF_UART: f"deed: cause {LOAD_ACCESS_FAULT:02}",
    Deed.PRINT_BEYOND: "deed: refused",
    Deed.WRITE_HGATP: f"deed: cause {ILLEGAL_INSTRUCTION:02}",
    Deed.TABLE_BEYOND: TRAP_LOOP,
    Deed.NO_HANDLER: TRAP_LOOP,
    Deed.IMAGE_OF_HOST: "deed: found zeros",
    Deed.EMPTY_SLOT: "deed: found zeros",
    Deed.STALE_CODE: f"deed: cause {INSTRUCTION_PAGE_FAULT:02}",
    Deed.TABLE_IN_SLOT: f"deed: cause {LOAD_ACCESS_FAULT:02}",
}
STOPPED = {Deed.TABLE_BEYOND, Deed.NO_HANDLER}


def test_every_deed_of_the_guest_has_its_answer_here() -> None:
    text = (SOURCES / "testguest" / "guest.c").read_text(encoding="utf-8")
    found = re.search(r"enum deed \{(.*?)\}", text, re.DOTALL)
    assert found
    assert re.findall(r"\w+", found[1]) == [deed.name for deed in Deed]
    assert {Deed.GOOD, *ANSWERS} == set(Deed)


@pytest.mark.parametrize("deed", ANSWERS, ids=lambda deed: deed.name.lower())
def test_an_evil_deed_is_answered_and_the_hypervisor_is_whole(deed: Deed) -> None:
    session = ran(Wanted(deed=deed))
    assert session.stop is not None
    expected = Reason.FAILED if deed in STOPPED else Reason.PASSED
    assert session.stop.reason is expected
    assert said(session) == [*HELLO, "..", ALL_CAME, ANSWERS[deed]]
    for segment in image("capstone").segments:
        name = image("capstone").symbols.get(int(segment.pa))
        if name == "_start":  # its code and constants; the rest is there to be written
            assert session.memory(int(segment.pa), len(segment.data)) == segment.data
    payload = kernel(Wanted(deed=deed))
    assert session.memory(KERNEL, len(payload)) == payload
    leaves = mapped(session)
    assert all(gpa in GUEST_RAM for gpa in leaves)
    assert min(leaves.values()) >= FRAMES


def test_a_guest_that_fetches_what_it_took_away_is_let_fault_by_itself() -> None:
    evil = Wanted(deed=Deed.STALE_CODE)
    more = difference(USUAL, evil)
    assert more == {"sbi": 1, "again": 1}


def test_a_host_without_memory_for_it_says_so() -> None:
    session = ran(Wanted(pages=400, fresh=GUEST_RAM.start), ram="5M")
    assert session.stop is not None
    assert session.stop.reason is Reason.FAILED
    assert said(session)[-1].startswith("capstone: stopped: no frame is left")


def test_no_device_tree_is_told_in_a_sentence() -> None:
    session = ran(dtb=b"\0" * 64)
    assert session.stop is not None
    assert session.stop.reason is Reason.FAILED
    assert said(session)[0].startswith("capstone: stopped: expected a device tree")


# One fact, one place ------------------------------------------------------------------------------

HEADER = (SOURCES / "riscv.h").read_text(encoding="utf-8")


def test_its_causes_are_those_of_the_description() -> None:
    found = re.findall(r"^ {4}([A-Z_]+) = (\d+),", HEADER, re.MULTILINE)
    assert len(found) > 15
    assert {name: int(n) for name, n in found} == {
        name: getattr(isa_causes, name) for name, _ in found
    }


def test_its_bits_are_those_of_the_description() -> None:
    found = re.findall(r"#define ([A-Z]+)_(\w+) \((\d)ul << (\d+)\)", HEADER)
    assert len(found) > 20
    for layout, name, value, shift in found:
        field = getattr(layouts, layout)[name]
        assert int(shift) == field.low, f"{layout}.{name}"
        assert int(value) << int(shift) & ~field.mask == 0, f"{layout}.{name}"


def test_what_the_first_instructions_delegate_is_all_that_can_be() -> None:
    text = (SOURCES / "start.S").read_text(encoding="utf-8")
    found = re.search(r"li +t0, (0x\w+) .*\n +csrw +medeleg", text)
    assert found
    kept = {isa_causes.ECALL_FROM_S, isa_causes.ECALL_FROM_M}
    assert int(found[1], 16) == sum(1 << n for n in isa_causes.EXCEPTIONS if n not in kept)


def test_the_trap_vector_and_the_return_have_names() -> None:
    assert {"exit_enter", "exit_leave", "exit_counts"} <= symbols().keys()


def test_its_headers_are_in_its_recipe() -> None:
    recipe = next(recipe for recipe in build.RECIPES if recipe.name == "capstone")
    there = {f"capstone/{path.name}" for path in SOURCES.glob("*.*")}
    assert there <= set(recipe.files)
