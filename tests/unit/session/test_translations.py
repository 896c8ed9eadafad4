"""What a session says of the engine's translations, on real engines."""

from __future__ import annotations

from dataclasses import replace

import pytest

import vmlab
from tests.unit.session.monitored import nano
from vmlab.core.units import PAGE_SIZE_BYTES
from vmlab.derive.asm.assembler import assemble
from vmlab.derive.objfile import to_elf
from vmlab.engine import tiers
from vmlab.engine.effort import Effort
from vmlab.engine.translations import Change, Why
from vmlab.session import Session
from vmlab.session.translations import NOTHING, TranslatedPage
from vmlab.views import translation, translation_twin

LOOP = """
_start: la      a1, patched
        li      t2, 0x00128293          # addi t0, t0, 1, as it is already
        li      t0, 0
again:
patched:
        addi    t0, t0, 1
        li      t1, 40
        blt     t0, t1, again
        sw      t2, 0(a1)
        fence.i
        li      t0, 0
        j       again
"""


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a few jumps lead to is translated, before the guest goes on."""
    effort = Effort(period=1, looks=8, background=False, least_left=0)
    monkeypatch.setattr(tiers, "chosen", lambda: effort)


def looping(engine: str = "t2") -> Session:
    made = vmlab.open(to_elf(assemble(LOOP)), engine=engine)
    made.run(limit=60)
    return made


@pytest.mark.parametrize("engine", ["t0", "t1"])
def test_an_engine_that_translates_nothing_has_nothing(engine: str) -> None:
    found = looping(engine).translations()
    assert replace(found, counters=NOTHING.counters) == NOTHING
    assert not found.counters.units_translated


def test_the_page_that_the_hart_is_in_is_known() -> None:
    session = looping()
    found = session.translations()
    assert found.here is not None and found.here.made.live
    pc = session.machine.hart.pc
    assert found.here.address + (found.here.here or 0) == pc
    assert found.here.made.region.content == session.memory(found.here.pa, PAGE_SIZE_BYTES)
    assert found.counters.units_translated >= 1 and found.counters.code_bytes > 0
    assert found.log[-1].change is Change.TRANSLATED and found.log[-1].page == found.here.made.page
    assert found.page(found.here.made.page) == found.here and found.page(1 << 30) is None


def test_a_guest_that_writes_into_its_loop_is_told() -> None:
    session = looping()
    session.run(limit=100)
    events = [(one.change, one.why) for one in session.translations().log]
    assert (Change.DROPPED, Why.WRITTEN) in events
    assert session.translations().counters.invalidated >= 1
    retired = [one.retired for one in session.translations().log]
    assert retired == sorted(retired)


def test_looking_leaves_no_trace() -> None:
    looked, other = looping(), looping()
    for session in (looked, other):
        for _ in range(20):
            session.run(limit=37)
            if session is looked:
                translation_twin.text(session.snapshot(), session.translations())
    assert looked.state_hash() == other.state_hash()
    assert looked.snapshot().counters == other.snapshot().counters
    assert looked.translations().log == other.translations().log


@pytest.mark.parametrize("technique", ["bare", "trap_emulate", "hwassist", "paravirt"])
def test_under_a_technique_pages_are_real_and_have_the_guests_addresses(technique: str) -> None:
    """Wherever the monitor has put it: the code that is shown at pc is what the hart fetches."""
    session = nano(technique, append="sieve 3000", engine="t2")
    seen: list[TranslatedPage] = []
    for _ in range(80):
        session.run(limit=997)
        found = session.translations()
        if found.here is not None:
            seen.append(found.here)
            offset, content = found.here.here, found.here.made.region.content
            assert offset is not None
            line = next(one for one in session.code_at(session.machine.hart.pc)
                        if one.address == session.machine.hart.pc)  # fmt: skip
            size = line.size_bytes
            assert int.from_bytes(content[offset : offset + size], "little") == line.word
    assert seen
    names = {row.name for row in translation.rows(session.snapshot(), session.translations(), 99)}
    assert any("main_sieve" in name for name in names), names
