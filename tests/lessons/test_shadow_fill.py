"""E05: shadow tables of students, beside the guest on a machine of its own."""

from __future__ import annotations

from typing import ClassVar

import pytest

from tests.lessons.cells import check_lesson
from tests.lessons.common import Checks, load, remote_verdict, text, verdict
from vmlab.course.authoring.programs import first_hint
from vmlab.course.exercise import RAISED, TYPE

SLUG = "shadow_fill"
SOLUTION = text(load(SLUG), "solution.py")
SEEDS = (11, 12, 13)


def changed(*pairs: tuple[str, str]) -> str:
    """The solution with some of its text replaced."""
    source = SOLUTION
    for old, new in pairs:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


class TestShadowFill(Checks):
    slug = SLUG
    terms: ClassVar = frozenset({"Leaf", "Fault"})
    seeds: ClassVar = (1, 2, 3, 4, 5)


KEY = "    return ctx\n"
NOWHERE = "    if spa is None:\n        return nothing_there\n"
SPACE = "bits(kept.key.satp, 59, 44)"
OTHER_WAYS = {
    "a table for each ASID": changed(
        (KEY, "    return bits(ctx.satp, 59, 44), ctx.mode, ctx.sum, ctx.mxr\n"),
        (SPACE, "kept.key[0]"),
    ),
    "SUM does not matter to U": changed(
        (KEY, "    return Ctx(ctx.mode, ctx.sum and ctx.mode is Mode.S, ctx.mxr, ctx.satp)\n")
    ),
    "A and D are set before the page turns out to be nowhere": changed(
        (NOWHERE, ""),
        ("    if not seen & D", f"{NOWHERE}    if not seen & D"),
    ),
    "a leaf without W has no D": changed(
        ("V | U | A | D | rights", "V | U | A | (D if rights & W else V) | rights")
    ),
    "global leaves outlive the fence of one address space": changed(
        ("V | U | A | D | rights", "V | U | A | D | pte.flags & G | rights"),
        ("        size =", "        if asid is not None and kept.leaf.flags & G:\n"
                           "            continue\n        size ="),
    ),
}  # fmt: skip


@pytest.mark.parametrize("source", OTHER_WAYS.values(), ids=OTHER_WAYS.keys())
def test_other_ways_that_are_right_pass(source: str) -> None:
    for seed in SEEDS:
        assert verdict(load(SLUG), source, seed).first_failure is None


NO_ANSWERS = {
    "no page": (changed(("Leaf(spa, V", "Leaf(None, V")), TYPE),
    "flags that are text": (changed(("V | U | A | D | rights, level", "'rwx', level")), TYPE),
    "nothing": (changed(("    return Leaf(", "    Leaf(")), TYPE),
    "a key that cannot be one": (changed((KEY, "    return [ctx.satp]\n")), TYPE),
    "an entry outside of memory": (
        changed(("    spa = g", "    g.set_pte(GPA(0), pte)\n    spa = g")), RAISED,
    ),
    "an entry between two": (changed(("g.pte(at)", "g.pte(at + 4)")), RAISED),
    "no entry": (changed(("set_pte(at, Pte(pte.ppn, seen))", "set_pte(at, seen)")), RAISED),
    "a page number too large": (changed(("Pte(pte.ppn, seen)", "Pte(-1, seen)")), RAISED),
    "no leaf is dropped": (changed(("s.drop(kept)", "s.drop(kept.va)")), RAISED),
}  # fmt: skip


@pytest.mark.parametrize(("source", "hint"), NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_what_is_no_answer_is_told_alike_wherever_it_runs(source: str, hint: str) -> None:
    here, there = (ask(load(SLUG), source, SEEDS[0]) for ask in (verdict, remote_verdict))
    assert first_hint(here) == hint
    assert here.findings == there.findings


def test_one_mistake_fails_one_property() -> None:
    """What is wrong is put right at once, so that what follows is judged by itself."""
    found = verdict(load(SLUG), text(load(SLUG), "wrong/no_offset.py"), 1)
    assert [one.property for one in found.findings if not one.passed] == ["composition"]


def test_memory_of_others_caps_the_score() -> None:
    found = verdict(load(SLUG), text(load(SLUG), "wrong/gpa_as_real.py"), 1)
    assert found.score == 50


def test_leaks_and_fills_are_counted() -> None:
    counted = {}
    for name in ("solution.py", "wrong/one_root.py", "wrong/forgets_all.py"):
        found = verdict(load(SLUG), text(load(SLUG), name), 1)
        counted[name] = {one.name: one for each in found.findings for one in each.counters}
    right, one_root, forgetful = counted.values()
    assert right["leaks"].found == 0
    assert right["fills"].found == right["fills"].budget
    assert one_root["leaks"].found > 0
    assert forgetful["fills"].found > forgetful["fills"].budget == right["fills"].budget


def test_the_lesson_shows_what_it_says() -> None:
    check_lesson("shadow")
