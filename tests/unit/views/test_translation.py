"""The view of translations, on a region that is really made."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.ui import fakes, translated
from vmlab.derive.t2.facts import Block, Edge, Region
from vmlab.derive.wasm.folded import folded
from vmlab.engine.translations import Change, TranslationCounters, Why
from vmlab.session.translations import NOTHING, TranslatedPage, Translations
from vmlab.views import translated_code, translation, translation_twin
from vmlab.views.translated_code import Arc

FIRST = translated.FIRST


@pytest.fixture
def found() -> Translations:
    return translated.translations(120, fakes.BASE)


@pytest.fixture
def page(found: Translations) -> TranslatedPage:
    assert found.here is not None
    return found.here


def test_pages_that_run_come_first_and_bars_are_parts_of_the_largest(found: Translations) -> None:
    assert found.here is not None
    live, gone = translation.rows(fakes.snapshot(120), found, 10)
    assert (live.is_live, live.is_here, gone.is_live, gone.is_here) == (True, True, False, False)
    assert (live.ran, live.heat) == (1.0, 1.0)
    assert gone.ran == gone.runs / live.runs and gone.heat == 0
    assert live.jumps == sum(count for _, count in found.here.made.heat)
    assert "wrote into" in str(gone.state)
    assert translation.rows(fakes.snapshot(120), found, 1) == (live,)


def test_every_change_every_reason_and_every_counter_has_words() -> None:
    assert set(translation.CHANGES) == set(Change) and set(translation.WHY) == set(Why)
    named = [name for name, _ in translation.COUNTERS]
    assert named == [*TranslationCounters.__dataclass_fields__]


def test_events_are_newest_first_and_name_their_page(found: Translations) -> None:
    rows = translation.events(fakes.snapshot(120), found, 3)
    assert [row.retired for row in rows] == [10, 9, 5]
    assert rows[0].name.startswith("trap_entry … ") and rows[1].page == translated.OTHER


def test_instructions_stand_beside_all_that_was_made_of_them(page: TranslatedPage) -> None:
    """Each line has its own part of the region's function, and no part is on two."""
    snapshot, region = fakes.snapshot(120), page.made.region
    shown = [
        line
        for block in region.blocks
        for line in translated_code.lines(snapshot, page, block, most=1000)
    ]
    assert [line.offset for line in shown] == sorted({made.offset for made in region.made})
    assert all(line.wasm and line.address == page.address + line.offset for line in shown)
    (add,) = (line for line in shown if line.text == "addi t0, t0, 1")
    (said,) = (one.text for one in add.wasm)
    assert re.fullmatch(
        r"\(local\.\w+ \$t0 \(i64\.add \(local\.get \$t0\) \(i64\.const 1\)\)\)", said
    )


def test_a_long_block_is_shown_in_parts(page: TranslatedPage) -> None:
    snapshot = fakes.snapshot(120)
    block = translated_code.chosen(page, FIRST + 4)
    assert block is not None and block.instructions == 4
    whole = translated_code.lines(snapshot, page, block)
    parts = (translated_code.lines(snapshot, page, block, start, 2) for start in (0, 2))
    assert sum(parts, ()) == whole and len(whole) == 4


def test_the_chosen_block_is_the_asked_one_else_where_the_hart_stands_else_the_hottest(
    page: TranslatedPage,
) -> None:
    def at(page: TranslatedPage, asked: int | None) -> int:
        block = translated_code.chosen(page, asked)
        assert block is not None
        return block.offset

    elsewhere = replace(page, here=None)
    assert at(page, FIRST + 4) == FIRST + 4
    assert at(page, None) == FIRST
    assert at(page, FIRST + 2) == FIRST, "in no block's beginning: as if nobody had asked"
    assert at(elsewhere, None) == FIRST + 4
    cold = replace(elsewhere, made=replace(page.made, heat=()))
    assert at(cold, None) == FIRST + 4, "the one inside a loop"


