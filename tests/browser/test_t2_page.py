"""T2 in the site's own worker: pages are translated, and every guest ends in its native state."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import vmlab
from tests.browser.conftest import Site, Watch, open_ready, watched_page
from tests.browser.lab import ask
from tests.browser.test_t1_guests import natively, same
from vmlab.bench.runners import ENDLESS
from vmlab.derive.asm import assemble
from vmlab.derive.objfile import to_elf
from vmlab.guests.benchmarks import sized
from vmlab.guests.catalog import GUESTS

LONG_ONES = ("sieve", "mixed")
LONG_INSNS = 300_000_000
ROUNDS, WRITTEN_AFTER, A_ROUND = 4000, 2000, 8
REWRITTEN = f"""
.globl _start
_start:
    li s3, {ROUNDS}
    li s4, {ROUNDS - WRITTEN_AFTER}
    la s0, routine
    li s1, 0x06450513              # addi a0, a0, 100
1:  call routine
    addi s3, s3, -1
    bne s3, s4, 2f
    sw s1, 0(s0)
2:  bnez s3, 1b
    li t0, 0x100000                # the finisher
    li t1, 0x5555
    sw t1, 0(t0)
3:  j 3b
.balign 4096
routine:
    addi a0, a0, 1
    add a1, a1, a0
    ret
"""
ROUTINE = 1
"""Its page of RAM."""
CODE_BYTES = 32 << 10


@pytest.fixture(scope="module")
def lab(browser: Browser, lab_site: Site) -> Iterator[Page]:
    """One worker for all of these."""
    with watched_page(browser, Watch()) as page:
        page.set_default_timeout(600_000)
        yield open_ready(page, lab_site.url)


def told(name: str, found: dict[str, Any]) -> None:
    print(
        f"{name}: {found['position']:,} in {found['took_s']:.2f} s, {found['slices']} slices, "
        f"longest {found['longest_ms']:.0f} ms, {found['translated']}"
    )


@pytest.mark.parametrize("name", sorted(GUESTS))
def test_a_guest_ends_in_its_native_state_with_all_of_it_translated(lab: Page, name: str) -> None:
    typed = GUESTS[name].typed.decode()
    found = ask(lab, "run", guest=name, engine="t2", typed=typed, force=True)
    told(name, found)
    same(found, natively([["", ""]], name, typed), "t2")
    assert found["translated"]["units_translated"]
    assert found["translated"]["units_executed"]


@pytest.mark.parametrize("name", LONG_ONES)
def test_hot_pages_run_many_times_as_fast(lab: Page, name: str) -> None:
    image = base64.b64encode(sized(name, ENDLESS)).decode()
    given: dict[str, Any] = {"image": image, "limit": LONG_INSNS}
    found, slow = ask(lab, "run", engine="t2", **given), ask(lab, "run", engine="t1", **given)
    told(name, found)
    told(f"{name} on t1", slow)
    assert found["position"] == slow["position"] == LONG_INSNS
    assert found["hash"] == slow["hash"]
    assert found["translated"]["units_translated"]
    assert found["translated"]["code_bytes"]


def rewritten() -> tuple[str, vmlab.Session]:
    """A guest that writes to its routine in the middle, and how it ends on T1."""
    elf = to_elf(assemble(REWRITTEN, "rewritten.S"))
    session = vmlab.open(elf, engine="t1")
    session.run()
    return base64.b64encode(elf).decode(), session


def ends_like(found: dict[str, Any], session: vmlab.Session) -> None:
    assert session.stop is not None
    assert found["reason"] == session.stop.reason.name == "PASSED"
    assert found["position"] == session.position
    assert found["hash"] == session.state_hash()


def changes(found: dict[str, Any], page: int) -> list[tuple[str, str]]:
    return [(change, why) for at, change, why in found["log"] if at == page]


def test_a_region_arrives_when_messages_are_let_in(lab: Page) -> None:
    image, session = rewritten()
    tenth = A_ROUND * WRITTEN_AFTER // 10
    found = ask(lab, "late", image=image, pieces=[tenth, tenth, tenth], heard=[False, True, False])
    first, second, third = found["counted"]
    assert first["units_translated"]
    assert first["units_executed"] == second["units_executed"] == 0, "T1 goes on meanwhile"
    assert third["units_executed"]
    assert changes(found, ROUTINE)[0] == ("TRANSLATED", "HOT")
    ends_like(found, session)


def test_a_store_before_a_region_arrives_drops_it(lab: Page) -> None:
    image, session = rewritten()
    pieces = [A_ROUND * WRITTEN_AFTER // 2, A_ROUND * WRITTEN_AFTER, 100]
    found = ask(lab, "late", image=image, pieces=pieces, heard=[False, True, False])
    assert found["counted"][1]["units_executed"] == 0
    assert found["counted"][1]["units_translated"] >= 2
    assert changes(found, ROUTINE)[0] == ("DROPPED", "WRITTEN")
    assert found["translated"]["invalidated"] == 1
    ends_like(found, session)


def test_where_no_message_is_let_in_it_is_compiled_all_the_same(lab: Page) -> None:
    image = base64.b64encode(sized("sieve", 20)).decode()
    found = ask(lab, "unheard", image=image)
    assert found["reason"] == "PASSED"
    assert found["translated"]["units_executed"]


def test_code_is_given_back_when_its_bound_is_reached(lab: Page) -> None:
    elf = GUESTS["primes"].read()
    session = vmlab.open(elf, engine="t1")
    session.run()
    image = base64.b64encode(elf).decode()
    found = ask(lab, "recycled", image=image, most_wasm_bytes=CODE_BYTES)
    recycled = [change for _, change, _ in found["log"]].count("RECYCLED")
    print(f"recycled {recycled} times, at most {found['most']} bytes of code at once")
    assert recycled >= 2
    assert 0 < found["most"] <= CODE_BYTES
    assert found["first_gone"], "something still holds code that was given back"
    ends_like(found, session)