def test_blocks_say_in_words_where_they_go_on(page: TranslatedPage) -> None:
    rows = translated_code.blocks(fakes.snapshot(120), page)
    inner = next(row for row in rows if row.offset == FIRST + 4)
    assert {kind: str(words) for kind, words in inner.edges} == {
        "fall": "on to +114", "back": "back to +104",
    }  # fmt: skip
    assert inner.is_entry and inner.depth == 1 and inner.name == "trap_entry+0x4"


def region_of(*edges: tuple[int, ...]) -> Region:
    """A region whose blocks of four bytes go on to these of them."""
    blocks = tuple(
        Block(4 * at, 4 * at + 4, 1,
              tuple(Edge("back" if to <= at else "taken", 4 * to) for to in targets), 0)
        for at, targets in enumerate(edges)
    )  # fmt: skip
    return replace(translated.region(), blocks=blocks)


def test_arrows_that_overlap_stand_in_lanes_of_their_own() -> None:
    made = translated_code.arcs(region_of((3,), (2,), (0,), ()), 0, 3)
    assert {(arc.start, arc.end): arc.lane for arc in made} == {(1, 2): 0, (2, 0): 1, (0, 3): 2}
    spans: dict[int, set[int]] = {}
    for arc in made:
        cells = set(range(min(arc.start, arc.end), max(arc.start, arc.end)))
        assert not cells & spans.setdefault(arc.lane, set())
        spans[arc.lane] |= cells


def test_arrows_out_of_the_window_are_left_to_words() -> None:
    region = region_of((3,), (2,), (1,), ())
    assert translated_code.arcs(region, 1, 2) == (Arc(0, 1, 0, "taken"), Arc(1, 0, 1, "back"))


def test_many_arrows_share_the_last_lane() -> None:
    outer = tuple((11 - at,) for at in range(12))
    lanes = [arc.lane for arc in translated_code.arcs(region_of(*outer), 0, 11)]
    assert max(lanes) == translated_code.LANES - 1


@pytest.mark.parametrize("engine", ["t0", "t1", "t2", "auto"])
def test_where_nothing_is_translated_it_says_why_and_what_to_do(engine: str) -> None:
    shown = fakes.snapshot(0, engine_asked=engine)
    said = str(translation.instead(shown, NOTHING))
    assert ("Choose t2" in said) is (engine in ("t0", "t1"))
    assert "(r)" in said
    assert said in translation_twin.text(shown, NOTHING)


def test_what_is_still_being_compiled_is_not_called_cold() -> None:
    made = Translations(counters=TranslationCounters(units_translated=1))
    said = str(translation.instead(fakes.snapshot(9, engine_asked="t2"), made))
    assert "being compiled" in said and "(r)" in said


def test_a_host_without_webassembly_is_named() -> None:
    shown = fakes.snapshot(0, engine_note="the slower engine t0 runs: no host")
    assert "no host" in str(translation.instead(shown, NOTHING))


def test_the_twin_has_what_the_picture_has() -> None:
    found = translated.translations(120, fakes.BASE + 4)
    text = translation_twin.text(fakes.snapshot(120), found)
    for name in (*TranslationCounters.__dataclass_fields__, "addi t0, t0, 1", "+104", "#10"):
        assert name in text
    assert re.search("page, the hart is in it .* trap_entry .* live", text)


def test_symbols_of_strangers_are_made_visible() -> None:
    shown = fakes.snapshot(0, symbols={fakes.BASE: fakes.HOSTILE})
    text = translation_twin.text(shown, translated.translations(0, fakes.BASE))
    assert "\x1b" not in text and "\u202e" not in text and "<U+202E>" in text


def test_a_part_that_ends_in_the_middle_stays_a_sequence_of_statements() -> None:
    """`if` without its `end` is written flat: what is folded must be whole."""
    function = translated.region().function
    names = translated.region().module.names()
    module = translated.region().module
    signatures = [one.signature for one in module.imports]
    signatures += [one.signature for one in module.functions]
    start = next(at for at, one in enumerate(function.body) if one.name == "if")
    cut = folded(function, range(start, start + 3), names, signatures)
    assert cut[0].text == "if" and "(then" not in " ".join(one.text for one in cut)
